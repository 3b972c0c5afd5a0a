"""Actors as they are delivered: a roster, folders with images of every kind, legacy metadata."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reelwright.actors.action_plan import Aim
from reelwright.actors.discovery import ActorListing
from reelwright.actors.evaluate import Asking, Outputs, evaluate_actor
from reelwright.actors.measure import Limits
from reelwright.actors.planning import Planned, Shared, plan_actors
from reelwright.files import read_json
from reelwright.outcome import Record
from reelwright.spec.actors import Measuring, Target
from reelwright.spec.generation import Generation

LIMITS = Limits(**Measuring().model_dump())
"""Those of a spec that states none."""

Pixels = NDArray[np.uint8]


def scene(number: int, width: int = 320, height: int = 240, gray: bool = False) -> Pixels:
    """A sharp, uneven picture in many colours (or greys) that no other number has."""
    random = np.random.default_rng(number)
    small = random.integers(30, 226, (6, 8, 3), np.uint8)
    pixels = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST))
    fine = random.integers(-20, 21, (height, width, 1))
    pixels = np.clip(pixels.astype(int) + fine, 0, 255).astype(np.uint8)
    return np.repeat(pixels.mean(2, keepdims=True).astype(np.uint8), 3, 2) if gray else pixels


def encoded(pixels: Pixels | Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """A picture as a file."""
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, form, **({"quality": 92} if form == "JPEG" else {}) | options)
    return buffer.getvalue()


def deliver(
    folder: Path, actors: Mapping[str, Mapping[str, bytes] | None], roster: Iterable[Any] | None = None
) -> Path:
    """Files of ``training_data/`` of each actor (None: no folder at all) and a roster of all; returns the folder."""
    for actor, files in actors.items():
        if files is None:
            continue
        place = folder / "actors" / actor / "training_data"
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (place / name).write_bytes(data)
    rows = [{"name": actor} for actor in actors] if roster is None else list(roster)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "actorsData.json").write_text(json.dumps(rows))
    return folder


def image_set(actor: str, colour: int, gray: int, first: int = 0, **options: Any) -> dict[str, bytes]:
    """``colour`` and then ``gray`` images of an actor, by file name."""
    total = colour + gray
    return {
        f"{actor}_{number}.jpg": encoded(scene(1000 * first + number, gray=number >= colour, **options))
        for number in range(total)
    }


def measured(listing: ActorListing, actor: str, out: Path) -> Any:
    """The evaluation of an actor, by measurements alone, made in the folder ``out``; None where it failed."""
    images = [Path(path) for path in listing.images(actor)]
    outputs = Outputs(out / "composite.jpg", out / "evaluation.json")
    asking = Asking(None, None, answers=out / "answers", ledger=out / "ledger", store=out / "store")
    record = Record("evaluate_actor", actor, out / "evaluated.json")
    evaluate_actor(actor, images, outputs, record, limits=LIMITS, asking=asking)
    return read_json(outputs.evaluation)


def plan_of(listing: ActorListing, actor: str, out: Path, decisions: Path | None = None) -> Any:
    """The plan of an actor that was ``measured`` into ``out``; None where it failed."""
    plan = out / "plans" / f"{actor}_action_plan.json"
    planned = Planned(
        actor,
        Aim(Target(), None, Generation(), 0),
        evaluation=out / "evaluation.json",
        evaluation_outcome=out / "evaluated.json",
        metadata=tuple(map(Path, listing.metadata(actor))),
        description=next(map(Path, listing.description(actor)), None),
        out=plan,
        record=Record("plan_actors", actor, out / "planned.json"),
    )
    shared = Shared(None, decisions, LIMITS.duplicate_bits)
    plan_actors(
        [planned], plan.parent / "summary.json", shared, Record("plan_actors", "decisions", out / "decisions.json")
    )
    return read_json(plan)
