"""Which actors the demo delivers, with every kind of trouble. Read while the Snakefile is parsed: it imports nothing heavy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelwright.spec.model import Spec

FOLDER = "actor_data"
"""Where they lie below the delivery."""

ROSTER = "actorsData.json"

TRUTH = "truth/actors.json"
"""Below the delivery: what every image is. It is there once the actors are drawn."""

EVALUATIONS = "evaluations.jsonl"
"""Evaluations that somebody had made before, of ``EVALUATED``: what each image was drawn as."""

BALANCED, SURPLUS, SHORT, TROUBLED, OUT_OF_STEP, NO_IMAGES, NO_FOLDER, BAD_METADATA = ACTORS = (
    "0000_fen_16_male",
    "0001_sky_15_female",
    "0002_isle_34_female",
    "0003_moor_71_male",
    "0004_vale_52_male",
    "0005_fen_30_female",
    "0006_sky_44_male",
    "0007_isle_9_female",
)
"""The roster, by what is the matter with each."""

EVALUATED = (BALANCED, SURPLUS, OUT_OF_STEP)

STYLES = {
    "film": "photorealistic",
    "ink": "bw_stylized",
    "charcoal": "bw_stylized",
    "sepia": "bw_stylized",
    "watercolour": "color_stylized",
    "comic": "color_stylized",
}
"""How images are drawn, and the class of each. What stands for a photograph is drawn too: soft, lit and grainy."""


@dataclass(frozen=True)
class Drawing:
    """One image."""

    actor: str
    number: int
    style: str
    trouble: str = ""
    """``blur dark blank small symmetry`` (measurable); ``copy resaved`` (of the actor's first image); ``cut_off no_image``
    (broken); ``spot`` (of colour); ``turned cmyk deep alpha moving big`` (unusual files, and nothing wrong)."""
    suffix: str = "jpg"

    @property
    def name(self) -> str:
        """File name."""
        return f"{self.actor}_{self.number}.{self.suffix}"


def _several(actor: str, first: int = 0, **styles: int) -> list[Drawing]:
    names = [style for style, count in styles.items() for _ in range(count)]
    return [Drawing(actor, first + place, style) for place, style in enumerate(names)]


def demo_drawings() -> dict[str, Drawing]:
    """Every image by its path below the folder of the actors; base images have the number -1."""
    troubled = (
        ("film", "blur", "jpg"), ("film", "dark", "jpg"), ("film", "blank", "jpg"), ("film", "small", "jpg"),
        ("film", "symmetry", "jpg"), ("film", "copy", "jpg"), ("film", "resaved", "jpg"), ("film", "cut_off", "jpg"),
        ("film", "no_image", "jpg"), ("ink", "spot", "jpg"), ("charcoal", "spot", "jpg"), ("sepia", "", "jpg"),
        ("film", "turned", "jpg"), ("watercolour", "cmyk", "jpg"), ("charcoal", "deep", "png"), ("comic", "alpha", "png"),
        ("ink", "moving", "png"), ("film", "big", "jpg"),
    )  # fmt: skip
    drawings = [
        *_several(BALANCED, film=13, ink=2, charcoal=1, sepia=1, watercolour=2, comic=1),
        *_several(SURPLUS, film=16, ink=3, charcoal=1, watercolour=2, comic=2),
        *_several(SHORT, film=4, ink=1, watercolour=1),
        Drawing(TROUBLED, 0, "film"),
        *(Drawing(TROUBLED, place, *one) for place, one in enumerate(troubled, 1)),
        *_several(OUT_OF_STEP, film=9, charcoal=3, sepia=1),
        *_several(BAD_METADATA, film=3, comic=2),
    ]
    found = {f"actors/{one.actor}/training_data/{one.name}": one for one in drawings}
    for actor in dict.fromkeys(one.actor for one in drawings):
        found[f"actors/{actor}/base_image/{actor}_base.png"] = Drawing(actor, -1, "film", suffix="png")
    return found


def demo_texts() -> dict[str, str]:
    """Every other file by its path below the folder of the actors, as text."""
    drawings = [one for one in demo_drawings().values() if one.number >= 0]

    def place(actor: str, name: str) -> str:
        return f"actors/{actor}/training_data/{name}"

    def told(one: Drawing) -> dict[str, Any]:
        return {"prompt": f"A {one.style} picture of the actor, number {one.number}", "seed": 100 + one.number}

    def url(one: Drawing) -> str:
        return f"https://demo-bucket.s3.us-west-1.amazonaws.com/custom-actors/{one.actor}/training_data/{one.name}"

    of = {actor: [one for one in drawings if one.actor == actor] for actor in ACTORS}
    named = {one.name: {**told(one), "s3_url": url(one)} for one in of[SURPLUS]}
    uploads = [{**told(one), "index": one.number, "s3": {"Location": url(one), "ETag": "demo"}} for one in of[SHORT]]
    lost = [Drawing(OUT_OF_STEP, number, "film") for number in (40, 41)]
    rows = [{"file": one.name, **told(one), "url": url(one)} for one in (*of[OUT_OF_STEP][:-1], *lost)]
    whole = [{"file": one.name, **told(one), "url": url(one)} for one in of[BALANCED]]
    data: dict[str, Any] = {
        ROSTER: [{"name": actor} for actor in ACTORS],
        "actor_manifests/0000_manifest.json": {"gender": "male", "age": 16},
        "actor_manifests/0003_manifest.json": {"descriptor": "old man"},
        place(BALANCED, "manifest.json"): {"images": whole},
        place(SURPLUS, "prompt_metadata.json"): named,
        place(SHORT, "response.json"): {"id": "demo", "images": uploads},
        place(OUT_OF_STEP, "manifest.json"): {"images": rows},
        place(NO_IMAGES, "response.json"): {"images": []},
    }
    texts = {path: json.dumps(one, indent=2) + "\n" for path, one in data.items()}
    rows_of = (json.dumps(_evaluated(one)) for actor in EVALUATED for one in of[actor])
    texts[EVALUATIONS] = "".join(f"{row}\n" for row in rows_of)
    return {**texts, place(BAD_METADATA, "prompt_metadata.json"): '{"0007_isle_9_female_0.jpg": {"prompt": "cut off'}


def _evaluated(one: Drawing) -> dict[str, Any]:
    """What somebody had said of an image: one in five is not as good as the others."""
    quality = 6 if one.number % 5 == 3 else 8
    said = {"class": STYLES[one.style], "quality": quality, "defects": ["gaze_into_camera"] if quality < 8 else []}
    return {"actor": one.actor, "file": one.name, **said, "model": "demo-evaluator"}


def demo_actors() -> list[str]:
    """Every file that is drawn, by its path below the folder of the actors."""
    return [*demo_drawings(), *demo_texts()]


def drawn_actors(spec: Spec) -> dict[str, str] | None:
    """The files that stand in for the disk until the demo has drawn them; None where there is a disk to look at."""
    if spec.demo is None or spec.actors is None or Path(spec.sources.folder, TRUTH).exists():
        return None
    return {**dict.fromkeys(demo_drawings(), ""), **demo_texts()}


def actors_truth() -> dict[str, Any]:
    """What is true of each image, by its path."""
    return {
        path: {
            "class": STYLES[one.style],
            "black_and_white": STYLES[one.style] == "bw_stylized" and one.trouble != "spot",
            "trouble": one.trouble,
        }
        for path, one in demo_drawings().items()
        if one.number >= 0
    }
