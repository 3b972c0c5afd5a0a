"""What can become an item of each evaluation set: prompt, pictures or clip, and what is expected to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelwright.captions.row import CAMERA_SENTENCES
from reelwright.evaluation.choice import Candidate, Medium, rank
from reelwright.evaluation.material import Material
from reelwright.manifest_refs import SURE
from reelwright.names import plain_words
from reelwright.spec.titles import slug

RASTER = frozenset({"png", "jpg", "jpeg", "webp"})
"""Formats of art that are read in a moment; a layered document is taken only where there is nothing else."""

VIEWS = (
    "full body, facing the camera",
    "full body, three-quarter view",
    "close-up of the face",
    "seen from the side, walking",
    "waist up, talking",
    "running towards the camera",
)
"""What prompts for a character ask for besides (our choice: faces are lost first when small, in profile, in motion)."""

BACKGROUNDS = 3
"""Most drawings of its location that an item has (our choice: what somebody takes in at a glance)."""

SPEEDLINES = "speedlines"
"""Kind of backgrounds that show motion lines and no place."""


@dataclass(frozen=True)
class Wording:
    """What prompts and choices need to know of the spec."""

    trigger: str | None
    """The word that the LoRA answers to."""
    seed: int

    def prompt(self, *parts: str) -> str:
        """A prompt of these parts, the trigger first."""
        return f"{', '.join(filter(None, [self.trigger, *parts]))}."


Clip = Mapping[str, Any]


def _span(clip: Clip) -> dict[str, Any]:
    fields = ("clip_id", "source_id", "source_sha256", "start_frame", "end_frame", "start_s", "end_s")
    return {name: clip[name] for name in fields}


def _of_clip(clip: Clip, *roles: str) -> tuple[Medium, ...]:
    return tuple(Medium(role, "results", clip[role]) for role in roles)  # type: ignore[arg-type]


def _mentions(text: str, name: str) -> bool:
    """Whether a text has a name in it, word for word."""
    words = plain_words(name)
    return bool(words) and f" {words} " in f" {plain_words(text)} "


def _candidate(
    name: str, clip: Clip, label: str, labels: Mapping[str, Any], media: Sequence[Medium], *, asked: str, sentence: str
) -> Candidate:
    """An item that a held-out clip shows. The prompt is its own caption, and ``sentence`` where that doesn't say ``asked``."""
    said = {**labels, "episode": clip["production_episode"], "caption_source": clip["caption_source"]}
    caption = clip["training_caption"]
    prompt = caption if _mentions(caption, asked) else f"{caption} {sentence}".strip()
    manifest = f"captions/ep{clip['production_episode']}.jsonl"
    return Candidate(f"{name}.{clip['clip_id']}", label, prompt, said, tuple(media), manifest, _span(clip))


def _plate(anchor: Mapping[str, Any]) -> Medium:
    return Medium("reference", "results", anchor["plate"], trained=anchor["trains"])


def _identity(material: Material, wording: Wording) -> Iterator[Candidate]:
    for one in material.anchors:
        view = VIEWS[int(rank(wording.seed, one["plate_id"]), 16) % len(VIEWS)]
        labels = {"character": one["character"], "verdict": one["verdict"], "weight": one["weight"]}
        yield Candidate(
            f"identity.{one['plate_id']}",
            one["character"],
            wording.prompt(one["character"], view),
            labels,
            (_plate(one),),
            "identity/review/usable_manifest.json",
            # What never trains comes first.
            prefer=int(one["trains"]),
        )


def _in_archive(file: Mapping[str, Any]) -> str:
    return f"{file['archive']}/{file['path']}" if file["archive"] else str(file["path"])


def _plates_of(asset: Mapping[str, Any], anchors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The anchors that were exported from a file of an asset, those that never train first."""
    sources = {_in_archive(file) for file in asset["files"]}
    found = [one for one in anchors if one["source"] in sources]
    return sorted(found, key=lambda one: (one["trains"], one["plate_id"]))


def _outfit(material: Material, wording: Wording) -> Iterator[Candidate]:
    outfits = {key: one for key, one in material.assets.items() if key.startswith("outfit.")}
    plates = {key: _plates_of(one, material.anchors) for key, one in outfits.items()}
    for clip in material.clips:
        for who, outfit in clip["outfits"].items():
            if not outfit:
                continue
            asset = clip["worn"].get(who)
            name = (asset or f"outfit.{slug(who)}.{slug(outfit)}").removeprefix("outfit.")
            labels = {"character": who, "outfit": outfit, "asset": asset}
            shown = plates.get(asset or "", [])[:1]
            media = [*_of_clip(clip, "first_frame", "clip"), *map(_plate, shown)]
            sentence = f"{who} wears the {outfit}."
            yield _candidate(f"outfit.{name}", clip, name, labels, media, asked=outfit, sentence=sentence)
    for key, asset_plates in plates.items():
        for plate in asset_plates[:1]:
            who, name = plate["character"], outfits[key]["name"]
            prompt = wording.prompt(f"{who} wearing {outfits[key]['prompt_token']}", "full body")
            labels = {"character": who, "outfit": name, "asset": key}
            label = key.removeprefix("outfit.")
            yield Candidate(key, label, prompt, labels, (_plate(plate),), "design/outfits.json", prefer=1)


def picture_of(asset: Mapping[str, Any]) -> Medium | None:
    """The drawing that stands for an asset: in colour, in a format that is read in a moment, the smallest such file."""
    files = [file for file in asset["files"] if file["bytes"]]
    if not files:
        return None
    best = min(
        files,
        key=lambda file: (
            file["format"] not in RASTER,
            bool({*file["states"]} - {"colour"}),
            file["bytes"],
            file["path"],
        ),
    )
    return Medium("reference", "design", best["path"], best["archive"], trained=True)


def _prop(material: Material, wording: Wording) -> Iterator[Candidate]:
    for row in material.crosswalk:
        if row["dictionary"] != "props" or row["confidence"] not in SURE:
            continue
        for key in row["assets"]:
            asset = material.assets[key]
            picture = picture_of(asset)
            if picture is None:
                continue
            labels = {
                "prop": row["wiki_name"],
                "asset": key,
                "category": row["category"],
                "confidence": row["confidence"],
            }
            name, token = key.removeprefix("prop."), row["prompt_token"] or asset["prompt_token"]
            sentence = f"The {token} is seen."
            for clip in material.clips:
                if key in clip["refs"] or _names(clip, asset, (row["wiki_name"], token, asset["name"])):
                    media = [picture, *_of_clip(clip, "first_frame", "clip")]
                    yield _candidate(f"prop.{name}", clip, name, labels, media, asked=token, sentence=sentence)
            category = "" if row["category"] == "prop" else f"a {row['category']}"
            prompt = wording.prompt(f"close-up of the {token}", category)
            yield Candidate(key, name, prompt, labels, (picture,), "design/crosswalk.json", prefer=1)


def _names(clip: Clip, asset: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether a clip's caption names a prop that exists in its episode."""
    if not asset["season_wide"] and asset["episodes"] and clip["production_episode"] not in asset["episodes"]:
        return False
    said = f"{clip['training_caption']} {clip['structured_caption']}"
    return any(_mentions(said, name) for name in names)


def _background(material: Material, wording: Wording) -> Iterator[Candidate]:
    for clip in material.clips:
        if clip["location"]:
            shown = [key for key in clip["refs"] if key.startswith("background.")]
            assets = [key for key in shown if SPEEDLINES not in (material.assets[key]["kind"] or "")]
            pictures = [one for key in assets if (one := picture_of(material.assets[key]))][:BACKGROUNDS]
            labels = {"location": clip["location"], "assets": assets, "characters": clip["characters"]}
            name = slug(clip["location"])
            media = [*_of_clip(clip, "first_frame"), *pictures]
            sentence = f"In the {clip['location']}."
            yield _candidate(f"background.{name}", clip, name, labels, media, asked=clip["location"], sentence=sentence)


def _motion(material: Material, wording: Wording) -> Iterator[Candidate]:
    for clip in material.clips:
        if clip["camera"]:
            labels = {
                "camera": dict(clip["camera"]),
                "caption": clip["training_caption"],
                "action": clip["action"],
                "characters": clip["characters"],
                "location": clip["location"],
            }
            media = _of_clip(clip, "clip", "first_frame", "sheet")
            move, sentence = clip["camera"]["move"], CAMERA_SENTENCES.get(clip["camera"]["move"], "")
            yield _candidate("motion", clip, move, labels, media, asked=sentence, sentence=sentence)


@dataclass(frozen=True)
class Kind:
    """One evaluation set."""

    candidates: Callable[[Material, Wording], Iterator[Candidate]]
    needs: str
    """What more of it would be made of, for a message."""
    made_of: tuple[str, ...]
    """The parts of the material that its items are made of."""


SETS: Mapping[str, Kind] = {
    "identity": Kind(_identity, "usable anchors", ("anchors",)),
    "outfit": Kind(_outfit, "held-out clips with outfits, or usable plates of outfits", ("clips", "anchors", "design")),
    "prop": Kind(_prop, "props that the crosswalk is sure of, with files", ("design",)),
    "background": Kind(_background, "usable held-out clips with a location", ("clips",)),
    "motion": Kind(_motion, "usable held-out clips whose camera was measured", ("clips",)),
}
"""The sets, by name."""


def unique(candidates: Iterator[Candidate]) -> list[Candidate]:
    """The candidates, the first of each id: two names of the wiki may mean one asset."""
    found: dict[str, Candidate] = {}
    for one in candidates:
        found.setdefault(one.item_id, one)
    return list(found.values())
