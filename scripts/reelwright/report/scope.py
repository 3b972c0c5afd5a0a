"""What of the results belongs to the spec as it is now; the rest is left over from earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Scope:
    """A project as its spec declares it."""

    project: str
    show: str
    season: int | None
    spec_digest: str
    """Of the merged spec, hex."""
    episodes: Mapping[str, str]
    """Title by production episode."""
    packages: Mapping[str, str]
    """Lane by package."""
    items: Set[str]
    """Items that outcome records may be about."""
    items_of: Mapping[str, Set[str]] = field(default_factory=dict)
    """Those of a stage that not all items go through."""
    ledger: Path | None = None
    """Folder of the project's ledger."""
    answers: Path | None = None
    """Folder of what models have answered."""

    def params(self) -> dict[str, Any]:
        """The scope in plain values, always in the same order: what a rule passes on."""
        return {
            **vars(self),
            "items": sorted(self.items),
            "items_of": {stage: sorted(items) for stage, items in sorted(self.items_of.items())},
            **{name: str(path) if path else None for name, path in self._folders().items()},
        }

    def _folders(self) -> dict[str, Path | None]:
        return {"ledger": self.ledger, "answers": self.answers}

    @classmethod
    def of_params(cls, params: Mapping[str, Any]) -> Scope:
        """The scope that ``params`` were made from."""
        items_of = {stage: frozenset(items) for stage, items in params["items_of"].items()}
        folders = {name: Path(params[name]) if params[name] else None for name in ("ledger", "answers")}
        return cls(**{**params, "items": frozenset(params["items"]), "items_of": items_of, **folders})
