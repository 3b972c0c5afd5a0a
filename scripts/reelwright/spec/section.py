"""What every part of the spec is made of: the base of its models, and the kinds of names and paths in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

EpisodeId = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
"""Two-digit production episode number, always quoted in YAML."""

FilePattern = Annotated[str, StringConstraints(pattern=r"^[^/\x00-\x1f]+$", max_length=120)]
"""A pattern of file names, with `*` and `?`; case doesn't matter."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
"""A name that becomes part of paths and targets: lower case, digits, dash, underscore."""

ModelName = Literal["wan2.2-t2v-a14b", "wan2.2-i2v-a14b", "wan2.2-ti2v-5b"]
"""A model that packages are made for."""

RelativePath = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f]+$"), Field(json_schema_extra={"format": "path"})
]
"""A path that must stay inside its root; an absolute path is taken as it is where the description allows one."""

SpeakerLabel = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=64)]
"""What a diariser calls a speaker."""

Title = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f/]+$", max_length=120)]
"""A title that becomes part of file names: no slash, no line break."""


class Section(BaseModel):
    """What every part of the spec shares: unknown keys are refused, values never change, types are not guessed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
