"""The part `transcripts` of the spec: hearing what is said in masters that no transcript was delivered with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.section import RelativePath, Section

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""Code of a language, as Whisper has it."""


class Whisper(Section):
    """A Whisper model in CTranslate2's form, run by faster-whisper. Needs `make whisper`; nothing is ever downloaded."""

    model: RelativePath
    """Folder of the model: `model.bin`, `config.json`, `tokenizer.json` and its vocabulary. May be absolute."""
    language: Language | None = None
    """Language that is spoken; heard from the first 30 s of each master where left out."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs; `auto` takes a GPU where there is one."""
    compute_type: Literal[
        "default", "auto", "float32", "float16", "bfloat16", "int8", "int8_float16", "int8_bfloat16"
    ] = "default"
    """Kind of numbers that CTranslate2 computes with; `default` keeps that of the model's file."""
    beam_size: int = Field(5, ge=1, le=50)
    """Width of the beam search (faster-whisper's default 5)."""
    track: int = Field(1, ge=1)
    """Which of a master's audio streams is heard, from 1."""
    skip_silence: bool = True
    """Leaves out stretches without a voice (Silero VAD, which faster-whisper carries), in which Whisper makes up words."""


class Transcripts(Section):
    """Where transcripts come from that were not delivered beside the masters (`sources.subtitles`)."""

    whisper: Whisper | None = None
    """Transcribes the masters of episodes without a delivered transcript; left out, they go without."""
