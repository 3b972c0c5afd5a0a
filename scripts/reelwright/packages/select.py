"""Which clips become rows of a package, and why the others don't."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from reelwright.captions.verdict import bound_captions, judged
from reelwright.errors import BadItem, BuildError
from reelwright.evaluation.guard import leak_words
from reelwright.files import read_json, read_jsonl
from reelwright.outcome import require
from reelwright.packages.models import MODELS
from reelwright.packages.retime import available_frames, row_frames
from reelwright.spec.evaluation import Held
from reelwright.spec.model import Package

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
    """vlm, structured, seeded or imported."""
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


@dataclass(frozen=True)
class Drop:
    """A usable clip that can't become a row of this package."""

    clip_id: str
    kind: Literal["holdout", "leak", "short"]
    reason: str


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

    def describe(self) -> str:
        """One line for a message about balance."""
        words = {"holdout": "held out", "leak": "copies of what is held out", "short": "too short"}
        counts = Counter(str(drop.kind) for drop in self.dropped)
        lost = "".join(f", {counts[kind]} of them {said}" for kind, said in words.items() if counts[kind])
        return f"episode {self.episode}: {self.eligible} rows ({self.clips} clips, {self.usable} usable{lost})"


def rank(seed: int, clip_id: str) -> str:
    """A clip's place in the draw: it depends on nothing but the seed and the clip, so added clips never reshuffle."""
    return hashlib.sha256(f"{seed}:{clip_id}".encode()).hexdigest()


def lowest_ranked(clip_ids: Sequence[str], count: int | None, seed: int) -> frozenset[str]:
    """The ``count`` clips of lowest rank; all of them where it is None."""
    ranked = sorted(clip_ids, key=lambda clip_id: rank(seed, clip_id))
    return frozenset(ranked if count is None else ranked[:count])


def select_rows(name: str, settings: Package, episodes: Sequence[EpisodeInput]) -> list[EpisodeSelection]:
    """The rows of package ``name``, by episode.

    Raises BuildError where an episode it needs has failed (naming each, with its cause), where an episode has fewer
    rows than ``rows_per_episode`` (saying how many each has), and where a chosen clip has no caption that the package
    takes (naming the clips).
    """
    _refuse_failed(name, episodes)
    read = [_Episode(episode, settings) for episode in episodes]
    chosen = [one.select(settings) for one in read]
    wanted = settings.rows_per_episode
    if wanted is not None and any(one.eligible < wanted for one in chosen):
        have = "\n".join(f"  {one.describe()}" for one in chosen)
        raise BuildError(f"package {name}: rows_per_episode is {wanted}, but not every episode has so many:\n{have}")
    refused = [(clip_id, why) for one in read for clip_id, why in one.refused]
    if refused:
        listed = "\n".join(f"  {clip_id}: {why}" for clip_id, why in refused[:NAMED_AT_MOST])
        more = f"\n  and {len(refused) - NAMED_AT_MOST} more" if len(refused) > NAMED_AT_MOST else ""
        takes = ", ".join(settings.caption_sources)
        raise BuildError(
            f"package {name} takes captions from {takes} only; {len(refused)} of its clips have none:\n{listed}{more}"
        )
    if not any(one.rows for one in chosen):
        have = "\n".join(f"  {one.describe()}" for one in chosen)
        raise BuildError(f"package {name} would have no rows:\n{have}")
    return chosen


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
    """One episode while its rows are chosen."""

    def __init__(self, episode: EpisodeInput, settings: Package) -> None:
        self.input = episode
        self.source = _source(read_json(episode.probe))
        self.refused: list[tuple[str, str]] = []
        kept = [row for row in read_jsonl(episode.clips) if row["kept"]]
        clips = [_clip(row, self.source) for row in kept]
        self._captions = bound_captions(episode.captions, kept)
        quality = {row["clip_id"]: row for row in read_jsonl(episode.quality)}
        verdicts = {row["clip_id"]: judged(quality[row["clip_id"]], self._captions[row["clip_id"]]) for row in kept}
        self.clips = [clip for clip in clips if verdicts[clip.clip_id][0]]
        self.kept = len(kept)
        self.unusable = Counter(reason for _, reasons in verdicts.values() for reason in reasons)
        self._takes = settings.caption_sources
        self._leaks = {row["row"]: leak_words(row) for row in read_jsonl(episode.leaks)} if episode.leaks else {}

    def _guard(self, clip: Clip) -> Drop | None:
        """Why training must not see a clip, where that is so."""
        if any(one.overlaps(clip.start_s, clip.end_s) for one in self.input.held):
            return Drop(clip.clip_id, "holdout", f"holdout: {clip.clip_id} shows frames that are held out")
        if clip.clip_id in self._leaks:
            return Drop(clip.clip_id, "leak", f"leak: {self._leaks[clip.clip_id]}")
        return None

    def _frames(self, clip: Clip, settings: Package) -> int | Drop:
        """Frames of the row that a clip becomes, or why it becomes none."""
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

    def select(self, settings: Package) -> EpisodeSelection:
        """Choose this episode's rows; a chosen clip without an accepted caption goes to ``refused``."""
        frames: dict[str, int] = {}
        dropped = []
        for clip in self.clips:
            count = self._guard(clip) or self._frames(clip, settings)
            if isinstance(count, Drop):
                dropped.append(count)
            else:
                frames[clip.clip_id] = count
        chosen = lowest_ranked(list(frames), settings.rows_per_episode, settings.seed)
        rows = []
        for clip in self.clips:
            caption = self._caption(clip.clip_id) if clip.clip_id in chosen else None
            if caption is not None:
                rows.append(Row(clip, caption, frames[clip.clip_id]))
        return EpisodeSelection(
            self.input.episode,
            self.input.master,
            self.source,
            tuple(sorted(rows, key=lambda row: row.clip.start_pts)),
            self.kept,
            len(self.clips),
            len(frames),
            dict(sorted(self.unusable.items())),
            tuple(dropped),
        )

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
