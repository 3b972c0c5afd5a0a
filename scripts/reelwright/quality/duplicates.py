"""Duplicates across episodes: a clip that shows what a clip of a lower-numbered episode shows already.

Within an episode the clips stage drops repeats. Shows reuse shots between episodes too, cut a little differently: so a
clip is a repeat where its first, middle and last frame are each like some frame of the other clip, or the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.files import read_jsonl
from reelwright.scan.file import Scan


def _signature(clip: dict[str, Any], hashes: np.ndarray) -> np.ndarray:
    """Hashes of a clip's first, middle and last frame."""
    start, end = clip["start_frame"], clip["end_frame"]
    return hashes[[start, (start + end) // 2, end - 1]]


class EarlierClips:
    """The kept clips of the episodes before one."""

    def __init__(self, episodes: Iterable[tuple[Path, Path]]) -> None:
        """``episodes``: rows of the clips, and scan, of each, in order."""
        self._ids: list[str] = []
        hashes, lengths, signatures = [], [], []
        for rows, scan in episodes:
            measured = Scan(scan)["phash"]
            for clip in (one for one in read_jsonl(rows) if one["kept"]):
                self._ids.append(clip["clip_id"])
                hashes.append(measured[clip["start_frame"] : clip["end_frame"]])
                lengths.append(len(hashes[-1]))
                signatures.append(_signature(clip, measured))
        self._hashes = np.concatenate(hashes) if hashes else np.empty(0, np.uint64)
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(int) if lengths else np.empty(0, int)
        self._signatures = np.stack(signatures) if signatures else np.empty((0, 3), np.uint64)

    def twin(self, clip: dict[str, Any], hashes: np.ndarray, threshold: int) -> str | None:
        """Id of the clip that ``clip`` repeats most closely, by at most ``threshold`` bits a frame; None where it repeats none.

        ``hashes`` are those of all frames of the clip's own master.
        """
        if not self._ids:
            return None
        mine, signature = hashes[clip["start_frame"] : clip["end_frame"]], _signature(clip, hashes)
        apart = [np.minimum.reduceat(np.bitwise_count(self._hashes ^ one), self._starts) for one in signature]
        # The other way round: the other clip's frames, each looked for in this one.
        inside = [np.bitwise_count(column[:, None] ^ mine).min(axis=1) for column in self._signatures.T]
        worst = np.minimum(np.max(apart, axis=0), np.max(inside, axis=0))
        nearest = int(worst.argmin())
        return self._ids[nearest] if worst[nearest] <= threshold else None
