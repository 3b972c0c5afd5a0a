"""The guard: what is guarded as footage that can be looked for, and which clips of an episode nearly copy it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reelwright.align.footage import Footage, footage_of
from reelwright.align.picture import CELLS, WHOLE, Window, resample
from reelwright.errors import BadItem
from reelwright.evaluation.leaks import Leak, find_leaks
from reelwright.files import read_json, read_jsonl, write_jsonl
from reelwright.outcome import Record, attempt, require
from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH
from reelwright.spec.evaluation import Held

PIECE_S = 3.0
"""Length, in seconds, of the pieces in which held-out footage is looked for, each by its own likest frames: about a clip."""

NAMED_AT_MOST = 5
"""Missing parts of the holdout that one message names."""


@dataclass(frozen=True)
class Guard:
    """What is guarded, on disk."""

    holdout: Path
    """``evaluation/holdout.json``"""
    stills: Path
    """``evaluation/pictures.npz``"""
    scans: Mapping[str, tuple[Path, Path]]
    """Scan and its header of each master of which something is held out, by source_id."""

    @classmethod
    def at(
        cls, listed: Sequence[str], source_ids: Sequence[str], scans: Sequence[str], headers: Sequence[str]
    ) -> Guard | None:
        """What ``list_holdout`` wrote (``listed``: both files), with the scans of those masters; None for no files."""
        if not listed:
            return None
        paths = zip(map(Path, scans), map(Path, headers), strict=True)
        return cls(Path(listed[0]), Path(listed[1]), dict(zip(source_ids, paths, strict=True)))


@dataclass(frozen=True)
class EpisodeInputs:
    """What is known of the episode whose clips are looked through."""

    clips: Path
    quality: Path
    scan: Path
    header: Path
    outcomes: tuple[Path, ...]
    """Outcome records of the holdout, of cutting and of judging the clips."""


def covered(aspect: Fraction, size: tuple[int, int] | None) -> Window:
    """The part of a picture with the display aspect ``aspect`` that media of ``size`` shows: cropped in the middle."""
    if size is None:
        return WHOLE
    wanted = Fraction(*size)
    beside, above = max(0.0, float(1 - wanted / aspect)) / 2, max(0.0, float(1 - aspect / wanted)) / 2
    return Window(above, above, beside, beside)


def _cells(luma: np.ndarray, window: Window) -> np.ndarray:
    cells = resample(luma, window, GRID_HEIGHT, GRID_WIDTH).reshape(len(luma), CELLS)
    return np.asarray(np.clip(np.rint(cells), 0, 255), np.uint8)


def _still(number: int, said: dict[str, Any], luma: np.ndarray, cells: np.ndarray, window: Window) -> Footage:
    own = luma[number : number + 1]
    shown = cells[number : number + 1] if window.whole else _cells(own, window)
    return Footage(said["path"], shown, np.zeros(1), lambda frames: own[frames], window)


def _held(said: dict[str, Any], guard: Guard, size: tuple[int, int] | None) -> Iterator[Footage]:
    """Pieces of a stretch that is held out."""
    name = said["source_id"]
    scan, header = guard.scans[name]
    base = Fraction(read_json(header)["time_base"])
    # Media shows the bars of its master, so as media they stay on here too.
    window = covered(Fraction(said["width"], said["height"]) * Fraction(said["sample_aspect"]), size) if size else None
    footage = footage_of(name, scan, base, window)
    frames = max(1, round(PIECE_S / footage.step_s))
    for start in range(said["start_frame"], said["end_frame"], frames):
        yield footage.part(start, min(said["end_frame"], start + frames))


def guarded_footage(guard: Guard, size: tuple[int, int] | None = None) -> list[Footage]:
    """Everything that is guarded: pieces of held-out stretches, under their source_id, and pictures, under their path.

    ``size``, width and height: as media of that size would show it; None: as the masters do, without black bars.
    Memory: 150 bytes a frame held out and 5 kB a picture.
    """
    said = read_json(guard.holdout)
    found = [piece for one in said["held"] for piece in _held(one, guard, size)]
    with np.load(guard.stills, allow_pickle=False) as stills:
        luma, cells = stills["luma"], stills["cells"]
    for number, one in enumerate(said["pictures"]):
        found.append(_still(number, one, luma, cells, covered(Fraction(one["width"], one["height"]), size)))
    return found


def _require_whole(guard: Guard) -> None:
    """Raise BadItem where something that is declared can't be guarded: what can't be seen can't be looked for."""
    missing = [f"{one['key']}: {one['reason']}" for one in read_json(guard.holdout)["missing"]]
    if missing:
        more = f"; and {len(missing) - NAMED_AT_MOST} more" if len(missing) > NAMED_AT_MOST else ""
        raise BadItem("upstream", f"list_holdout holdout: {'; '.join(missing[:NAMED_AT_MOST])}{more}")


def leak_rows(leaks: Sequence[Leak], guard: Guard) -> list[dict[str, Any]]:
    """The rows of ``evaluation/leaks/ep<NN>.jsonl`` for what was found; a picture has no frame number."""
    pictures = {one["path"] for one in read_json(guard.holdout)["pictures"]}
    return [{**asdict(one), "guarded_frame": None if one.guarded in pictures else one.guarded_frame} for one in leaks]


def leak_words(leak: Mapping[str, Any]) -> str:
    """A row of ``evaluation/leaks/ep<NN>.jsonl`` in words, both sides by name."""
    frame = leak["guarded_frame"]
    what = f"the picture {leak['guarded']}" if frame is None else f"frame {frame} of {leak['guarded']}"
    mirrored = ", mirrored" if leak["mirrored"] else ""
    return f"{leak['row']} nearly copies {what} (differs {leak['differs']:.1%}{mirrored})".replace("%", " %")


def training_clips(inputs: EpisodeInputs, held: Sequence[Held]) -> list[Footage]:
    """The usable clips of an episode, under their ids, that show nothing of what is held out of it (``held``)."""
    usable = {row["clip_id"] for row in read_jsonl(inputs.quality) if row["usable"]}
    clips = [
        clip
        for clip in read_jsonl(inputs.clips)
        if clip["clip_id"] in usable and not any(one.overlaps(clip["start_s"], clip["end_s"]) for one in held)
    ]
    footage = footage_of("", inputs.scan, Fraction(read_json(inputs.header)["time_base"]))
    return [replace(footage.part(one["start_frame"], one["end_frame"]), name=one["clip_id"]) for one in clips]


def list_leaks(inputs: EpisodeInputs, guard: Guard, out: Path, record: Record, *, held: Sequence[Held]) -> None:
    """Write to ``out`` (JSONL) each usable clip of an episode that nearly copies something guarded, with what it copies.

    ``held``: what is held out of that very episode; clips that show something of it are no training clips, and are left
    out. Only scans are read. The item fails where the holdout is not whole.
    """
    with attempt(record, [out]):
        cv2.setNumThreads(1)
        require(inputs.outcomes)
        _require_whole(guard)
        rows = training_clips(inputs, held)
        leaks = find_leaks(rows, guarded_footage(guard)) if rows else []
        write_jsonl(out, leak_rows(leaks, guard), "leak")
