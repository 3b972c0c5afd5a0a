"""Which files the plate sets are made of, from the spec and one shallow listing of each folder it names.

Runs when the workflow is parsed: it opens no file and imports nothing heavy. What is missing becomes a part of its set that
fails by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath

from reelwright.demo.masters import demo_design
from reelwright.demo.plates import demo_plates
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Identity, Plates, PlateSet, in_archive
from reelwright.spec.model import Spec

SUFFIXES = frozenset({".psd", ".psb", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".ai", ".pdf"})
"""What a pattern takes: files that a plate can be made of."""


@dataclass(frozen=True)
class PlateFile:
    """One file that a plate is made of, or an entry of the spec that names none."""

    character: str
    path: str
    """Below the folder of the plates: a file, or an archive."""
    members: str | None = None
    """Pattern of the members of an archive; None for a file of its own."""
    delivered: bool = True
    """Whether it is in the listing; False too for a pattern that nothing fits."""


def fits(name: str, pattern: str) -> bool:
    """Whether a file name fits a pattern, case aside."""
    return fnmatchcase(name.lower(), pattern.lower())


def has_plate_suffix(name: str) -> bool:
    """Whether a file is of a kind that plates are made of; what macOS leaves beside files is not."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and "__MACOSX" not in path.parts


class PlateListing:
    """The plate sets of a spec; none where it has no part `identity`."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._listings: dict[str, list[str]] = {}

    @property
    def identity(self) -> Identity | None:
        """The spec's part."""
        return self._spec.identity

    @property
    def items(self) -> list[str]:
        """What outcome records of this part are about."""
        identity = self._spec.identity
        if identity is None:
            return []
        return [*identity.sets, "identity", *(["reviews"] if identity.review.imports else [])]

    @cached_property
    def folder(self) -> Path:
        """Where the plates' files lie."""
        spec = self._spec
        stated = spec.identity.folder if spec.identity else None
        return Path(stated or (spec.design.folder if spec.design else spec.sources.folder))

    @property
    def limits(self) -> ArchiveLimits:
        """What members of archives may be."""
        return self._spec.design.limits if self._spec.design else ArchiveLimits()

    @property
    def plates(self) -> Plates:
        """How a picture is made of a file."""
        return self._spec.identity.plates if self._spec.identity else Plates()

    @property
    def characters(self) -> list[str]:
        """Everybody of whom there are plates, as the spec writes them."""
        sets = self._spec.identity.sets.values() if self._spec.identity else []
        return list(dict.fromkeys(name for one in sets for name in one.characters))

    @cached_property
    def sets(self) -> dict[str, list[PlateFile]]:
        """The files of each set, by its name, in the order of the spec; a file that stands there twice is taken once."""
        sets = self._spec.identity.sets if self._spec.identity else {}
        return {name: list(dict.fromkeys(self._files(one))) for name, one in sets.items()}

    def inputs(self, name: str) -> list[str]:
        """The delivered files of a set, each once."""
        return list(dict.fromkeys(str(self.folder / one.path) for one in self.sets[name] if one.delivered))

    def params(self, name: str) -> list[tuple[str, str, str | None, bool]]:
        """The same with what is missing, as values for a rule."""
        return [(one.character, one.path, one.members, one.delivered) for one in self.sets[name]]

    def _files(self, plate_set: PlateSet) -> Iterator[PlateFile]:
        for character, entries in plate_set.characters.items():
            for entry in entries:
                archived = in_archive(entry)
                if archived:
                    yield PlateFile(character, archived[0], archived[1], self._delivered(archived[0]))
                elif re.search(r"[*?]", PurePosixPath(entry).name):
                    yield from self._fitting(character, PurePosixPath(entry))
                else:
                    yield PlateFile(character, entry, None, self._delivered(entry))

    def _fitting(self, character: str, entry: PurePosixPath) -> Iterator[PlateFile]:
        names = [one for one in self._names(str(entry.parent)) if fits(one, entry.name) and has_plate_suffix(one)]
        for name in names:
            yield PlateFile(character, str(entry.parent / name))
        if not names:
            yield PlateFile(character, str(entry), delivered=False)

    def _delivered(self, path: str) -> bool:
        entry = PurePosixPath(path)
        return entry.name in self._names(str(entry.parent))

    def _names(self, folder: str) -> list[str]:
        """Names of the files in a folder below the plates' own, sorted; read once."""
        if folder not in self._listings:
            if self._spec.demo:
                drawn = (Path(demo_design(self._spec), path) for path in demo_plates())
                self._listings[folder] = sorted(path.name for path in drawn if path.parent == self.folder / folder)
            else:
                try:
                    self._listings[folder] = sorted(one.name for one in (self.folder / folder).iterdir())
                except OSError:
                    self._listings[folder] = []
        return self._listings[folder]
