"""Seen or unseen: whether an old clip shows frames that a package trains on, so that judging by it would flatter the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seen:
    """An old clip as a package knows it."""

    clip: str
    """Name of the old clip."""
    seen: bool | None
    """Whether a training row shows some of its frames; None where nobody knows where it lies."""
    rows: tuple[str, ...]
    """The clip ids of these rows, in the order of their frames."""


def seen_clips(reference: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> list[Seen]:
    """Each old clip of ``reference``, in its order, against the training ``rows`` of a package.

    ``reference``: clip, found, source_sha256, start_frame and end_frame (exclusive), the last three null where ``found`` is
    false. ``rows``: clip_id, source_sha256, start_frame, end_frame. Masters are told apart by sha256: frame numbers of
    another file say nothing.
    """
    spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for row in rows:
        spans[row["source_sha256"]].append((row["start_frame"], row["end_frame"], row["clip_id"]))
    found = []
    for old in reference:
        if not old["found"]:
            found.append(Seen(old["clip"], None, ()))
            continue
        shared = sorted(
            (start, clip_id)
            for start, end, clip_id in spans.get(old["source_sha256"], [])
            if start < old["end_frame"] and old["start_frame"] < end
        )
        found.append(Seen(old["clip"], bool(shared), tuple(clip_id for _, clip_id in shared)))
    return found
