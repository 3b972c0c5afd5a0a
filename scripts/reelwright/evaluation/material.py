"""What evaluation sets are made of: clips that lie wholly in what is held out, usable anchors, and production art."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelwright.captions.verdict import bound_captions, may_evaluate
from reelwright.errors import BadItem
from reelwright.files import read_json, read_jsonl
from reelwright.manifest_refs import DesignFiles, DesignRefs
from reelwright.outcome import require


@dataclass(frozen=True)
class HeldEpisode:
    """The results of an episode of which something is held out."""

    episode: str
    clips: Path
    quality: Path
    captions: Path
    outcomes: tuple[Path, ...]
    """Outcome records of the three."""


@dataclass(frozen=True)
class ArtFiles:
    """What a build has of the design half and of the identity anchors; nothing where the spec has none."""

    dictionaries: Mapping[str, Path] = field(default_factory=dict)
    """By name."""
    crosswalk: Path | None = None
    design_outcomes: tuple[Path, ...] = ()
    anchors: Path | None = None
    """``identity/review/usable_manifest.json``."""
    anchor_outcomes: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Material:
    """All of it, read."""

    clips: Sequence[Mapping[str, Any]]
    """Usable clips of which every frame is held out: the fields of clip and caption, `camera`, `refs` (assets by
    id), `worn` (the asset of each character's outfit)."""
    anchors: Sequence[Mapping[str, Any]]
    assets: Mapping[str, Mapping[str, Any]]
    """Dictionary entries, by id."""
    crosswalk: Sequence[Mapping[str, Any]]
    absent: Mapping[str, str]
    """Why there are no `clips`, `anchors`, `design`, by these names."""


def _spans(holdout: Mapping[str, Any]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for one in holdout["held"]:
        found.setdefault(one["source_sha256"], []).append((one["start_frame"], one["end_frame"]))
    return found


def _clips_of(episode: HeldEpisode, spans: Mapping[str, Sequence[tuple[int, int]]]) -> list[dict[str, Any]]:
    """Its clips that may be items and of which every frame is held out: what else a clip shows is guarded by nobody."""
    require(episode.outcomes)
    kept = [
        row
        for row in read_jsonl(episode.clips)
        if row["kept"]
        and any(
            first <= row["start_frame"] and row["end_frame"] <= end
            for first, end in spans.get(row["source_sha256"], ())
        )
    ]
    quality = {row["clip_id"]: row for row in read_jsonl(episode.quality)}
    captions = bound_captions(episode.captions, kept)
    found = []
    for row in kept:
        caption, measured = captions[row["clip_id"]], quality[row["clip_id"]]
        if may_evaluate(measured, caption):
            found.append({**caption, **row, "camera": measured["camera"], "production_episode": episode.episode})
    return found


def _entries(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_json(path)["entries"]
    return found


def read_material(holdout: Path, episodes: Sequence[HeldEpisode], art: ArtFiles) -> Material:
    """Read it; what failed upstream is `absent`, with the reason, and the rest is there."""
    absent: dict[str, str] = {}
    clips: list[dict[str, Any]] = []
    spans = _spans(read_json(holdout))
    for episode in episodes:
        try:
            clips += _clips_of(episode, spans)
        except BadItem as error:
            absent["clips"] = "; ".join(
                filter(None, [absent.get("clips"), f"episode {episode.episode}: {error.message}"])
            )
    assets: dict[str, dict[str, Any]] = {}
    crosswalk: list[dict[str, Any]] = []
    refs = DesignRefs(None)
    if art.crosswalk is None:
        absent["design"] = "the spec has no part design"
    else:
        try:
            require(art.design_outcomes)
            assets = {one["id"]: one for path in art.dictionaries.values() for one in _entries(path)}
            crosswalk = _entries(art.crosswalk)
            refs = DesignRefs(DesignFiles(art.dictionaries, [art.crosswalk]))
        except BadItem as error:
            absent["design"] = error.message
    anchors: list[dict[str, Any]] = []
    if art.anchors is None:
        absent["anchors"] = "the spec has no part identity"
    else:
        try:
            require(art.anchor_outcomes)
            anchors = read_json(art.anchors)["anchors"]
        except BadItem as error:
            absent["anchors"] = error.message
    return Material([_with_refs(clip, refs) for clip in clips], anchors, assets, crosswalk, absent)


def _with_refs(clip: dict[str, Any], refs: DesignRefs) -> dict[str, Any]:
    """A clip with the assets it shows, and the asset of each character's outfit by the character's name."""
    alone = {**clip, "characters": [], "location": None, "props": []}
    worn = {
        who: refs.of({**alone, "outfits": {who: outfit}})["official_design_refs"]
        for who, outfit in clip["outfits"].items()
    }
    everything = [one for several in refs.of(clip).values() for one in several]
    return {**clip, "refs": everything, "worn": {who: found[0] for who, found in worn.items() if found}}
