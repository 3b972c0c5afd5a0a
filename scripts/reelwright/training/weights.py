"""What a run has left on the disk: weights at the end of each epoch, whole or cut off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

LONGEST_HEADER = 100_000_000
"""Bytes that the format allows its header (safetensors, README)."""


@dataclass(frozen=True)
class Checkpoint:
    """Whole weights at the end of an epoch."""

    path: Path
    epochs: int
    """Epochs behind it, over all attempts."""


def is_whole(path: Path) -> bool:
    """Whether a ``.safetensors`` file has all the bytes that its header promises: a killed trainer leaves a part of one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(LONGEST_HEADER, size - 8):
            return False
        try:
            header = json.loads(file.read(length))
            ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return False
    return bool(ends) and size == 8 + length + max(ends)


def checkpoints(folder: Path) -> list[Checkpoint]:
    """The whole weights below a run's folder, by epochs.

    An attempt that began behind ``n`` epochs writes to ``from-<n>/epoch-<k>.safetensors``: the trainer counts from 0 each
    time, and would overwrite what an earlier attempt has left. Of two at the same epoch, the later attempt's counts.
    """
    found: dict[int, Checkpoint] = {}
    named = ((re.search(r"/from-(\d+)/epoch-(\d+)\.safetensors$", str(path)), path) for path in folder.glob("from-*/*"))
    numbered = sorted((int(match[1]), int(match[2]), path) for match, path in named if match)
    for begun, epoch, path in numbered:
        if is_whole(path):
            found[begun + epoch + 1] = Checkpoint(path, begun + epoch + 1)
    return [found[epochs] for epochs in sorted(found)]


def last_checkpoint(folder: Path) -> Checkpoint | None:
    """The furthest of them; None where there is none yet."""
    return next(reversed(checkpoints(folder)), None)
