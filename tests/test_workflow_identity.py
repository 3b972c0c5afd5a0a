"""Plates and anchors in real Snakemake runs: one bad file, an archive, a model, a kill -9, an import, a person's decision."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from plating import PAPER, encoded, layered, square
from season import build, command, jobs
from vlm_server import Call, VlmServer
from zips import packed

from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow

ANSWERS = {
    "character": "Ida", "content": "drawing", "line": "clean", "figures": "one", "head": "whole", "view": "figure",
    "state": "on_model", "marks": "none",
}  # fmt: skip


def words(call: Call) -> str:
    """An answer that makes a TRAIN of a plate of the one character that is asked about."""
    who = "Ida" if "- Ida" in call.prompt else "Bo"
    said = {**ANSWERS, "character": who}
    return json.dumps({**{name: {"answer": one, "confidence": 0.9} for name, one in said.items()}, "note": ""})


def drawn(number: int) -> Any:
    """A tall figure that no other number has."""
    return square(500, 1100, PAPER, (90, 40 + 20 * number, 120))[:, number:]


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(words) as started:
        yield started


def project(folder: Path, **review: Any) -> Path:
    """A spec whose masters are missing, which is no matter for its plates."""
    art = folder / "art"
    for number, name in enumerate(("TURN.psd", "WAVE.psd")):
        (art / "IDA").mkdir(parents=True, exist_ok=True)
        (art / "IDA" / name).write_bytes(layered(drawn(number), has_merged=name == "TURN.psd"))
    (art / "03.zip").write_bytes(bytes(packed({"IDA/HOP.psd": layered(drawn(2)), "BO/big.psd": layered(drawn(3))})))
    sources = {"folder": "delivery", "rights": "licensed", "masters": "M_{episode}_{title}.mov"}
    sets = {
        "trio": {"characters": {"Ida": ["IDA/*", "03.zip/IDA/*"]}},
        "guests": {"characters": {"Bo": ["03.zip/BO/*"]}},
    }
    spec = {
        "project": "tiny",
        "show": "Tiny Show",
        "sources": {**sources, "episodes": {"01": {"title": "ONE"}}},
        "identity": {"folder": "art", "sets": sets, "review": review},
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return path


def asked(server: VlmServer, **more: Any) -> dict[str, Any]:
    return {"backend": "ollama", "ollama": {"base_url": server.url, "tries": 1, "slots": 1}, **more}


def anchors(spec: Path, name: str = "train") -> list[str]:
    manifest = read_json(spec.parent / "results/tiny/identity/review" / f"{name}_manifest.json")
    return [one["plate_id"] for one in manifest["anchors"]]


def test_a_build_makes_plates_and_anchors_and_a_second_one_nothing(tmp_path: Path) -> None:
    spec = project(tmp_path)
    run = build(spec, "identity")
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results" / "tiny"
    assert len(list((results / "identity/plates/trio/png_2048").glob("*.png"))) == 3
    assert len(read_json(results / "identity/manifest.json")["candidates"]) == 4
    assert anchors(spec) == ["trio/TURN.psd", "trio/WAVE.psd", "trio/HOP.psd", "guests/big.psd"]
    assert list((results / "identity/review/contact_sheets_decision").glob("trio_*.jpg"))
    assert "Nothing to be done" in build(spec, "identity").stdout


def test_one_bad_file_is_named_last_and_what_changes_is_made_anew(tmp_path: Path) -> None:
    spec = project(tmp_path)
    good = (tmp_path / "art/IDA/TURN.psd").read_bytes()
    (tmp_path / "art/IDA/TURN.psd").write_bytes(good[:5000])
    run = build(spec, "identity")
    assert run.returncode == 1
    assert "FAILED export_plates IDA/TURN.psd: IDA/TURN.psd: " in run.stdout
    assert anchors(spec) == ["trio/WAVE.psd", "trio/HOP.psd", "guests/big.psd"]
    (tmp_path / "art/IDA/TURN.psd").write_bytes(good)
    stored = set((tmp_path / ".cache/media").rglob("*.png"))
    run = build(spec, "identity")
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout)["export_plates"] == 1 and len(set((tmp_path / ".cache/media").rglob("*.png")) - stored) == 1
    assert "trio/TURN.psd" in anchors(spec)
    (tmp_path / "art/IDA/NEW.png").write_bytes(encoded(drawn(5)))
    assert build(spec, "identity").returncode == 0 and "trio/NEW.png" in anchors(spec)


def test_a_missing_delivery_is_an_item_that_fails(tmp_path: Path) -> None:
    spec = project(tmp_path)
    (tmp_path / "art/03.zip").unlink()
    run = build(spec, "identity")
    assert run.returncode == 1, run.stdout
    assert "FAILED export_plates guests: no plate of the set guests could be made" in run.stdout
    assert anchors(spec) == ["trio/TURN.psd", "trio/WAVE.psd"]
    assert read_json(tmp_path / "results/tiny/identity/review/usable_manifest.json")["failed_sets"] == ["guests"]


def test_kill_9_loses_what_was_in_flight_and_no_more(tmp_path: Path, server: VlmServer) -> None:
    spec = project(tmp_path, **asked(server))
    assert build(spec, "results/tiny/identity/manifest.json").returncode == 0
    held, release = threading.Event(), threading.Event()

    def answer(call: Call) -> str:
        if len(server.calls) > 2 and not release.is_set():
            held.set()
            release.wait(60)
        return words(call)

    server.answer = answer
    running = subprocess.Popen(
        [*command(spec, "identity"), "--set-resources", "review_plates:api=1", "--resources", "api=1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert held.wait(60), "the third question never came"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(60)
    release.set()
    before = len(server.calls)
    planned = build(spec, "plan")
    assert "Reviews of plates to come: 2 exactly, for 0.00 USD;" in planned.stdout, planned.stdout
    run = build(spec, "identity")
    assert run.returncode == 0, run.stdout
    assert len(server.calls) - before == 4 - 2
    assert build(spec, "identity").returncode == 0 and len(server.calls) - before == 2


def test_reviews_made_elsewhere_and_decisions_of_people(tmp_path: Path, server: VlmServer) -> None:
    pilot = tmp_path / "pilot.csv"
    pilot.write_text("file,decision\nturn.png,EVAL_ONLY\nwave.png,TRAIN\nhop.png,EXCLUDE\nbig.png,TRAIN\n")
    spec = project(tmp_path, **asked(server, imports=["pilot.csv"]))
    run = build(spec, "import")
    assert run.returncode == 0, run.stdout
    assert read_json(tmp_path / "results/tiny/imports/reviews.json")["reviews"] == 4
    run = build(spec, "identity")
    assert run.returncode == 0 and server.calls == [], run.stdout
    assert anchors(spec) == ["trio/WAVE.psd", "guests/big.psd"]
    assert anchors(spec, "usable") == ["trio/TURN.psd", "trio/WAVE.psd", "guests/big.psd"]
    row = read_jsonl(tmp_path / "results/tiny/identity/review/trio.jsonl")[0]
    decisions = tmp_path / "config" / "tiny" / "decisions" / "identity.csv"
    decisions.parent.mkdir(parents=True)
    decisions.write_text(
        "item,sha256,decision,value,reason,reviewer,time\n"
        f"{row['plate_id']},{row['source_sha256']},tightened,,cleaned,mk,2026-11-20\n"
    )
    run = build(spec, "identity")
    assert run.returncode == 0, run.stdout
    assert set(jobs(run.stdout)) == {"list_anchors", "identity"}
    assert anchors(spec) == ["trio/TURN.psd", "trio/WAVE.psd", "guests/big.psd"]
