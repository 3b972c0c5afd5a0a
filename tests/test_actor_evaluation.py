"""Evaluations: what is measured, what a model is asked over real HTTP, what its answers must have, and who is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from acting import LIMITS, Pixels, encoded, scene
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from vlm_server import Call, Fault, Reply, VlmServer

from reelwright.actors.answers import SheetAnswer, read_answer
from reelwright.actors.classes import CLASSES
from reelwright.actors.evaluate import Asking, Outputs, evaluate_actor
from reelwright.actors.imports import import_evaluations
from reelwright.actors.looking import look
from reelwright.actors.measure import _chroma, defects_of, is_gray
from reelwright.errors import BuildError
from reelwright.files import read_json
from reelwright.outcome import Record
from reelwright.spec.actors import ActorEvaluation, EvaluatorOllama, EvaluatorOpenAI

ACTOR = "0000_european_16_male"


def words(count: int, *rows: dict[str, Any], **more: Any) -> str:
    """An answer about ``count`` images; ``rows`` replace the last ones."""
    plain = {"class": "photorealistic", "quality": 8, "defects": [], "reason": "a film scene"}
    images = [{"number": number, **plain} for number in range(1, count + 1)]
    images[count - len(rows) :] = [{**images[-1], **row} for row in rows]
    return json.dumps({"images": images, "delete": [], "generate": "", "summary": "fine", **more})


def shown(call: Call) -> int:
    return int(call.prompt.split("This sheet shows ")[1].split()[0])


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: words(shown(call))) as started:
        yield started


class Set:
    """An actor's images, and evaluations of them."""

    def __init__(self, folder: Path, server: VlmServer | None = None, backend: str = "openai", **settings: Any) -> None:
        self.folder = folder
        self.images = folder / "images"
        self.images.mkdir(parents=True, exist_ok=True)
        model = {"tries": 1, "timeout_s": 20.0, **settings.pop("model", {})}
        if server is not None:
            url = server.url
            settings |= {
                "backend": backend,
                "openai": EvaluatorOpenAI(base_url=f"{url}/v1", **{"price": 0.0, **model}),
                "ollama": EvaluatorOllama(base_url=url, **{key: one for key, one in model.items() if key != "price"}),
            }
        self.settings = ActorEvaluation(**settings)
        self.budget: dict[str, Any] | None = None
        self.imports: Path | None = None
        self.shared = folder
        """Where the answers are kept."""

    def add(self, **files: bytes) -> Set:
        for name, data in files.items():
            (self.images / f"{ACTOR}_{name.strip('_').replace('__', '.')}").write_bytes(data)
        return self

    def evaluate(self) -> Any:
        paths = sorted(self.images.iterdir(), key=lambda path: int(path.stem.rpartition("_")[2]))
        outputs = Outputs(self.folder / "composite.jpg", self.folder / "evaluation.json")
        record = Record("evaluate_actor", ACTOR, self.folder / "outcome.json")
        settings = self.settings.model_dump(mode="json") if self.settings.asks else None
        asking = Asking(
            settings, self.budget, answers=self.shared / "answers",
            ledger=self.shared / "ledger", store=self.shared / "store",
        )  # fmt: skip
        evaluate_actor(
            ACTOR, paths, outputs, record, limits=LIMITS, asking=asking,
            imports=self.imports,
        )  # fmt: skip
        return read_json(outputs.evaluation)

    @property
    def outcome(self) -> Any:
        return read_json(self.folder / "outcome.json")


def filled(cast: Set, count: int, first: int = 0) -> Set:
    return cast.add(**{f"_{number}__jpg": encoded(scene(number)) for number in range(first, first + count)})


def sepia(pixels: Pixels) -> Pixels:
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(float)
    return np.clip(np.dstack([gray * 1.351, gray * 1.203, gray * 0.937]), 0, 255).astype(np.uint8)


def spotted(pixels: Pixels, colour: tuple[int, int, int], share: float) -> Pixels:
    """Pixels with a disc of a colour that fills a share of them."""
    made = pixels.copy()
    height, width = made.shape[:2]
    cv2.circle(made, (width // 3, height // 2), max(2, round((share * height * width / np.pi) ** 0.5)), colour, -1)
    return made


def seen(tmp_path: Path, pixels: Pixels, **options: Any) -> Any:
    path = tmp_path / "x.jpg"
    path.write_bytes(encoded(pixels, **options))
    found = look(path)
    assert found.seen is not None
    return found


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=20))
@example([(0, 0, 16), (11, 3, 5), (25, 19, 19)])
def test_chroma_is_that_of_cielab(pixels: list[tuple[int, int, int]]) -> None:
    a, b = _chroma(np.array([pixels], np.uint8))
    for place, rgb in enumerate(pixels):
        exact = lab(rgb)
        assert abs(a[place] - exact[0]) < 0.06 and abs(b[place] - exact[1]) < 0.06
        assert len(set(rgb)) > 1 or (a[place], b[place]) == (0, 0), "grey has no chroma at all"


def lab(rgb: tuple[int, int, int]) -> tuple[float, float]:
    """a* and b* of a colour in sRGB, by the formulas of IEC 61966-2-1 and CIE 15."""
    red, green, blue = (one / 255 / 12.92 if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in rgb)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.0888300
    root = [one ** (1 / 3) if one > 216 / 24389 else (24389 / 27 * one + 16) / 116 for one in (x, y, z)]
    return 500 * (root[0] - root[1]), 200 * (root[1] - root[2])


def ink(number: int) -> Pixels:
    return cv2.cvtColor(255 - cv2.Canny(scene(number, 800, 600), 40, 120), cv2.COLOR_GRAY2RGB)


@pytest.mark.parametrize("number", range(4))
def test_black_and_white_is_told_from_colour_sepia_and_spots_included(tmp_path: Path, number: int) -> None:
    plain, gray = scene(number, 800, 600), scene(number, 800, 600, gray=True)
    without = {"grey": gray, "sepia": sepia(plain), "ink": ink(number), "sepia ink": sepia(ink(number))}
    for name, pixels in without.items():
        assert is_gray(seen(tmp_path, pixels, subsampling=0).seen, LIMITS), name
        assert is_gray(seen(tmp_path, pixels).seen, LIMITS), name
    coloured = {"plain": plain, "pale": (plain // 4 + 150).astype(np.uint8)}
    for name, base in without.items():
        coloured[f"red spot on {name}"] = spotted(base, (200, 30, 30), 0.003)
        coloured[f"blue spot on {name}"] = spotted(base, (60, 90, 170), 0.005)
    for name, pixels in coloured.items():
        assert not is_gray(seen(tmp_path, pixels).seen, LIMITS), name


def test_blur_darkness_size_and_symmetry_are_measured(tmp_path: Path) -> None:
    plain = scene(1, 1024, 768)
    half = plain[:, :512]
    made = {
        "blur": cv2.GaussianBlur(plain, (0, 0), 6),
        "dark": plain // 12,
        "small": plain[:300, :400],
        "symmetry": np.concatenate([half, half[:, ::-1]], axis=1),
        "blank": np.full_like(plain, 90),
    }

    def defects(pixels: Pixels) -> set[str]:
        found = seen(tmp_path, pixels)
        return set(defects_of(found.picture[:2], found.seen, LIMITS))

    assert defects(plain) == set()
    for name, pixels in made.items():
        assert name in defects(pixels), name
    assert (
        defects(made["blank"]) == {"blank"}
        and defects(made["dark"]) == {"dark"}
        and defects(made["small"]) == {"small"}
    )


def test_measurements_say_unknown_where_they_cannot_know(tmp_path: Path) -> None:
    cast = Set(tmp_path).add(
        _0__jpg=encoded(scene(1)), _1__jpg=encoded(scene(2, gray=True)), _2__jpg=b"no image", _3__jpg=encoded(scene(1)),
        _4__png=encoded(scene(1), "PNG"), _5__png=encoded(Image.fromarray(scene(1)).convert("L"), "PNG"),
    )  # fmt: skip
    found = cast.evaluate()
    rows = found["images"]
    assert [row["class"] for row in rows] == ["unknown", "bw_stylized", None, "unknown", "unknown", "bw_stylized"]
    assert [row["cell"] for row in rows] == [1, 2, None, 3, 4, 5]
    assert rows[2]["broken"] == "is no image that can be read" and found["broken"] == 1
    assert cast.outcome["status"] == "ok" and "is no image" in cast.outcome["warnings"][0]
    assert [row["duplicate_group"] for row in rows] == ["d1", None, None, "d1", "d1", None], "styles are compared apart"
    assert found["percentages"] == {"photorealistic": 0.0, "bw_stylized": 40.0, "color_stylized": 0.0, "unknown": 60.0}
    assert found["text"] == "" and found["model"] is None
    with Image.open(tmp_path / "composite.jpg") as image:
        assert image.size == (1000, 200)


@pytest.mark.parametrize("backend", ["openai", "ollama"])
def test_a_model_is_asked_as_the_notes_say(tmp_path: Path, server: VlmServer, backend: str) -> None:
    found = filled(Set(tmp_path, server, backend), 7).evaluate()
    (call,) = server.calls
    sent = call.body["options"] if backend == "ollama" else call.body
    assert sent["temperature"] == 0.3 and 2000 in (sent.get("num_predict"), sent.get("max_tokens"))
    assert call.schema["properties"]["images"]["items"]["properties"]["class"]["enum"] == list(CLASSES)
    assert ACTOR not in call.prompt and "This sheet shows 7 images" in call.prompt
    with Image.open(__import__("io").BytesIO(call.images[0])) as image:
        assert image.size == (1000, 400)
    assert {row["origin"] for row in found["images"]} == {"model"}
    assert found["counts"]["photorealistic"] == 7 and json.loads(found["text"])["summary"] == "fine"


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (words(19), "image 20 is missing"),
        (words(20, {"number": 1}), "image 20 is missing; image 1 is there more than once"),
        (words(21), "image 21 is not on the sheet, which has 20 images"),
        (
            words(20, {"number": 20, "class": "photograph"}),
            "expected one of photorealistic, bw_stylized, color_stylized",
        ),
        (words(20, {"number": 20, "quality": 11}), "quality is 11: maximum 10"),
        (words(20, {"number": 20, "quality": 0}), "quality is 0: minimum 1"),
        (words(20, {"number": 20, "quality": 7.5}), "quality is 7.5: expected integer"),
        (words(20, {"number": 20, "defects": ["ugly"]}), "expected one of gaze_into_camera"),
        (words(20, delete=[0]), "delete[0] is 0: minimum 1"),
        (words(20, delete=[22]), "image 22 is to be deleted, but the sheet has 20 images"),
        ("I can't tell.", "that is no valid JSON"),
    ],
)
def test_an_answer_that_is_not_as_it_should_be_is_asked_for_again(
    tmp_path: Path, server: VlmServer, answer: str, complaint: str
) -> None:
    server.then(answer)
    found = filled(Set(tmp_path, server), 20).evaluate()
    first, second = server.calls
    assert complaint in second.messages[-1][1], second.messages[-1]
    assert found["counts"]["photorealistic"] == 20
    again = Set(tmp_path / "other", server, ask_again=1)
    server.then(answer, answer)
    assert filled(again, 20).evaluate() is None, "after one correction there is none"
    assert again.outcome["error"]["code"] == "invalid_answer" and complaint in again.outcome["error"]["message"]
    assert first.images == second.images


def test_more_images_than_a_sheet_holds_make_several_sheets_and_one_result(tmp_path: Path, server: VlmServer) -> None:
    server.answer = lambda call: words(shown(call), {"number": shown(call), "class": "color_stylized"}, delete=[1])
    found = filled(Set(tmp_path, server, images_per_sheet=10), 23).evaluate()
    assert sorted(shown(call) for call in server.calls) == [3, 10, 10]
    assert [row["file"].rpartition("_")[2] for row in found["images"] if row["class"] == "color_stylized"] == [
        "9.jpg", "19.jpg", "22.jpg"]  # fmt: skip
    assert [name.rpartition("_")[2] for name in found["recommended_deletions"]] == ["0.jpg", "10.jpg", "20.jpg"]
    assert found["text"].count('"summary"') == 3
    with Image.open(tmp_path / "composite.jpg") as image:
        assert image.size == (1000, 1000), "the composite has them all"


def test_an_image_is_asked_about_once_for_ever(tmp_path: Path, server: VlmServer) -> None:
    cast = filled(Set(tmp_path, server), 3)
    first = cast.evaluate()
    assert cast.evaluate() == first and len(server.calls) == 1
    cast.add(_1__jpg=encoded(scene(50)), _7__jpg=encoded(scene(2)))
    found = cast.evaluate()
    assert [shown(call) for call in server.calls] == [3, 1], "the changed one; another copy of the third is known"
    assert all(row["origin"] == "model" for row in found["images"])
    other = Set(tmp_path, server, model={"model": "other"})
    other.evaluate()
    assert [shown(call) for call in server.calls] == [3, 1, 3], "another model is asked about all"


@pytest.mark.slow
def test_110_actors_take_110_calls_and_one_new_image_one(tmp_path: Path, server: VlmServer) -> None:
    cast = [Set(tmp_path / f"{number:04d}", server, model={"price": 0.01}) for number in range(110)]
    for number, one in enumerate(cast):
        one.shared, one.budget = tmp_path, {"money": 1.11}
        one.add(**{f"_{place}__jpg": encoded(scene(3 * number + place, 64, 48)) for place in range(2)})

    def evaluated() -> set[int]:
        return {len(one.evaluate()["images"]) for one in cast}

    assert evaluated() == {2} and [shown(call) for call in server.calls] == [2] * 110
    assert evaluated() == {2} and len(server.calls) == 110, "looking at all of them again costs nothing"
    cast[41].add(_2__jpg=encoded(scene(9999, 64, 48)))
    assert evaluated() == {2, 3} and [shown(call) for call in server.calls[110:]] == [1]
    cast[42].add(_2__jpg=encoded(scene(8888, 64, 48)))
    with pytest.raises(BuildError, match=r"the budget of 1.11 USD is used up"):
        cast[42].evaluate()


def test_a_failing_sheet_fails_the_actor_and_what_others_said_is_kept(tmp_path: Path, server: VlmServer) -> None:
    cast = filled(Set(tmp_path, server, images_per_sheet=5, model={"slots": 1}), 10)
    server.then(words(5), Fault(500, "broke"))
    assert cast.evaluate() is None
    assert "no evaluation of sheet 2 of 2" in cast.outcome["error"]["message"]
    assert cast.evaluate()["counts"]["photorealistic"] == 10
    assert [shown(call) for call in server.calls] == [5, 5, 5]
    refused = Set(tmp_path / "other", server).add(_0__jpg=encoded(scene(9)))
    server.then(Reply("", refusal="I can't look at people."))
    assert refused.evaluate() is None and refused.outcome["error"]["code"] == "refused_by_model"


def test_three_tries_and_no_more(tmp_path: Path, server: VlmServer) -> None:
    cast = Set(tmp_path, server)
    assert (EvaluatorOpenAI().tries, EvaluatorOllama().tries) == (3, 3)
    cast.settings = cast.settings.model_copy(
        update={"openai": EvaluatorOpenAI(base_url=f"{server.url}/v1", price=0.0, tries=2)}
    )
    soon = Fault(503, "busy", headers={"Retry-After": "0"})
    server.then(soon, soon)
    assert filled(cast, 1).evaluate() is None
    assert len(server.calls) == 2 and cast.outcome["error"]["code"] == "busy"


def test_a_budget_is_kept(tmp_path: Path, server: VlmServer) -> None:
    cast = filled(Set(tmp_path, server, model={"price": 0.5}), 1)
    with pytest.raises(BuildError, match=r"1 call of openai gpt-4o-mini would cost 0.50 USD .* has no `budget`"):
        cast.evaluate()
    cast.budget = {"money": 0.6, "currency": "USD"}
    assert cast.evaluate() is not None
    cast.add(_1__jpg=encoded(scene(5)))
    with pytest.raises(BuildError, match=r"the budget of 0.60 USD is used up"):
        cast.evaluate()
    assert len(server.calls) == 1


def test_where_model_and_measurements_differ_a_person_is_told(tmp_path: Path, server: VlmServer) -> None:
    half = scene(5)[:, :160]
    mirrored = np.concatenate([half, half[:, ::-1]], axis=1)
    rows = ({"class": "photorealistic"}, {"class": "bw_stylized"}, {"quality": 9}, {"class": "bw_stylized"}, {}, {
        "defects": ["symmetry"]})  # fmt: skip
    server.then(words(6, *({"number": place, **row} for place, row in enumerate(rows, 1))))
    found = Set(tmp_path, server).add(
        _0__jpg=encoded(scene(1, gray=True)), _1__jpg=encoded(scene(2)), _2__jpg=encoded(scene(3) // 14),
        _3__jpg=encoded(scene(4, gray=True)), _4__jpg=encoded(mirrored), _5__png=encoded(mirrored, "PNG"),
    ).evaluate()  # fmt: skip
    assert found["disagreements"] == [
        f"{ACTOR}_0.jpg: the model says photorealistic, and it is measured black-and-white",
        f"{ACTOR}_1.jpg: the model says bw_stylized, and it is measured in colour",
        f"{ACTOR}_2.jpg: the model says quality 9, and it is measured dark",
        f"{ACTOR}_4.jpg: the model says nothing of symmetry, and it is measured symmetric",
    ]
    assert [row["class"] for row in found["images"]][:4] == [
        "photorealistic", "bw_stylized", "photorealistic", "bw_stylized"], "the model's word stands"  # fmt: skip


def test_an_imported_evaluation_is_bound_by_sha256_before_its_name(tmp_path: Path, server: VlmServer) -> None:
    cast = filled(Set(tmp_path, server), 4)
    hashes = [row["sha256"] for row in Set(tmp_path).evaluate()["images"]]
    rows = [
        {"image": f"{ACTOR}_0.jpg", "class": "color stylized", "quality": 6, "model": "gpt-4o-mini"},
        {"image": "renamed.jpg", "sha256": hashes[1], "class": "B&W"},
        {"image": f"{ACTOR}_2.jpg", "sha256": "0" * 64, "class": "photo"},
        {"image": f"{ACTOR}_0.jpg", "class": "photo", "quality": 6},
        {"image": "0001_other_3.jpg", "class": "photo"},
    ]
    table = tmp_path / "rows.jsonl"
    table.write_text("\n".join(map(json.dumps, rows)))
    cast.imports = tmp_path / "imports.jsonl"
    record = Record("import_evaluations", "evaluations", tmp_path / "o.json")
    import_evaluations([table], cast.imports, tmp_path / "report.json", record)
    found = cast.evaluate()
    assert [(row["class"], row["origin"]) for row in found["images"]] == [
        ("color_stylized", "imported"), ("bw_stylized", "imported"), ("photorealistic", "model"), ("photorealistic", "model")
    ]  # fmt: skip
    assert [shown(call) for call in server.calls] == [2]
    assert found["images"][0]["imported"] == {"file": str(table), "row": 1, "model": "gpt-4o-mini"}
    assert found["images"][1]["quality"] == 5, "where none is given, what is measured: 320 pixels are small"
    assert f"row 4: says photorealistic 6 of {ACTOR}_0.jpg" in cast.outcome["warnings"][0]


numbers = st.lists(st.integers(1, 8), max_size=9)


@given(st.integers(1, 6), numbers)
def test_only_an_answer_with_each_image_once_is_taken(count: int, said: list[int]) -> None:
    one = {"class": "photorealistic", "quality": 5, "defects": [], "reason": ""}
    images = [{"number": number, **one} for number in said]
    found = read_answer(json.dumps({"images": images, "delete": [], "generate": "", "summary": ""}), count)
    assert isinstance(found, SheetAnswer) == (sorted(said) == list(range(1, count + 1)))
