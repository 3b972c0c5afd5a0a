"""Parts of a package of the video lane that say which of the usable clips become its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.section import Section

ClipId = Annotated[str, StringConstraints(pattern=r"^ep[0-9]{2}_[0-9]{6,}_[0-9]{6,}$")]
"""`ep<NN>_<start>_<end>`: source frames, end exclusive."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A name as captions and the bible have it; case doesn't matter."""

Move = Literal["static", "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "complex"]
"""How the camera moves, as it was measured."""


class Only(Section):
    """What a clip must be to become a row. A clip about which something isn't known doesn't pass where that is asked."""

    characters: list[Label] = Field([])
    """At least one of them is on screen."""
    locations: list[Label] = Field([])
    """It shows one of them."""
    camera: list[Move] = Field([])
    """The camera does one of these."""
    min_s: float | None = Field(None, gt=0)
    """It is at least so long."""
    max_s: float | None = Field(None, gt=0)
    """It is at most so long."""


class Exclude(Section):
    """What a clip must not be to become a row."""

    clips: list[ClipId] = Field([])
    """Clips, by id. (What is wrong with a clip for every package belongs into `decisions/clips.csv`.)"""
    characters: list[Label] = Field([])
    """None of them is on screen."""
    locations: list[Label] = Field([])
    """It shows none of them."""
    camera: list[Move] = Field([])
    """The camera does none of these."""


class Balance(Section):
    """How `rows` are shared out. The groups take turns, and in its turn each takes the clip of lowest rank that is left of
    its own: so they get equally many, within one."""

    by: Literal["episode", "character", "location", "camera", "length"]
    """What makes a group: an episode; a character on screen (a clip with several is taken by whichever comes first); a
    location; how the camera moves; a frame count of the rows."""
    among: list[Label] = Field([])
    """The groups that take turns, where they are not all: others' clips are left out. Not with `length`."""
    strict: bool = True
    """Whether a group that runs out stops the package, which says how many each has. If not, the others go on."""


class Stills(Section):
    """Images in the place of clips: one frame of a clip, the sharpest, with the clip's caption."""

    per_shot: int = Field(1, ge=1)
    """Most stills of one shot, where it gave several clips: those of the sharpest."""
    distance: int = Field(10, ge=0, le=64)
    """Stills of an episode whose perceptual hashes differ in at most so many of 64 bits look the same: the later is left out.
    (Between the same picture recompressed, 0, and cropped by 3 %, 16; other pictures differ in about 30.)"""


def selection_faults(where: str, package: Any) -> Iterator[tuple[str, str, str, None]]:
    """Faults of how a package (``spec.model.Package``) selects: (key, value, what was expected, nearest name)."""
    rows, per_episode, balance, only = package.rows, package.rows_per_episode, package.balance, package.only
    if rows is not None and per_episode is not None:
        yield f"{where}.rows", str(rows), "expected rows or rows_per_episode, not both", None
    if balance is not None and rows is None:
        yield f"{where}.balance", "", "needs rows: how many there are to share out", None
    if balance is not None and balance.by == "length" and balance.among:
        yield f"{where}.balance.among", ", ".join(balance.among), "is not for length: see frame_buckets", None
    if balance is not None and balance.by == "length" and package.stills is not None:
        yield f"{where}.balance.by", "length", "is not for stills: each is one frame", None
    if balance is not None and balance.by == "episode":
        for episode in balance.among:
            if package.episodes is not None and episode not in package.episodes:
                yield f"{where}.balance.among", episode, "is no episode of the package", None
    if only.min_s is not None and only.max_s is not None and only.min_s > only.max_s:
        yield f"{where}.only.min_s", f"{only.min_s:g}", f"expected at most only.max_s, {only.max_s:g}", None
    for key in ("characters", "locations", "camera"):
        both = {name.casefold() for name in getattr(only, key)} & {
            name.casefold() for name in getattr(package.exclude, key)
        }
        for name in sorted(both):
            yield f"{where}.exclude.{key}", name, f"is asked for by only.{key}", None
    lists = {f"only.{key}": getattr(only, key) for key in ("characters", "locations", "camera")}
    lists |= {f"exclude.{key}": getattr(package.exclude, key) for key in ("clips", "characters", "locations", "camera")}
    lists["balance.among"] = balance.among if balance else []
    for key, values in lists.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{where}.{key}", value, "stands there twice", None
