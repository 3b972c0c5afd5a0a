"""The part `identity` of the spec: plates of characters, and the identity anchors chosen among them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.models import Ollama, OpenAI, asked_model
from reelwright.spec.section import FilePattern, Name, RelativePath, Section

CharacterName = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=64)]
"""A character, as the season bible has it."""

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
"""A colour in sRGB."""

PROMPT = Path(__file__).resolve().parents[3] / "config" / "prompts" / "review.jinja"
"""The prompt that is used where the spec names none."""


class PlateSet(Section):
    """Character plates that belong together: the main trio, the supporting cast..."""

    characters: dict[CharacterName, list[RelativePath]] = Field(min_length=1)
    """Whose plates, and where they lie below `identity.folder`: files (`01_CH/SAM/TS_700_CH_SAM_TURN.psd`), all files of a
    folder that fit a pattern (`01_CH/SAM/*.psd`, `01_CH/SAM/*`), or members of an archive (`04_CH.zip/GUESTS/ZERLINA/*`)."""
    per_character: int | None = Field(None, ge=1)
    """Most candidates a character; all of them where left out."""


class Plates(Section):
    """How a plate is made of a production file."""

    size: int = Field(2048, ge=64, le=8192)
    """Longest side in pixels; smaller pictures are never enlarged, for nothing would be gained but blur. Drawings without
    pixels (AI, PDF) are rendered at this size."""
    background: Colour = "#ffffff"
    """What shows through where a picture is transparent: trainers and models take no alpha, and would see black."""
    max_memory_gb: float = Field(4.0, gt=0)
    """Memory that one picture may take while it is decoded, in gigabytes, estimated from its size; two are decoded at a time.
    4 GB are enough for 440 million pixels of a plain picture, and for the layers of 31 million."""
    max_file_gb: float = Field(4.0, gt=0)
    """Largest file that is read, in gigabytes (psd-tools reads layered documents whole)."""


class Candidates(Section):
    """Which plates become candidates for anchors, and are reviewed."""

    include: list[FilePattern] = Field(["*"], min_length=1)
    """File names that a candidate has one of; the first ones are taken first where there is a limit a character."""
    exclude: list[FilePattern] = Field([])
    """File names that no candidate has, such as `*_rough*`."""
    min_side: int = Field(512, ge=1)
    """Least longest side in pixels (our choice: half of what an anchor for training needs)."""
    duplicate_bits: int = Field(2, ge=-1, le=64)
    """Largest distance (bits of 64) of perceptual hashes at which two plates of a character are the same picture, as a PSD and
    its JPG: only the truer one is a candidate. -1 keeps all."""
    seed: int = 0
    """Seed of the choice, by rank of sha256(seed, plate), where there are more plates than `per_character`."""


class Review(Section):
    """Who looks at the candidates, and from when on a plate is an anchor."""

    backend: Literal["measurements", "ollama", "openai"] = "measurements"
    """`measurements` goes by what can be measured and by file names, without a model: it can't tell who is drawn. `ollama` and
    `openai` ask a vision-language model about each candidate."""
    ollama: Ollama = Ollama()
    """How Ollama is reached, for `backend: ollama`."""
    openai: OpenAI = OpenAI()
    """How OpenAI, or a server that speaks its API, is reached, for `backend: openai`."""
    prompt: RelativePath | None = None
    """The prompt for a model, a Jinja template to copy and edit; `config/prompts/review.jinja` where left out."""
    image_size: int = Field(1024, ge=224, le=4096)
    """Longest side in pixels of the picture that the model is shown: lines stay clear, and it fits 8,192 tokens."""
    ask_again: int = Field(2, ge=0, le=10)
    """Times a model is asked again, with what was wrong, when an answer is not as it should be."""
    max_failed_share: float = Field(0.1, ge=0, le=1)
    """Share of a set's reviews that may fail before the whole job fails (our choice, as for captions)."""
    train_side: int = Field(1024, ge=1)
    """Least longest side in pixels of an anchor that trains (the brief's criteria: at least 1024)."""
    train_confidence: float = Field(0.5, ge=0, le=1)
    """Confidence that each criterion needs for TRAIN; below it a plate is EVAL_ONLY (our choice: more likely than not; models'
    own figures are rough)."""
    odd_states: list[FilePattern] = Field(
        ["*damaged*", "*dismantled*", "*broken*", "*wet*", "*dirty*", "*frozen*", "*hurt*"]
    )
    """File names of characters in an odd state (our choice of words, to be replaced by the show's)."""
    rough_names: list[FilePattern] = Field(["*rough*", "*sketch*", "*wip*", "*clean_up_notes*"])
    """File names of what is not finished."""
    detail_names: list[FilePattern] = Field(["*detail*", "*hand*", "*eye*", "*mouth*", "*expression*"])
    """File names of details. These three lists tell what measurements can't, and are not looked at where a model is asked."""
    imports: list[RelativePath] = Field([])
    """Reviews made elsewhere (CSV, JSON or JSONL): taken over for the plates that they are of, by sha256 or by file name, and
    not asked for again. May be absolute."""

    @property
    def prompt_file(self) -> Path:
        """The prompt's template."""
        return Path(self.prompt) if self.prompt else PROMPT

    @property
    def asks(self) -> Ollama | OpenAI | None:
        """How the model is reached that reviews; None where none is asked."""
        return asked_model(self.backend, self.ollama, self.openai)


class Identity(Section):
    """Plates of characters, and the identity anchors chosen among them by a review."""

    folder: RelativePath | None = None
    """Where the plates' files lie; where left out `design.folder`, or else `sources.folder`. May be absolute."""
    sets: dict[Name, PlateSet] = Field(min_length=1)
    """The plate sets, by name."""
    plates: Plates = Plates()
    """How plates are made."""
    candidates: Candidates = Candidates()
    """Which plates are reviewed."""
    review: Review = Review()
    """The review."""
    train_weight: float = Field(1.0, gt=0, le=1)
    """Weight of a TRAIN anchor in both manifests."""
    eval_weight: float = Field(0.25, gt=0, le=1)
    """Weight of an EVAL_ONLY anchor in the usable manifest (the notes say low; the figure is ours). It never trains."""


def in_archive(entry: str) -> tuple[str, str] | None:
    """Archive and pattern of members that an entry of the spec names; None where it names files."""
    match = re.fullmatch(r"(.*?\.zip)/(.+)", entry, re.IGNORECASE)
    return (match[1], match[2]) if match else None
