"""How long a caption is for the text encoder that will read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reelwright.errors import BuildError

CHARACTERS_A_TOKEN = 3
"""Characters of English text a token, at least: with SentencePiece vocabularies of T5 it is four to five."""

TokenCounter = Callable[[str], int]


def token_counter(tokenizer: Path | None) -> TokenCounter:
    """Counts a text's tokens, the encoder's end mark included; an estimate on the safe side where there is no tokenizer.

    Raises BuildError naming ``tokenizer`` (a SentencePiece model) where it can't be read.
    """
    if tokenizer is None:
        return lambda text: -(-len(text) // CHARACTERS_A_TOKEN) + 1
    from sentencepiece import SentencePieceProcessor

    try:
        pieces = SentencePieceProcessor(model_file=str(tokenizer))
    except (OSError, RuntimeError) as error:
        raise BuildError(f"{tokenizer}: expected a SentencePiece model (spiece.model of umT5-xxl): {error}") from error
    return lambda text: len(pieces.encode(text)) + 1
