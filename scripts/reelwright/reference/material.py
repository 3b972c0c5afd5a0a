"""The old material's files, and the rows of the old manifest that they belong to.

``listed_files`` runs when the workflow is parsed: one shallow listing of a folder, and nothing is opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.reference.oldbible import ID, text_of

CLIP_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".m4v", ".avi", ".ts")
"""Kinds of files that are clips."""

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Kinds of files that are first frames."""


def listed_files(folder: str | None, suffixes: Sequence[str]) -> list[str]:
    """Paths of the files of these kinds in ``folder``, sorted; none where there is no such folder."""
    try:
        names = sorted(entry.name for entry in Path(folder).iterdir()) if folder else []
    except OSError:
        return []
    return [f"{folder}/{name}" for name in names if not name.startswith(".") and name.lower().endswith(tuple(suffixes))]


def id_of(name: str) -> str:
    """What a clip goes by, whatever its folder and its kind: ``7lA_003`` for ``clips/7lA_003.mp4``."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.stem if path.suffix.lower() in CLIP_SUFFIXES + PICTURE_SUFFIXES else path.name


@dataclass(frozen=True)
class OldClip:
    """An old clip, as far as the material knows it."""

    clip: str
    """Its name in the manifest, or that of its file."""
    row: int | None = None
    """Number of its row in the manifest, from 1."""
    episode_id: str | None = None
    duration_s: float | None = None
    """As the manifest gives it."""
    file: Path | None = None
    first_frame: Path | None = None

    @property
    def id(self) -> str:
        """See ``id_of``."""
        return id_of(self.clip)


@dataclass
class Material:
    """All old clips, and what doesn't fit together."""

    clips: list[OldClip] = field(default_factory=list)
    """Those of the manifest in its order, then the files that it doesn't name."""
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    """Rows (clip, row, first_row) whose clip an earlier one has."""
    nameless: list[int] = field(default_factory=list)
    """Numbers of rows that name no clip."""
    without_row: list[str] = field(default_factory=list)
    """Names of clip files that no row names, where there is a manifest."""
    twins: list[str] = field(default_factory=list)
    """Names of files that are left out, since another file has the same name but for its kind."""


def gather(rows: Iterable[Mapping[str, Any]] | None, clips: Sequence[Path], first_frames: Sequence[Path]) -> Material:
    """Bring the manifest's rows (None without a manifest) and the files together, by their names."""
    found = Material()
    files, pictures = _by_id(clips, found.twins), _by_id(first_frames, found.twins)
    names = {path.name: path for path in first_frames}
    taken: dict[str, int] = {}
    for number, row in enumerate(rows or [], 1):
        name = text_of(row.get("clip"))
        if name is None or not id_of(name):
            found.nameless.append(number)
            continue
        key = id_of(name)
        if key in taken:
            found.duplicates.append({"clip": name, "row": number, "first_row": taken[key]})
            continue
        taken[key] = number
        said = text_of(row.get("first_frame")) or ""
        picture = names.get(said.replace("\\", "/").rsplit("/", 1)[-1], pictures.get(key))
        episode, duration = text_of(row.get(ID)), _duration(row.get("duration"))
        found.clips.append(OldClip(name, number, episode, duration, files.get(key), picture))
    for key, path in files.items():
        if key not in taken:
            found.clips.append(OldClip(path.name, file=path, first_frame=pictures.get(key)))
            found.without_row += [] if rows is None else [path.name]
    return found


def _by_id(paths: Sequence[Path], twins: list[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if found.setdefault(id_of(path.name), path) is not path:
            twins.append(path.name)
    return found


def _duration(value: Any) -> float | None:
    """Seconds, where the value is a positive number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def clips_per_episode(material: Material) -> Counter[str]:
    """How many old clips each old episode has."""
    return Counter(one.episode_id for one in material.clips if one.episode_id is not None)
