"""The stage ``draw_review_pictures``: a film strip around each boundary of an episode, and a thumbnail of each clip.

Both lie in sprites, so that a season is a few hundred files. The master is decoded once, around its boundaries alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from reelwright.files import read_json, read_jsonl, write_json
from reelwright.fit import Fitter, display_width, picture
from reelwright.media import Span, make_spans
from reelwright.outcome import Record, attempt, require
from reelwright.review.sprites import Rectangle, contained, sprites
from reelwright.scan.file import Scan

FRAMES = 6
"""Frames of a film strip: three before a cut and three from it on (our choice: what fits on a phone's width)."""

STRIP_HEIGHT = 96
"""Height of a film strip in pixels."""

THUMB_WIDTH, THUMB_HEIGHT = 240, 135
"""Size of a clip's thumbnail in pixels."""

THUMB_COLUMNS = 8


@dataclass(frozen=True)
class EpisodeFiles:
    """What is known of the episode whose pictures are drawn."""

    master: Path
    probe: Path
    scan: Path
    shots: Path
    clips: Path
    outcomes: Sequence[Path]
    """Of shots and clips."""


@dataclass(frozen=True)
class PictureOutputs:
    """Where its pictures go."""

    index: Path
    """``review/pictures/ep<NN>.json``: where each picture lies (``review_pictures`` schema)."""
    folder: Path
    """``review/pictures/ep<NN>``."""


def strip_frames(boundary: dict[str, Any], frames: int) -> list[int]:
    """Numbers of the frames that show a boundary: around a cut; before, within and after a gradual transition.

    ``frames`` is how many the episode has. Where it has none before or after, its first or last one stands for them.
    """
    start, end = boundary["start"], boundary["end"]
    if boundary["kind"] == "cut":
        wanted = [start + offset for offset in range(-FRAMES // 2, FRAMES // 2)]
    else:
        inner = FRAMES - 2
        wanted = [start - 1, *(start + round((end - start) * step / (inner - 1)) for step in range(inner)), end + 1]
    return [min(max(frame, 0), frames - 1) for frame in wanted]


def draw_review_pictures(files: EpisodeFiles, outputs: PictureOutputs, record: Record, *, threads: int) -> None:
    """Draw film strips and thumbnails of one episode."""
    with attempt(record, [outputs.index, outputs.folder]):
        require(files.outcomes)
        shots = read_json(files.shots)
        strips = _strips(files, shots, outputs.folder, threads)
        index = {
            "episode": shots["episode"],
            "source_sha256": shots["source_sha256"],
            "strips": strips,
            "thumbs": _thumbs(files.clips, outputs.folder),
        }
        write_json(outputs.index, index, "review_pictures")


@dataclass
class _Strip:
    """A film strip in the making."""

    wanted: Sequence[int]
    """PTS of its frames."""
    fit: Fitter
    bgr: np.ndarray
    """Of shape (height, frames x width, 3)."""
    stack: ExitStack = field(default_factory=ExitStack)

    def take(self, frame: av.VideoFrame) -> None:
        places = [number for number, pts in enumerate(self.wanted) if pts == frame.pts]
        if places:
            small = picture(self.fit(frame))
            for number in places:
                self.bgr[:, number * self.fit.width : (number + 1) * self.fit.width] = small

    def finish(self) -> None:
        pass


def _strips(files: EpisodeFiles, shots: dict[str, Any], folder: Path, threads: int) -> list[dict[str, Any]]:
    """Film strips of all boundaries, in their order."""
    probe, pts = read_json(files.probe), Scan(files.scan)["pts"]
    width = display_width(
        probe["width"], probe["height"], Fraction(probe["sample_aspect"]), STRIP_HEIGHT, probe["rotation"]
    )
    numbers = [strip_frames(one, len(pts)) for one in shots["boundaries"]]
    # Gradual transitions may begin before a cut that comes first: decoding wants spans by their start.
    order = sorted(range(len(numbers)), key=lambda index: (min(numbers[index]), index))
    spans = [Span(int(pts[min(numbers[index])]), int(pts[max(numbers[index])]) + 1) for index in order]
    made: dict[int, _Strip] = {}

    def begin(position: int, _: int) -> _Strip:
        index = order[position]
        fit = Fitter(width, STRIP_HEIGHT, Fraction(probe["sample_aspect"]), probe["rotation"])
        empty = np.zeros((STRIP_HEIGHT, FRAMES * width, 3), np.uint8)
        made[index] = _Strip([int(pts[number]) for number in numbers[index]], fit, empty)
        return made[index]

    make_spans(files.master, spans, begin, threads)
    rows = []
    with sprites(folder, "strips", FRAMES * width, STRIP_HEIGHT, 1) as sheet:
        for index, boundary in enumerate(shots["boundaries"]):
            place = sheet.add(made[index].bgr if index in made else None)
            rows.append({"frame": boundary["frame"], "frames": numbers[index], "place": list(place)})
    return rows


def _thumbs(clips: Path, folder: Path) -> dict[str, list[Any]]:
    """Thumbnails of the clips that were kept."""
    results = clips.parent.parent
    places: dict[str, Rectangle] = {}
    with sprites(folder, "thumbs", THUMB_WIDTH, THUMB_HEIGHT, THUMB_COLUMNS) as sheet:
        for row in read_jsonl(clips):
            if row["kept"]:
                places[row["clip_id"]] = sheet.add(contained(results / row["first_frame"], THUMB_WIDTH, THUMB_HEIGHT))
    return {clip_id: list(place) for clip_id, place in places.items()}
