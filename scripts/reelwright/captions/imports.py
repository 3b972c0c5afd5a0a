"""Captions that were made elsewhere: read from the files of other tools, and bound to the clips whose span they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.captions.context import ClipContext
from reelwright.digest import file_sha256
from reelwright.files import read_jsonl
from reelwright.outcome import Record
from reelwright.takeover import SHOWN, Kind, getter, import_rows

CAPTIONS = Kind("caption", "captions.imports")
"""What is taken over."""


@dataclass(frozen=True)
class ImportedCaption:
    """One caption made elsewhere (``caption_import`` schema). What its file doesn't say is None."""

    file: str
    row: int
    """Number of the row in the file, from 1."""
    clip: str
    """What the file calls the clip."""
    caption: str
    """What is seen, as it was written there; empty where only a training caption is there."""
    training_caption: str | None
    """Taken as it is where there is no ``caption``."""
    model: str | None
    episode: str | None
    """Two-digit production episode."""
    source_master: str | None
    """Name of the master's file."""
    source_sha256: str | None
    sha256: str | None
    """Of the clip's media."""
    start_s: float | None
    end_s: float | None
    start_frame: int | None
    end_frame: int | None
    """Exclusive."""
    characters: tuple[str, ...]
    outfits: dict[str, str]
    location: str | None
    scene_type: str | None
    usable: bool
    reason: str
    """Why it is not usable."""

    @property
    def name(self) -> str:
        """File and row, for messages."""
        return f"{self.file}, row {self.row} ({self.clip})"


def import_captions(files: Sequence[Path], out: Path, report: Path, record: Record) -> None:
    """Read ``files`` into ``out`` (JSONL, ``caption_import`` schema), and what was left out, and why, into ``report``.

    A file that is missing or can't be read fails the import: captions that were paid for would be bought again.
    """
    import_rows(files, CAPTIONS, _imported, out, report, record)


def read_imports(path: Path | None) -> list[ImportedCaption]:
    """The captions that ``import_captions`` has written; none where the project imports none."""
    rows = read_jsonl(path) if path is not None else []
    return [ImportedCaption(**{**row, "characters": tuple(row["characters"])}) for row in rows]


def _imported(path: Path, number: int, row: dict[str, Any]) -> ImportedCaption | str:
    """One row in our form, or why it is left out."""
    get = getter(row)
    clip = str(get(str, "clip_id", "clip", "video", "file_name") or number)
    where = f"row {number} ({clip})"
    caption = " ".join((get(str, "caption", "visual_description") or "").split())
    training = " ".join((get(str, "training_caption", "prompt") or "").split()) or None
    if not caption and not training:
        return f"{where}: no caption"
    start_s, end_s = get(float, "start_s", "start", "start_time"), get(float, "end_s", "end", "end_time")
    frames = get(int, "start_frame"), get(int, "end_frame")
    sha256 = get(str, "sha256", "clip_sha256", "media_sha256")
    if (start_s is None or end_s is None) and None in frames and sha256 is None:
        return f"{where}: neither a span (start_s and end_s, or start_frame and end_frame) nor a sha256"
    episode = get(str, "production_episode", "episode")
    master = get(str, "source_master")
    outfits = row.get("outfits")
    reasons = row.get("exclude_reasons")
    return ImportedCaption(
        file=str(path),
        row=number,
        clip=clip,
        caption=caption,
        training_caption=training,
        model=get(str, "caption_model", "model", "vlm_model"),
        episode=episode[-2:].zfill(2) if episode and episode[-2:].isdigit() else None,
        source_master=PurePosixPath(master).name if master else None,
        source_sha256=get(str, "source_sha256"),
        sha256=sha256,
        start_s=start_s,
        end_s=end_s,
        start_frame=frames[0],
        end_frame=frames[1],
        characters=tuple(one for one in row.get("characters") or () if isinstance(one, str) and one),
        outfits={k: v for k, v in outfits.items() if isinstance(v, str) and v} if isinstance(outfits, dict) else {},
        location=get(str, "location"),
        scene_type=get(str, "scene_type"),
        usable=row.get("usable") is not False,
        reason=get(str, "reason", "exclude_reason")
        or ", ".join(map(str, reasons if isinstance(reasons, list) else ())),
    )


@dataclass(frozen=True)
class Match:
    """An imported caption and how well it fits its clip."""

    imported: ImportedCaption
    by: str
    """``span`` or ``sha256``."""
    overlap: float
    """Common time over whole time of both spans; 1 where matched by sha256."""


def match_imports(
    clips: Sequence[ClipContext],
    imports: Iterable[ImportedCaption],
    *,
    episode: str,
    master: str,
    results: Path,
    least: float,
    warn: Callable[[str], None],
) -> dict[str, Match]:
    """The imported caption of each clip that has one, by clip id.

    ``master`` is the path of the episode's canonical master; ``least`` the smallest overlap. Pairs are made from the best
    overlap down, one clip and one caption each. Captions of this episode that fit no clip go to ``warn``.
    """
    own = [one for one in imports if _is_of(one, clips, episode, PurePosixPath(master).name)]

    @cache
    def sha256_of(path: str) -> str:
        return file_sha256(results / path)

    pairs: list[tuple[float, str, int, Match]] = []
    best = [0.0] * len(own)
    for number, one in enumerate(own):
        for clip in clips:
            if one.sha256 is not None and one.sha256 == sha256_of(clip.clip):
                match = Match(one, "sha256", 1.0)
            else:
                match = Match(one, "span", round(_overlap(one, clip), 4))
            best[number] = max(best[number], match.overlap)
            if match.overlap >= least:
                pairs.append((-match.overlap, clip.clip_id, number, match))
    matched: dict[str, Match] = {}
    used: set[int] = set()
    for _, clip_id, number, match in sorted(pairs, key=lambda pair: pair[:3]):
        if clip_id not in matched and number not in used:
            matched[clip_id] = match
            used.add(number)
    lost = [(one, best[number]) for number, one in enumerate(own) if number not in used]
    if lost:
        named = "; ".join(f"{one.name}, at best {overlap:.2f}" for one, overlap in lost[:SHOWN])
        more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
        warn(
            f"{len(lost)} imported captions of episode {episode} fit no clip (import_overlap is {least:g}): {named}{more}"
        )
    return matched


def _is_of(one: ImportedCaption, clips: Sequence[ClipContext], episode: str, master: str) -> bool:
    """Whether a caption can be of this episode's canonical master."""
    if one.source_sha256 is not None:
        return any(clip.span.source_sha256 == one.source_sha256 for clip in clips)
    if one.source_master is not None:
        return one.source_master == master
    return one.episode in (episode, None) and (one.episode is not None or one.sha256 is not None)


def _overlap(one: ImportedCaption, clip: ClipContext) -> float:
    if one.start_s is not None and one.end_s is not None:
        first: tuple[float, float] = (one.start_s, one.end_s)
        second: tuple[float, float] = (clip.start_s, clip.end_s)
    elif one.start_frame is not None and one.end_frame is not None:
        first, second = (one.start_frame, one.end_frame), clip.frames
    else:
        return 0.0
    common = min(first[1], second[1]) - max(first[0], second[0])
    whole = max(first[1], second[1]) - min(first[0], second[0])
    return max(0.0, common / whole) if whole > 0 else 0.0
