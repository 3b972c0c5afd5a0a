"""The scale part of `make bench`: what Snakemake asks of a machine on a stand-in of the whole reference project, and of ten.

The stand-in has the reference project's spec, its file counts (26 x 2 masters, 4,811 files of production art, an archive of
4,003 members, 1,551 old clips, 288 actors of 20 images) and its canonical titles; alternate titles are made up and say so.
Files hold a few bytes each: nothing here opens them. Ten times as much is 99 episodes, the most that two digits name, and ten
times all else.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SEED = 26
MOST_EPISODES = 99
ART = {"01_CH": 2015, "02_BG/COLOR_CARD": 931, "02_BG/SPEEDLINES": 945, "03_PROPS/03_PROPS": 660, "STYLE GUIDE": 260}
MEMBERS, OLD_CLIPS, ACTORS, IMAGES = 4003, 1551, 288, 20

MEASURED = """
import json, resource, subprocess, sys, time
began = time.monotonic()
run = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.monotonic() - began, "mb": used.ru_maxrss / 1024, "code": run.returncode,
                  "said": run.stdout + run.stderr}))
"""
"""Runs a command in a process of its own, of which it is the only child: so its peak is known."""

TOUCHED = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, Quietness, ResourceSettings

with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
    workflow = api.workflow(
        ResourceSettings(cores=2), config_settings=ConfigSettings(configfiles=[Path(sys.argv[2])]),
        snakefile=Path(sys.argv[1]), workdir=Path(sys.argv[2]).parent,
    )
    workflow.dag(DAGSettings(targets=set())).execute_workflow(executor="dryrun")
    for job in workflow._workflow.dag.jobs:
        for out in job.output:
            path = Path(out)
            path.parent.mkdir(parents=True, exist_ok=True)
            if out.is_directory:
                path.mkdir(exist_ok=True)
            elif "/outcomes/" in str(path):
                made = {"stage": path.parent.name, "item": path.stem, "status": "ok", "error": None, "failures": 0}
                path.write_text(json.dumps({**made, "parts": [], "warnings": []}))
            else:
                path.write_text("{}")
"""
"""Puts a file where each job of a build would put one."""


def _names(rng: random.Random, count: int, code: str) -> Iterator[str]:
    kinds = ("GADGET_LASER", "PROP_BOX", "BG_HALL", "CH_AGENT", "GADGET_BOOTS")
    for number in range(count):
        yield f"TS_7{rng.randrange(27):02d}_{code}_{rng.choice(kinds)}_{number:05d}_Color.psd"


def _touch(path: Path, content: bytes = b"stand-in") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _deliver_masters(delivery: Path, episodes: dict[str, dict[str, Any]]) -> None:
    for number, episode in episodes.items():
        titles = [episode["title"], episode.get("alternate_title") or f"MADE UP ALTERNATE {number}"]
        for title in titles:
            name = re.sub(r"[ ]+", "_", title)
            _touch(delivery / "masters" / f"Totally_Spies_S7_EP{number}_{name}.mov", f"{number} {title}".encode())


def _deliver_art(design: Path, rng: random.Random, times: int) -> None:
    for folder, count in ART.items():
        for number, name in enumerate(_names(rng, count * times, "PR")):
            _touch(design / folder / f"PART {number // 200:03d}" / name)
    with zipfile.ZipFile(design / "03_PROPS.zip", "w", allowZip64=True) as archive:
        for name in _names(rng, MEMBERS * times, "PR"):
            archive.writestr(f"03_PROPS/{name}", b"stand-in")


def _deliver_actors(data: Path, rng: random.Random, times: int) -> None:
    kinds = ("european_16_male", "asian_25_female", "african_40_man", "latin_30_woman")
    names = [f"{number:04d}_{rng.choice(kinds)}" for number in range(ACTORS * times)]
    _touch(data / "actorsData.json", json.dumps([{"name": name} for name in names]).encode())
    for name in names:
        home = data / "actors" / name
        _touch(home / "base_image" / f"{name}_base.png")
        _touch(home / "training_data" / "manifest.json", b"[]")
        for number in range(IMAGES):
            _touch(home / "training_data" / f"{name}_{number}.jpg")


def deliver(folder: Path, times: int = 1) -> Path:
    """Write the stand-in and its spec below ``folder``; returns the spec's path."""
    rng = random.Random(SEED)
    spec = yaml.safe_load((ROOT / "config" / "totally-spies-s7.yaml").read_text(encoding="utf-8"))
    episodes = spec["sources"]["episodes"]
    for number in range(len(episodes) + 1, min(MOST_EPISODES, len(episodes) * times) + 1):
        episodes[f"{number:02d}"] = {"title": f"MADE UP TITLE {number:02d}"}
    _deliver_masters(folder / spec["sources"]["folder"], episodes)
    _deliver_art(folder / spec["design"]["folder"], rng, times)
    old = folder / spec["reference"]["clips"]
    for number in range(OLD_CLIPS * times):
        _touch(old / f"ep{number % 13:02d}_{number:06d}.mp4")
        _touch(folder / spec["reference"]["first_frames"] / f"ep{number % 13:02d}_{number:06d}.png")
    _touch(folder / spec["reference"]["bible"], b"{}")
    _touch(folder / spec["reference"]["manifest"], b"[]")
    spec["actors"] = {**spec.get("actors", {}), "folder": "delivery/actors"}
    _deliver_actors(folder / "delivery" / "actors", rng, times)
    path = folder / "scale.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Run:
    """One run of Snakemake."""

    seconds: float
    mb: float
    said: str

    @property
    def jobs(self) -> int:
        """Jobs that it would run."""
        found = re.search(r"^total\s+(\d+)", self.said, re.MULTILINE)
        return int(found[1]) if found else 0


def snakemake(spec: Path, *words: str, cores: int = 2) -> Run:
    """Run it on a spec; raises RuntimeError with its words where it fails."""
    base = [sys.executable, "-m", "snakemake", *words, "--snakefile", str(ROOT / "Snakefile"), "--cores", str(cores)]
    base += ["--directory", str(spec.parent), "--workflow-profile", str(ROOT / "profiles" / "default")]
    command = [sys.executable, "-c", MEASURED, *base, "--configfile", str(spec)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    if found["code"]:
        raise RuntimeError(found["said"][-2000:])
    return Run(found["seconds"], found["mb"], found["said"])


def _built(spec: Path) -> None:
    """Make it so that a build has nothing to do."""
    command = [sys.executable, "-c", TOUCHED, str(ROOT / "Snakefile"), str(spec)]
    subprocess.run(command, check=True, capture_output=True)
    # Its last words can't read results that are none: what counts is that all is up to date, which the next run shows.
    with suppress(RuntimeError):
        snakemake(spec, "--touch", "--quiet", "all", cores=1000)


def _row(what: str, run: Run, limit_s: float, limit_mb: float | None) -> list[tuple[str, str, str, str]]:
    of = f", {run.jobs} jobs" if run.jobs else ""
    rows = [(f"{what}{of}", f"{run.seconds:.1f} s", f"{limit_s:.0f} s", f"{run.seconds / limit_s:.2f}")]
    if limit_mb:
        rows.append((f"{what}, peak memory", f"{run.mb:.0f} MB", f"{limit_mb:.0f} MB", f"{run.mb / limit_mb:.2f}"))
    return rows


def compare() -> list[tuple[str, str, str, str]]:
    """The rows of the table of benchmarks."""
    with tempfile.TemporaryDirectory() as folder:
        one, ten = deliver(Path(folder) / "one"), deliver(Path(folder) / "ten", 10)
        dry, tenfold = snakemake(one, "--dry-run", "--quiet", "rules"), snakemake(ten, "--dry-run", "--quiet", "rules")
        began = time.monotonic()
        _built(one)
        print(f"made as if built in {time.monotonic() - began:.0f} s", file=sys.stderr)
        nothing = snakemake(one)
    if "Nothing to be done" not in nothing.said:
        raise RuntimeError(nothing.said[-2000:])
    growth = (tenfold.seconds / dry.seconds) / (tenfold.jobs / dry.jobs)
    rows = _row("dry run of the stand-in reference project", dry, 6, 300)
    rows += _row("dry run of ten times that", tenfold, 30, None)
    rows.append(("its growth, by the growth of jobs", f"{growth:.2f}", "1, linear", f"{growth:.2f}"))
    return rows + _row("nothing to do on the stand-in", nothing, 10, None)


if __name__ == "__main__":
    for row in compare():
        print(" | ".join(row))
