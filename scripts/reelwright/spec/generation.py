"""The parts `actors.generate` and `actors.bucket` of the spec: what images are made with, and where they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.models import OptionName, Url, VariableName
from reelwright.spec.section import Section

BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
"""Name of a bucket, by S3's rules."""

KeyPrefix = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9{}!_.*'()-]+/)+$", max_length=200)]
"""What keys of objects begin with: S3's safe characters, a slash at the end and none at the beginning."""

Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=40)]
"""Name of a region."""

KEYS = {"replicate": "REPLICATE_API_TOKEN", "openai": "OPENAI_API_KEY"}
"""Where each backend's key lies, unless the spec names another variable."""

SENT_ANYWAY = {
    "replicate": {"prompt", "seed", "input_image"}
    | {"aspect_ratio", "output_format", "safety_tolerance", "prompt_upsampling"},
    "openai": {"prompt", "image", "model", "n", "output_format", "response_format", "stream", "partial_images"},
}
"""Options that can't be set under ``options``: they have a key of their own, or are not for the spec to choose."""


class EditInputs(Section):
    """Inputs of the model beside prompt, image and seed, as FLUX.1 Kontext calls them."""

    aspect_ratio: str = Field("match_input_image", pattern=r"^(match_input_image|[0-9]{1,2}:[0-9]{1,2})$")
    """Shape of the image: that of the base image, or `16:9`... (Replicate only)."""
    output_format: Literal["jpg", "png"] = "jpg"
    """Format of the image. The model's own default is PNG; training sets are kept as JPEG."""
    safety_tolerance: int = Field(2, ge=0, le=2)
    """How much its safety filter lets pass; with an input image at most 2 (Replicate only)."""
    prompt_upsampling: bool = False
    """Whether the model rewrites prompts first: the manifest would then not tell what was asked (Replicate only)."""


class GenerationBudget(Section):
    """What generating may cost, over all runs of the project; checked before each call."""

    money: float = Field(ge=0)
    """Upper limit, in the currency of the price."""
    calls: int | None = Field(None, ge=0)
    """Most images asked for, whatever becomes of them; no limit where left out."""


class Generation(Section):
    """What images that are missing would be made with, and for how much. Nothing is generated without being told to."""

    backend: Literal["replicate", "openai"] = "replicate"
    """`replicate` makes predictions with a model there, `openai` uses image edits of OpenAI or a server that has them."""
    model: str = Field("black-forest-labs/flux-kontext-pro", min_length=1)
    """The model: `owner/name` of Replicate, or OpenAI's name for it."""
    inputs: EditInputs = EditInputs()
    """Inputs of the model."""
    options: dict[OptionName, float | int | bool | str] = Field({})
    """Any other input of the model by its name there; OpenAI's are `size`, `quality`, `input_fidelity`..."""
    base_url: Url | None = None
    """Address of another server that speaks the API: for Replicate's without, for OpenAI's with `/v1` at its end."""
    key_variable: VariableName | None = None
    """Environment variable that holds the key; `REPLICATE_API_TOKEN` or `OPENAI_API_KEY` where left out. Keys are never
    written into a spec."""
    at_once: int = Field(2, ge=1, le=64)
    """Images in the making at a time, over all actors, jobs and nodes (the notes: 2)."""
    tries: int = Field(3, ge=1, le=20)
    """Images asked for at most for one that is planned: those that fail, are refused or are rejected count."""
    busy_tries: int = Field(5, ge=1, le=20)
    """Times one request is made while the server is busy and nothing was bought by it; the waits between grow."""
    timeout_s: float = Field(60.0, gt=0)
    """Longest time that one request may take, connecting included. OpenAI answers with the image itself, for which
    `deadline_s` holds."""
    deadline_s: float = Field(300.0, gt=0)
    """Longest time from asking for an image until it is there (our choice: the model takes some 5 to 10 s)."""
    poll_s: float = Field(1.0, gt=0, le=60)
    """Time between two looks at an image that is being made."""
    price: float | None = Field(None, ge=0)
    """Price of one image; plans can name no sum where it is left out, and nothing is generated."""
    currency: str = "USD"
    """Currency of `price`."""
    budget: GenerationBudget | None = None
    """What generating may cost; nothing that has a price is generated without."""

    @property
    def key_name(self) -> str:
        """The environment variable that holds the key."""
        return self.key_variable or KEYS[self.backend]


class Bucket(Section):
    """A bucket of S3, or of a server that speaks its API. Credentials come from the environment: `AWS_ACCESS_KEY` and
    `AWS_ACCESS_SECRET`, or else whatever boto3 finds by itself (`AWS_ACCESS_KEY_ID`, profiles, roles)."""

    name: BucketName
    """Name of the bucket."""
    prefix: KeyPrefix = "custom-actors/{actor}/training_data/"
    """What the keys of an actor's images begin with; `{actor}` is the actor's id."""
    region: Region | None = None
    """Region of the bucket; that of `AWS_REGION` or `AWS_DEFAULT_REGION` where left out, or else us-west-1."""
    endpoint: Url | None = None
    """Address of a server other than Amazon's."""
    trash: KeyPrefix = "custom-actors-trash/"
    """What the keys of deleted images begin with, where the bucket keeps no versions, until they are rolled back or cleared."""
    tries: int = Field(5, ge=1, le=20)
    """Times one request is made, by boto3 itself, when the server is busy or drops the connection."""
    timeout_s: float = Field(60.0, gt=0)
    """Longest time that the server may be silent."""

    def prefix_of(self, actor: str) -> str:
        """What the keys of an actor's images begin with."""
        return self.prefix.replace("{actor}", actor)


def generation_faults(generate: Generation) -> Iterator[tuple[str, str, str]]:
    """Faults that types can't say: key below `actors.generate`, value, what was expected."""
    on_replicate = re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", generate.model) is not None
    if generate.backend == "replicate" and not on_replicate:
        yield "model", generate.model, "expected owner/name, as black-forest-labs/flux-kontext-pro"
    if generate.backend == "openai" and on_replicate:
        yield "model", generate.model, "expected OpenAI's name of a model that edits images, as gpt-image-1"
    for name in generate.options:
        if name in SENT_ANYWAY[generate.backend]:
            yield f"options.{name}", "", "is sent anyway: expected other inputs of the model"


def bucket_faults(bucket: Bucket) -> Iterator[tuple[str, str, str]]:
    """Faults that types can't say: key below `actors.bucket`, value, what was expected."""
    if bucket.prefix.count("{actor}") != 1 or re.search(r"[{}]", bucket.prefix.replace("{actor}", "")):
        yield "prefix", bucket.prefix, "expected {actor} once, and no other braces"
    if re.search(r"[{}]", bucket.trash):
        yield "trash", bucket.trash, "expected no braces"
    fixed = bucket.prefix.partition("{actor}")[0]
    if "/" not in fixed:
        yield "prefix", bucket.prefix, "expected a folder before {actor}, which tells images from the trash"
    elif bucket.trash.startswith(fixed):
        yield "trash", bucket.trash, f"expected a place outside of {bucket.prefix}"
