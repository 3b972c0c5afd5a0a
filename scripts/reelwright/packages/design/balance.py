"""How often each image of a package is drawn: shares of categories, equal characters, few sheets, as whole repeats.

Pure arithmetic. A unit is what gets a share as a whole: each character that is balanced, and each category otherwise.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reelwright.errors import BuildError

STEPS = 60
"""Halvings of the search for the sheets' factor: far below what whole repeats can express."""

LEAST, NEAR = 1e-6, 1e-3
"""The smallest factor of sheets that is tried, and how near its share then comes to the limit where there is anything else."""


@dataclass(frozen=True)
class Item:
    """One image."""

    key: str
    category: str
    asset: str
    character: str | None
    """Who is shown; None where nobody is, or where it is nobody that counts."""
    sheet: bool


Group = Sequence[str]
"""Characters that are to be drawn equally often."""


def _group_of(item: Item, groups: Sequence[Group]) -> int | None:
    return next((at for at, group in enumerate(groups) if item.character in group), None)


def unit_of(item: Item, groups: Sequence[Group]) -> str:
    """What the item's share belongs to: its character, where that is balanced, or its category."""
    return f"character {item.character}" if _group_of(item, groups) is not None else f"category {item.category}"


def category_weights(items: Sequence[Item], shares: Mapping[str, float]) -> dict[str, float]:
    """Weights that add up to 1: each category its share, its assets alike, the images of an asset alike."""
    there = {one.category for one in items}
    whole = sum(shares[one] for one in there)
    images = Counter((one.category, one.asset) for one in items)
    assets = Counter(category for category, _ in images)
    return {
        one.key: shares[one.category] / whole / assets[one.category] / images[one.category, one.asset] for one in items
    }


def balanced(items: Sequence[Item], weights: Mapping[str, float], groups: Sequence[Group]) -> dict[str, float]:
    """The same weights with each character of a group as heavy as the others of it; a group keeps its whole weight."""
    totals: dict[str, float] = defaultdict(float)
    for one in items:
        totals[one.character or ""] += weights[one.key]
    factors: dict[str, float] = {}
    for group in groups:
        whole = sum(totals[name] for name in group)
        factors |= {name: whole / len(group) / totals[name] for name in group}
    return {one.key: weights[one.key] * factors.get(one.character or "", 1.0) for one in items}


def _sheet_share(items: Iterable[Item], weights: Mapping[str, float]) -> float:
    sheets = math.fsum(weights[one.key] for one in items if one.sheet)
    return sheets / math.fsum(weights.values())


def weigh(
    items: Sequence[Item], shares: Mapping[str, float], groups: Sequence[Group], max_sheet_share: float
) -> dict[str, float]:
    """The weight of each item, by key; they add up to 1.

    Sheets are made lighter, all by one factor, until they are ``max_sheet_share`` of the whole. Each character of
    ``groups`` has items. Raises BuildError where what has nothing but sheets is more than that.
    """
    base = category_weights(items, shares)

    def at(factor: float) -> dict[str, float]:
        lighter = {one.key: base[one.key] * (factor if one.sheet else 1.0) for one in items}
        return balanced(items, lighter, groups)

    weights = at(1.0)
    if _sheet_share(items, weights) > max_sheet_share:
        weights = at(_largest_factor(lambda factor: _sheet_share(items, at(factor)), max_sheet_share, items, groups))
    whole = math.fsum(weights.values())
    return {key: weight / whole for key, weight in weights.items()}


def _largest_factor(
    share_at: Callable[[float], float], limit: float, items: Sequence[Item], groups: Sequence[Group]
) -> float:
    low, high = LEAST, 1.0
    # A limit of none at all is met as nearly as weights can; whole repeats then leave the sheets out.
    if share_at(low) > limit + NEAR:
        plain = {unit_of(one, groups) for one in items if not one.sheet}
        only = sorted({unit_of(one, groups) for one in items if _group_of(one, groups) is not None} - plain)
        raise BuildError(
            f"max_sheet_share is {limit:g}, but there are only sheets of {', '.join(only)}, which alone are "
            f"{share_at(low):.2f} of all draws: raise it, or leave them out"
        )
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if share_at(middle) <= limit else (low, middle)
    return low


@dataclass(frozen=True)
class Draws:
    """How often each image is drawn in an epoch."""

    repeats: Mapping[str, int]
    """By key; at least 1 each."""
    surplus: Mapping[str, str]
    """Items left out because their unit has more of them than draws, by key, with the reason."""

    @property
    def total(self) -> int:
        """Draws of an epoch."""
        return sum(self.repeats.values())


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` as whole parts of at least 1, as near to ``weights`` as that goes; there are not more weights than total."""
    whole = math.fsum(weights)
    wanted = [total * weight / whole for weight in weights]
    parts = [max(1, math.floor(one)) for one in wanted]
    while sum(parts) != total:
        missing = 1 if sum(parts) < total else -1
        able = [at for at, part in enumerate(parts) if missing > 0 or part > 1]
        parts[max(able, key=lambda at: (missing * (wanted[at] - parts[at]), -at))] += missing
    return parts


def draw(
    items: Sequence[Item],
    weights: Mapping[str, float],
    groups: Sequence[Group],
    max_sheet_share: float,
    max_repeats: int,
) -> Draws:
    """Whole repeats for ``weights``; ``items`` by rank.

    Characters of a group get exactly the same number of draws. The epoch is as long as it takes for the scarcest unit to be
    repeated ``max_repeats`` times on average, and no longer than it takes for every item to be drawn; what then has more
    items than draws loses those of highest rank.
    """
    units: dict[str, list[Item]] = defaultdict(list)
    for one in items:
        units[unit_of(one, groups)].append(one)
    share = {name: math.fsum(weights[one.key] for one in several) for name, several in units.items()}
    each = {name: len(several) / share[name] for name, several in units.items()}
    epoch = min(max(each.values()), max_repeats * min(each.values()))
    totals = {name: max(not _only_sheets(several), round(share[name] * epoch)) for name, several in units.items()}
    for group in groups:
        same = max(1, *(totals[f"character {name}"] for name in group))
        totals |= {f"character {name}": same for name in group}
    sheets = {name: _sheet_draws(several, weights, totals[name]) for name, several in units.items()}
    _trim(sheets, totals, units, max_sheet_share)
    repeats, surplus = dict[str, int](), dict[str, str]()
    for name, several in units.items():
        for is_sheet, draws in ((True, sheets[name]), (False, totals[name] - sheets[name])):
            part = [one for one in several if one.sheet is is_sheet]
            what = f"sheets of the {name}" if is_sheet else name
            surplus |= {
                one.key: f"share: the {what} has {draws} of {sum(totals.values())} draws" for one in part[draws:]
            }
            kept = part[:draws]
            parts = spread(draws, [weights[one.key] for one in kept]) if kept else []
            repeats |= {one.key: count for one, count in zip(kept, parts, strict=True)}
    return Draws(repeats, surplus)


def _sheet_draws(items: Sequence[Item], weights: Mapping[str, float], total: int) -> int:
    """How many of a unit's draws show sheets."""
    sheets = math.fsum(weights[one.key] for one in items if one.sheet)
    if _only_sheets(items):
        return total
    return min(total - 1, math.floor(total * sheets / math.fsum(weights[one.key] for one in items) + 1e-9))


def _only_sheets(items: Iterable[Item]) -> bool:
    return all(one.sheet for one in items)


def _trim(sheets: dict[str, int], totals: dict[str, int], units: Mapping[str, Sequence[Item]], limit: float) -> None:
    """Take draws from sheets where rounding has left more of them than ``limit``.

    What else a unit has is drawn instead; a category that has nothing else is drawn less. Balanced characters with nothing but
    sheets keep their draws.
    """
    kept = {name for name in units if name.startswith("character ") and _only_sheets(units[name])}
    while sum(sheets.values()) > limit * sum(totals.values()):
        able = [name for name in units if sheets[name] and name not in kept]
        if not able:
            return
        most = max(able, key=lambda name: (sheets[name], name))
        sheets[most] -= 1
        if _only_sheets(units[most]):
            totals[most] -= 1
