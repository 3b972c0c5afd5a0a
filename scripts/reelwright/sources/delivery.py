"""Which masters the spec declares and where they lie, from one shallow listing of each folder it names.

Runs when the workflow is parsed: it opens no file, imports nothing heavy and never fails for a file that is missing or
delivered twice. Those become items that fail by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from reelwright.demo.masters import demo_transcripts
from reelwright.errors import Problem, SpecError
from reelwright.spec.model import Episode, Spec
from reelwright.spec.titles import plain, slug

TRANSCRIPT_SUFFIXES = (".json", ".vtt", ".srt")
"""What `.*` at the end of the pattern for transcripts stands for: those that can say most first."""


@dataclass(frozen=True)
class Master:
    """One delivered, or declared, master file."""

    source_id: str
    """``ep<NN>.<slug of the title>``: stays the same when another variant is declared canonical."""
    episode: str
    title: str
    path: str
    """Path below the delivery's folder."""
    canonical: bool
    delivered: bool
    """Whether the file is in the listing (or is drawn by the build itself)."""
    problem: str | None = None
    """Why this file can't be taken, where the listing shows it already."""


def master_name(pattern: str, episode: str, title: str) -> str:
    """The path that ``pattern`` gives an episode's master, spaces of its title written as underscores."""
    return pattern.replace("{episode}", episode).replace("{title}", title.replace(" ", "_"))


def _named(listing: str) -> dict[str, frozenset[str]]:
    """The names of the files in each folder that a listing has; raises SpecError where there is no listing."""
    try:
        lines = Path(listing).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else f"can't be read: {error}"
        fault = Problem(listing, "sources.listing", "", f"{why}: expected a text file with one delivered file a line")
        raise SpecError([fault]) from error
    found: dict[str, set[str]] = {}
    for path in (PurePosixPath(line.strip()) for line in lines if line.strip()):
        found.setdefault(str(path.parent), set()).add(path.name)
    return {folder: frozenset(names) for folder, names in found.items()}


def _pattern_regex(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{episode\}|\{title\})", pattern)
    fields = {"{episode}": r"(?P<episode>\d{2})", "{title}": r"(?P<title>[^/]+)"}
    return re.compile("".join(fields.get(part) or re.escape(part) for part in parts), re.IGNORECASE)


class Delivery:
    """The delivery of a spec: its masters by source_id, and whether any other named file is there."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.folder = Path(spec.sources.folder)
        self._listings: dict[str, frozenset[str]] = _named(spec.sources.listing) if spec.sources.listing else {}
        self._pattern = _pattern_regex(spec.sources.masters) if spec.sources.masters else None

    def _listing(self, folder: str) -> frozenset[str]:
        """Names of the files in ``folder`` of the delivery; read once."""
        if self.spec.sources.listing:
            return self._listings.get(folder, frozenset())
        if folder not in self._listings:
            try:
                names = frozenset(entry.name for entry in (self.folder / folder).iterdir())
            except OSError:
                names = frozenset()
            self._listings[folder] = names
        return self._listings[folder]

    def delivered(self, relative: str) -> bool:
        """Whether the file at ``relative`` was delivered; one that the build draws itself counts as delivered."""
        path = PurePosixPath(relative)
        return self.spec.demo is not None or path.name in self._listing(str(path.parent))

    @cached_property
    def masters(self) -> dict[str, Master]:
        """Every declared or found master by source_id, the canonical one of each episode first."""
        found: dict[str, Master] = {}
        for episode, entry in sorted(self.spec.sources.episodes.items()):
            for master in self._episode_masters(episode, entry):
                found[master.source_id] = master
        return found

    def canonical(self, episode: str) -> Master:
        """The master of ``episode`` that is trained on."""
        return next(one for one in self.masters.values() if one.episode == episode and one.canonical)

    def source_of(self, episode: str) -> str:
        """The source_id of the master of ``episode`` that is trained on."""
        return self.canonical(episode).source_id

    def alternates(self, episode: str) -> list[str]:
        """The source_ids of the other masters of ``episode``."""
        return [one.source_id for one in self.masters.values() if one.episode == episode and not one.canonical]

    def path_of(self, source_id: str) -> str:
        """Where a master lies, or should."""
        return str(self.folder / self.masters[source_id].path)

    def input_of(self, source_id: str) -> list[str]:
        """A master as an input: nothing where it was not delivered, which is then an item that fails by name."""
        return [self.path_of(source_id)] if self.masters[source_id].delivered else []

    def subtitles(self, episode: str) -> str:
        """Where the transcript of ``episode`` lies, or should; empty where the spec names none."""
        pattern = self.spec.sources.subtitles
        if not pattern:
            return ""
        if self.spec.demo:
            return str(self.folder / demo_transcripts(self.spec)[episode])
        path = PurePosixPath(pattern.replace("{episode}", episode))
        if path.suffix == ".*":
            wanted = [path.with_suffix(suffix).name.lower() for suffix in TRANSCRIPT_SUFFIXES]
            found = {name.lower(): name for name in sorted(self._listing(str(path.parent)))}
            path = path.with_name(next((found[name] for name in wanted if name in found), path.name))
        return str(self.folder / path)

    def delivered_subtitles(self, episode: str) -> list[str]:
        """The same as an input: nothing where it was not delivered."""
        path = self.subtitles(episode)
        return [path] if path and self.delivered(str(Path(path).relative_to(self.folder))) else []

    def _episode_masters(self, episode: str, entry: Episode) -> list[Master]:
        matches = self._matches(episode)
        masters = [self._declared(episode, entry.title, entry.master, True, matches)]
        if entry.alternate_title or entry.alternate_master:
            title = entry.alternate_title or Path(str(entry.alternate_master)).stem
            masters.append(self._declared(episode, title, entry.alternate_master, False, matches))
        taken = {plain(master.title) for master in masters} | {PurePosixPath(master.path).name for master in masters}
        for key, names in sorted(matches.items()):
            if key not in taken and not taken & set(names):
                title = self._title_of(names[0])
                masters.append(self._declared(episode, title, None, False, matches))
        return masters

    def _folder_of_masters(self) -> str:
        return str(PurePosixPath(self.spec.sources.masters or "").parent)

    def _title_of(self, name: str) -> str:
        assert self._pattern is not None
        match = self._pattern.fullmatch(str(PurePosixPath(self._folder_of_masters()) / name))
        assert match is not None
        return match["title"].replace("_", " ")

    @cached_property
    def _found(self) -> dict[str, dict[str, list[str]]]:
        """File names that fit the pattern, by episode and plain title."""
        found: dict[str, dict[str, list[str]]] = {}
        if self._pattern is None or self.spec.demo is not None:
            return found
        folder = PurePosixPath(self._folder_of_masters())
        for name in sorted(self._listing(str(folder))):
            match = self._pattern.fullmatch(str(folder / name))
            if match:
                found.setdefault(match["episode"], {}).setdefault(plain(match["title"]), []).append(name)
        return found

    def _matches(self, episode: str) -> dict[str, list[str]]:
        return self._found.get(episode, {})

    def _declared(
        self, episode: str, title: str, explicit: str | None, canonical: bool, matches: dict[str, list[str]]
    ) -> Master:
        names = [] if explicit else matches.get(plain(title), [])
        folder = PurePosixPath(self._folder_of_masters())
        problem = None
        if explicit:
            path = explicit
        elif names:
            path = str(folder / names[0])
        elif self.spec.sources.masters:
            path = master_name(self.spec.sources.masters, episode, title)
        else:
            path, problem = (
                f"episode {episode}",
                f"episode {episode} names no file, and there is no pattern for masters",
            )
        if len(names) > 1:
            problem = f"episode {episode} has {len(names)} masters for the title {title!r}: {', '.join(names)}"
        delivered = problem is None and self.delivered(path)
        return Master(f"ep{episode}.{slug(title)}", episode, title, path, canonical, delivered, problem)
