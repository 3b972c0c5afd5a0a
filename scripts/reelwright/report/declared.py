"""The scope of a spec: apart from the report's own modules, which a change of the spec's checks shall not make anew."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from reelwright.digest import recipe_digest
from reelwright.report.scope import Scope
from reelwright.spec.load import merged
from reelwright.spec.model import Spec


def scope_of(spec: Spec, items: Set[str], items_of: Mapping[str, Set[str]]) -> Scope:
    """The scope of a spec with its items."""
    return Scope(
        spec.project,
        spec.show,
        spec.season,
        recipe_digest(merged(spec)),
        {number: spec.sources.episodes[number].title for number in sorted(spec.sources.episodes)},
        {name: settings.lane for name, settings in spec.packages.items()},
        items,
        items_of,
        Path(spec.cache, "ledger", spec.project),
        Path(spec.cache, "answers"),
    )
