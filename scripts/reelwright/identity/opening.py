"""Opening pictures with Pillow whatever their size: sizes are held against the spec's limits, which know the route."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

_LOCK = threading.Lock()
_inside: list[int | None] = []
"""Pillow's own limit as each thread that is inside found it; the limit is the whole process's."""


@contextmanager
def any_size() -> Iterator[None]:
    """Pillow's own limit of pixels is off until the last thread that came in has left."""
    with _LOCK:
        _inside.append(Image.MAX_IMAGE_PIXELS if not _inside else _inside[0])
        Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        with _LOCK:
            limit = _inside.pop()
            if not _inside:
                Image.MAX_IMAGE_PIXELS = limit
