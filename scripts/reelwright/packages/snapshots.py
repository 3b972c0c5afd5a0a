"""Snapshots: what each build of a package was made of, kept in the cache after the package itself was replaced.

A snapshot is small (rows without their frames, and why the other clips are none), and its name is the digest of what is in it:
the same package built again is the same snapshot. ``builds.json`` beside them lists them in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelwright.digest import recipe_digest
from reelwright.errors import BuildError
from reelwright.files import read_json, write_json
from reelwright.packages.select import EpisodeSelection

BUILDS = "builds.json"

PREFIX = "build-"
"""Begins the name of a build where people read or write one: hex digits alone can look like a number."""

ROW_KEYS = (
    "episode",
    "source_id",
    "source_sha256",
    "start_frame",
    "end_frame",
    "start_pts",
    "end_pts",
    "num_frames",
    "recipe",
    "media_sha256",
    "caption_source",
)
"""What is kept of a row's provenance, beside its prompt."""


def build_name(digest: str) -> str:
    """How people call a build."""
    return f"{PREFIX}{digest[:12]}"


def snapshot(
    head: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    origin: Sequence[dict[str, Any]],
    chosen: Sequence[EpisodeSelection],
) -> dict[str, Any]:
    """The snapshot of a build: ``head`` and ``origin`` are its provenance, ``rows`` those of ``metadata.jsonl``."""
    kept = {
        row["clip_id"]: {**{key: one[key] for key in ROW_KEYS}, "prompt": row["prompt"]}
        for row, one in zip(rows, origin, strict=True)
    }
    return {
        "package": head["package"],
        "settings": head["settings"],
        "stages": head["stages"],
        "sources": {one["source_id"]: one["sha256"] for one in head["sources"]},
        "rows": kept,
        "left_out": {
            fate.clip_id: {"kind": fate.kind, "reason": fate.reason}
            for episode in chosen
            for fate in episode.fates
            if fate.kind != "row"
        },
    }


class Snapshots:
    """The snapshots of one package, in a folder of the cache."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def builds(self) -> list[str]:
        """Digests of all builds, the last one last."""
        path = self._folder / BUILDS
        found: list[str] = read_json(path) if path.exists() else []
        return found

    def before(self, digest: str) -> str | None:
        """The last build that was another one than ``digest``; None where none is known."""
        others = [one for one in self.builds() if one != digest]
        return others[-1] if others else None

    def read(self, digest: str) -> dict[str, Any]:
        """One snapshot."""
        found: dict[str, Any] = read_json(self._folder / f"{digest}.json")
        return found

    def find(self, name: str) -> str:
        """The digest of the build that a person names, by ``build_name`` or the beginning of its digest."""
        wanted = name.removeprefix(PREFIX)
        found = [one for one in self.builds() if wanted and one.startswith(wanted)]
        if len(found) != 1:
            there = ", ".join(map(build_name, self.builds())) or "none"
            what = "names several builds" if found else "is no build that was kept"
            raise BuildError(f"against: {name} {what}; there are: {there}")
        return found[0]

    def keep(self, content: dict[str, Any]) -> str:
        """Keep a snapshot as that of the last build; returns its digest."""
        digest = recipe_digest(content)
        write_json(self._folder / f"{digest}.json", content, "snapshot")
        if self.builds()[-1:] != [digest]:
            write_json(self._folder / BUILDS, [*(one for one in self.builds() if one != digest), digest])
        return digest
