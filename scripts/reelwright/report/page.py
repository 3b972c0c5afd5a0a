"""The page: sections into one HTML file with its styles inside, every word in it escaped."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from reelwright.report.blocks import Bar, Bars, Cell, Histogram, Lane, Section, Timeline, Tone
from reelwright.report.scope import Scope

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent

WIDTH, HEIGHT = 1000, 200
"""Of a drawing, in its own units; the page scales it to the width there is."""


@dataclass(frozen=True)
class Shape:
    """A rectangle, or the path of many, of one tone."""

    tone: Tone
    path: str


def _number(value: float) -> str:
    """At most two decimals, none where there is nothing behind the point."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return f"M{_number(x)} {_number(y)}h{_number(width)}v{_number(height)}h-{_number(width)}z"


def bar_shapes(bar: Bar, bars: Bars) -> list[Shape]:
    """The parts of a bar, side by side; 10 units high."""
    shapes, x = [], 0.0
    for part in bar.parts:
        width = WIDTH * part.value / bars.longest
        if width > 0:
            shapes.append(Shape(part.tone, _rectangle(x, 0, width, 10)))
        x += width
    return shapes


def histogram_shapes(histogram: Histogram) -> list[Shape]:
    """The columns of a histogram, the first of the legend at the bottom."""
    paths: dict[Tone, str] = {tone: "" for _, tone in histogram.legend}
    step = WIDTH / max(1, len(histogram.counts))
    for place, counts in enumerate(histogram.counts):
        y = float(HEIGHT)
        for (_, tone), count in zip(histogram.legend, counts, strict=True):
            height = HEIGHT * count / histogram.highest
            y -= height
            if count:
                paths[tone] += _rectangle(place * step + step * 0.06, y, step * 0.88, height)
    return [Shape(tone, path) for tone, path in paths.items() if path]


def lane_shapes(lane: Lane, timeline: Timeline) -> list[Shape]:
    """The spans of an episode, 10 units high, what was left out lower than what became a clip."""
    shapes = []
    scale = WIDTH * 10 / timeline.longest_s
    for tone, spans in reversed(lane.spans):
        y, height = (3, 4) if tone == "left" else (0, 10)
        path = "".join(
            f"M{round(start * scale)} {y}h{max(1, round(end * scale) - round(start * scale))}v{height}H{round(start * scale)}z"
            for start, end in spans
        )
        if path:
            shapes.append(Shape(tone, path))
    return shapes


def ticks(longest: float) -> list[float]:
    """Round values from 0 to ``longest``, of which there are about six."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
    step = next((one for one in steps if longest / one <= 6.5), 7200)
    return [float(value) for value in range(0, int(longest) + 1, step)]


def clock(seconds: float) -> str:
    """Seconds as ``1:05``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def shown(cell: Cell) -> str:
    """A cell that is no link, as text: whole numbers with separators, others as they are."""
    if isinstance(cell, int | float):
        return f"{cell:,}"
    return "" if cell is None else str(cell)


@functools.cache
def _template() -> Template:
    # jinja2 costs 30 ms to import, which other rules that import this package need not pay.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"cell": shown, "clock": clock, "path": quote}
    environment.globals |= {
        "bar_shapes": bar_shapes,
        "histogram_shapes": histogram_shapes,
        "lane_shapes": lane_shapes,
        "ticks": ticks,
        "style": (HERE / "page.css").read_text(encoding="utf-8"),
    }
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    return environment.get_template("page.html.jinja")


def render(scope: Scope, facts: Sequence[tuple[str, str]], sections: Sequence[Section], *, review: str | None) -> str:
    """The page, with ``facts`` at its head; ``review`` is the path of the review pages beside it, None where there are none."""
    text: str = _template().render(scope=scope, facts=facts, sections=sections, review=review)
    return text
