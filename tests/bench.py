"""`make bench`: scan, shots and encode against the peer and the limit, in turn in one run; ratios go to docs/benchmarks.md.

The master is made from real footage: 1920x1080, 25 frames a second, H.264 at 3.55 Mbit/s, as a season is delivered. Every
contestant runs `ROUNDS` times, in turn, and its median counts. The limit is an ffmpeg of the same major version; the peer
is PySceneDetect's command line with one detector.
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bench_actors
import bench_captions
import bench_design
import bench_guard
import bench_packages
import bench_plates
import bench_recurring
import bench_reference
import bench_report
import bench_scale
import imageio_ffmpeg

ROOT = Path(__file__).resolve().parents[1]
MEDIA = Path(os.environ.get("REELWRIGHT_MEDIA", ROOT.parent / "shared" / "media"))
CACHE = ROOT / ".cache" / "bench"
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SECONDS = 120
"""Length of the master."""

ROUNDS = 3
THREADS = 2
SEASON_FRAMES = 32_932
"""Frames of an episode of 1,317.269 s at 25 frames a second."""


def make_master() -> Path:
    """The master, made once."""
    master = CACHE / f"master_1080p25_{SECONDS}s.mp4"
    if not master.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"Making {master} (once, minutes)", flush=True)
        source = ["-ss", "60", "-t", str(SECONDS), "-i", str(MEDIA / "big_buck_bunny_720p.mp4")]
        picture = ["-vf", "scale=1920:1080:flags=lanczos,fps=25", "-pix_fmt", "yuv420p"]
        codec = ["-c:v", "libx264", "-preset", "fast", "-b:v", "3550k", "-an"]
        part = master.with_name("part.mp4")
        subprocess.run([FFMPEG, "-y", "-v", "error", *source, *picture, *codec, str(part)], check=True)
        part.rename(master)
    return master


def clock(command: list[str]) -> float:
    """Seconds that a whole process takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def ours(function: str, *arguments: str) -> dict[str, float]:
    """Run one of this file's functions in a fresh process; it times itself, imports aside."""
    command = [sys.executable, __file__, function, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    result: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return result


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds and peak memory (MB) of a call."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def scan(master: str, folder: str) -> dict[str, float]:
    """Probe (untimed) and scan a master into ``folder``."""
    from reelwright.outcome import Record
    from reelwright.scan import scan_source
    from reelwright.sources.probe import probe_master

    out, film = Path(folder), Path(master)
    probed, scanned = (Record(stage, "ep01.bench", out / f"{stage}.json") for stage in ("probe_master", "scan_source"))
    probe_master(film, out / "probe.json", probed, episode="01", title="bench", relative=film.name, problem=None)
    return timed(
        lambda: scan_source(
            film, out / "probe.json", probed.path, out / "scan.npz", out / "header.json", scanned, threads=THREADS
        )
    )


def shots(folder: str) -> dict[str, float]:
    """Find the boundaries of a whole episode: the scan repeated to its length."""
    import numpy as np

    from reelwright.scan.file import Scan
    from reelwright.scan.measure import COLUMNS
    from reelwright.shots.boundaries import find_boundaries
    from reelwright.spec.shots import parse_shots

    class Episode(Scan):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            times = -(-SEASON_FRAMES // self.frames)
            short = {name: self[name] for name in COLUMNS}
            self._columns = {name: np.concatenate([column] * times)[:SEASON_FRAMES] for name, column in short.items()}
            self.frames = SEASON_FRAMES

    episode = Episode(Path(folder) / "scan.npz")
    return timed(lambda: find_boundaries(episode, parse_shots({})))


def encode(master: str, folder: str, store: str) -> dict[str, float]:
    """Find the shots and cut the kept clips of the master into an empty store, with everything that belongs to them."""
    from reelwright.clips import ClipOutputs, cut_clips
    from reelwright.outcome import Record
    from reelwright.shots import detect_shots
    from reelwright.spec.model import Clips
    from reelwright.spec.shots import parse_shots

    out = Path(folder)
    found, cut = (Record(stage, "ep01", out / f"{stage}.json") for stage in ("detect_shots", "cut_clips"))
    scanned = out / "scan_source.json"
    header, boundaries = out / "header.json", out / "shots.json"
    detect_shots(out / "scan.npz", header, scanned, boundaries, [], [], found, episode="01", settings=parse_shots({}))
    outputs = ClipOutputs(*(Path(store) / "out" / name for name in ("clips.jsonl", "clips", "first_frames", "sheets")))
    return timed(
        lambda: cut_clips(
            Path(master),
            out / "probe.json",
            out / "scan.npz",
            out / "shots.json",
            found.path,
            outputs,
            cut,
            settings=Clips(head_s=0, tail_s=0),
            store=Path(store),
            threads=THREADS,
        )
    )


def ffmpeg_encode(master: Path, rows: Path, out: Path) -> list[str]:
    """One ffmpeg process that encodes the frames of the kept clips with the settings of the clips."""
    kept = [row for row in map(json.loads, rows.read_text().splitlines()) if row["kept"]]
    chosen = "+".join(f"between(n,{row['start_frame']},{row['end_frame'] - 1})" for row in kept)
    picture = ["-vf", f"select='{chosen}',scale=1280:720:flags=bicubic", "-fps_mode", "vfr"]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-threads", str(THREADS)]
    return [FFMPEG, "-y", "-v", "error", "-threads", str(THREADS), "-i", str(master), *picture, *codec, str(out)]


def compare(folder: Path) -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    master = make_master()
    null = [FFMPEG, "-v", "error", "-threads", str(THREADS), "-i", str(master), "-f", "null", "-"]
    peer = [
        str(Path(sys.executable).with_name("scenedetect")),
        "-i",
        str(master),
        "detect-adaptive",
        "list-scenes",
        "-n",
    ]
    times: dict[str, list[float]] = {}
    peak = 0.0
    for number in range(ROUNDS):
        print(f"Round {number + 1} of {ROUNDS}", flush=True)
        times.setdefault("decode", []).append(clock(null))
        scanned = ours("scan", str(master), str(folder))
        peak = max(peak, scanned["peak_mb"])
        times.setdefault("scan", []).append(scanned["seconds"])
        times.setdefault("peer", []).append(clock(peer))
        times.setdefault("shots", []).append(ours("shots", str(folder))["seconds"])
        store = folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        times.setdefault("encode", []).append(ours("encode", str(master), str(folder), str(store))["seconds"])
        one = ffmpeg_encode(master, store / "out" / "clips.jsonl", folder / "limit.mp4")
        times.setdefault("ffmpeg encode", []).append(clock(one))
    middle = {name: statistics.median(values) for name, values in times.items()}
    seconds = {name: f"{value:.2f} s" for name, value in middle.items()}

    def ratio(one: str, other: str) -> str:
        return f"{middle[one] / middle[other]:.2f}"

    return [
        ("scan, all measurements", seconds["scan"], f"`ffmpeg -f null`: {seconds['decode']}", ratio("scan", "decode")),
        ("PySceneDetect's CLI, one detector", seconds["peer"], f"the same: {seconds['decode']}", ratio("peer", "decode")),
        ("scan", seconds["scan"], f"PySceneDetect's CLI: {seconds['peer']}", ratio("scan", "peer")),
        ("peak memory of a scan", f"{peak:.0f} MB", "400 MB", f"{peak / 400:.2f}"),
        (f"shots of an episode of {SEASON_FRAMES} frames, from its scan", f"{middle['shots'] * 1000:.0f} ms", "0.3 s",
         f"{middle['shots'] / 0.3:.2f}"),
        ("clips with sheets, first frames and hashes", seconds["encode"],
         f"one ffmpeg, the same frames and settings: {seconds['ffmpeg encode']}", ratio("encode", "ffmpeg encode")),
    ]  # fmt: skip


def main() -> None:
    """Run everything, print the table and write it to docs/benchmarks.md."""
    if not (MEDIA / "big_buck_bunny_720p.mp4").exists():
        sys.exit(f"no footage in {MEDIA}: set REELWRIGHT_MEDIA to a folder with big_buck_bunny_720p.mp4")
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(Path(folder))
        for others in (
            bench_captions,
            bench_recurring,
            bench_reference,
            bench_guard,
            bench_design,
            bench_plates,
            bench_packages,
            bench_report,
            bench_actors,
            bench_scale,
        ):
            rows += others.compare()
    table = ["| what | ours | against | ratio |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    print("\n".join(table))
    day = datetime.date.today().isoformat()
    head = (
        "# Benchmarks\n\nThe last run of `make bench`: contestants in turn in one run, medians of "
        f"{ROUNDS} rounds on {os.cpu_count()} cores, {day}.\nThe master: {SECONDS} s of 1920x1080 H.264 at 25 frames a "
        "second, 3.55 Mbit/s, made from real footage.\n\n"
    )
    (ROOT / "docs" / "benchmarks.md").write_text(head + "\n".join(table) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps({"scan": scan, "shots": shots, "encode": encode}[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
