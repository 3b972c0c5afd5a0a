"""Which drawings become the images of a package: by caps and rank, and by what their pictures turn out to show."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from reelwright.errors import BadItem, BuildError, listed
from reelwright.packages.design.anchors import Anchors
from reelwright.packages.design.balance import Draws, Item, draw, weigh
from reelwright.packages.design.drawings import PEOPLE, Drawing, Drop, Pool, squeezed_name, within_caps
from reelwright.packages.design.guarded import GuardedPictures
from reelwright.packages.design.pictures import Pictures, Taken
from reelwright.spec.lane import DesignPackage

SHOWN = 5
"""Drawings, or reasons, that a message names."""


@dataclass(frozen=True)
class Selection:
    """The images of a package."""

    taken: tuple[Taken, ...]
    """By rank."""
    draws: Draws
    dropped: tuple[Drop, ...]
    groups: tuple[tuple[str, ...], ...]
    """Characters that are drawn equally often, as captions call them."""
    failed: tuple[tuple[str, BadItem], ...]
    """Files of drawings that are damaged or missing."""


@dataclass(frozen=True)
class Looking:
    """How drawings are looked at, and what they are held against."""

    pictures: Pictures
    anchors: Anchors
    guarded: GuardedPictures


class _Choosing:
    """Pictures taken so far, in rounds: what a picture turns out to be makes room under the caps for the next."""

    def __init__(self, pool: Pool, settings: DesignPackage, look: Looking) -> None:
        self._pool, self._settings, self._look = pool, settings, look
        self.left = list(pool.drawings)
        self.dropped = list(pool.dropped)
        self.failed: list[tuple[str, BadItem]] = []
        self._seen: dict[str, Taken | BadItem] = {}
        self._leaks: dict[str, str] = {}

    @property
    def looked_at(self) -> int:
        """Drawings whose pictures were asked for."""
        return len(self._seen)

    def round(self, threads: int) -> tuple[list[Taken], list[Drop]] | None:
        """The images within the caps and what the caps leave out; None where some of them must go, and another round it is."""
        chosen, capped = within_caps(self.left, self._settings)
        new = [one for one in chosen if one.place not in self._seen]
        for one in new:
            self._look.pictures.prepare(one)
        with ThreadPoolExecutor(max(1, threads)) as workers:
            self._seen |= dict(zip([one.place for one in new], workers.map(self._look.pictures.take, new), strict=True))
        taken = {one.place: found.path for one in new if isinstance(found := self._seen[one.place], Taken)}
        self._leaks |= self._look.guarded.leaks(taken)
        kept = list[Taken]()
        refused = False
        for one in chosen:
            found = self._seen[one.place]
            why = f"failed: {found.message}" if isinstance(found, BadItem) else self._refusal(found, kept)
            if why is None and isinstance(found, Taken):
                kept.append(found)
                continue
            refused = True
            self._drop(one, why or "", found if isinstance(found, BadItem) else None)
        return None if refused else (kept, capped)

    def _refusal(self, found: Taken, kept: Sequence[Taken]) -> str | None:
        if max(found.plate["source_width"] or found.width, found.plate["source_height"] or 0) < self._settings.min_side:
            return f"small: {found.plate['source_width']}x{found.plate['source_height']} pixels"
        refused = self._look.anchors.refusal(found.source_sha256, *found.looks) or found.useless
        if not refused and found.drawing.place in self._leaks:
            refused = f"leak: {self._leaks[found.drawing.place]}"
        if refused or self._settings.duplicate_bits < 0:
            return refused
        twin = next((one for one in kept if one.is_like(found, self._settings.duplicate_bits)), None)
        return f"duplicate: the same picture as {twin.drawing.place}" if twin else None

    def _drop(self, one: Drawing, why: str, failed: BadItem | None) -> None:
        at = self.left.index(one)
        self.dropped.append(Drop.of(one, why))
        others = self._pool.alternatives.pop(one.place, []) if failed else []
        if failed:
            self.failed.append((one.place, failed))
        if others:
            # The same drawing in another format takes its place, and is no longer said to stand for it.
            self.dropped = [drop for drop in self.dropped if drop.place != others[0].place]
            self._pool.alternatives[others[0].place] = others[1:]
        self.left[at : at + 1] = others[:1]


def select_images(name: str, settings: DesignPackage, pool: Pool, look: Looking, threads: int) -> Selection:
    """The images of package ``name`` with their repeats.

    Raises BuildError where nothing is left, where a character that is to be balanced has no image, where too many drawings are
    damaged, or where there are only sheets; each says why.
    """
    choosing = _Choosing(pool, settings, look)
    while (found := choosing.round(threads)) is None:
        print(f"package {name}: {choosing.looked_at} drawings looked at", file=sys.stderr, flush=True)
    kept, capped = found
    dropped = [*choosing.dropped, *capped]
    said = [error.message for _, error in choosing.failed]
    if len(choosing.failed) > settings.max_failed_share * choosing.looked_at:
        raise BuildError(
            f"package {name}: {len(choosing.failed)} of {choosing.looked_at} files are damaged or missing, more than "
            f"max_failed_share ({settings.max_failed_share:g}): {listed(said, SHOWN)}"
        )
    if not kept:
        raise BuildError(f"package {name} would have no images: {_reasons(dropped)}")
    groups = _groups(name, settings, kept, dropped)
    items = [_item(one) for one in kept]
    shares = {key: one.share for key, one in settings.categories.items()}
    try:
        weights = weigh(items, shares, groups, settings.max_sheet_share)
    except BuildError as error:
        raise BuildError(f"package {name}: {error}") from error
    draws = draw(items, weights, groups, settings.max_sheet_share, settings.max_repeats)
    by_key = {one.drawing.place: one for one in kept}
    dropped += [Drop.of(by_key[key].drawing, why) for key, why in draws.surplus.items()]
    taken = tuple(one for one in kept if one.drawing.place in draws.repeats)
    return Selection(taken, draws, tuple(sorted(dropped, key=lambda one: one.place)), groups, tuple(choosing.failed))


def _item(one: Taken) -> Item:
    drawing = one.drawing
    who = drawing.character if drawing.dictionary in PEOPLE else None
    return Item(drawing.place, drawing.category, drawing.asset, who, one.sheet)


def _groups(
    name: str, settings: DesignPackage, kept: Sequence[Taken], dropped: Sequence[Drop]
) -> tuple[tuple[str, ...], ...]:
    """The balanced characters, as the drawings call them; raises BuildError for one without an image."""
    there: Mapping[str, Any] = {squeezed_name(who): who for one in kept if (who := _item(one).character)}
    groups = []
    for group in settings.balance:
        for who in group:
            if squeezed_name(who) not in there:
                own = [one for one in dropped if squeezed_name(one.character or "") == squeezed_name(who)]
                raise BuildError(
                    f"package {name}: {who} is to be drawn as often as {', '.join(one for one in group if one != who)}, "
                    f"but has no image: {_reasons(own)}"
                )
        groups.append(tuple(there[squeezed_name(who)] for who in group))
    return tuple(groups)


def _reasons(dropped: Sequence[Drop]) -> str:
    """Why drawings were left out, the commonest reasons first."""
    if not dropped:
        return "there are no drawings in the categories"
    counts = Counter(one.reason for one in dropped)
    said = [f"{times} x {reason}" for reason, times in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    return listed(said, SHOWN)
