"""The part `actors` of the spec: image sets of actors, each kept at a target mix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from reelwright.spec.generation import Bucket, Generation, bucket_faults, generation_faults
from reelwright.spec.models import Ollama, OpenAI, asked_model
from reelwright.spec.section import FilePattern, Name, RelativePath, Section

PROMPT = Path(__file__).resolve().parents[3] / "config" / "prompts" / "actors.jinja"
"""The prompt that is used where the spec names none."""


class Mix(Section):
    """Shares of the three classes in a set, in per cent; together 100."""

    photorealistic: float = Field(65, ge=0, le=100)
    """Scenes that look filmed (the notes: 65 %, 13 of 20)."""
    bw_stylized: float = Field(20, ge=0, le=100)
    """Black-and-white drawings (the notes: 20 %, 4 of 20)."""
    color_stylized: float = Field(15, ge=0, le=100)
    """Drawings and paintings in colour (the notes: 15 %, 3 of 20)."""


class Target(Section):
    """What a set of images should be."""

    total: int = Field(20, ge=1, le=200)
    """Images (the notes: 20)."""
    mix: Mix = Mix()
    """Shares of the classes. Of a total that they don't divide, the largest remainders are rounded up."""
    tolerance: float = Field(10, ge=0, le=100)
    """How far each class's share may be off, in percentage points, while nothing is done (the notes: 10)."""
    min_quality: int = Field(5, ge=1, le=10)
    """Images of a lower quality are replaced (our choice: the middle of the scale; the notes give none)."""


class ActorGroup(Section):
    """Actors with a target of their own."""

    actors: list[FilePattern] = Field(min_length=1)
    """Ids or patterns of ids, such as `*_female`. An actor in several groups has the target of the first."""
    total: int | None = Field(None, ge=1, le=200)
    """As in `actors.target`, which holds where this is left out."""
    mix: Mix | None = None
    """As in `actors.target`, which holds where this is left out."""
    tolerance: float | None = Field(None, ge=0, le=100)
    """As in `actors.target`, which holds where this is left out."""
    min_quality: int | None = Field(None, ge=1, le=10)
    """As in `actors.target`, which holds where this is left out."""


class Measuring(Section):
    """Limits of what is measured in an image; all of them ours, and looked at on drawn and filmed pictures."""

    duplicate_bits: int = Field(6, ge=-1, le=64)
    """Largest distance (bits of 64) of perceptual hashes at which two images of one style are the same picture. Saving again as
    JPEG gives 0, a crop by 3 % 16, another image 42. -1 looks for exact copies alone."""
    coloured_share: float = Field(0.001, ge=0, le=1)
    """Share of the pixels with a colour of their own from which on an image is no black-and-white one: a spot of colour is
    enough, sepia and other tones are no colours of their own."""
    blur: float = Field(10.0, ge=0)
    """Variance of the Laplacian, at 1024 pixels, below which an image is blurred."""
    dark: float = Field(24.0, ge=0, le=255)
    """Mean luma (0 to 255) below which an image is dark."""
    min_side: int = Field(512, ge=1)
    """Shortest longest side in pixels: smaller images have to be enlarged for training."""
    symmetry: float = Field(0.9, ge=0, le=1)
    """Correlation with its mirror image from which on an image is symmetric."""


class EvaluatorOllama(Ollama):
    """A model behind Ollama that looks at actors' sheets."""

    temperature: float | None = Field(0.3, ge=0, le=2)
    """Sampling temperature (the notes: 0.3); `null` sends none, for models that take none."""
    max_tokens: int = Field(2000, ge=16, le=32768)
    """Longest answer, in tokens (the notes: 2,000). One that is cut off there is not taken."""
    tries: int = Field(3, ge=1, le=20)
    """Times one call is made (the notes: 3) when the server is busy, breaks down or drops the connection."""


class EvaluatorOpenAI(OpenAI):
    """A model behind the OpenAI API that looks at actors' sheets."""

    temperature: float | None = Field(0.3, ge=0, le=2)
    """Sampling temperature (the notes: 0.3); `null` sends none, for models that take none."""
    max_tokens: int = Field(2000, ge=16, le=32768)
    """Longest answer, in tokens (the notes: 2,000). One that is cut off there is not taken."""
    tries: int = Field(3, ge=1, le=20)
    """Times one call is made (the notes: 3) when the server is busy, breaks down or drops the connection."""


class ActorEvaluation(Section):
    """How images are classified and judged."""

    backend: Literal["measured", "ollama", "openai"] = "measured"
    """`measured` asks no model: it tells black-and-white from colour, and says `unknown` where a photograph would have
    to be told from a drawing. `ollama` and `openai` ask a vision-language model about each actor's sheet."""
    ollama: EvaluatorOllama = EvaluatorOllama()
    """How Ollama is reached, for `backend: ollama`."""
    openai: EvaluatorOpenAI = EvaluatorOpenAI()
    """How OpenAI, or a server that speaks its API, is reached, for `backend: openai`."""
    prompt: RelativePath | None = None
    """The prompt for a model, a Jinja template to copy and edit; `config/prompts/actors.jinja` where left out."""
    images_per_sheet: int = Field(20, ge=5, le=100, multiple_of=5)
    """Most images on the sheet that a model is shown (our choice: so many answers fit 2,000 tokens); more
    make several sheets."""
    ask_again: int = Field(2, ge=0, le=10)
    """Times a model is asked again, with what was wrong, when an answer misses, repeats or invents an image."""
    measuring: Measuring = Measuring()
    """Limits of what is measured, whoever looks."""
    imports: list[RelativePath] = Field([])
    """Evaluations made elsewhere (JSON: our own, or the notes' `{actor}_evaluation.json`; CSV or JSONL with a row an image; a
    folder stands for the JSON files in it): taken over for the images that they are of, by sha256 or by file name, and not
    asked for again. May be absolute."""

    @property
    def prompt_file(self) -> Path:
        """The prompt's template."""
        return Path(self.prompt) if self.prompt else PROMPT

    @property
    def asks(self) -> Ollama | OpenAI | None:
        """How the model is reached that looks; None where none is asked."""
        return asked_model(self.backend, self.ollama, self.openai)


class Actors(Section):
    """Image sets of actors, each kept at a target mix: which there are, how good they are, what should be done."""

    folder: RelativePath
    """Folder of the roster, `actors/` and `actor_manifests/`. May be absolute."""
    roster: RelativePath = "actorsData.json"
    """The list of all actors, below `folder`: JSON, a list of objects with `name`."""
    target: Target = Target()
    """What each set should be."""
    groups: dict[Name, ActorGroup] = Field({})
    """Actors with a target of their own, by a name for them."""
    evaluation: ActorEvaluation = ActorEvaluation()
    """Who looks at the images."""
    prompts: RelativePath | None = None
    """Prompts for images to generate (YAML, as `scripts/reelwright/actors/prompts.yaml`, which is used where left out)."""
    seed: int = 0
    """Seed of the order in which an actor's prompts are used."""
    generate: Generation = Generation()
    """What missing images would be made with."""
    bucket: Bucket | None = None
    """The bucket that images are kept in too; without one, all stays on this disk."""


def actors_faults(actors: Actors) -> Iterator[tuple[str, str, str]]:
    """Faults that types can't say: key below `actors`, value, what was expected."""
    mixes = {"target.mix": actors.target.mix}
    mixes |= {f"groups.{name}.mix": one.mix for name, one in actors.groups.items() if one.mix is not None}
    for where, mix in mixes.items():
        shares = (mix.photorealistic, mix.bw_stylized, mix.color_stylized)
        if abs(sum(shares) - 100) > 1e-9:
            yield where, " + ".join(f"{one:g}" for one in shares), f"expected 100 in sum, not {sum(shares):g}"
    for key, value, expected in generation_faults(actors.generate):
        yield f"generate.{key}", value, expected
    if actors.bucket:
        for key, value, expected in bucket_faults(actors.bucket):
            yield f"bucket.{key}", value, expected
