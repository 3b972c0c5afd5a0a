"""Which clips become rows of a package, and why the others don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from reelwright.captions.verdict import bound_captions, judged
from reelwright.errors import BadItem, BuildError
from reelwright.evaluation.guard import leak_words
from reelwright.files import read_json, read_jsonl
from reelwright.outcome import require
from reelwright.packages.draw import Draw, draw, lowest_ranked, rank
from reelwright.packages.models import MODELS
from reelwright.packages.retime import available_frames, row_frames
from reelwright.packages.stills import Still, Stretch, alike, find_stills
from reelwright.packages.traits import Traits, refuse_unknown_names, refused, traits_of
from reelwright.spec.evaluation import Held
from reelwright.spec.model import Package
from reelwright.spec.selection import Stills

__all__ = ["lowest_ranked", "rank", "select_rows"]

NAMED_AT_MOST = 20
"""Clips that one message names; it counts the rest."""


@dataclass(frozen=True)
class EpisodeInput:
    """The results of one episode that a package draws on."""

    episode: str
    master: Path
    """The canonical master, from which the media is encoded."""
    probe: Path
    clips: Path
    quality: Path
    captions: Path
    outcomes: tuple[Path, ...]
    """Outcome records of probing, cutting, measuring and captioning, in this order, and of the guard where there is one."""
    leaks: Path | None = None
    """Clips that nearly copy something held out; None where nothing is."""
    held: tuple[Held, ...] = ()
    """What is held out of the episode."""
    scan: Path | None = None
    """Measurements of the master's frames, for a package of stills; else not asked for."""


@dataclass(frozen=True)
class Source:
    """What a package must know of a master."""

    source_id: str
    path: str
    """Below the delivery's folder."""
    sha256: str
    fps: str
    time_base: Fraction
    sample_aspect: Fraction
    rotation: int
    """Degrees by which the container turns it counterclockwise."""


@dataclass(frozen=True)
class Clip:
    """The part of a master that a row is made of."""

    clip_id: str
    start_frame: int
    end_frame: int
    """Exclusive."""
    start_pts: int
    end_pts: int
    """Exclusive."""
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Caption:
    """A clip's caption, and where it is from."""

    source: str
    """vlm, structured, seeded, imported or edited."""
    text: str
    """The training caption: the row's prompt."""
    model: str | None
    prompt_digest: str | None


@dataclass(frozen=True)
class Row:
    """One row of a package."""

    clip: Clip
    caption: Caption
    num_frames: int
    still: Still | None = None
    """The frame that it is, in a package of stills."""


@dataclass(frozen=True)
class Drop:
    """A usable clip that can't become a row of this package."""

    clip_id: str
    kind: Literal["holdout", "leak", "filter", "short", "alike"]
    reason: str


@dataclass(frozen=True)
class Fate:
    """What became of one clip that was kept when its episode was cut."""

    clip_id: str
    kind: Literal["row", "unusable", "holdout", "leak", "filter", "short", "alike", "surplus"]
    """``surplus``: it could be a row, but others were drawn."""
    reason: str
    traits: Traits


@dataclass(frozen=True)
class EpisodeSelection:
    """What one episode gives to a package."""

    episode: str
    master: Path
    source: Source
    rows: tuple[Row, ...]
    """Sorted by start."""
    clips: int
    """Clips that were kept when the episode was cut."""
    usable: int
    eligible: int
    """Usable clips that training may see and that are long enough."""
    unusable: dict[str, int]
    """Clips that are not usable, by reason; one clip may have several."""
    dropped: tuple[Drop, ...]
    fates: tuple[Fate, ...]
    """Of each clip that was kept, in the order of ``clips/ep<NN>.jsonl``."""


def select_rows(name: str, settings: Package, episodes: Sequence[EpisodeInput]) -> list[EpisodeSelection]:
    """The rows of package ``name``, by episode.

    Raises BuildError where an episode it needs has failed (naming each, with its cause), where its filters name what no
    clip has, where there are fewer rows than it asks for or its balance can't be met (saying how many there are of each),
    and where a chosen clip has no caption that the package takes (naming the clips).
    """
    _refuse_failed(name, episodes)
    read = [_Episode(episode, settings) for episode in episodes]
    known = {clip_id: traits for one in read for clip_id, traits in one.traits.items()}
    balance = settings.balance
    refuse_unknown_names(name, settings.only, settings.exclude, balance, known)
    for one in read:
        one.consider(settings)
    drawn = _draw(name, settings, read)
    chosen = [one.choose(drawn, settings) for one in read]
    _refuse_captions(name, settings, [one for episode in read for one in episode.refused])
    if not any(one.rows for one in chosen):
        have = "\n".join(f"  {one.describe()}" for one in read)
        raise BuildError(f"package {name} would have no rows:\n{have}")
    return chosen


def _groups(settings: Package, read: Sequence[_Episode]) -> dict[str, tuple[str, ...]]:
    """The clips that could be rows, each with the groups by which rows are shared out; one group where they are not."""
    if settings.rows_per_episode is not None or settings.balance is not None:
        by = settings.balance.by if settings.balance else "episode"
        return {
            clip_id: one.traits[clip_id].groups(by, count) for one in read for clip_id, count in one.eligible.items()
        }
    return {clip_id: ("",) for one in read for clip_id in one.eligible}


def _turns(settings: Package, read: Sequence[_Episode], groups: Iterable[str]) -> set[str]:
    """The groups that take turns; those that a balance is declared among have names of any case."""
    balance = settings.balance
    if settings.rows_per_episode is not None or (balance and balance.by == "episode" and not balance.among):
        return {one.input.episode for one in read}
    wanted = {name.casefold() for name in balance.among} if balance else set()
    return {group for group in groups if not wanted or group.casefold() in wanted}


def _draw(name: str, settings: Package, read: Sequence[_Episode]) -> Draw | None:
    """The draw; None where every clip that can be a row becomes one. Raises BuildError where there are too few."""
    per_episode, balance = settings.rows_per_episode, settings.balance
    rows = settings.rows if per_episode is None else per_episode * len(read)
    if rows is None:
        return None
    clips = _groups(settings, read)
    drawn = draw(
        clips, _turns(settings, read, (group for of_clip in clips.values() for group in of_clip)), rows, settings.seed
    )
    if per_episode is not None and drawn.short:
        have = "\n".join(f"  {one.describe()}" for one in read)
        raise BuildError(
            f"package {name}: rows_per_episode is {per_episode}, but not every episode has so many:\n{have}"
        )
    if balance is not None and balance.strict and drawn.short:
        each = -(-rows // max(1, len(drawn.has)))
        have = "\n".join(f"  {group}: {count}" for group, count in sorted(drawn.has.items()))
        raise BuildError(
            f"package {name}: balance by {balance.by} of {rows} rows asks for {each} of each, but not every one has so many:\n"
            f"{have}\n  (`strict: false` lets the others fill up; `among` names the groups that count)"
        )
    if len(drawn.taken) < rows and balance is None:
        have = "\n".join(f"  {one.describe()}" for one in read)
        raise BuildError(f"package {name}: rows is {rows}, but there are only {len(drawn.taken)}:\n{have}")
    return drawn


def _refuse_captions(name: str, settings: Package, found: Sequence[tuple[str, str]]) -> None:
    if not found:
        return
    listed = "\n".join(f"  {clip_id}: {why}" for clip_id, why in found[:NAMED_AT_MOST])
    more = f"\n  and {len(found) - NAMED_AT_MOST} more" if len(found) > NAMED_AT_MOST else ""
    takes = ", ".join(settings.caption_sources)
    raise BuildError(
        f"package {name} takes captions from {takes} only; {len(found)} of its clips have none:\n{listed}{more}"
    )


def _refuse_failed(name: str, episodes: Sequence[EpisodeInput]) -> None:
    failed = []
    for episode in episodes:
        try:
            require(episode.outcomes)
        except BadItem as error:
            failed.append(f"  episode {episode.episode}: {error.message}")
    if failed:
        raise BuildError(f"package {name} needs episodes that failed:\n" + "\n".join(failed))


class _Episode:
    """One episode while its rows are chosen: first ``consider``, then ``choose``."""

    def __init__(self, episode: EpisodeInput, settings: Package) -> None:
        self.input = episode
        self.source = _source(read_json(episode.probe))
        self.refused: list[tuple[str, str]] = []
        """Chosen clips without a caption that the package takes, and why."""
        self.eligible: dict[str, int] = {}
        """Clips that could be rows, with their frames."""
        kept = [row for row in read_jsonl(episode.clips) if row["kept"]]
        self.clips = {row["clip_id"]: _clip(row, self.source) for row in kept}
        self._shots = {row["clip_id"]: row["shot"] for row in kept}
        self._stills: dict[str, Still] = {}
        self._captions = bound_captions(episode.captions, kept)
        quality = {row["clip_id"]: row for row in read_jsonl(episode.quality)}
        rows = {row["clip_id"]: (row, quality[row["clip_id"]], self._captions[row["clip_id"]]) for row in kept}
        self.traits = {clip_id: traits_of(*of_clip) for clip_id, of_clip in rows.items()}
        verdicts = {clip_id: judged(measured, caption) for clip_id, (_, measured, caption) in rows.items()}
        self._unusable = {clip_id: reasons for clip_id, (usable, reasons) in verdicts.items() if not usable}
        self._reasons = Counter(reason for _, reasons in verdicts.values() for reason in reasons)
        self._drops: dict[str, Drop] = {}
        self._takes = settings.caption_sources
        self._leaks = {row["row"]: leak_words(row) for row in read_jsonl(episode.leaks)} if episode.leaks else {}

    def describe(self) -> str:
        """One line for a message about balance."""
        words = {"holdout": "held out", "leak": "copies of what is held out", "filter": "filtered out"}
        words |= {"short": "too short", "alike": "like others"}
        counts = Counter(str(drop.kind) for drop in self._drops.values())
        lost = "".join(f", {counts[kind]} of them {said}" for kind, said in words.items() if counts[kind])
        clips, usable = len(self.clips), len(self.clips) - len(self._unusable)
        return f"episode {self.input.episode}: {len(self.eligible)} rows ({clips} clips, {usable} usable{lost})"

    def _guard(self, clip: Clip) -> Drop | None:
        """Why training must not see a clip, where that is so."""
        if any(one.overlaps(clip.start_s, clip.end_s) for one in self.input.held):
            return Drop(clip.clip_id, "holdout", f"holdout: {clip.clip_id} shows frames that are held out")
        if clip.clip_id in self._leaks:
            return Drop(clip.clip_id, "leak", f"leak: {self._leaks[clip.clip_id]}")
        return None

    def _filter(self, clip_id: str, settings: Package) -> Drop | None:
        """Why the package doesn't want a clip, where that is so."""
        why = refused(clip_id, self.traits[clip_id], settings.only, settings.exclude)
        return Drop(clip_id, "filter", f"filter: {why}") if why else None

    def _frames(self, clip: Clip, settings: Package) -> int | Drop:
        """Frames of the row that a clip becomes, or why it becomes none."""
        if settings.stills is not None:
            return 1
        rate = Fraction(MODELS[settings.model].rate)
        available = available_frames((clip.end_pts - clip.start_pts) * self.source.time_base, rate)
        count = row_frames(available, settings)
        if count is not None:
            return count
        smallest = f"min_frames {settings.min_frames}"
        if settings.short_clips == "drop":
            smallest = f"the smallest bucket, {min(settings.frame_buckets)}"
        reason = f"short: {available} frames at {rate} fps, fewer than {smallest}"
        return Drop(clip.clip_id, "short", reason)

    def consider(self, settings: Package) -> None:
        """Find which of the usable clips could be rows."""
        for clip_id, clip in self.clips.items():
            if clip_id in self._unusable:
                continue
            count = self._guard(clip) or self._filter(clip_id, settings) or self._frames(clip, settings)
            if isinstance(count, Drop):
                self._drops[clip_id] = count
            else:
                self.eligible[clip_id] = count
        if settings.stills is not None:
            self._choose_stills(settings.stills)

    def _choose_stills(self, settings: Stills) -> None:
        """Find the still of each clip that could be a row, and drop those that add nothing."""
        assert self.input.scan is not None
        clips = {one: self.clips[one] for one in self.eligible}
        stretches = {
            one: Stretch(self._shots[one], clip.start_frame, clip.end_frame, clip.start_pts)
            for one, clip in clips.items()
        }
        self._stills = find_stills(self.input.scan, stretches)
        for clip_id, why in alike(self._stills, stretches, settings).items():
            self._drops[clip_id] = Drop(clip_id, "alike", f"alike: {why}")
            del self.eligible[clip_id]

    def choose(self, drawn: Draw | None, settings: Package) -> EpisodeSelection:
        """This episode's rows; a chosen clip without an accepted caption goes to ``refused``."""
        rows = []
        for clip_id, count in self.eligible.items():
            caption = self._caption(clip_id) if drawn is None or clip_id in drawn.taken else None
            if caption is not None:
                rows.append(Row(self.clips[clip_id], caption, count, self._stills.get(clip_id)))
        return EpisodeSelection(
            self.input.episode,
            self.input.master,
            self.source,
            tuple(sorted(rows, key=lambda row: row.clip.start_pts)),
            len(self.clips),
            len(self.clips) - len(self._unusable),
            len(self.eligible),
            dict(sorted(self._reasons.items())),
            tuple(self._drops.values()),
            tuple(self._fate(clip_id, drawn, settings) for clip_id in self.clips),
        )

    def _fate(self, clip_id: str, drawn: Draw | None, settings: Package) -> Fate:
        traits = self.traits[clip_id]
        if clip_id in self._unusable:
            return Fate(clip_id, "unusable", f"not usable: {', '.join(self._unusable[clip_id])}", traits)
        if clip_id in self._drops:
            return Fate(clip_id, self._drops[clip_id].kind, self._drops[clip_id].reason, traits)
        if drawn is None:
            return Fate(clip_id, "row", "every clip that can be a row is one", traits)
        if clip_id in drawn.taken:
            group = drawn.taken[clip_id]
            of = f" for {group}" if group else ""
            return Fate(clip_id, "row", f"drawn{of} with seed {settings.seed}", traits)
        return Fate(clip_id, "surplus", f"not among the {drawn.rows} drawn with seed {settings.seed}", traits)

    def _caption(self, clip_id: str) -> Caption | None:
        found = self._captions[clip_id]
        if found["caption_source"] not in self._takes:
            failed = f": {found['error']['message']}" if found["error"] else ""
            self.refused.append((clip_id, f"its caption is {found['caption_source']}{failed}"))
        else:
            return Caption(
                found["caption_source"], found["training_caption"], found.get("model"), found.get("prompt_digest")
            )
        return None


def _source(probe: dict[str, Any]) -> Source:
    return Source(
        probe["source_id"],
        probe["path"],
        probe["sha256"],
        probe["fps"],
        Fraction(probe["time_base"]),
        Fraction(probe["sample_aspect"]),
        probe["rotation"],
    )


def _clip(row: dict[str, Any], source: Source) -> Clip:
    if row["source_sha256"] != source.sha256:
        raise BuildError(f"clip {row['clip_id']} was cut from another file than {source.path} is now: cut it again")
    return Clip(
        row["clip_id"],
        row["start_frame"],
        row["end_frame"],
        row["start_pts"],
        row["end_pts"],
        row["start_s"],
        row["end_s"],
    )
