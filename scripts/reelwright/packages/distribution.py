"""Whether a package is truthful: how its rows move and who is in them, against all usable clips of its episodes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from reelwright.packages.traits import NOBODY, UNKNOWN, Traits

FAR = 0.10
"""Difference of shares that is worth a warning (our choice: a tenth of the rows is another package)."""

DEVIATIONS = 2.0
"""And it must be more than so many standard deviations of a random draw of as many rows: small packages vary by chance."""

KINDS = {"camera": "the camera is {}", "characters": "{} on screen"}
"""What is compared, and how a message says it."""


def _counts(clips: Sequence[Traits]) -> dict[str, Counter[str]]:
    """How many clips show each camera move, and each character."""
    return {
        "camera": Counter(one.camera or UNKNOWN for one in clips),
        "characters": Counter(who for one in clips for who in one.characters or (NOBODY,)),
    }


def distribution(rows: Sequence[Traits], usable: Sequence[Traits]) -> dict[str, dict[str, dict[str, int]]]:
    """Clips by camera move and by character on screen: of the ``rows`` of a package and of all ``usable`` clips."""
    of_rows, of_usable = _counts(rows), _counts(usable)
    return {
        kind: {
            name: {"usable": of_usable[kind][name], "rows": of_rows[kind][name]}
            for name in sorted(of_usable[kind] | of_rows[kind])
        }
        for kind in KINDS
    }


def _chance(share: float, rows: int, usable: int) -> float:
    """Standard deviation of a share in a draw of ``rows`` from ``usable`` clips without putting back."""
    return math.sqrt(share * (1 - share) / rows * (usable - rows) / max(1, usable - 1))


def distribution_warnings(found: dict[str, dict[str, Any]], rows: int, usable: int) -> list[str]:
    """Where the rows show something much more often or more seldom than the clips they were chosen from."""
    warnings = []
    for kind, said in KINDS.items():
        for name, counts in found[kind].items():
            in_rows, in_usable = counts["rows"] / rows, counts["usable"] / usable
            if abs(in_rows - in_usable) > max(FAR, DEVIATIONS * _chance(in_usable, rows, usable)):
                what = said.format(name)
                warnings.append(f"{what} in {in_rows:.0%} of the rows, but in {in_usable:.0%} of the usable clips")
    return warnings
