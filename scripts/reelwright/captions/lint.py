"""What is wrong with a caption's words, as far as words alone show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Grade = Literal["fatal", "again", "note"]
"""``fatal``: no caption at all. ``again``: a model is asked for a better one, and the caption taken when none comes.
``note``: listed for a person."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a caption."""

    code: str
    """Short word for programs and counts."""
    grade: Grade
    complaint: str
    """In words for the model, and for a person."""


@dataclass(frozen=True)
class LintRules:
    """What captions of a project are held against."""

    leave_out: tuple[str, ...] = ()
    """Phrases that every clip would deserve."""
    identity_words: tuple[str, ...] = ()
    """Hair and suits of known characters, where captions should only name them."""
    foreign_names: tuple[str, ...] = ()
    """Names of other shows."""
    known_words: frozenset[str] = frozenset()
    """Words, in lower case, that may be written with a capital: names, titles, places."""
    token_limit: int = 512


_REFUSAL = re.compile(
    r"\b(i('m| am) (sorry|unable)|i (can'?t|cannot|can not|won'?t) (help|assist|describe|provide|identify|comply)|as an ai\b"
    r"|(unable|not able) to (describe|provide|determine|see|view)|no (image|picture) (was|is) provided)",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"\b(th(e|is) (image|picture|photo|video|clip|scene|screenshot|footage|animation)s?"
    r" (shows?|depicts?|features?|captures?|displays?|portrays?|presents?|illustrates?|contains?|begins?|opens?)"
    r"|in th(is|e) (image|picture|photo|video|clip|screenshot|footage)|we (can )?see|you can see|here is|the viewer)\b",
    re.IGNORECASE,
)
_SHEET = re.compile(
    r"\b(contact sheet|grid|collage|panels?|storyboards?|thumbnails?|montage of (images|frames|pictures)"
    r"|(sequence|series|set) of (\w+ )?(images|frames|pictures|stills|screenshots)"
    r"|(first|second|third|fourth|fifth|last|next|final|each|eight|all) (image|frame|picture|panel|still)s?"
    r"|across the (frames|images)|(top|bottom)[- ](left|right) (image|frame|picture|panel|corner image)|frame by frame)\b",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]['\")\]]*\s+|['\"(\[]\s*)$")
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_ALWAYS_CAPITAL = frozenset(
    {"i", "i'm", "i'll", "ok", "tv", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)


def lint(text: str, rules: LintRules, tokens: int | None = None) -> list[Finding]:
    """Everything that is wrong with the caption ``text``; ``tokens`` is its length where it is known."""
    return list(_findings(text, rules, tokens))


def _findings(text: str, rules: LintRules, tokens: int | None) -> Iterator[Finding]:
    if not text.strip():
        yield Finding("empty", "fatal", "the description is empty")
        return
    if found := _REFUSAL.search(text):
        yield Finding("refusal", "fatal", f"that refuses to describe ({found[0]!r}); describe what is seen")
    if found := _PREAMBLE.search(text):
        yield Finding("preamble", "again", f"don't write {found[0]!r}; say directly what is seen")
    if found := _SHEET.search(text):
        yield Finding("sheet", "again", f"don't mention {found[0]!r}; describe one continuous shot")
    sentences = Counter(
        sentence.strip().casefold() for sentence in re.split(r"[.!?]+", text) if len(sentence.split()) > 2
    )
    if repeated := [sentence for sentence, times in sentences.items() if times > 1]:
        yield Finding("repetition", "again", f"{repeated[0]!r} stands there more than once")
    for code, words, complaint in (
        ("foreign_name", rules.foreign_names, "{} belongs to another show"),
        ("left_out_word", rules.leave_out, "don't write {}: it is true of every clip"),
        ("identity_word", rules.identity_words, "don't describe {}: name the character instead"),
    ):
        named = [word for word in words if _says(text, word)]
        if named:
            yield Finding(code, "again", complaint.format(", ".join(repr(word) for word in named)))
    if strange := unknown_names(text, rules.known_words):
        yield Finding("unknown_name", "note", f"nobody knows {', '.join(strange)}")
    if tokens is not None and tokens > rules.token_limit:
        yield Finding("too_long", "again", f"that is {tokens} tokens, more than {rules.token_limit}: say it shorter")


def _says(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE) is not None


def unknown_names(text: str, known: frozenset[str]) -> list[str]:
    """Words with a capital inside a sentence that are none of ``known`` (lower case): names that a model made up.

    A name at the start of a sentence can't be told from any other word there.
    """
    found = []
    for match in _WORD.finditer(text):
        word = _bare(match[0])
        if not word[:1].isupper() or word.casefold() in known | _ALWAYS_CAPITAL:
            continue
        if not _SENTENCE_START.search(text[: match.start()]):
            found.append(word)
    return list(dict.fromkeys(found))


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The words of ``texts`` in lower case, those with a possessive s without it too."""
    words = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return frozenset(words | {_bare(word) for word in words})


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s?$", "", word)


LONGEST_PHRASE = 6
"""Words of the longest phrase that is counted."""

_STOP = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "has",
        "have",
        "he",
        "her",
        "his",
        "in",
        "is",
        "it",
        "its",
    }
    | {
        "of",
        "on",
        "or",
        "she",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "was",
        "while",
        "with",
        "who",
        "be",
    }
)
"""Words that say nothing by themselves; a phrase neither begins nor ends with one."""


def common_phrases(captions: Sequence[str], share: float) -> list[tuple[str, float]]:
    """Phrases in more than ``share`` of ``captions``, each with its share (0 to 1), the most frequent first.

    A phrase that stands only within a longer one of the same share is left out.
    """
    if not captions:
        return []
    counts: Counter[tuple[str, ...]] = Counter()
    for caption in captions:
        counts.update(set(_phrases(caption)))
    least = share * len(captions)
    common = {phrase: times for phrase, times in counts.items() if times > least}
    whole = [
        phrase
        for phrase in common
        if not any(
            common[longer] == common[phrase] and _within(phrase, longer) for longer in common if longer != phrase
        )
    ]
    ranked = sorted(whole, key=lambda phrase: (-common[phrase], phrase))
    return [(" ".join(phrase), round(common[phrase] / len(captions), 4)) for phrase in ranked]


def _phrases(caption: str) -> Iterator[tuple[str, ...]]:
    for sentence in re.split(r"[.!?;:,]+", caption.casefold()):
        words = _WORD.findall(sentence)
        for first in range(len(words)):
            for last in range(first + 1, min(first + LONGEST_PHRASE, len(words)) + 1):
                if words[first] not in _STOP and words[last - 1] not in _STOP:
                    yield tuple(words[first:last])


def _within(phrase: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    return len(phrase) < len(longer) and any(
        longer[at : at + len(phrase)] == phrase for at in range(len(longer) - len(phrase) + 1)
    )
