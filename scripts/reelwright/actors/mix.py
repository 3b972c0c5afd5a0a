"""The arithmetic of a mix: how many images of which class there should be, and the way there. Exact throughout.

The way is the shortest that leads to a set as it should be. What is missing in all is added where most is missing, what is
too much in all is taken from where there is too much; where that leaves every class within the tolerance, it is all that
happens. Otherwise each class goes to its exact number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reelwright.actors.classes import CLASSES, COLOURED
from reelwright.spec.actors import Target

Counts = Mapping[str, int]
"""Images a class."""


def shares_of(target: Target) -> dict[str, Fraction]:
    """The share of each class, in per cent, exactly as it is written."""
    return {name: Fraction(str(getattr(target.mix, name))) for name in CLASSES}


def wanted_counts(target: Target) -> dict[str, int]:
    """How many images of each class make up the total: by largest remainder, ties in the order of the classes."""
    exact = {name: share * target.total / 100 for name, share in shares_of(target).items()}
    counts = {name: int(one) for name, one in exact.items()}
    rest = target.total - sum(counts.values())
    for name in sorted(CLASSES, key=lambda one: counts[one] - exact[one])[:rest]:
        counts[name] += 1
    return counts


def within_tolerance(counts: Counts, target: Target) -> bool:
    """Whether a set of ``target.total`` images has every class's share within the tolerance, or is as near as can be."""
    tolerance = Fraction(str(target.tolerance))
    shares = shares_of(target)
    near = (abs(Fraction(100 * counts[name], target.total) - shares[name]) <= tolerance for name in CLASSES)
    return all(near) or dict(counts) == wanted_counts(target)


def aimed_counts(counts: Counts, target: Target) -> dict[str, int]:
    """How many images of each class there should be in the end, where there are ``counts`` now."""
    wanted = wanted_counts(target)
    aimed = {name: counts[name] for name in CLASSES}
    while (short := target.total - sum(aimed.values())) != 0:
        step = 1 if short > 0 else -1
        name = max(CLASSES, key=lambda one: step * (wanted[one] - aimed[one]))
        aimed[name] += step
    return aimed if within_tolerance(aimed, target) else wanted


@dataclass(frozen=True)
class Way:
    """What is certain to be done, and what may have to be."""

    delete: dict[str, int]
    """Images of each class that are too many whatever the unknown ones are."""
    generate: dict[str, int]
    """Images of each class that are missing whatever the unknown ones are."""
    most_deleted: dict[str, int]
    """The most that may turn out to be too many, once somebody has said what the unknown ones are."""
    most_generated: dict[str, int]

    @property
    def decided(self) -> bool:
        """Whether nothing depends on what the unknown images are."""
        return self.delete == self.most_deleted and self.generate == self.most_generated


def way_to(counts: Counts, unknown: int, target: Target) -> Way:
    """The way to the target from ``counts``, where ``unknown`` more images are one of ``COLOURED``, nobody knows which.

    Each way in which they may turn out is gone through.
    """
    ways = []
    for first in range(unknown + 1):
        now = {name: counts[name] for name in CLASSES}
        now[COLOURED[0]] += first
        now[COLOURED[1]] += unknown - first
        aimed = aimed_counts(now, target)
        ways.append({name: aimed[name] - now[name] for name in CLASSES})
    missing = {name: [max(0, way[name]) for way in ways] for name in CLASSES}
    surplus = {name: [max(0, -way[name]) for way in ways] for name in CLASSES}
    return Way(
        # Which images of a class are the worst is open while others may turn out to be of it.
        {name: 0 if unknown and name in COLOURED else min(found) for name, found in surplus.items()},
        {name: min(found) for name, found in missing.items()},
        {name: max(found) for name, found in surplus.items()},
        {name: max(found) for name, found in missing.items()},
    )
