"""Reviews that were made elsewhere are taken over by sha256 or name, with their provenance, and never bought again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plating import PAPER, Studio, encoded, loose, square, studio
from vlm_server import VlmServer

from reelwright.files import check, read_json, read_jsonl
from reelwright.identity.imports import ImportedReview, import_reviews, match_reviews, plain_name
from reelwright.outcome import Record
from reelwright.spec.identity import Candidates, Review
from reelwright.spec.models import Ollama

TALL = square(400, 1100, PAPER, (90, 40, 120))


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: "nobody should ask") as started:
        yield started


@pytest.fixture
def cast(tmp_path: Path, server: VlmServer) -> Studio:
    review = Review(backend="ollama", ollama=Ollama(base_url=server.url, tries=1), ask_again=0, max_failed_share=1)
    made = studio(tmp_path, review=review, candidates=Candidates(min_side=1, duplicate_bits=-1))
    files = {"IDA/TS_700_CH_Ida-Turn.psd.png": TALL, "IDA/front.png": TALL[:, 1:], "BO/front.png": TALL[:, 2:]}
    made.deliver({path: encoded(pixels) for path, pixels in files.items()})
    made.export("cast", [*loose(*list(files)[:2]), *loose("BO/front.png", character="Bo")])
    return made


def taken(folder: Path, *files: Path) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Import ``files``; returns where they are, the report and the outcome."""
    out, report, outcome = folder / "reviews.jsonl", folder / "reviews.json", folder / "outcome.json"
    import_reviews(list(files), out, report, Record("import_reviews", "reviews", outcome))
    return out, read_json(report), read_json(outcome)


def written(path: Path, rows: Any) -> Path:
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows))
    return path


def test_the_pilot_s_review_is_taken_over_and_nothing_is_asked(cast: Studio, server: VlmServer) -> None:
    rows = {row["source"]: row for row in cast.candidates()["candidates"]}
    pilot = written(
        cast.root / "vlm_review.csv",
        "file,sha256,decision,confidence,model,reason\n"
        'identity/png_2048/ts_700_ch_ida_turn.png,,train,0.9,qwen,"clean, whole"\n'
        f"renamed.png,{rows['IDA/front.png']['source_sha256'].upper()},Eval only,80,qwen,sheet\n"
        f"x.png,{rows['BO/front.png']['sha256']},EXCLUDE,,,\n",
    )
    imports, report, outcome = taken(cast.root, pilot)
    assert report["reviews"] == 3 and outcome["status"] == "ok"
    found = {row["source"]: row for row in cast.review("cast", imports)}
    assert server.calls == []
    assert {source: row["verdict"] for source, row in found.items()} == {
        "IDA/TS_700_CH_Ida-Turn.psd.png": "TRAIN", "IDA/front.png": "EVAL_ONLY", "BO/front.png": "EXCLUDE",
    }  # fmt: skip
    turn = found["IDA/TS_700_CH_Ida-Turn.psd.png"]
    check(turn, "review", "row")
    assert turn["imported"] == {"file": str(pilot), "row": 1, "by": "name"}
    assert (turn["reviewer"], turn["model"], turn["note"], turn["confidence"]) == (
        "imported",
        "qwen",
        "clean, whole",
        0.9,
    )
    assert found["IDA/front.png"]["confidence"] == 0.8 and found["IDA/front.png"]["imported"]["by"] == "sha256"
    train, usable = cast.list(imports)
    assert (len(train["anchors"]), len(usable["anchors"])) == (1, 2)
    assert train["anchors"][0]["decided_by"] == "imported"
    assert "vlm_review.csv, row 1, by name" in cast.anchors.table.read_text()


def test_manifests_are_taken_as_they_are(cast: Studio) -> None:
    manifest = {"anchors": [{"plate": "a/front.png", "character": "Bo", "verdict": "EVAL_ONLY"}]}
    lines = written(cast.root / "more.jsonl", '{"image": "TS_700_CH_IDA_TURN.psd", "label": "TRAIN"}\n')
    imports, report, _ = taken(cast.root, written(cast.root / "usable.json", manifest), lines)
    assert [one["rows"] for one in report["files"]] == [1, 1]
    for row in read_jsonl(imports):
        check(row, "review_import", "row")
    found = {row["source"]: row["reviewer"] for row in cast.review("cast", imports)}
    assert found == {
        "IDA/TS_700_CH_Ida-Turn.psd.png": "imported", "BO/front.png": "imported", "IDA/front.png": "vlm",
    }  # fmt: skip


def test_what_is_not_clear_is_told(cast: Studio) -> None:
    rows = [
        {"plate": "front.png", "verdict": "TRAIN"},
        {"plate": "TS_700_CH_IDA_TURN.png", "verdict": "TRAIN"},
        {"plate": "ts 700 ch ida turn.png", "verdict": "EXCLUDE"},
        {"plate": "nobody.png", "verdict": "TRAIN"},
        {"plate": "TS_700_CH_IDA_TURN.png", "source_sha256": "0" * 64, "verdict": "EXCLUDE"},
    ]
    imports, _, _ = taken(cast.root, written(cast.root / "pilot.json", rows))
    found = {row["source"]: row["verdict"] for row in cast.review("cast", imports)}
    assert found["IDA/TS_700_CH_Ida-Turn.psd.png"] == "TRAIN"
    warned = "\n".join(cast.told("review_plates", "cast")["warnings"])
    assert "row 1 (front.png): fits several plates (cast/front.png~" in warned
    assert "row 3 (ts 700 ch ida turn.png): says EXCLUDE" in warned and "row 2" in warned
    cast.list(imports)
    (lost,) = cast.told("list_anchors", "identity")["warnings"]
    assert lost.startswith("2 imported reviews are of no candidate") and "nobody.png" in lost


def test_rows_that_say_nothing_are_left_out_with_the_reason(tmp_path: Path) -> None:
    rows = [{"plate": "a.png"}, {"plate": "b.png", "verdict": "MAYBE"}, {"verdict": "TRAIN"}]
    _, report, outcome = taken(tmp_path, written(tmp_path / "pilot.json", rows))
    assert report["reviews"] == 0 and len(report["files"][0]["left_out"]) == 3
    assert "row 2 (b.png): the verdict is 'MAYBE': expected one of TRAIN, EVAL_ONLY, EXCLUDE" in outcome["warnings"][0]


def test_missing_reviews_fail_rather_than_being_bought_again(tmp_path: Path) -> None:
    _, report, outcome = taken(tmp_path, tmp_path / "gone.csv")
    assert report is None
    assert outcome["status"] == "failed"
    assert outcome["error"]["code"] == "missing"
    assert "gone.csv: reviews made elsewhere (identity.review.imports)" in outcome["error"]["message"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("pilot.json", b"[{}, 7]", "row 1 is no object"),
        ("pilot.jsonl", b'{"plate": "a.png"}\n{"plate"', "line 2: no valid JSON"),
        ("pilot.csv", b'plate,verdict\n"a.png"b,TRAIN\n', "no valid CSV"),
        ("pilot.csv", b"plate,verdict\n\xe9.png,TRAIN\n", "no text in UTF-8"),
    ],
)
def test_a_broken_file_fails_rather_than_being_half_taken(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    _, report, outcome = taken(tmp_path, path)
    assert report is None and outcome["status"] == "failed"
    assert name in outcome["error"]["message"] and said in outcome["error"]["message"]


def test_names_are_compared_without_folders_suffixes_and_separators() -> None:
    same = {"a/TS_700_Ida-Turn.psd", "TS 700 ida turn.PNG", "C:\\plates\\ts_700_IDA__turn.psd.png"}
    assert {plain_name(name) for name in same} == {"ts_700_ida_turn"}
    assert plain_name("turn_v1.5.png") != plain_name("turn_v1.png")


def test_a_sha256_outweighs_a_name() -> None:
    rows = [
        {
            "plate_id": f"cast/{name}",
            "source": f"IDA/{name}",
            "character": "Ida",
            "sha256": "0" * 64,
            "source_sha256": digest * 64,
        }
        for name, digest in (("a.psd", "a"), ("b.psd", "b"))
    ]
    common = {
        "file": "x.csv",
        "source_sha256": None,
        "character": None,
        "confidence": None,
        "model": None,
        "reason": "",
    }
    by_name = ImportedReview(row=1, plate="a.png", sha256=None, verdict="EXCLUDE", **common)
    by_sha256 = ImportedReview(row=2, plate="b.png", sha256="a" * 64, verdict="TRAIN", **common)
    matched, warned = match_reviews(rows, [by_name, by_sha256])
    assert {plate: (match.review.row, match.by) for plate, match in matched.items()} == {"cast/a.psd": (2, "sha256")}
    assert len(warned) == 1
