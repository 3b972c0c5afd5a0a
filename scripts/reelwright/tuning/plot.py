"""The sweep as a picture: clips, minutes and lost time against the threshold, one column a detector."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from reelwright.tuning.account import Account
from reelwright.tuning.sweep import Setting

COLOURS = {
    "gradual": "#0072B2",
    "edges": "#56B4E9",
    "head": "#999999",
    "tail": "#CCCCCC",
    "damage": "#D55E00",
    "short": "#E69F00",
    "long": "#009E73",
    "duplicate": "#CC79A7",
}
"""Colours of the rules (Okabe and Ito 2008, told apart by colour-blind people); greys for head and tail, which no setting
of a detector changes much."""

OTHER_COLOURS = ("#F0E442", "#000000")
"""Colours of other rules, in their order."""

LINE, CHOSEN = "#333333", "#B00020"

WAYS = {
    "gradual": "gradual transitions",
    "edges": "trimmed edges",
    "head": "head",
    "tail": "tail",
    "damage": "damage",
    "short": "too short",
    "long": "too long",
    "duplicate": "duplicates",
}
"""What the legend calls the rules."""


def _line(axes: Any, values: Sequence[float], heights: Sequence[float]) -> None:
    axes.plot(values, heights, color=LINE, linewidth=1.4, marker="o", markersize=3.5)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.8)


def _mark(axes: Any, settings: Sequence[Setting], heights: Sequence[float], digits: int) -> None:
    """A line at the chosen threshold, and its value on the curve with so many ``digits``."""
    for setting, height in zip(settings, heights, strict=True):
        if setting.chosen:
            axes.axvline(setting.shots.threshold, color=CHOSEN, linewidth=1, linestyle=(0, (4, 3)))
            axes.plot([setting.shots.threshold], [height], color=CHOSEN, marker="o", markersize=6)
            axes.annotate(
                f"{height:.{digits}f}",
                (setting.shots.threshold, height),
                (6, 6),
                textcoords="offset points",
                color=CHOSEN,
            )


def _column(column: Any, settings: Sequence[Setting], sums: Sequence[Account], rules: Sequence[str]) -> list[Any]:
    """Draw one detector's column; returns the areas of the rules."""
    values = [setting.shots.threshold for setting in settings]
    clips, minutes = [float(one.clips) for one in sums], [float(one.kept / 60) for one in sums]
    for axes, heights, digits in ((column[0], clips, 0), (column[1], minutes, 1)):
        _line(axes, values, heights)
        _mark(axes, settings, heights, digits)
    lost = [[float(one.lost.get(rule, 0) / 60) for one in sums] for rule in rules]
    others = [rule for rule in rules if rule not in COLOURS]
    colours = [COLOURS.get(rule) or OTHER_COLOURS[others.index(rule) % len(OTHER_COLOURS)] for rule in rules]
    if len(values) > 1:
        areas = column[2].stackplot(values, lost, colors=colours, linewidth=0)
    else:
        floors = [sum(one[0] for one in lost[:number]) for number in range(len(lost))]
        areas = [
            column[2].bar(values, one, 0.1 * values[0], bottom=floor, color=colour)
            for one, floor, colour in zip(lost, floors, colours, strict=True)
        ]
    for setting in settings:
        if setting.chosen:
            column[2].axvline(setting.shots.threshold, color=CHOSEN, linewidth=1, linestyle=(0, (4, 3)))
    column[0].set_title(settings[0].shots.detector, fontsize=11, fontweight="bold")
    column[2].set_xlabel("threshold")
    column[2].margins(x=0.04, y=0)
    return list(areas)


def _title(sums: Sequence[Account], episodes: int, failed: Sequence[str]) -> str:
    said = f"What other thresholds would give: {episodes} episode{'' if episodes == 1 else 's'}, "
    said += f"{float(sums[0].duration / 60):.0f} minutes"
    return said + (f"\nleft out, not scanned: {', '.join(failed)}" if failed else "")


def figure_of(settings: Sequence[Setting], sums: Sequence[Account], *, episodes: int, failed: Sequence[str]) -> Figure:
    """The figure of a sweep; ``sums`` holds the season's account of each setting."""
    detectors = list(dict.fromkeys(setting.shots.detector for setting in settings))
    rules = [rule for rule in sums[0].lost if any(one.lost.get(rule) for one in sums)] or list(sums[0].lost)
    figure = Figure(figsize=(2.9 * len(detectors) + 0.6, 8.2), layout="constrained")
    grid = figure.subplots(3, len(detectors), sharex="col", sharey="row", squeeze=False)
    areas: list[Any] = []
    for number, detector in enumerate(detectors):
        own = [index for index, setting in enumerate(settings) if setting.shots.detector == detector]
        areas = _column(grid[:, number], [settings[index] for index in own], [sums[index] for index in own], rules)
    for axes, label in zip(grid[:, 0], ("clips", "minutes of clips", "minutes lost"), strict=True):
        axes.set_ylabel(label)
    grid[0, 0].yaxis.get_major_locator().set_params(integer=True)
    for axes in grid.flat:
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    figure.suptitle(_title(sums, episodes, failed), x=0.01, ha="left", fontsize=12)
    names = [WAYS.get(rule, rule) for rule in rules]
    line = mpl.lines.Line2D([], [], color=CHOSEN, linewidth=1, linestyle=(0, (4, 3)), marker="o")
    figure.legend([line, *areas], ["the spec's setting", *names], loc="outside lower center", ncols=4, frameon=False)
    return figure


def draw(settings: Sequence[Setting], sums: Sequence[Account], *, episodes: int, failed: Sequence[str]) -> str:
    """The figure of a sweep as SVG, the same bytes for the same figures."""
    with mpl.rc_context({"svg.hashsalt": "reelwright", "svg.fonttype": "none", "font.family": "sans-serif"}):
        out = io.StringIO()
        figure = figure_of(settings, sums, episodes=episodes, failed=failed)
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
