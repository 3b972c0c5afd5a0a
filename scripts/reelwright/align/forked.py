"""Work shared out over forked processes: what it reads is there already, and only its results travel."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_task: tuple[Callable[[Any], Any], Sequence[Any]] | None = None
"""What the processes forked now work on. They inherit it: neither masters nor clips are copied."""

SHARES = 8
"""Parts a process that the work is shared out in, so that a slow one doesn't hold up the end."""


def _share(start: int, end: int) -> list[Any]:
    assert _task is not None
    function, items = _task
    return [function(item) for item in items[start:end]]


def each_forked(function: Callable[[Item], Result], items: Sequence[Item], processes: int) -> list[Result]:
    """``function`` of each of ``items``, in their order, worked out in up to ``processes`` processes."""
    global _task
    if processes <= 1 or len(items) < 2 * SHARES:
        return [function(item) for item in items]
    size = max(1, len(items) // (processes * SHARES))
    _task = (function, items)
    try:
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
            starts = range(0, len(items), size)
            shares = pool.map(_share, starts, [start + size for start in starts])
            return [result for share in shares for result in share]
    finally:
        _task = None
