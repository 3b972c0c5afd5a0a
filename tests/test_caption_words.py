"""Captions' words: what a lint finds, which phrases are in nearly every caption, how long a caption is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.captions.lint import LintRules, common_phrases, lint, unknown_names, words_of
from reelwright.captions.tokens import token_counter
from reelwright.errors import BuildError

RULES = LintRules(
    leave_out=("anime",),
    identity_words=("red hair", "green suit"),
    foreign_names=("Kim Possible",),
    known_words=words_of(["Sam", "Clover", "WOOHP", "Tower Bridge"]),
    token_limit=40,
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Sam runs along Tower Bridge while Clover waves.", []),
        ("", ["empty"]),
        ("  ", ["empty"]),
        ("I'm sorry, but I can't identify people.", ["refusal"]),
        ("Sorry, as an ai I see nothing.", ["refusal"]),
        ("Sam says she can't help Clover.", []),
        ("The image shows Sam.", ["preamble"]),
        ("In this video Sam runs.", ["preamble"]),
        ("Sam looks at the picture on the wall.", []),
        ("A grid of Sam running.", ["sheet"]),
        ("Sam turns in the third frame.", ["sheet"]),
        ("A series of images of Sam.", ["sheet"]),
        ("Sam leans on the window frame.", []),
        ("Sam runs to Clover. Sam runs to Clover.", ["repetition"]),
        ("An anime girl named Sam.", ["left_out_word"]),
        ("Red hair flies as Sam runs.", ["identity_word"]),
        ("A red haircut for Sam.", []),
        ("Sam runs like Kim Possible.", ["foreign_name", "unknown_name"]),
        ("Sam meets Zorro.", ["unknown_name"]),
        ("Zorro runs.", []),
        ("Sam's bag is Clover's.", []),
    ],
)
def test_what_is_wrong_with_a_caption_is_named(text: str, codes: list[str]) -> None:
    assert [one.code for one in lint(text, RULES)] == codes


def test_only_what_is_no_caption_at_all_is_fatal() -> None:
    grades = {one.code: one.grade for one in lint("I'm sorry, I cannot help. The image shows Zorro and Zorro.", RULES)}
    assert grades == {"refusal": "fatal", "preamble": "again", "unknown_name": "note"}


def test_a_caption_longer_than_the_encoder_reads_is_too_long() -> None:
    assert [one.code for one in lint("Sam runs.", RULES, 41)] == ["too_long"]
    assert lint("Sam runs.", RULES, 40) == []


@given(st.lists(st.sampled_from(["sam", "runs", "to", "the", "tower", "bridge", "waves"]), max_size=40))
def test_known_words_are_never_unknown_names(chosen: list[str]) -> None:
    text = " ".join(word.title() for word in chosen)
    known = words_of([text])
    assert unknown_names(text, known) == []


def test_phrases_in_nearly_every_caption_are_listed_longest_first_and_once() -> None:
    captions = [f"Sam with long red hair runs past number {number}." for number in range(9)] + ["Clover waits."]
    # The longest phrases counted have six words and neither begin nor end with a word that says nothing.
    assert common_phrases(captions, 0.8) == [
        ("long red hair runs past number", 0.9),
        ("sam with long red hair runs", 0.9),
    ]
    assert common_phrases(captions, 0.9) == []
    assert common_phrases([], 0.8) == []


@given(st.lists(st.text("abc. ", max_size=20), min_size=1, max_size=8), st.floats(0.1, 0.9))
def test_a_listed_phrase_is_in_more_captions_than_its_share(captions: list[str], share: float) -> None:
    for phrase, found in common_phrases(captions, share):
        holding = [text for text in captions if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ".join(text.split()))]
        assert found == round(len(holding) / len(captions), 4) and len(holding) > share * len(captions)


def test_tokens_are_estimated_or_counted(tmp_path: Path) -> None:
    import sentencepiece

    corpus = tmp_path / "corpus.txt"
    sentences = [f"Sam runs to the harbour {number} times and Clover waits at the tower." for number in range(400)]
    corpus.write_text("\n".join(sentences))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(tmp_path / "spiece"), vocab_size=70, minloglevel=2
    )
    count = token_counter(tmp_path / "spiece.model")
    assert count("") == 1, "the encoder's end mark"
    assert 3 <= count("Sam runs") < count("Sam runs to the harbour") <= len("Sam runs to the harbour") + 2
    assert token_counter(None)("x" * 300) == 101
    (tmp_path / "broken.model").write_bytes(b"no model")
    for name in ("broken.model", "missing.model"):
        with pytest.raises(BuildError, match=rf"{name}: expected a SentencePiece model"):
            token_counter(tmp_path / name)
