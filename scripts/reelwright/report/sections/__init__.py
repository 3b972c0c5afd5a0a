"""The sections of the report, in its order.

A section is a module with two functions: ``figures_of(results)`` collects its typed figures, or says None where there is
nothing to tell, and ``section(figures)`` says them in blocks. Neither knows of HTML. A new one is named in ``SECTIONS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from reelwright.report.blocks import Section
from reelwright.report.results import Results
from reelwright.report.sections import (
    actors,
    art,
    captions,
    clips,
    evaluation,
    failures,
    packages,
    review,
    shots,
    sources,
    spending,
    versions,
)

__all__ = ["SECTIONS", "Making", "sections_of"]

Figures = TypeVar("Figures")
Making = Callable[[Results], Section | None]


def _making(figures_of: Callable[[Results], Figures | None], section: Callable[[Figures], Section]) -> Making:
    """Both functions of a section in one."""

    def make(results: Results) -> Section | None:
        figures = figures_of(results)
        return None if figures is None else section(figures)

    return make


SECTIONS: tuple[Making, ...] = (
    _making(failures.figures_of, failures.section),
    _making(review.figures_of, review.section),
    _making(sources.figures_of, sources.section),
    _making(shots.figures_of, shots.section),
    _making(clips.figures_of, clips.section),
    _making(captions.figures_of, captions.section),
    _making(art.figures_of, art.section),
    _making(evaluation.figures_of, evaluation.section),
    _making(packages.figures_of, packages.section),
    _making(actors.figures_of, actors.section),
    _making(spending.figures_of, spending.section),
    _making(versions.figures_of, versions.section),
)
"""Failures and open decisions first, then as the data flows."""


def sections_of(results: Results) -> Iterator[Section]:
    """Every section that has something to tell."""
    for make in SECTIONS:
        made = make(results)
        if made is not None:
            yield made
