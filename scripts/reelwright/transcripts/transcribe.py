"""The stage ``transcribe_master``: what is said in a master that no transcript was delivered with, by a local Whisper model.

faster-whisper is loaded when it is needed and never downloads anything: the model is a folder, and has to be whole.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BuildError
from reelwright.files import read_json, write_json
from reelwright.outcome import Record, attempt, require
from reelwright.spec.transcripts import Whisper
from reelwright.stages import stage_version
from reelwright.store import FolderStore, open_store
from reelwright.transcripts.sound import RATE, read_sound

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

FILES = ("model.bin", "config.json", "tokenizer.json")
"""What the folder of a model must hold; without the last faster-whisper would download one."""

VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
"""The folder must hold one of these too."""

SEED = 7
"""Seed of the sampling to which Whisper falls back where its first answer is poor."""

ADVICE = "run `make whisper`, deliver transcripts beside the masters (`sources.subtitles`), or leave `transcripts.whisper` out"


@dataclass(frozen=True)
class Model:
    """A local Whisper model, loaded when it is first asked."""

    settings: Whisper
    threads: int

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return Path(self.settings.model)

    @cached_property
    def digests(self) -> dict[str, str]:
        """The sha256 of each file that decides what it hears; raises BuildError where one is missing."""
        missing = [name for name in FILES if not (self.folder / name).is_file()]
        vocabulary = [name for name in VOCABULARIES if (self.folder / name).is_file()]
        if missing or not vocabulary:
            lacks = ", ".join([*missing, *([] if vocabulary else [VOCABULARIES[0]])])
            found = "has no" if self.folder.is_dir() else "is no folder, it should hold"
            expected = "expected a Whisper model converted to CTranslate2, with its tokenizer.json"
            raise BuildError(f"transcripts.whisper.model is {self.folder}: it {found} {lacks}: {expected}")
        return {name: file_sha256(self.folder / name) for name in (*FILES, *vocabulary)}

    @cached_property
    def loaded(self) -> WhisperModel:
        """The model, ready; raises BuildError where it or the library doesn't load."""
        try:
            import ctranslate2
            from faster_whisper import WhisperModel
        except (ImportError, OSError) as error:
            raise BuildError(
                f"transcripts.whisper needs faster-whisper, which does not load ({error}): {ADVICE}"
            ) from error
        ctranslate2.set_random_seed(SEED)
        try:
            return WhisperModel(
                str(self.folder),
                device=self.settings.device,
                compute_type=self.settings.compute_type,
                cpu_threads=self.threads,
                local_files_only=True,
            )
        except Exception as error:  # whatever CTranslate2, tokenizers and JSON raise: the folder or the device is wrong
            raise BuildError(f"transcripts.whisper.model is {self.folder}: it does not load: {error}") from error

    @property
    def made_by(self) -> str:
        """Which programs hear with it, where."""
        versions = [f"{name} {importlib.metadata.version(name)}" for name in ("faster-whisper", "ctranslate2")]
        inner = self.loaded.model
        return ", ".join([*versions, f"{inner.device} {inner.compute_type}"])

    def hear(self, sound: np.ndarray) -> dict[str, Any]:
        """Language and segments (``transcript`` schema) of ``sound``, float32 samples at RATE.

        Raises BuildError where the model fails: for want of memory, or for something that its folder lacks.
        """
        loaded = self.loaded
        try:
            segments, about = loaded.transcribe(
                sound,
                language=self.settings.language,
                beam_size=self.settings.beam_size,
                word_timestamps=True,
                condition_on_previous_text=False,
                vad_filter=self.settings.skip_silence,
            )
            heard = [_segment(one) for one in segments if one.text.strip() and one.end > one.start]
        except Exception as error:  # as above
            kind = type(error).__name__
            raise BuildError(
                f"transcripts.whisper.model is {self.folder}: it hears nothing: {kind}: {error}"
            ) from error
        return {
            "language": about.language,
            "language_probability": round(float(about.language_probability), 4),
            "made_by": self.made_by,
            "segments": heard,
        }


def _segment(segment: Segment) -> dict[str, Any]:
    words = [
        {
            "word": word.word,
            "start": round(word.start, 3),
            "end": round(word.end, 3),
            "probability": round(word.probability, 4),
        }
        for word in segment.words or []
    ]
    times = {"start": round(segment.start, 3), "end": round(segment.end, 3)}
    return {**times, "text": segment.text.strip(), "speaker": None, "words": words}


def transcribe_master(
    master: Path,
    probe: Path,
    probe_outcome: Path,
    out: Path,
    record: Record,
    *,
    settings: Whisper,
    store: Path,
    threads: int,
) -> None:
    """Write what is said in ``master`` to ``out`` (schema ``transcript``) and the outcome record.

    Times count from the master's first frame, whatever the time stamps of its sound. What was heard is kept in ``store`` by
    what it depends on. A master without sound has no segments, and a warning. Raises BuildError where the library or the model
    is missing: that is no fault of the master's.
    """
    if importlib.util.find_spec("faster_whisper") is None:
        raise BuildError(f"transcripts.whisper needs faster-whisper, which is not installed here: {ADVICE}")
    model = Model(settings, threads)
    digests = model.digests
    with attempt(record, [out]) as notes:
        require([probe_outcome])
        facts = read_json(probe)
        heard = _heard(master, facts, model, open_store(store), notes.warn)
        head = {key: facts[key] for key in ("episode", "source_id")} | {"source_sha256": facts["sha256"]}
        named = {"name": model.folder.name, "sha256": digests["model.bin"]}
        write_json(out, {**head, "model": named, **heard}, "transcript")


def _heard(
    master: Path, facts: dict[str, Any], model: Model, store: FolderStore, warn: Callable[[str], None]
) -> dict[str, Any]:
    recipe = {
        "stage": ["transcribe_master", stage_version("transcribe_master")],
        "source": facts["sha256"],
        "model": model.digests,
        "settings": model.settings.model_dump(exclude={"model", "device"}),
    }
    digest = recipe_digest(recipe)
    kept = store.get(digest, ".json")
    if kept is None:
        start_s = facts["start_pts"] * Fraction(facts["time_base"])
        found = read_sound(master, model.settings.track, start_s, facts["duration_s"])
        if found is None:
            warn(f"{master.name} has no sound: there is nothing to transcribe")
            return {"language": None, "language_probability": None, "made_by": None, "duration_s": 0.0, "segments": []}
        sound, refused = found
        heard = {**model.hear(sound), "duration_s": round(len(sound) / RATE, 3), "refused_packets": refused}
        kept = store.put(digest, ".json", lambda path: write_json(path, heard))
    heard = read_json(kept)
    if refused := heard.pop("refused_packets"):
        warn(f"{master.name}: {refused} packets of its sound can't be decoded; they are taken for silence")
    if not heard["segments"]:
        warn(f"{master.name}: no voice was heard in {heard['duration_s']:g} s of sound")
    return dict(heard)
