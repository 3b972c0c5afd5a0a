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
    false, and others, which are other places with the same footage, or those between which it can't be decided. A clip is
    seen where a row shows some of any of them. ``rows``: clip_id, source_sha256, start_frame, end_frame. Masters are told
    apart by sha256: frame numbers of another file say nothing.
    """
    spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for row in rows:
        spans[row["source_sha256"]].append((row["start_frame"], row["end_frame"], row["clip_id"]))
    found = []
    for old in reference:
        places = [*([old] if old["found"] else []), *old["others"]]
        shared = {
            (start, clip_id)
            for place in places
            for start, end, clip_id in spans.get(place["source_sha256"], [])
            if start < place["end_frame"] and place["start_frame"] < end
        }
        seen = bool(shared) if places else None
        found.append(Seen(old["clip"], seen, tuple(clip_id for _, clip_id in sorted(shared))))
    return found
