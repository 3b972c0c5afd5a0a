"""Execution in real Snakemake runs: a dry run, then plans carried out, audited and undone, against servers on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from acting import deliver, encoded, image_set, scene
from executing import generation_server, set_keys
from faulty_bucket import FaultyBucket
from generation_standin import GenerationServer
from season import build
from vlm_server import Call, VlmServer

from reelwright.files import read_json

pytestmark = pytest.mark.slow

ONE, TWO = "0000_european_16_male", "0001_asian_34_female"


keys = pytest.fixture(set_keys, autouse=True)
server = pytest.fixture(generation_server)


def words(call: Call) -> str:
    """Everything is a photograph; the first image of each sheet is a bad one."""
    count = int(call.prompt.split("This sheet shows ")[1].split()[0])
    images = [
        {"number": number, "class": "photorealistic", "quality": 3 if number == 1 else 8, "defects": [], "reason": "so"}
        for number in range(1, count + 1)
    ]
    return json.dumps({"images": images, "delete": [1], "generate": "more", "summary": "a set"})


def project(folder: Path, vlm: str, server: GenerationServer, s3: FaultyBucket) -> Path:
    """Two actors that should have four photographs each, and have three and two, one of them bad."""
    data = deliver(folder / "data", {ONE: image_set(ONE, 3, 0, 1), TWO: image_set(TWO, 2, 0, 2)})
    for number, actor in enumerate((ONE, TWO)):
        base = data / "actors" / actor / "base_image" / f"{actor}_base.png"
        base.parent.mkdir()
        base.write_bytes(encoded(scene(900 + number), "PNG"))
    asked = {"backend": "openai", "openai": {"base_url": f"{vlm}/v1", "tries": 1, "price": 0}}
    sources = {"folder": "delivery", "rights": "licensed", "masters": "M_{episode}_{title}.mov"}
    spec = {
        "project": "tiny",
        "show": "Tiny Show",
        "sources": {**sources, "episodes": {"01": {"title": "ONE"}}},
        "budget": {"money": 5},
        "actors": {
            "folder": "data",
            "target": {"total": 4, "mix": {"photorealistic": 100, "bw_stylized": 0, "color_stylized": 0}},
            "evaluation": asked,
            "generate": {"base_url": server.url, "price": 0.04, "poll_s": 0.05},
            "bucket": {"name": "studio", "endpoint": s3.url},
        },
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return path


def test_plans_are_shown_carried_out_audited_and_undone(tmp_path: Path, server: GenerationServer) -> None:
    with VlmServer(words) as vlm, FaultyBucket() as s3:
        s3.create("studio")
        spec = project(tmp_path, vlm.url, server, s3)
        out = tmp_path / "results/tiny/actors/execution"

        def run(target: str, *config: str, ok: bool = True) -> str:
            made = build(spec, target, *(["--config", *config] if config else []))
            assert (made.returncode == 0) is ok, made.stdout
            return str(made.stdout)

        def files() -> dict[str, bytes]:
            return {str(path): path.read_bytes() for path in (tmp_path / "data/actors").rglob("*") if path.is_file()}

        def report(actor: str) -> Any:
            return read_json(out / f"{actor}.json")

        said = run("actors_execute", ok=False)
        assert f"{ONE}: results/tiny/actors/action_plans/{ONE}_action_plan.json: there is no plan" in said
        run("actors")
        before = files()
        said = run("actors_execute")
        assert f"{ONE}: 1. delete {ONE}_0.jpg (quality 3 is less than 5)" in said
        assert "2 actors: 2 deletions, 5 images for 0.20 USD; nothing was done" in said
        assert files() == before and not server.requests
        said = run("actors_execute", "actors_mode=exekute", ok=False)
        assert "did you mean 'execute'?" in said
        run("actors_execute", "actors_mode=execute", "actors=0")
        assert report(ONE)["state"] == "done" and report(TWO)["state"] == "would_do" and server.payments == 2
        assert len(s3.objects("studio", f"custom-actors/{ONE}/training_data/")) == 2, "what was made is uploaded"
        run("actors_execute", "actors_mode=execute")
        assert report(TWO)["state"] == "done" and server.payments == 5
        assert (out / "journal").is_dir(), "the journal is found from the results"
        said = run("actors_audit")
        assert "file without object" in said, "images that were there before have never been uploaded"
        run("actors_repair", "actors_mode=execute")
        assert read_json(out / "audit.json")["findings"] == []
        run("actors_rollback", "actors_mode=execute")
        assert files() == before and s3.objects("studio", "custom-actors/") == {}
        assert "budget" not in run("actors_execute", "actors_mode=delete-only", "actors=1")
