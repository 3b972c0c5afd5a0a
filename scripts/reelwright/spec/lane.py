"""The design lane of the part `packages`: image packages made of production art alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reelwright.spec.captions import Term
from reelwright.spec.identity import CharacterName
from reelwright.spec.section import FilePattern, ModelName, Section

IMAGE_TEMPLATE = (
    "{% if trigger %}{{ trigger }}, {% endif %}{{ subject }}{% if states %}, {{ states }}{% endif %}, {{ layout }}"
)
"""The trigger word, what is shown, in which state, and as which kind of drawing."""

IMAGE_VARIABLES = frozenset(
    {"trigger", "subject", "name", "category", "kind", "character", "states", "version", "episodes", "location"}
    | {"layout", "show"}
)
"""What the template of a design package can say."""


ImageTrainerName = Literal["diffsynth", "imagefolder", "ai-toolkit", "musubi"]
"""A trainer, or loader, that packages of images are exported to."""


class DesignCategory(Section):
    """How much of a design package a category of production art is."""

    share: float = Field(gt=0, le=1000)
    """How often its images are drawn in training, against the shares of the other categories: with 3 for outfits and 1 for
    props three of four draws are outfits, however many images there are of each."""
    max_images: int | None = Field(None, ge=1)
    """Most images of the category; all of them where left out."""
    max_per_asset: int | None = Field(None, ge=1)
    """Most images of one asset, so that no prop with twenty states stands for all props."""


class DesignPackage(Section):
    """A training package of images from production art; never a frame of a master."""

    lane: Literal["design"]
    """Lanes are never mixed: `design` takes production art below `design.folder` only."""
    model: ModelName
    """The model it is for: fixes the step of sizes (16, 32 pixels)."""
    categories: dict[Term, DesignCategory] = Field(min_length=1)
    """What it is made of: dictionaries (`characters`, `outfits`, `props`, `backgrounds`, `style_guides`) and kinds that the
    part `design` knows (`gadget`, `speedlines`, `key art`); a kind takes its art out of the dictionary's. What is in no
    category is left out."""
    characters: list[CharacterName] | None = Field(None, min_length=1)
    """Whose art it takes in characters and outfits; everybody's where left out."""
    balance: list[list[CharacterName]] = Field([])
    """Characters that are to be drawn equally often, by groups, however much art there is of each: `[[Sam, Clover, Alex]]`."""
    max_per_character: int | None = Field(None, ge=1)
    """Most images of one character, outfits included."""
    max_sheet_share: float = Field(0.2, ge=0, le=1)
    """Largest share of draws that show sheets, several figures or views side by side: more of them teach a model to draw
    reference sheets (the figure is our choice)."""
    sheet_names: list[FilePattern] = Field(
        ["*turn*", "*expression*", "*line*up*", "*model*sheet*", "*poses*", "*mouths*", "*size*comp*"]
    )
    """File names of sheets; what has several figures before an even background counts as one whatever it is called."""
    leave_out: list[Term] = Field(["rough", "line"])
    """States of drawings that are left out: what is not coloured would be learned as the show's look."""
    min_confidence: Literal["high", "medium", "low"] = "medium"
    """How sure the reading of a file's name has to be: captions come from names."""
    untightened: bool = False
    """Whether strict identity anchors that nobody has tightened yet may be in it. EVAL_ONLY and EXCLUDE never are."""
    long_side: int = Field(1024, ge=64, le=2048)
    """Longest side of an image in pixels, a multiple of the model's step; smaller art is not enlarged."""
    max_pixels: int = Field(1024 * 1024, ge=4096)
    """Largest image in pixels (DiffSynth-Studio takes so many without shrinking)."""
    min_side: int = Field(384, ge=16)
    """Longest side in pixels below which a drawing is left out (our choice: half of what a trainer would show)."""
    trainers: list[ImageTrainerName] = Field(["diffsynth", "imagefolder", "ai-toolkit", "musubi"], min_length=1)
    """Trainers and loaders that it is exported to, below `trainers/`: such as know repeats, or are given each row as often."""
    format: Literal["png", "jpg"] = "png"
    """Format of the images."""
    quality: int = Field(95, ge=1, le=100)
    """JPEG quality, for `format: jpg`."""
    max_repeats: int = Field(10, ge=1, le=1000)
    """How often an image is repeated in an epoch, on average of those that are drawn most. Where shares ask for more, images of
    the categories with too many are left out, by rank (our choice: beyond ten a LoRA learns the single drawing)."""
    duplicate_bits: int = Field(2, ge=-1, le=64)
    """Largest distance (bits of 64) of perceptual hashes at which two drawings in the same colours are the same: one of them is
    taken. -1 keeps all."""
    max_failed_share: float = Field(0.1, ge=0, le=1)
    """Share of the drawings that may be damaged or missing before the package can't be made (our choice, as for captions)."""
    template: str = Field(IMAGE_TEMPLATE, min_length=1)
    """The caption as a Jinja template of `trigger` (of `captions`), `subject` (a phrase on what is shown), `states`, `layout`
    (kind of drawing; "model sheet" for sheets), `name`, `category`, `kind`, `character`, `version`, `episodes`, `location`,
    `show`."""
    seed: int = 0
    """Seed of the selection by rank of sha256(seed, file): more art never reshuffles it."""
