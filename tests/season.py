"""A small delivered season and its spec, and real Snakemake runs on it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from conftest import ROOT

from footage import shots_film

RESOURCES = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

snakefile, spec, target = sys.argv[1:]
with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
    workflow = api.workflow(
        ResourceSettings(cores=2),
        config_settings=ConfigSettings(configfiles=[Path(spec)]),
        snakefile=Path(snakefile),
        workdir=Path(spec).parent,
    )
    workflow.dag(DAGSettings(targets={target})).execute_workflow(executor="dryrun")
    jobs = workflow._workflow.dag.jobs
    print(json.dumps({job.rule.name: {key: job.resources.get(key) for key in ("gpu", "api")} for job in jobs}))
"""


PACKAGE = {
    "lane": "video",
    "model": "wan2.2-t2v-a14b",
    "caption_sources": ["structured"],
    "rows_per_episode": 2,
    "size": [160, 96],
    "frame_buckets": [49, 33],
}
"""The package of a small season."""

LENGTHS = [60, 90, 110, 100, 85, 95, 60]
"""Frames of the shots of each episode: 24 s, of which head and tail take the first and the last shot."""


def season(folder: Path, episodes: int = 3, **changes: Any) -> Path:
    """Deliver ``episodes`` small masters below ``folder`` and write their spec; returns the spec's path."""
    titles = ["ONE", "TWO", "THREE", "FOUR"][:episodes]
    for number, title in enumerate(titles, 1):
        film = folder / "delivery" / "masters" / f"Show_EP{number:02d}_{title}.mov"
        shots_film(film, LENGTHS[number - 1 :] + LENGTHS[: number - 1], first=10 * number, options={"g": "50"})
    spec = {
        "project": "tiny",
        "show": "Tiny Show",
        "sources": {
            "folder": "delivery",
            "rights": "licensed",
            "masters": "masters/Show_EP{episode}_{title}.mov",
            "episodes": {f"{number:02d}": {"title": title} for number, title in enumerate(titles, 1)},
        },
        "clips": {"head_s": 2, "tail_s": 2, "height": 180, "encode": {"preset": "ultrafast"}},
        "packages": {"smoke": PACKAGE},
    }
    for key, value in changes.items():
        spec[key] = value
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return path


def command(spec: Path, *arguments: str) -> list[str]:
    """Snakemake on ``spec``, working in its folder."""
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(spec.parent)]
    profile = ["--workflow-profile", str(ROOT / "profiles" / "default")]
    return [*base, *profile, "--configfile", str(spec), "--cores", "2", *arguments]


def build(spec: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake to its end; its words are in ``stdout``."""
    return subprocess.run(
        command(spec, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def jobs(said: str) -> dict[str, int]:
    """Jobs a rule, from the table that a run begins with."""
    rows = [line.split() for line in said.splitlines()]
    start = next((number for number, row in enumerate(rows) if row[:2] == ["job", "count"]), len(rows))
    counts: dict[str, int] = {}
    for row in rows[start + 2 :]:
        if len(row) != 2 or row[0] == "total":
            break
        counts[row[0]] = int(row[1])
    return counts


def resources(spec: Path, target: str) -> dict[str, dict[str, int | None]]:
    """The gpu and api slots that the jobs of each rule ask for, of a dry run for ``target``."""
    command = [sys.executable, "-c", RESOURCES, str(ROOT / "Snakefile"), str(spec), target]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, dict[str, int | None]] = json.loads(run.stdout.splitlines()[-1])
    return found
