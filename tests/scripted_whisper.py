"""A tiny Whisper model in CTranslate2's form that hears the same lines in any 30 s of sound, for tests without a download.

The real library loads it, decodes with it and aligns words with it, and what it has to hear is known: what a position predicts
is written into the decoder's position encodings, and when its word is said into the encoder's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

WIDTH, MELS = 64, 80
FRAMES_PER_SECOND = 50
"""Positions of the encoder a second."""


FIRST = 2
"""Position that predicts the first token heard: before it come start of transcript and language."""

ALIGNED = 3
"""Position that stands for the first word when words are aligned: those of the prompt come before it."""

WEIGHTS = {
    "conv1/weight": (WIDTH, MELS, 3),
    "conv2/weight": (WIDTH, WIDTH, 3),
    "self_attention/linear_0/weight": (3 * WIDTH, WIDTH),
    "attention/linear_1/weight": (2 * WIDTH, WIDTH),
    "ffn/linear_0/weight": (2 * WIDTH, WIDTH),
    "ffn/linear_1/weight": (WIDTH, 2 * WIDTH),
}
"""Shapes of the weights that are not square, by the end of their names."""

Said = tuple[float, float, str]
"""Start, end and text of a line; times are multiples of 0.02 s within 30 s."""


def _tokens(words: Sequence[str], languages: Sequence[str]) -> list[str]:
    from tokenizers.pre_tokenizers import ByteLevel

    text = [*sorted(ByteLevel.alphabet()), *dict.fromkeys(words)]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    marks = [f"<|{name}|>" for name in ("endoftext", "startoftranscript", *languages, *tasks)]
    times = [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    # CTranslate2 takes a model for a multilingual one by the empty token in its vocabulary.
    return [*text, "", *marks, *times]


def _write_tokenizer(path: Path, tokens: Sequence[str]) -> None:
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as Decoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel

    tokenizer = Tokenizer(BPE(vocab={token: number for number, token in enumerate(tokens)}, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = Decoder()
    tokenizer.add_special_tokens([token for token in tokens if token.startswith("<|") and "." not in token])
    tokenizer.save(str(path))


def write_scripted_whisper(folder: Path, lines: Sequence[Said]) -> None:
    """Write the model that hears ``lines``, each word of a line as long as the others, and takes all speech for English."""
    from ctranslate2.specs import model_spec, whisper_spec
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    middles: list[float] = []
    script: list[str] = []
    for start, end, text in lines:
        words = text.split()
        middles += [start + (end - start) * (number + 0.5) / len(words) for number in range(len(words))]
        script += [f"<|{start:.2f}|>", *(f"Ġ{word}" for word in words), f"<|{end:.2f}|>"]
    tokens = _tokens([token for token in script if token[0] == "Ġ"], _LANGUAGE_CODES)
    numbers = {token: number for number, token in enumerate(tokens)}

    positions = np.zeros((448, WIDTH), np.float32)
    np.fill_diagonal(positions, 10)
    projection = np.zeros((len(tokens), WIDTH), np.float32)
    for position, token in [(0, "<|en|>"), *enumerate([*script, "<|endoftext|>"], FIRST)]:
        projection[numbers[token], position] = 10
    at = np.arange(1500) / FRAMES_PER_SECOND
    moments = np.zeros((1500, WIDTH), np.float32)
    for position, middle in enumerate(middles, ALIGNED):
        moments[:, position] = 10 * np.exp(-(((at - middle) / 0.3) ** 2))

    def fill(part: object, name: str, value: object) -> None:
        last = name.rsplit("/", 1)[-1]
        if last == "gamma":
            setattr(part, last, np.ones(WIDTH, np.float32))
        elif last == "beta":
            setattr(part, last, np.zeros(WIDTH, np.float32))
        elif last == "weight" or name.endswith(("conv1/bias", "conv2/bias")):
            shape = (WIDTH,) if last == "bias" else (WIDTH, WIDTH)
            shape = next((shape for end, shape in WEIGHTS.items() if name.endswith(end)), shape)
            setattr(part, last, np.zeros(shape, np.float32))

    spec = whisper_spec.WhisperSpec(1, 1, 1, 1)
    model_spec.visit_spec(spec, fill)
    attention = spec.decoder.layer[0].attention
    attention.linear[0].weight = attention.linear[1].weight[:WIDTH] = np.eye(WIDTH, dtype=np.float32)
    spec.encoder.position_encodings.encodings = moments
    spec.decoder.position_encodings.encodings = positions
    spec.decoder.embeddings.weight = np.zeros((len(tokens), WIDTH), np.float32)
    spec.decoder.projection.weight = projection
    spec.config.alignment_heads = [(0, 0)]
    spec.config.lang_ids = [numbers[f"<|{code}|>"] for code in _LANGUAGE_CODES]
    spec.config.suppress_ids = spec.config.suppress_ids_begin = []
    spec.register_vocabulary(tokens)
    spec.validate()
    folder.mkdir(parents=True)
    spec.save(str(folder))
    _write_tokenizer(folder / "tokenizer.json", tokens)
