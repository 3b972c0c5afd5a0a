"""Making images over real HTTP: what was bought is known or can be found again, and nothing is bought twice without a word."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from generation_standin import GenerationServer, drawn, encoded
from model_backends import Hours
from PIL import Image
from vlm_server import refused_url

from reelwright.actors.execution import replicate as module
from reelwright.actors.execution.generators import Generator, Request, open_generator
from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem
from reelwright.spec.generation import Generation

KEY = "r8_0123456789abcdef"
PROMPT = "Photorealistic film still: this man runs; low angle, off-centre, looking away."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GenerationServer]:
    monkeypatch.setenv("REPLICATE_API_TOKEN", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("REPLICATE_BASE_URL", "http://127.0.0.1:9/not-this-one")
    with GenerationServer(key=KEY, seed=5) as started:
        yield started


@pytest.fixture
def hours() -> Hours:
    return Hours()


def settings(server: GenerationServer, **more: object) -> Generation:
    return Generation.model_validate({"base_url": server.url, "timeout_s": 5.0, **more})


@pytest.fixture
def replicate(server: GenerationServer, hours: Hours) -> Iterator[Generator]:
    with open_generator(settings(server), hours.clock) as generator:
        yield generator


@pytest.fixture
def edits(server: GenerationServer, hours: Hours) -> Iterator[Generator]:
    told = settings(server, backend="openai", model="gpt-image-1", base_url=f"{server.url}/v1", deadline_s=5.0)
    with open_generator(told, hours.clock) as generator:
        yield generator


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "0000_x_30_male_base.png"
    Image.fromarray(drawn("base", 320, 240, False)).save(path)
    return path


def request(base: Path, seed: int = 1, prompt: str = PROMPT) -> Request:
    return Request(prompt, seed, base, hashlib.sha256(base.read_bytes()).hexdigest(), "run 1, image 1")


def told(error: BaseException) -> str:
    """The traceback of an error with all variables, as some tools show them."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def test_an_image_has_an_id_at_once_and_is_fetched_when_it_is_done(
    server: GenerationServer, replicate: Generator, base: Path
) -> None:
    server.latency_s = 30
    name = replicate.create(request(base))
    made = server.predictions[name]
    assert replicate.poll(name).state == "running" and server.requests["file"] == 0
    server.advance(31)
    answer = replicate.poll(name)
    assert (answer.state, answer.image) == ("done", made.image)
    assert Image.open(io.BytesIO(answer.image or b"")).format == "JPEG"
    assert server.requests == {"create": 1, "get": 2, "file": 1} and server.payments == 1


def test_what_is_sent_is_what_the_spec_says_and_the_base_image_itself(
    server: GenerationServer, hours: Hours, base: Path
) -> None:
    more = settings(server, options={"guidance": 2.5}, inputs={"aspect_ratio": "16:9", "safety_tolerance": 1})
    with open_generator(more, hours.clock) as generator:
        generator.create(request(base, seed=77))
    (made,) = server.predictions.values()
    picture = made.input.pop("input_image")
    assert made.input == {
        "prompt": PROMPT,
        "seed": 77,
        "aspect_ratio": "16:9",
        "output_format": "jpg",
        "safety_tolerance": 1,
        "prompt_upsampling": False,
        "guidance": 2.5,
    }
    assert picture == "data:image/png;base64," + base64.b64encode(base.read_bytes()).decode()
    assert set(server.requests) == {"create"}, "no file was uploaded"


def test_the_key_goes_to_the_api_alone(server: GenerationServer, replicate: Generator, base: Path) -> None:
    replicate.poll(replicate.create(request(base)))
    sent = {kind: headers.get("Authorization") for kind, headers in server.headers}
    assert sent == {"create": f"Bearer {KEY}", "get": f"Bearer {KEY}", "file": None}


@pytest.mark.parametrize(
    ("way", "state", "words"),
    [
        ("failed", "failed", "CUDA error"),
        ("refused", "refused", "flagged as sensitive"),
        ("canceled", "failed", "the prediction was canceled"),
        ("aborted", "failed", "the prediction was canceled"),
        ("expired", "lost", "has expired"),
        ("nothing", "lost", "no longer there"),
    ],
)
def test_what_becomes_of_a_prediction(
    server: GenerationServer, replicate: Generator, base: Path, way: str, state: str, words: str
) -> None:
    server.then(way)
    answer = replicate.poll(replicate.create(request(base)))
    assert (answer.state, answer.image) == (state, None) and words in answer.detail


def test_a_result_is_gone_after_an_hour_and_so_is_a_prediction_that_nobody_knows(
    server: GenerationServer, replicate: Generator, base: Path
) -> None:
    name = replicate.create(request(base))
    server.advance(3601)
    assert replicate.poll(name).state == "lost"
    answer = replicate.poll("p999x000000")
    assert answer.state == "lost" and "knows no prediction p999x000000" in answer.detail


def test_a_prediction_is_cancelled_and_one_that_has_ended_or_is_unknown_is_left_alone(
    server: GenerationServer, replicate: Generator, base: Path
) -> None:
    done = replicate.create(request(base))
    server.latency_s = 100
    running = replicate.create(request(base, 2))
    for name in (done, running, "p999x000000"):
        replicate.cancel(name)
    assert replicate.poll(done).state == "done"
    assert replicate.poll(running).state == "failed" and server.payments == 1


def test_a_busy_server_is_asked_again_after_the_time_that_it_asks_for_and_sells_one_image(
    server: GenerationServer, replicate: Generator, hours: Hours, base: Path
) -> None:
    server.retry_after_s = 7
    server.fault("create", "throttled", "throttled")
    assert replicate.poll(replicate.create(request(base))).state == "done"
    assert hours.waits == [7.0, 7.0]
    assert server.requests["create"] == 3 and server.payments == 1


def test_a_server_that_stays_busy_bought_nothing(server: GenerationServer, hours: Hours, base: Path) -> None:
    server.fault("create", *["throttled"] * 3)
    with (
        open_generator(settings(server, busy_tries=3), hours.clock) as generator,
        pytest.raises(BadItem, match=r"429: Request was throttled\.") as error,
    ):
        generator.create(request(base))
    assert error.value.code == "busy" and not isinstance(error.value, ChargedBadItem)
    assert server.requests["create"] == 3 and not server.predictions


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error", "unavailable", "hang"])
def test_asking_is_never_repeated_where_it_may_have_been_heard_and_can_be_looked_for(
    server: GenerationServer, hours: Hours, base: Path, fault: str
) -> None:
    server.fault("create", fault)
    began = time.time()
    short = settings(server, timeout_s=1.0)
    with open_generator(short, hours.clock) as generator:
        with pytest.raises(ChargedBadItem):
            generator.create(request(base))
        assert server.requests["create"] == 1
        found = generator.find(request(base), began)
        assert found == list(server.predictions) and len(found) == (1 if fault == "drop_after" else 0)


@pytest.mark.parametrize("kind", ["get", "file"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error", "unavailable", "throttled"])
def test_a_look_comes_through_trouble_that_passes(
    server: GenerationServer, replicate: Generator, base: Path, kind: str, fault: str
) -> None:
    name = replicate.create(request(base))
    server.fault(kind, fault, fault)
    assert replicate.poll(name).state == "done"
    assert server.requests[kind] == 3 and server.payments == 1


@pytest.mark.parametrize("kind", ["get", "file"])
def test_trouble_that_stays_leaves_a_prediction_running_and_says_why(
    server: GenerationServer, replicate: Generator, base: Path, kind: str
) -> None:
    name = replicate.create(request(base))
    server.fault(kind, *["error"] * 5)
    answer = replicate.poll(name)
    assert answer.state == "running" and "answered 500" in answer.detail
    assert server.requests[kind] == 5, "busy_tries"
    assert replicate.poll(name).state == "done"


def test_predictions_are_found_by_prompt_and_seed_since_a_time_over_several_pages(
    server: GenerationServer, replicate: Generator, base: Path
) -> None:
    server.page = 3
    server.then("ok", "aborted", "failed")
    early = replicate.create(request(base))
    server.advance(1000)
    since = server.now()
    wanted = [replicate.create(request(base)) for _ in range(2)]
    for seed in range(2, 9):
        replicate.create(request(base, seed))
    replicate.create(request(base, prompt="another prompt"))
    assert replicate.find(request(base), since) == wanted[::-1]
    assert replicate.find(request(base), since - 2000) == [*wanted[::-1], early]
    assert replicate.find(request(base, 99), since) == []
    server.requests.clear()
    replicate.find(request(base), server.now() + 1000)
    assert server.requests == {"list": 1}, "what is older is not turned the pages for"


def test_predictions_of_another_clock_are_found(server: GenerationServer, replicate: Generator, base: Path) -> None:
    name = replicate.create(request(base))
    assert replicate.find(request(base), server.now() + 200) == [name]


def test_what_the_server_has_forgotten_or_has_too_much_of_can_not_be_told(
    server: GenerationServer, replicate: Generator, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = server.now()
    replicate.create(request(base))
    server.advance(3700)
    with pytest.raises(BadItem, match="1 predictions whose inputs it has removed") as error:
        replicate.find(request(base), since)
    assert error.value.code == "unknowable"
    known = replicate.create(request(base))
    assert replicate.find(request(base), since) == [known]
    server.page = 1
    monkeypatch.setattr(module, "MOST_PAGES", 4)
    for seed in range(4):
        replicate.create(request(base, 50 + seed))
    with pytest.raises(BadItem, match="more than 4 pages") as error:
        replicate.find(request(base), since)
    assert error.value.code == "unknowable" and server.requests["list"] == 2 + 4


@pytest.mark.parametrize("kind", ["replicate", "edits"])
def test_the_base_image_is_looked_at_before_anything_is_asked_for(
    server: GenerationServer, kind: str, base: Path, request: pytest.FixtureRequest
) -> None:
    generator: Generator = request.getfixturevalue(kind)
    ask = generator.create if kind == "replicate" else generator.make
    good = globals()["request"](base)
    base.write_bytes(base.read_bytes() + b"x")
    cases = {"changed": good}
    broken = base.with_name("broken.png")
    broken.write_bytes(b"no image")
    cases["broken"] = globals()["request"](broken)
    cases["missing"] = Request(PROMPT, 1, base.with_name("none.png"), "0" * 64, "")
    for code, one in cases.items():
        with pytest.raises(BadItem, match="the base image") as error:
            ask(one)
        assert error.value.code == code and not isinstance(error.value, ChargedBadItem)
    assert not server.requests


@pytest.mark.parametrize("kind", ["replicate", "openai"])
def test_a_missing_a_wrong_key_an_empty_account_an_unknown_model_and_nobody_there_stop_everything(
    server: GenerationServer, hours: Hours, base: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url if kind == "replicate" else f"{server.url}/v1"
    model = "black-forest-labs/flux-kontext-pro" if kind == "replicate" else "gpt-image-1"
    variable = "REPLICATE_API_TOKEN" if kind == "replicate" else "OPENAI_API_KEY"
    common = {"backend": kind, "model": model, "busy_tries": 2}

    def ask(**more: object) -> str:
        with open_generator(Generation.model_validate({**common, "base_url": url, **more}), hours.clock) as generator:
            ask_for = generator.create if generator.asynchronous else generator.make
            with pytest.raises(BuildError) as first:
                ask_for(request(base))
            with pytest.raises(BuildError):
                ask_for(request(base))
            assert KEY not in told(first.value) and "wrong-key" not in str(first.value)
            return str(first.value)

    server.unpaid = True
    assert "402" in ask() and "the account is used up" in ask()
    server.unpaid = False
    if kind == "replicate":
        assert "set `actors.generate.model`" in ask(model="black-forest-labs/flux-kontext-max")
    assert "can't be reached" in ask(base_url=refused_url() + ("" if kind == "replicate" else "/v1"))
    monkeypatch.setenv(variable, "wrong-key")
    assert f"set the environment variable {variable} to a key that it takes" in ask()
    monkeypatch.delenv(variable)
    with (
        pytest.raises(BuildError, match=f"the environment variable {variable} is not set"),
        open_generator(Generation.model_validate(common)),
    ):
        pytest.fail("there is no key")
    assert not server.predictions


def test_no_more_calls_are_made_after_a_stop(server: GenerationServer, replicate: Generator, base: Path) -> None:
    replicate.stop()
    with pytest.raises(BuildError, match="stopped"):
        replicate.create(request(base))
    assert not server.requests


def test_an_edit_brings_its_image_itself(server: GenerationServer, edits: Generator, base: Path) -> None:
    answer = edits.make(request(base))
    (made,) = server.predictions.values()
    assert (answer.state, answer.image) == ("done", made.image) and not edits.asynchronous
    assert base64.b64decode(made.input["input_image"].partition(",")[2]) == base.read_bytes()
    with pytest.raises(BadItem, match="can't be told") as error:
        edits.find(request(base), 0.0)
    assert error.value.code == "unknowable"


def test_an_edit_that_is_refused_or_brings_nothing(server: GenerationServer, edits: Generator, base: Path) -> None:
    server.then("refused", "nothing")
    assert edits.make(request(base)).state == "refused"
    assert edits.make(request(base)).state == "lost"
    assert server.requests["edit"] == 2


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error", "unavailable", "hang"])
def test_an_edit_is_never_repeated_where_it_may_have_been_bought(
    server: GenerationServer, hours: Hours, base: Path, fault: str
) -> None:
    server.fault("edit", fault)
    more = settings(server, backend="openai", model="gpt-image-1", base_url=f"{server.url}/v1", deadline_s=1.0)
    with open_generator(more, hours.clock) as generator, pytest.raises(ChargedBadItem):
        generator.make(request(base))
    assert server.requests["edit"] == 1


def test_an_edit_is_repeated_where_the_server_was_busy(
    server: GenerationServer, edits: Generator, hours: Hours, base: Path
) -> None:
    server.retry_after_s = 3
    server.fault("edit", "throttled")
    assert edits.make(request(base)).state == "done"
    assert hours.waits == [3.0] and server.payments == 1


@pytest.mark.parametrize("kind", ["replicate", "edits"])
def test_importing_a_client_is_no_part_of_the_time_that_a_call_has(
    server: GenerationServer, kind: str, base: Path, request: pytest.FixtureRequest
) -> None:
    generator = request.getfixturevalue(kind)
    opened, threads = generator._open, list[str]()
    generator._open = lambda: (threads.append(threading.current_thread().name), opened())[1]
    (generator.create if kind == "replicate" else generator.make)(globals()["request"](base))
    assert threads == [threading.current_thread().name], (
        "in the caller's thread, not in that of the calls with its limit"
    )


def test_the_stand_in_deals_by_seed_and_request_not_by_order(base: Path) -> None:
    def outcome(order: list[int]) -> dict[int, str]:
        odds = {"failed": 0.3, "refused": 0.2, "duplicate": 0.1}
        with GenerationServer(seed=3, odds=odds) as one, open_generator(settings(one)) as generator:
            names = {seed: generator.create(request(base, seed)) for seed in order}
            return {seed: one.predictions[name].way for seed, name in names.items()}

    seeds = list(range(24))
    ways = outcome(seeds)
    assert ways == outcome(seeds[::-1]) and {"ok", "failed", "refused"} <= set(ways.values())
    assert encoded(drawn("a", 64, 48, False)) == encoded(drawn("a", 64, 48, False))
