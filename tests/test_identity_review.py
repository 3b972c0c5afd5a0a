"""The review of plates: criteria are answered, by a model over real HTTP or by measurements, and the verdict follows."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from plating import PAPER, Studio, encoded, loose, square, studio
from vlm_server import Call, VlmServer

from reelwright.errors import BuildError
from reelwright.files import check, read_json
from reelwright.identity.criteria import CRITERIA, Given, judge, read_review, review_schema
from reelwright.identity.listing import PlateFile
from reelwright.identity.review import Show, waiting_reviews
from reelwright.spec.identity import Candidates, PlateSet, Review
from reelwright.spec.model import Budget
from reelwright.spec.models import Ollama, OpenAI

GOOD = {
    "character": "Ida", "content": "drawing", "line": "clean", "figures": "one", "head": "whole", "view": "figure",
    "state": "on_model", "marks": "none",
}  # fmt: skip
"""Answers that make a TRAIN of a plate of Ida."""


def words(confidence: float = 0.9, note: str = "Ida from the front.", **changes: str) -> str:
    """An answer as a model writes it."""
    answers = {name: {"answer": said, "confidence": confidence} for name, said in {**GOOD, **changes}.items()}
    return json.dumps({**answers, "note": note})


def answers(confidence: float = 0.9, **changes: str) -> dict[str, Given]:
    return {name: Given(said, confidence, "model") for name, said in {**GOOD, **changes}.items()}


def verdict(
    side: int = 2048, flags: tuple[str, ...] = (), confidence: float = 0.9, **changes: str
) -> tuple[str, tuple[str, ...]]:
    found = judge(answers(confidence, **changes), "Ida", side, flags, 1024, 0.5)
    return found.verdict, found.reasons


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: words()) as started:
        yield started


def reviewed_by(tmp_path: Path, server: VlmServer, *sets: str, backend: str = "ollama", **review: Any) -> Studio:
    """A studio whose plates the stand-in server reviews; ``model`` changes how it is reached."""
    model = {"tries": 1, "slots": 4, **review.pop("model", {})}
    settings = Review(
        backend=backend,
        ollama=Ollama(base_url=server.url, **model if backend == "ollama" else {}),
        openai=OpenAI(base_url=f"{server.url}/v1", **{"price": 0.0, **model} if backend == "openai" else {}),
        **review,
    )
    return studio(tmp_path, *sets, review=settings, candidates=Candidates(min_side=1, duplicate_bits=-1))


def art(number: int, side: int = 1100) -> bytes:
    """A tall picture that no other number has."""
    pixels = square(60, side, ground=PAPER)
    pixels[: side // 4, : number % 60 + 1] = (number % 256, 0, 0)
    return encoded(pixels)


def delivered(studio: Studio, count: int, name: str = "cast") -> None:
    """So many plates of Ida, exported."""
    paths = [f"IDA/plate_{number:02d}.png" for number in range(count)]
    studio.deliver({path: art(number) for number, path in enumerate(paths)})
    studio.export(name, loose(*paths))


# The verdict


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("TRAIN", ())),
        ({"view": "head"}, ("TRAIN", ())),
        ({"figures": "several"}, ("EVAL_ONLY", ("several_figures",))),
        ({"view": "detail"}, ("EVAL_ONLY", ("detail",))),
        ({"view": "cut_off", "head": "partial"}, ("EVAL_ONLY", ("head_not_whole", "partial_view"))),
        ({"state": "odd"}, ("EVAL_ONLY", ("odd_state",))),
        ({"marks": "some"}, ("EVAL_ONLY", ("labels",))),
        ({"side": 1023}, ("EVAL_ONLY", ("small",))),
        ({"flags": ("cmyk_without_icc",)}, ("EVAL_ONLY", ("colours_guessed",))),
        ({"character": "Bo"}, ("EXCLUDE", ("wrong_character",))),
        ({"character": "other", "figures": "several"}, ("EXCLUDE", ("wrong_character",))),
        ({"character": "none", "figures": "none"}, ("EXCLUDE", ("no_character",))),
        ({"content": "text_sheet"}, ("EXCLUDE", ("text_sheet",))),
        ({"content": "broken"}, ("EXCLUDE", ("broken",))),
        ({"line": "rough"}, ("EXCLUDE", ("rough",))),
    ],
)
def test_the_brief_s_criteria(changes: dict[str, Any], expected: tuple[str, tuple[str, ...]]) -> None:
    assert verdict(**changes) == expected


@given(
    st.fixed_dictionaries(
        {name: st.sampled_from((*words_of, "Ida", "unknown")) for name, words_of in CRITERIA.items()}
    ),
    st.floats(0, 1),
    st.integers(1, 4096),
)
def test_a_train_is_good_in_everything_and_what_excludes_always_does(
    said: dict[str, str], confidence: float, side: int
) -> None:
    found = judge({name: Given(one, confidence, "model") for name, one in said.items()}, "Ida", side, (), 1024, 0.5)
    train = {**GOOD, "view": said["view"]}
    if found.verdict == "TRAIN":
        assert {
            name: one for name, one in said.items() if one in CRITERIA[name] or name == "character"
        }.items() <= train.items()
        assert said["view"] not in ("detail", "cut_off", "unknown") and side >= 1024 and confidence >= 0.5
        assert not found.reasons
    else:
        assert found.reasons
    if said["line"] == "rough" or said["content"] in ("broken", "text_sheet") or said["character"] in ("other", "none"):
        assert found.verdict == "EXCLUDE"
    assert 0 <= found.confidence <= 1


def test_doubt_keeps_from_training_and_excludes_nothing() -> None:
    assert verdict(confidence=0.4)[0] == "EVAL_ONLY"
    assert "character_unsure" in verdict(confidence=0.4)[1]


def test_answers_are_read_leniently_and_never_loosely() -> None:
    fenced = f"```json\n{words(view='Cut off').replace('clean', 'CLEAN')}\n```"
    read = read_review(fenced, ("Ida", "Bo"))
    assert not isinstance(read, str)
    assert (read[0]["view"].answer, read[0]["line"].answer) == ("cut_off", "clean")
    for text, said in (
        (words(character="Otto"), "character.answer is 'Otto': expected one of Ida, Bo, other, none"),
        (words(confidence=1.5), "confidence is 1.5: maximum 1"),
        (json.dumps({"note": "x"}), "'character' is a required property"),
        ("TRAIN", "no valid JSON"),
    ):
        found = read_review(text, ("Ida", "Bo"))
        assert isinstance(found, str) and said in found


# Asking a model


@pytest.mark.parametrize("backend", ["ollama", "openai"])
def test_a_model_is_asked_once_about_each_plate_and_told_no_answer(
    tmp_path: Path, server: VlmServer, backend: str
) -> None:
    cast = reviewed_by(tmp_path, server, backend=backend, image_size=256)
    delivered(cast, 2)
    rows = cast.review("cast")
    assert [row["verdict"] for row in rows] == ["TRAIN", "TRAIN"] and len(server.calls) == 2
    for row in rows:
        check(row, "review", "row")
        assert (row["reviewer"], row["note"]) == ("vlm", "Ida from the front.")
        assert row["answers"]["head"] == {"answer": "whole", "confidence": 0.9, "origin": "model"}
    call = server.calls[0]
    assert "- Ida\n- Bo\n" in call.prompt and "IDA/" not in call.prompt and "Harbour Nine" in call.prompt
    assert call.schema == review_schema(("Ida", "Bo"))
    (image,) = call.images
    with Image.open(io.BytesIO(image)) as shown:
        assert (shown.format, max(shown.size)) == ("JPEG", 256)
    assert cast.review("cast") == rows and len(server.calls) == 2, "stored answers are not bought again"


def test_looks_come_from_the_bible(tmp_path: Path, server: VlmServer) -> None:
    cast = reviewed_by(tmp_path, server)
    delivered(cast, 1)
    bible = {
        "show": "Harbour Nine", "season": 2, "locations": [], "episodes": [], "shots": [],
        "characters": [{"name": "Ida", "hair": "red hair", "suit": "green suit"}],
    }  # fmt: skip
    (tmp_path / "bible.json").write_text(json.dumps(bible))
    cast.review("cast", bible=tmp_path / "bible.json")
    assert "- Ida: red hair, green suit\n- Bo\n" in server.calls[0].prompt


def test_a_plate_whose_file_changes_is_asked_about_anew_and_the_others_are_not(
    tmp_path: Path, server: VlmServer
) -> None:
    cast = reviewed_by(tmp_path, server)
    delivered(cast, 3)
    cast.review("cast")
    cast.deliver({"IDA/plate_01.png": art(200)})
    cast.export("cast", loose(*(f"IDA/plate_{number:02d}.png" for number in range(3))))
    assert (
        waiting_reviews(cast.review_inputs("cast"), "cast", cast.settings, Show("Harbour Nine", 2), cast.books()) == 1
    )
    cast.review("cast")
    assert len(server.calls) == 4


def test_what_is_wrong_with_an_answer_is_told_and_one_failure_stops_no_other(tmp_path: Path, server: VlmServer) -> None:
    cast = reviewed_by(tmp_path, server, ask_again=1, max_failed_share=0.5)
    delivered(cast, 3)

    def answer(call: Call) -> str:
        return "no" if len(server.calls) <= 2 else words()

    server.answer = answer
    cast.settings = cast.settings.model_copy(
        update={
            "review": cast.settings.review.model_copy(update={"ollama": Ollama(base_url=server.url, slots=1, tries=1)})
        }
    )
    rows = cast.review("cast")
    assert [row["verdict"] for row in rows] == [None, "TRAIN", "TRAIN"]
    assert rows[0]["error"]["code"] == "invalid_answer" and "no valid JSON" in server.calls[1].messages[-1][1]
    told = cast.told("review_plates", "cast")
    assert told["status"] == "partial" and [part["part"] for part in told["parts"]] == ["cast/plate_00.png"]
    _, usable = cast.list()
    assert usable["counts"] == {"TRAIN": 2, "unreviewed": 1} and len(usable["anchors"]) == 2


def test_too_many_failures_stop_the_job(tmp_path: Path, server: VlmServer) -> None:
    cast = reviewed_by(tmp_path, server, ask_again=0)
    delivered(cast, 12)
    server.answer = lambda call: "no"
    with pytest.raises(BuildError, match=r"of 12 reviews failed .*identity.review.max_failed_share"):
        cast.review("cast")
    assert len(server.calls) < 12


def test_a_paid_model_is_never_asked_without_a_budget(tmp_path: Path, server: VlmServer) -> None:
    cast = reviewed_by(tmp_path, server, model={"price": 0.5})
    delivered(cast, 2)
    with pytest.raises(BuildError, match=r"2 calls of ollama .* would cost 1\.00 USD"):
        cast.review("cast")
    assert server.calls == []
    cast.review("cast", budget=Budget(money=1.0))
    assert len(server.calls) == 2


def test_nobody_pays_for_a_blank_plate(tmp_path: Path, server: VlmServer) -> None:
    cast = reviewed_by(tmp_path, server)
    cast.deliver({"IDA/blank.png": encoded(square(60, 1100, PAPER, PAPER)), "IDA/a.png": art(1)})
    cast.export("cast", loose("IDA/blank.png", "IDA/a.png"))
    blank, good = cast.review("cast")
    assert (blank["verdict"], blank["reasons"], blank["reviewer"]) == (
        "EXCLUDE",
        ["broken", "no_character"],
        "measurements",
    )
    assert good["verdict"] == "TRAIN" and len(server.calls) == 1


# Measurements alone


def figure(**extra: Any) -> np.ndarray:
    """One figure on white paper, tall enough to train."""
    pixels = square(800, 1100, PAPER, (90, 40, 120))
    for top in extra.get("labels", ()):
        pixels[top : top + 14, 20:60] = 0
    return pixels


def measured(tmp_path: Path, pixels: np.ndarray, name: str = "turn.png") -> dict[str, Any]:
    cast = studio(tmp_path)
    cast.deliver({f"IDA/{name}": encoded(pixels)})
    cast.export("cast", loose(f"IDA/{name}"))
    (row,) = cast.review("cast")
    check(row, "review", "row")
    return row


@pytest.mark.parametrize(
    ("pixels", "name", "expected"),
    [
        (figure(), "turn.png", ("TRAIN", [])),
        (figure(labels=(40, 80, 120, 160)), "turn.png", ("EVAL_ONLY", ["labels"])),
        (np.hstack([figure(), figure()]), "turn.png", ("EVAL_ONLY", ["several_figures"])),
        (figure()[275:], "turn.png", ("EVAL_ONLY", ["head_not_whole", "partial_view", "small"])),
        (figure()[:600, :], "turn.png", ("EVAL_ONLY", ["partial_view", "small"])),
        (figure(), "IDA_WET.png", ("EVAL_ONLY", ["odd_state"])),
        (figure(), "IDA_hand.png", ("EVAL_ONLY", ["detail"])),
        (figure(), "IDA_rough_v2.png", ("EXCLUDE", ["rough"])),
        (np.full((1100, 800, 3), 255, np.uint8), "turn.png", ("EXCLUDE", ["broken", "no_character"])),
    ],
)
def test_measurements_and_names(tmp_path: Path, pixels: np.ndarray, name: str, expected: tuple[str, list[str]]) -> None:
    row = measured(tmp_path, pixels, name)
    assert (row["verdict"], row["reasons"]) == expected
    assert set(row["answers"]) == set(CRITERIA)
    assert row["answers"]["character"] == {"answer": "Ida", "confidence": 0.5, "origin": "name"}


def test_what_can_t_be_measured_is_unknown_and_never_trains(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1100, 800, 3)).astype(np.uint8)
    row = measured(tmp_path, noise)
    assert row["answers"]["figures"] == {"answer": "unknown", "confidence": 0.0, "origin": "measured"}
    assert row["verdict"] == "EVAL_ONLY" and "figures_unknown" in row["reasons"]


def test_a_sheet_of_text_is_no_anchor(tmp_path: Path) -> None:
    pixels = np.full((1100, 800, 3), 255, np.uint8)
    for top in range(60, 1040, 60):
        for left in range(60, 700, 40):
            pixels[top : top + 20, left : left + 18] = 20
    row = measured(tmp_path, pixels)
    assert row["verdict"] == "EXCLUDE" and "text_sheet" in row["reasons"]


# Candidates


def test_candidates_follow_the_rules_and_the_rest_is_listed(tmp_path: Path) -> None:
    cast = studio(
        tmp_path, candidates=Candidates(include=["*turn*", "*"], exclude=["*notes*"], min_side=100)
    )  # fmt: skip
    cast.settings = cast.settings.model_copy(
        update={"sets": {"cast": PlateSet(characters={"Ida": ["IDA/*"], "Bo": ["BO/*"]}, per_character=2)}}
    )
    pictures = {f"IDA/pose_{number}.png": art(number * 13, 300) for number in range(3)}
    pictures |= {"IDA/TURN.png": art(50, 300), "IDA/small.png": encoded(square(40, 60)), "IDA/notes.png": art(9, 300)}
    pictures |= {"BO/same.png": encoded(square(200, 300)), "BO/same.jpg": encoded(square(200, 300), "JPEG", quality=90)}
    pictures |= {"BO/other_colour.png": encoded(square(200, 300, middle=(30, 220, 40)))}
    cast.deliver(pictures)
    cast.export("cast", [PlateFile("Ida" if path.startswith("IDA") else "Bo", path) for path in pictures])
    found = cast.candidates()
    check(found, "identity_manifest", "manifest")
    chosen = [row["source"] for row in found["candidates"]]
    assert "IDA/TURN.png" in chosen and len(chosen) == 4
    assert {"BO/same.png", "BO/other_colour.png"} <= set(chosen)
    left = {one["plate_id"].removeprefix("cast/"): (one["reason"], one["like"]) for one in found["left_out"]}
    assert left.pop("small.png") == ("small", None) and left.pop("notes.png") == ("name", None)
    assert left.pop("same.jpg") == ("duplicate", "cast/same.png")
    assert [reason for reason, _ in left.values()] == ["surplus"] * 2


# The reference case

PILOT = ["TRAIN"] * 22 + ["EVAL_ONLY"] * 54 + ["EXCLUDE"] * 4
"""The verdicts of the reference project's 80 candidates."""

BAD = {"TRAIN": {}, "EVAL_ONLY": {"figures": "several"}, "EXCLUDE": {"character": "other"}}


def test_the_reference_case_of_80_candidates(tmp_path: Path, server: VlmServer) -> None:
    cast = reviewed_by(tmp_path, server, "main_trio", "supporting_cast", image_size=224)
    wanted: dict[bytes, str] = {}
    for number, said in enumerate(PILOT):
        name = "main_trio" if number % 3 else "supporting_cast"
        cast.deliver({f"IDA/{name}_{number:02d}.png": art(number, 1024)})
        wanted[f"{name}_{number:02d}.png".encode()] = said
    for name in ("main_trio", "supporting_cast"):
        own = sorted(path.decode() for path in wanted if path.decode().startswith(name))
        rows = cast.export(name, loose(*(f"IDA/{path}" for path in own)))
        order = iter([BAD[wanted[row["source"].removeprefix("IDA/").encode()]] for row in rows])
        cast.settings = cast.settings.model_copy(
            update={"review": cast.settings.review.model_copy(update={"ollama": Ollama(base_url=server.url, slots=1)})}
        )
        server.answer = lambda call, order=order: words(**next(order))
        cast.review(name)
    assert len(cast.candidates()["candidates"]) == len(server.calls) == 80
    train, usable = cast.list()
    assert len(train["anchors"]) == 22 and len(usable["anchors"]) == 76
    assert usable["counts"] == {"TRAIN": 22, "EVAL_ONLY": 54, "EXCLUDE": 4}
    assert all(one["verdict"] == "TRAIN" and one["trains"] for one in train["anchors"])
    weights = Counter((one["verdict"], one["weight"], one["trains"]) for one in usable["anchors"])
    assert weights == {("TRAIN", 1.0, True): 22, ("EVAL_ONLY", 0.25, False): 54}
    assert not any(one["tightened"] for one in usable["anchors"])
    assert read_json(cast.anchors.train) == train
