"""What can be told of a plate without a model: what is measured in its picture, and what its file name says.

A figure is what stands out from an even background. Where there is none, as in a painted scene, what depends on figures is
``unknown``. Nobody can measure who is drawn, or whether on model: those go by the folder and the file's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from PIL import Image

from reelwright.identity.criteria import UNKNOWN, Given
from reelwright.identity.listing import fits
from reelwright.spec.identity import Review

SIDE = 512
"""Longest side in pixels at which plates are measured: lines of 2048-pixel plates are still there."""

GROUND_STEPS = 20
"""Difference from the background (0 to 255, the largest of R, G, B) from which on something is drawn; JPEG noise is less."""

EVEN_SHARE = 0.7
"""Share of the border that has the background's colour where the background is even: a figure may cross one edge."""

BLANK_DEVIATION = 2.0
"""Standard deviation of the picture below which it shows nothing."""

FIGURE_SHARE = 0.02
"""Share of the picture that a figure fills at least. This, and the counts below, were chosen on the demo's plates, where
standing figures fill 5 to 40 %, and a line of text at most 1 %."""

SECOND_SHARE = 0.3
"""Share of the largest figure's area from which on another part is a figure too, not something that it holds."""

LABEL_HEIGHT = 0.05
"""Largest height of a letter, as a share of the picture's longest side."""

MARKS, TEXT = 3, 20
"""Small parts beside the figures from which on there are labels, and from which on there is mainly text."""

MEASURED_CONFIDENCE, NAMED_CONFIDENCE = 0.75, 0.5
"""Confidence of what is measured and of what a name says. Ours, not estimated on data: names are right more often than not."""


@dataclass(frozen=True)
class Measured:
    """The measurements."""

    deviation: float
    """Standard deviation of the picture's luma."""
    even: bool
    """Whether there is an even background."""
    figures: int
    """Large parts that stand out from it."""
    small_parts: int
    """Parts as small as letters."""
    cut_edges: tuple[str, ...]
    """Edges of the picture that a figure touches: ``top bottom left right``."""

    @property
    def blank(self) -> bool:
        """Whether there is nothing to be seen."""
        return self.deviation < BLANK_DEVIATION


def measure_plate(path: Path) -> Measured:
    """Measure the plate at ``path``."""
    with Image.open(path) as image:
        image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
        pixels = np.asarray(image.convert("RGB"))
    deviation = float(np.asarray(Image.fromarray(pixels).convert("L"), np.float64).std())
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).astype(np.int16)
    ground = np.median(border, axis=0)
    even = bool((np.abs(border - ground).max(-1) < GROUND_STEPS).mean() >= EVEN_SHARE)
    drawn = (np.abs(pixels.astype(np.int16) - ground).max(-1) >= GROUND_STEPS).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(drawn, np.ones((3, 3), np.uint8)), connectivity=8)
    parts = stats[1:count]
    figures = [one for one in parts if one[cv2.CC_STAT_AREA] >= FIGURE_SHARE * drawn.size]
    largest = max((int(one[cv2.CC_STAT_AREA]) for one in figures), default=0)
    figures = [one for one in figures if one[cv2.CC_STAT_AREA] >= SECOND_SHARE * largest]
    tall = LABEL_HEIGHT * max(drawn.shape)
    small = sum(int(one[cv2.CC_STAT_HEIGHT]) <= tall for one in parts)
    return Measured(deviation, even, len(figures), small, _edges(figures, drawn.shape))


def _edges(figures: list[Any], shape: tuple[int, ...]) -> tuple[str, ...]:
    touched = {
        "top": any(one[cv2.CC_STAT_TOP] <= 0 for one in figures),
        "bottom": any(one[cv2.CC_STAT_TOP] + one[cv2.CC_STAT_HEIGHT] >= shape[0] for one in figures),
        "left": any(one[cv2.CC_STAT_LEFT] <= 0 for one in figures),
        "right": any(one[cv2.CC_STAT_LEFT] + one[cv2.CC_STAT_WIDTH] >= shape[1] for one in figures),
    }
    return tuple(edge for edge, hit in touched.items() if hit)


def measured_answers(seen: Measured, source: str, expected: str, settings: Review) -> dict[str, Given]:
    """An answer to every criterion; ``source`` is the path of the plate's file, ``expected`` the character of its folder."""
    name = PurePosixPath(source).name

    def named(pattern_list: list[str], hit: str, otherwise: str) -> Given:
        found = any(fits(name, pattern) for pattern in pattern_list)
        return Given(hit if found else otherwise, NAMED_CONFIDENCE, "name")

    def measured(answer: str) -> Given:
        known = seen.even or seen.blank
        return Given(answer if known else UNKNOWN, MEASURED_CONFIDENCE if known else 0.0, "measured")

    text = seen.even and seen.small_parts >= TEXT and seen.figures == 0
    content = "broken" if seen.blank else "text_sheet" if text else "drawing"
    figures = "none" if seen.figures == 0 else "one" if seen.figures == 1 else "several"
    return {
        "character": Given(expected, NAMED_CONFIDENCE, "name"),
        "content": Given(content, MEASURED_CONFIDENCE, "measured"),
        "line": named(settings.rough_names, "rough", "clean"),
        "figures": measured(figures),
        "head": measured("none" if figures == "none" else "partial" if "top" in seen.cut_edges else "whole"),
        "view": _view(seen, name, settings, measured),
        "state": named(settings.odd_states, "odd", "on_model"),
        "marks": measured("some" if seen.small_parts >= MARKS else "none"),
    }


def _view(seen: Measured, name: str, settings: Review, measured: Any) -> Given:
    if any(fits(name, pattern) for pattern in settings.detail_names):
        return Given("detail", NAMED_CONFIDENCE, "name")
    given: Given = measured("cut_off" if seen.cut_edges else "figure")
    return given
