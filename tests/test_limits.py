"""The limits of the machine: long films and large pictures in bounded memory, and a disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import yaml
from chain import SETTINGS, cut
from conftest import ROOT
from season import build, season

from footage import painted, write_film
from reelwright.errors import BuildError
from reelwright.files import read_json
from reelwright.fit import Fitter
from reelwright.media import H264Writer
from reelwright.scan.file import ScanWriter
from reelwright.scan.measure import COLUMNS
from reelwright.spec.model import Encode

MEASURE = """
import sys
from pathlib import Path
from chain import measured
chain = measured(Path(sys.argv[1]), Path(sys.argv[2]))
# Not getrusage: its maximum is inherited from the process that started this one.
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(chain.header["frames"], int(peak) // 1024)
"""


def measured_apart(path: Path, folder: Path) -> tuple[int, int]:
    """Frames, and MB at the peak, of a scan in a process of its own."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests'}"}
    words = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(folder)], capture_output=True, text=True, env=env, check=True
    ).stdout.split()
    return int(words[0]), int(words[1])


def looped(part: Path, target: Path, times: int) -> Path:
    """A film played over and over, without encoding it again."""
    with av.open(str(part)) as given, av.open(str(target), "w") as out:
        source = given.streams.video[0]
        stream = out.add_stream_from_template(source)
        packets = [
            (packet.dts, packet.pts, packet.is_keyframe, bytes(packet)) for packet in given.demux(source) if packet.size
        ]
        length = max(pts for _, pts, _, _ in packets if pts is not None) + (packets[1][0] or 0) - (packets[0][0] or 0)
        for number in range(times):
            for dts, pts, key, data in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = stream, source.time_base, key
                packet.dts, packet.pts = (dts or 0) + number * length, (pts or 0) + number * length
                out.mux(packet)
    return target


@pytest.mark.slow
def test_four_hours_take_no_more_memory_than_minutes(tmp_path: Path) -> None:
    pictures = [painted(number // 60, number, 96, 54) for number in range(200)]
    part = write_film(tmp_path / "part.mov", pictures, rate=Fraction(2, 1), options={"g": "50", "preset": "ultrafast"})
    long = looped(part, tmp_path / "long.mov", 144)
    (tmp_path / "short").mkdir()
    frames, peak = measured_apart(long, tmp_path)
    _, short_peak = measured_apart(part, tmp_path / "short")
    assert frames == 28800
    assert read_json(tmp_path / "probe.json")["duration_s"] == 4 * 3600
    assert read_json(tmp_path / "scan.json")["holes"] == []
    assert peak < 400
    assert peak < short_peak + 100


@pytest.mark.slow
def test_8k_is_scanned_and_cut_in_bounded_memory(tmp_path: Path) -> None:
    pictures = [np.roll(np.full((4320, 7680, 3), 90, np.uint8), 0) for _ in range(2)]
    pictures[1][1000:3000, 2000:5000] = (30, 200, 220)
    frames = [pictures[number // 15] for number in range(30)]
    path = write_film(tmp_path / "film.mov", frames, options={"preset": "ultrafast", "g": "15"})
    count, peak = measured_apart(path, tmp_path)
    assert count == 30
    assert peak < 400
    chain = cut(path, tmp_path, SETTINGS.model_copy(update={"min_s": 0.4}))
    assert (chain.kept[0]["width"], chain.kept[0]["height"]) == (320, 180)


def encode_noise(target: Path) -> None:
    noise, fit = np.random.default_rng(1), Fitter(320, 180)
    with H264Writer(target, 320, 180, Fraction(25), Fraction(1, 25), Encode(crf=1, preset="ultrafast")) as writer:
        for number in range(60):
            frame = av.VideoFrame.from_ndarray(noise.integers(0, 256, (180, 320, 3), dtype=np.uint8), format="bgr24")
            frame.time_base = Fraction(1, 25)
            writer.write(fit(frame), number)


def scan_noise(target: Path) -> None:
    noise = np.random.default_rng(1)
    with ScanWriter(target) as writer:
        for number in range(2000):
            row = dict.fromkeys(COLUMNS, 0)
            row["border"], row["grid"] = (0, 0, 0, 0), tuple([0] * 144)
            writer.add(number, row, noise.integers(0, 256, (27, 48, 3), dtype=np.uint8))


@pytest.mark.parametrize(("name", "write"), [("clip.mp4", encode_noise), ("scan.npz", scan_noise)])
def test_a_full_disk_is_said_and_nothing_half_written_stays(
    small_disk: Path, name: str, write: Callable[[Path], None]
) -> None:
    with pytest.raises(BuildError, match=rf"{name}: the disk is full"):
        write(small_disk / name)
    assert list(small_disk.iterdir()) == []


@pytest.mark.slow
def test_a_build_on_a_full_disk_goes_on_when_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    spec = season(tmp_path, 2)
    settings = yaml.safe_load(spec.read_text())
    settings["cache"] = str(small_disk)
    settings["clips"]["encode"]["crf"] = 4
    spec.write_text(yaml.safe_dump(settings))
    run = build(spec)
    assert run.returncode != 0
    assert "the disk is full: make room and run the same command again" in run.stdout
    assert "Traceback" not in run.stdout
    assert list(small_disk.rglob("work/*")) == []
    assert not (tmp_path / "results" / "tiny" / "clips" / "ep01.jsonl").exists()
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    again = build(spec)
    assert again.returncode == 0, again.stdout
    assert read_json(tmp_path / "results" / "tiny" / "packages" / "smoke" / "preflight.json")["passed"] is True
