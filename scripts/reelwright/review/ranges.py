"""Byte ranges as RFC 9110, section 14, has them: what players ask for when somebody seeks."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True)
class ByteRange:
    """Bytes ``start`` to ``end``, exclusive."""

    start: int
    end: int


class Unsatisfiable(ValueError):
    """The range lies beyond the file: status 416."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The bytes that a ``Range`` header asks for of a file of ``size`` bytes; None: all of them.

    A header that is no range of bytes, or asks for several, is passed over, as servers may. Raises Unsatisfiable for a range
    that begins at or after the end.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        if length == 0 or size == 0:
            raise Unsatisfiable
        return ByteRange(max(0, size - length), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, min(size, int(last) + 1) if last else size)
