"""Which masters and transcripts the demo delivery has. Read while the Snakefile is parsed, so it imports nothing heavy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelwright.spec.model import Spec

TRANSCRIPT_SUFFIXES = (".srt", ".srt", ".vtt", ".json")
"""Suffixes of the transcripts of four episodes, where the spec leaves it open: so that each form is seen."""

_PATTERN = re.compile(r"masters/(?P<name>[^/]*)\.mov")


def demo_masters(spec: Spec) -> dict[str, tuple[str, str]]:
    """Episode and title of each master that is drawn, by file name without ``.mov``.

    One file an episode for the canonical title, a second one where an alternate title is named. Raises ValueError
    where ``sources.masters`` doesn't put MOV files straight into ``masters/``, the only place the demo draws into.
    """
    pattern = spec.sources.masters or ""
    masters = {}
    for episode, entry in spec.sources.episodes.items():
        for title in (entry.title, entry.alternate_title):
            if title is None:
                continue
            path = pattern.replace("{episode}", episode).replace("{title}", title.replace(" ", "_"))
            match = _PATTERN.fullmatch(path)
            if match is None:
                raise ValueError(f"sources.masters is {pattern!r}: the demo draws masters/NAME.mov only")
            masters[match["name"]] = (episode, title)
    return masters


def demo_titles(spec: Spec) -> dict[str, str]:
    """The canonical title of each episode, in the order of their numbers."""
    return {episode: spec.sources.episodes[episode].title for episode in sorted(spec.sources.episodes)}


def demo_transcripts(spec: Spec) -> dict[str, str]:
    """Path below the delivery of each episode's transcript; none where the spec has no pattern for them.

    Where the pattern ends in ``.*`` episodes 03, 07... come as WebVTT and 04, 08... as diarised JSON, the others as SRT.
    Raises ValueError for a suffix that the demo can't write.
    """
    pattern = spec.sources.subtitles or ""
    if not pattern:
        return {}
    if not pattern.endswith((".*", *TRANSCRIPT_SUFFIXES)):
        raise ValueError(f"sources.subtitles is {pattern!r}: the demo writes .srt, .vtt and .json (.* for all of them)")
    return {
        episode: re.sub(r"\.\*$", TRANSCRIPT_SUFFIXES[(int(episode) - 1) % 4], pattern).replace("{episode}", episode)
        for episode in sorted(spec.sources.episodes)
    }


def demo_design(spec: Spec) -> str:
    """The folder of production art that the demo of ``spec`` draws into."""
    return spec.design.folder if spec.design else f"{spec.sources.folder}/02_Elements/DESIGN"
