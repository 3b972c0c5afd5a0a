"""Quality: which clips are worth looking at, judged by the scan's measurements before anybody pays for a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from reelwright.decisions import Decision, apply_decisions, read_decisions
from reelwright.files import read_json, read_jsonl, write_jsonl
from reelwright.outcome import Notes, Record, attempt, require, succeeded
from reelwright.quality.duplicates import EarlierClips
from reelwright.quality.judge import FLAGGED_SHARE, Master, look_at, measure_clip, quality_row, shared_bars
from reelwright.quality.picture import Bars, crop_of
from reelwright.quality.recurring import UnwantedFootage
from reelwright.scan.file import Scan
from reelwright.spec.quality import EVAL_ONLY, Quality
from reelwright.spec.recurring import Recurring

__all__ = ["KEPT", "EpisodeInputs", "measure_quality"]

DECISIONS = ("usable", EVAL_ONLY, "exclude")
"""What a person can decide about a clip in ``config/<project>/decisions/clips.csv``; it outweighs every measurement.

``eval_only`` keeps a clip out of every package; where it is held out, evaluation sets may show it. Its
``sha256`` is that of the master: with the clip id it names the frames that were looked at."""

KEPT = Recurring()
"""Recurring footage as it is by default: left alone."""


@dataclass(frozen=True)
class EpisodeInputs:
    """What the clips of one episode are judged by."""

    episode: str
    """Two digits."""
    clips: Path
    clips_outcome: Path
    scan: Path


def _decided(row: dict[str, Any], decision: Decision | None) -> dict[str, Any]:
    """A quality row with a person's decision applied: its reasons are those that hold after it."""
    if decision is None:
        return row
    said = {"decision": decision.decision, "reason": decision.reason, "reviewer": decision.reviewer}
    reasons = {"usable": [], EVAL_ONLY: [EVAL_ONLY]}.get(decision.decision, [*row["reasons"], "decision"])
    return {**row, "usable": not reasons, "reasons": reasons, "decision": said}


def _decisions(path: Path, kept: list[dict[str, Any]], episode: str, notes: Notes) -> dict[str, Decision]:
    """The decisions that hold for the kept clips of an episode; those that no longer fit become warnings."""
    decisions = [one for one in read_decisions(path, DECISIONS) if one.item.startswith(f"ep{episode}_")]
    met = apply_decisions({clip["clip_id"]: clip["source_sha256"] for clip in kept}, decisions)
    for one in met.stale:
        notes.warn(f"{path.name}: {one.item} was decided about another master; look at it again")
    for one in met.unknown:
        notes.warn(f"{path.name}: there is no clip {one.item} any more; its decision is not applied")
    return met.applied


def _master(scan: Path, header: dict[str, Any], probe: dict[str, Any], episode: str, notes: Notes) -> Master:
    """What the clips of a master are judged with."""
    flagged = header["interlaced_frames"] / max(1, header["frames"])
    if FLAGGED_SHARE <= flagged <= 1 - FLAGGED_SHARE:
        notes.warn(
            f"episode {episode}: {flagged:.0%} of the frames are flagged as interlaced and are deinterlaced; "
            "whether the others are combed is not judged"
        )
    return Master(Scan(scan), Fraction(header["time_base"]), probe["rotation"], flagged >= FLAGGED_SHARE)


def _say_bars(shared: Bars, clip: dict[str, Any], master: Master, episode: str, notes: Notes) -> None:
    """Warn of bars that a whole episode has, with the rectangle of its clips (``clip`` is any of them) within them."""
    crop = crop_of(shared, clip["width"], clip["height"], master.turns)
    if crop:
        upright = shared.turned(master.turns)
        kinds = " and ".join(name for name in ("letterbox", "pillarbox") if getattr(upright, name))
        notes.warn(
            f"episode {episode} has black bars throughout ({kinds}): its picture is {crop['width']}x{crop['height']} "
            f"at {crop['x']},{crop['y']} of the clips, and models learn bars like anything else"
        )


def _sound_clips(earlier: Sequence[EpisodeInputs], episode: str, notes: Notes) -> EarlierClips:
    """The clips of the ``earlier`` episodes that didn't fail; those that did become warnings."""
    sound = []
    for one in earlier:
        if succeeded(one.clips_outcome):
            sound.append((one.clips, one.scan))
        else:
            notes.warn(f"episode {episode}: not compared with episode {one.episode}, which failed")
    return EarlierClips(sound)


def measure_quality(
    inputs: EpisodeInputs,
    header: Path,
    probe: Path,
    earlier: Sequence[EpisodeInputs],
    decisions: Path,
    out: Path,
    record: Record,
    *,
    settings: Quality,
    dedupe_threshold: int,
    recurring: Path | None = None,
    recurring_settings: Recurring = KEPT,
) -> None:
    """Write the quality rows of one episode's kept clips to ``out``; people's ``decisions`` outweigh measurements.

    ``header`` and ``probe`` are those of its master. ``earlier``: the lower-numbered episodes, whose clips its own must not
    repeat by ``dedupe_threshold`` bits; those that failed are left out. ``recurring``: what comes back in the season, for
    ``recurring_settings`` to say what becomes of it; None where nothing does. Nothing is decoded. Raises SpecError where the
    decisions file is not valid.
    """
    with attempt(record, [out]) as notes:
        require([inputs.clips_outcome])
        master = _master(inputs.scan, read_json(header), read_json(probe), inputs.episode, notes)
        kept = [clip for clip in read_jsonl(inputs.clips) if clip["kept"]]
        decided = _decisions(decisions, kept, inputs.episode, notes)
        thumbs = [look_at(clip, master.scan, settings) for clip in kept]
        shared = shared_bars(thumbs)
        measured = [measure_clip(one, shared, master, settings) for one in thumbs]
        if kept:
            _say_bars(shared, kept[0], master, inputs.episode, notes)
        others = _sound_clips(earlier, inputs.episode, notes)
        unwanted = UnwantedFootage(recurring, read_json(probe)["source_id"], recurring_settings)
        rows = []
        for clip, one in zip(kept, measured, strict=True):
            twin = others.twin(clip, master.scan["phash"], dedupe_threshold)
            recurs = unwanted.holds(clip)
            row = quality_row(clip["clip_id"], one, shared.turned(master.turns), twin, recurs, settings)
            rows.append(_decided(row, decided.get(clip["clip_id"])))
        write_jsonl(out, rows, "quality")
