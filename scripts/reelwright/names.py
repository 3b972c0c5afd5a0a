"""Names that people gave to one thing in several places: what is left of them for comparing.

Normalising matters more than the scorer: names differ in case, punctuation, accents, version tags and in what was put around
them.
"""

from __future__ import annotations

import re
import unicodedata

ALIKE = 90.0
"""Likeness (RapidFuzz's ratio, 0 to 100) from which on two names may mean the same."""

MARGIN = 8.0
"""How far the likeness has to be ahead of that of the next best."""

_APOSTROPHES = re.compile("['`\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]")
_MARKERS = re.compile(
    r"\b(season \d+|s\d+ ?(e|ep)\d+|\d+x\d+|(s|ep|episode)[ _]?\d+|full episodes?|(?<= )v(ersion )?\d+(?=$))\b"
)
"""What is put around names: season, episode number, version."""


def plain_words(name: str) -> str:
    """A name's words in lower case, one space between them, without accents, punctuation and apostrophes."""
    text = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    text = "".join(character for character in text if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]+", " ", _APOSTROPHES.sub("", text)).split())


def normal_name(name: str, show: str = "") -> str:
    """The plain words of a name, without numbering, version and the show's title where more is left of it."""
    text = plain_words(name)
    bare = " ".join(_MARKERS.sub(" ", text).split())
    shown = normal_name(show) if show else ""
    if shown and bare.startswith(f"{shown} "):
        bare = bare.removeprefix(f"{shown} ")
    return bare or text


def numbers(name: str) -> list[str]:
    """The numbers in a name: part 1 is not part 2."""
    return re.findall(r"\d+", name)
