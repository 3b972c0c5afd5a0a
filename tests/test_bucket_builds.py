"""Builds whose jobs share no disk: each runs in an empty folder, with a bucket over real HTTP between them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from faulty_bucket import FaultyBucket
from season import PACKAGE, jobs, season
from test_workflow_captions import ANSWER
from vlm_server import Call, VlmServer

from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow

CODE = ["Snakefile", "rules", "scripts", "schemas", "envs", "docs/report", "profiles", "config/prompts"]
"""What of the project a build reads."""

PLACE = ["--default-storage-prefix", "s3://studio/season"]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyBucket]:
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", "known")
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_SECRET_KEY", "secret")
    monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_REGION", "us-west-1")
    with FaultyBucket() as started:
        monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", started.url)
        started.create("studio")
        yield started


def upload(folder: Path, s3: FaultyBucket) -> None:
    """Move the delivery into the bucket, and write the list of what is there."""
    delivered = sorted(path for path in (folder / "delivery").rglob("*") if path.is_file())
    names = [path.relative_to(folder / "delivery").as_posix() for path in delivered]
    for path, name in zip(delivered, names, strict=True):
        s3.client().upload_file(str(path), "studio", f"season/delivery/{name}")
    (folder / "config" / "tiny.files.txt").write_text("\n".join(names) + "\n")
    shutil.rmtree(folder / "delivery")


def project(folder: Path, server: VlmServer, s3: FaultyBucket | None = None) -> Path:
    """A copy of the code with the spec of a season of one episode, whose delivery lies in the bucket alone, if there is one."""
    folder.mkdir()
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    model = {"base_url": server.url, "slots": 2, "tries": 1, "price": 0.25}
    asking = {"backend": "ollama", "ollama": model}
    spec = season(
        folder, 1, captions=asking, packages={"smoke": {**PACKAGE, "caption_sources": ["vlm"]}}, budget={"money": 50.0}
    )
    written = yaml.safe_load(spec.read_text())
    spec.unlink()
    if s3 is not None:
        written["sources"]["listing"] = "config/tiny.files.txt"
        upload(folder, s3)
    (folder / "config" / "tiny.yaml").write_text(yaml.safe_dump(written, sort_keys=False))
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    return folder


def build(folder: Path, profile: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in ``folder`` with a profile, each job on a machine of its own."""
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    bins = Path(sys.executable).parent
    environ = {
        **os.environ,
        "ELSEWHERE": str(elsewhere),
        "PYTHONPATH": str(ROOT / "tests"),
        "PATH": f"{bins}{os.pathsep}{os.environ['PATH']}",
        **environment,
    }
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--workflow-profile",
        f"profiles/{profile}",
        "--executor",
        "elsewhere",
    ]
    command += ["--configfile", "config/tiny.yaml", "--retries", "0", "--jobs", "2"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


def test_an_episode_is_built_through_a_bucket_and_a_lost_machine_costs_the_calls_in_flight(
    tmp_path: Path, s3: FaultyBucket
) -> None:
    def answer(call: Call) -> str:
        if len(server.calls) == 3:
            group = next((tmp_path / "elsewhere").glob("caption_clips-*.pid"))
            os.killpg(int(group.read_text()), signal.SIGKILL)
        return json.dumps(ANSWER)

    with VlmServer(answer) as server:
        folder = project(tmp_path / "project", server, s3)
        run = build(folder, "bucket", *PLACE, "smoke")
        assert run.returncode == 1, run.stdout
        asked = len(server.calls)
        assert 3 <= asked <= 4, f"the third call was its last, and two are in flight at a time: {run.stdout}"
        assert not (folder / "results" / "tiny" / "captions").exists()
        run = build(folder, "bucket", *PLACE, "smoke", "manifest")
        assert run.returncode == 0, run.stdout
        assert "caption_clips" in jobs(run.stdout) and "cut_clips" not in jobs(run.stdout), "the rest was there"
        rows = read_jsonl(folder / "results" / "tiny" / "captions" / "ep01.jsonl")
        assert {row["caption_source"] for row in rows} == {"vlm"} and len(rows) >= 3
        assert len(server.calls) <= len(rows) + 2, "no answer that was stored is asked for again"
    results = folder / "results" / "tiny"
    assert read_json(results / "packages" / "smoke" / "preflight.json")["passed"] is True
    assert not (results / "packages" / "smoke" / "media").exists(), "media stays where it is"
    assert len(read_jsonl(results / "manifest.jsonl")) == len(rows), "what only joins tables runs here, from the bucket"
    objects = s3.objects("studio", "season/results/tiny/packages/smoke/media/")
    media = [data for key, data in objects.items() if key.endswith(".mp4")]
    assert len(media) == 2 and all(len(data) > 1000 for data in media)
    assert sum(key.endswith(".mp4") for key in s3.objects("studio", "season/.cache/media/")) >= len(rows) + 2
    assert not list((tmp_path / "elsewhere").glob("*/")), "no machine has kept anything"
    again = build(folder, "bucket", *PLACE, "smoke", "manifest")
    assert "Nothing to be done" in again.stdout, again.stdout


def test_no_model_is_asked_where_the_answers_would_be_lost(tmp_path: Path) -> None:
    with VlmServer(lambda call: json.dumps(ANSWER)) as server:
        folder = project(tmp_path / "project", server)
        run = build(folder, "default", "captions", CARRIES="yes")
        assert run.returncode == 1, run.stdout
        assert "caption_clips would ask a model, and jobs that share no disk would lose the answers" in run.stdout, (
            run.stdout
        )
        assert not server.calls and not list((tmp_path / "elsewhere").iterdir()), "no job has begun"
