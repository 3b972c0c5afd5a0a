"""What the types of design packages can't say: that their categories, captions and sizes fit the other parts."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from reelwright.spec.design import Design, WikiGroup
from reelwright.spec.explain import nearest_name
from reelwright.spec.lane import IMAGE_TEMPLATE, IMAGE_VARIABLES, DesignPackage
from reelwright.spec.model import Spec
from reelwright.template import template_problem

Fault = tuple[str, str, str, str | None]
"""Path of the key, value, what was expected, nearest valid name."""

DICTIONARIES: tuple[str, ...] = get_args(WikiGroup.model_fields["dictionary"].annotation)
"""Categories that there always are."""


def categories_of(design: Design) -> list[str]:
    """What a design package can be made of: the dictionaries, and the kinds of things that the spec knows."""
    kinds = [one.kind for one in design.folders.values() if one.kind] + list(design.names.kinds.values())
    return list(dict.fromkeys([*DICTIONARIES, *kinds]))


def lane_faults(where: str, package: DesignPackage, spec: Spec, step: int) -> Iterator[Fault]:
    """Every fault of the package at ``where``; ``step`` is that of its model's sizes, in pixels."""
    if spec.design is None:
        yield f"{where}.lane", "design", "needs the part design, which says what production art there is", None
    else:
        known = categories_of(spec.design)
        for category in package.categories:
            if category not in known:
                expected = f"is no dictionary and no kind of the part design ({', '.join(known)})"
                yield f"{where}.categories.{category}", "", expected, nearest_name(category, known)
    if package.long_side % step:
        near = str(max(step, package.long_side // step * step))
        yield f"{where}.long_side", str(package.long_side), f"expected a multiple of {step} for {package.model}", near
    if package.min_side > package.long_side:
        expected = f"expected at most long_side, {package.long_side}"
        yield f"{where}.min_side", str(package.min_side), expected, None
    if package.template != IMAGE_TEMPLATE and (problem := template_problem(package.template, IMAGE_VARIABLES)):
        yield f"{where}.template", package.template, f"expected a Jinja template: {problem}", None
    yield from _people(where, package)


def _people(where: str, package: DesignPackage) -> Iterator[Fault]:
    for name, times in Counter(name for group in package.balance for name in group).items():
        if times > 1:
            yield f"{where}.balance", name, "stands there twice", None
        if package.characters is not None and name not in package.characters:
            nearest = nearest_name(name, package.characters)
            yield f"{where}.balance", name, f"is none of {where}.characters", nearest


def masters_among_art(spec: Spec) -> Iterator[Fault]:
    """Folders of production art in which masters lie: their frames would be taken for drawings."""
    if spec.design is None or spec.sources.masters is None:
        return
    masters = posixpath.normpath(posixpath.join(spec.sources.folder, posixpath.dirname(spec.sources.masters)))
    for key in spec.design.folders:
        art = posixpath.normpath(posixpath.join(spec.design.folder, key))
        if masters == art or masters.startswith(f"{art}/"):
            yield f"design.folders.{key}", "", f"holds the masters ({masters}): lanes are never mixed", None
