"""What the provenance of a package says of each master: all that cutting a row again asks for."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from reelwright.fit import color_matrix, fit_filters

NUMBERS = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020nc": 9}
"""Numbers in AVColorSpace of the colour matrices as a probe names them."""


def filter_chain(probe: dict[str, Any], size: tuple[int, int]) -> str:
    """What FFmpeg is given as ``-vf`` so that a picture of the master fits ``size``, as the package's media does."""
    stored = (probe["width"], probe["height"])
    matrix = color_matrix(NUMBERS.get(probe["color_space"]), probe["height"])
    aspect = Fraction(probe["sample_aspect"])
    filters = fit_filters(stored, size, aspect, probe["rotation"], matrix, probe["color_range"] == "pc")
    if probe["interlaced"]:
        filters.insert(0, ("bwdif", "mode=send_frame:parity=auto:deint=interlaced"))
    return ",".join(f"{name}={options}" if options else name for name, options in filters)


def master_row(probe: dict[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """One entry of ``sources`` in ``PROVENANCE.json``."""
    copied = ("source_id", "episode", "title", "path", "sha256", "bytes", "duration_s", "fps", "width", "height")
    return {**{key: probe[key] for key in copied}, "filters": filter_chain(probe, size)}
