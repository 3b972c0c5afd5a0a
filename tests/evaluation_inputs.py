"""Inputs of evaluation sets for tests: a held-out film, one to train on, anchors, art and the outcome records of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from plating import PAPER, encoded, square
from scans import measure
from zips import packed

from footage import painted
from package_inputs import SIZE, Part, episode_input, fail
from reelwright.digest import file_sha256
from reelwright.evaluation.guard import EpisodeInputs
from reelwright.evaluation.material import ArtFiles, HeldEpisode
from reelwright.evaluation.pictures import Roots
from reelwright.evaluation.sets import SetInputs, TrainedEpisode, build_evaluation
from reelwright.files import read_json, read_jsonl, write_json, write_jsonl
from reelwright.outcome import Record, attempt
from reelwright.packages.select import EpisodeInput
from reelwright.spec.evaluation import KINDS, Sets

HELD = [Part(0, 20), Part(20, 45), Part(45, 70), Part(70, 95, usable=False), Part(95, 125)]
"""Clips of episode 20, of which frames 0 to 100 are held out: the last one is held out in part only."""

SAID = [
    {"location": "ice cave", "characters": ["Ida"], "outfits": {"Ida": "snow gear"}, "props": ["Hat"]},
    {"location": "ice cave", "characters": [], "outfits": {}, "action": "Bo lifts the moon lamp."},
    {"location": "pier", "characters": ["Bo"], "outfits": {"Bo": "coat"}},
    {"location": "mill", "characters": []},
    {"location": "barn", "characters": []},
]
"""What their captions say."""

MOVES = ["static", "pan_left", "static", "zoom_in", "tilt_up"]


def passed(path: Path, stage: str, item: str) -> Path:
    """The outcome record of a stage that went well."""
    with attempt(Record(stage, item, path), []):
        pass
    return path


def failed(path: Path, stage: str, item: str) -> Path:
    """The outcome record of a stage that failed."""
    from reelwright.errors import BadItem

    with attempt(Record(stage, item, path), []):
        raise BadItem("missing", "the disk was eaten")
    return path


def drawing(shift: int) -> np.ndarray:
    """A picture that no footage shows: stripes, others for each ``shift``."""
    rows, columns = np.mgrid[0:180, 0:320]
    stripes = ((rows * (1 + shift % 3) + columns * (2 + shift) // 3) // 11) % 2
    return np.repeat((stripes * 150 + 40).astype(np.uint8)[..., None], 3, axis=2)


def entry(key: str, name: str, *files: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entry of a dictionary."""
    fields = {"kind": None, "episodes": [], "season_wide": True, "prompt_token": name}
    return {"id": key, "name": name, **fields, "files": list(files), **more}


def file(path: str, archive: str | None = None, states: tuple[str, ...] = ()) -> dict[str, Any]:
    """A file of an entry."""
    return {"archive": archive, "path": path, "format": path.rsplit(".", 1)[1], "bytes": 9, "states": list(states)}


@dataclass
class Made:
    """A folder with everything in it."""

    root: Path
    held: EpisodeInput
    trained: EpisodeInput
    outcomes: dict[str, Path] = field(default_factory=dict)

    @property
    def results(self) -> Path:
        return self.root / "results"

    def build(self, *, art: bool = True, **sets: Any) -> dict[str, list[dict[str, Any]]]:
        """The sets, by kind."""
        folder = self.trained.probe.parent
        outputs = {kind: self.root / "evaluation" / f"{kind}.jsonl" for kind in KINDS}
        names = ("characters", "outfits", "props", "backgrounds")
        files = ArtFiles(
            {name: self.root / f"{name}.json" for name in names},
            self.root / "crosswalk.json", (self.outcomes["design"],),
            self.root / "usable_manifest.json", (self.outcomes["identity"],),
        )  # fmt: skip
        inputs = EpisodeInputs(
            self.trained.clips, self.trained.quality, folder / "01.npz", folder / "01.json", self.trained.outcomes[1:3]
        )
        held = HeldEpisode("20", self.held.clips, self.held.quality, self.held.captions, self.held.outcomes[1:])
        build_evaluation(
            SetInputs(
                self.root / "holdout.json", self.outcomes["holdout"], [held], [TrainedEpisode(inputs, ())],
                files if art else ArtFiles(), Roots(self.results, self.root / "art"),
            ),
            outputs, self.root / "sets.json",
            Record("build_evaluation", "sets", self.root / "outcomes" / "sets.json"),
            settings=Sets.model_validate(sets), trigger="spk",
        )  # fmt: skip
        return {kind: read_jsonl(path) for kind, path in outputs.items()}

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.root / "sets.json")
        return found

    @property
    def outcome(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.root / "outcomes" / "sets.json")
        return found

    def fail_captions(self) -> None:
        fail(self.held, "caption_clips", "missing", "the model is gone")


def make(root: Path) -> Made:
    """Draw and write all of it below ``root``."""
    trained = episode_input(root, "01", [Part(0, 45), Part(50, 95)])
    measure(trained.master, root / "01.npz")
    write_json(root / "01.json", {"source_sha256": file_sha256(trained.master), "time_base": "1/12800"})
    made = Made(root, episode_input(root, "20", HELD), trained)
    for name, stage, item in (
        ("design", "build_crosswalk", "design"),
        ("identity", "list_anchors", "identity"),
        ("holdout", "list_holdout", "holdout"),
    ):
        made.outcomes[name] = passed(root / "outcomes" / f"{name}.json", stage, item)
    _say(made)
    _write_art(root)
    sha256 = read_json(made.held.probe)["sha256"]
    write_json(root / "holdout.json", {"held": [{"source_sha256": sha256, "start_frame": 0, "end_frame": 100}]})
    return made


def _say(made: Made) -> None:
    """Label the clips of the held-out episode, and put their files where the rows say."""
    captions, quality, clips = (read_jsonl(path) for path in (made.held.captions, made.held.quality, made.held.clips))
    for row, said in zip(captions, SAID, strict=True):
        row |= said
        row["training_caption"] = f"spk, in the {said['location']}. {row['action']}".strip()
    for row, move in zip(quality, MOVES, strict=True):
        row["camera"] = {"move": move, "speed": 0.1, "pan": 0.0, "tilt": 0.0, "zoom": 1.0}
    for number, row in enumerate(clips):
        for role, suffix in (("clip", "mp4"), ("first_frame", "png"), ("sheet", "jpg")):
            row[role] = f"{role}s/{row['clip_id']}.{suffix}"
            path = made.results / row[role]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{role} {number}".encode())
    write_jsonl(made.held.captions, captions, "caption")
    write_jsonl(made.held.quality, quality, "quality")
    write_jsonl(made.held.clips, clips, "clip")


def _write_art(root: Path) -> None:
    cards, plates = root / "art" / "BG", root / "results" / "plates"
    for folder in (cards, plates):
        folder.mkdir(parents=True)
    # A still of the film that is trained on, from the middle of its first clip, and one that nobody has seen.
    cv2.imwrite(str(cards / "cave.png"), painted(1, 20, *SIZE))
    cv2.imwrite(str(cards / "pier.png"), drawing(1))
    (root / "art" / "03.zip").write_bytes(packed({"P/hat.png": encoded(drawing(2)), "P/lamp.psd": b"8BPS layers"}))
    anchors = []
    for name, who, verdict in (
        ("a", "Ida", "TRAIN"),
        ("b", "Ida", "EVAL_ONLY"),
        ("c", "Bo", "TRAIN"),
        ("d", "Bo", "TRAIN"),
    ):
        picture = square(300, 500, PAPER, (40, 60 + 50 * len(anchors), 120))
        (plates / f"{name}.png").write_bytes(encoded(picture[:, len(anchors) * 20 :]))
        anchors.append(
            {
                "plate_id": f"trio/{name}.psd",
                "character": who,
                "plate": f"plates/{name}.png",
                "source": f"CH/{name}.psd",
            }
            | {"verdict": verdict, "trains": verdict == "TRAIN", "weight": 1.0 if verdict == "TRAIN" else 0.25}
        )
    write_json(root / "usable_manifest.json", {"anchors": anchors})
    ida, bo = entry("character.ida", "Ida"), entry("character.bo", "Bo")
    outfits = [
        entry("outfit.ida.snow-gear", "snow gear", file("CH/a.psd"), file("CH/b.psd"), character="character.ida"),
        entry("outfit.bo.robe", "robe", file("CH/c.psd"), character="character.bo"),
    ]
    props = [
        entry("prop.hat", "hat", file("P/hat_line.png", "03.zip", ("line",)), file("P/hat.png", "03.zip", ("colour",))),
        entry("prop.moon-lamp", "moon lamp", file("P/lamp.psd", "03.zip")),
        entry("prop.sword", "sword", file("P/gone.png", "03.zip")),
    ]
    backgrounds = [
        entry("background.ice-cave", "ice cave", file("BG/cave.png")),
        entry("background.pier", "pier", file("BG/pier.png")),
    ]
    for name, entries in (
        ("characters", [ida, bo]), ("outfits", outfits), ("props", props), ("backgrounds", backgrounds)
    ):  # fmt: skip
        write_json(root / f"{name}.json", {"entries": entries})
    names = [("Hat", "prop.hat", "high"), ("Moon Lamp", "prop.moon-lamp", "medium"), ("Sword", "prop.sword", "high")]
    rows = [
        {
            "wiki_name": wiki,
            "dictionary": "props",
            "category": "gadget",
            "confidence": sure,
            "assets": [key],
            "prompt_token": None,
        }
        for wiki, key, sure in [*names, ("Powder", "prop.hat", "low")]
    ]
    write_json(root / "crosswalk.json", {"entries": rows})
