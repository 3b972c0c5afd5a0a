"""What is known of a clip that a package filters and balances by, and that its motion distribution is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelwright.errors import BuildError
from reelwright.spec.explain import nearest_name
from reelwright.spec.selection import Balance, Exclude, Only

UNKNOWN, NOBODY = "unknown", "nobody"
"""Names of groups: of clips whose location or camera isn't known, and of clips without a character."""


@dataclass(frozen=True)
class Traits:
    """What is known of one clip."""

    episode: str
    seconds: float
    characters: tuple[str, ...]
    location: str | None
    camera: str | None
    """How it moves (``static``, ``pan_left``...); None where that was not measured."""

    def groups(self, by: str, num_frames: int) -> tuple[str, ...]:
        """The groups that the clip belongs to, as a row of ``num_frames``, where rows are balanced ``by`` something."""
        return {
            "episode": (self.episode,),
            "character": self.characters or (NOBODY,),
            "location": (self.location or UNKNOWN,),
            "camera": (self.camera or UNKNOWN,),
            "length": (f"{num_frames} frames",),
        }[by]


def traits_of(clip: dict[str, Any], quality: dict[str, Any], caption: dict[str, Any]) -> Traits:
    """The traits of a clip from its rows of ``clips``, ``quality`` and ``captions``."""
    camera = quality["camera"]
    return Traits(
        clip["episode"],
        clip["duration_s"],
        tuple(dict.fromkeys(caption["characters"])),
        caption["location"],
        camera and camera["move"],
    )


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _named(names: Iterable[str]) -> str:
    return " or ".join(names)


def _not_asked_for(traits: Traits, only: Only) -> Iterator[str]:
    if only.characters and not _folded(traits.characters) & _folded(only.characters):
        shown = ", ".join(traits.characters) or NOBODY
        yield f"only.characters asks for {_named(only.characters)}, and it shows {shown}"
    if only.locations and (traits.location or "").casefold() not in _folded(only.locations):
        yield f"only.locations asks for {_named(only.locations)}, and it shows {traits.location or UNKNOWN}"
    if only.camera and traits.camera not in only.camera:
        yield f"only.camera asks for {_named(only.camera)}, and its camera is {traits.camera or UNKNOWN}"
    if only.min_s is not None and traits.seconds < only.min_s:
        yield f"only.min_s asks for {only.min_s:g} s, and it has {traits.seconds:.2f}"
    if only.max_s is not None and traits.seconds > only.max_s:
        yield f"only.max_s allows {only.max_s:g} s, and it has {traits.seconds:.2f}"


def _excluded(clip_id: str, traits: Traits, exclude: Exclude) -> Iterator[str]:
    if clip_id in exclude.clips:
        yield "exclude.clips names it"
    unwanted = [one for one in traits.characters if one.casefold() in _folded(exclude.characters)]
    if unwanted:
        yield f"exclude.characters names {', '.join(unwanted)}"
    if traits.location and traits.location.casefold() in _folded(exclude.locations):
        yield f"exclude.locations names {traits.location}"
    if traits.camera in exclude.camera:
        yield f"exclude.camera names {traits.camera}"


def refused(clip_id: str, traits: Traits, only: Only, exclude: Exclude) -> str | None:
    """Why the filters of a package leave a clip out: every reason; None where they don't."""
    return "; ".join([*_not_asked_for(traits, only), *_excluded(clip_id, traits, exclude)]) or None


def refuse_unknown_names(
    name: str, only: Only, exclude: Exclude, balance: Balance | None, clips: Mapping[str, Traits]
) -> None:
    """Raise BuildError where package ``name`` filters or balances by what no clip of its episodes has: likely a slip.

    ``clips`` are all that were kept when the episodes were cut, usable or not.
    """
    characters = {one for traits in clips.values() for one in traits.characters}
    locations = {traits.location for traits in clips.values() if traits.location}
    asked: list[tuple[str, Sequence[str], Collection[str]]] = [
        ("only.characters", only.characters, characters),
        ("only.locations", only.locations, locations),
        ("exclude.clips", exclude.clips, clips.keys()),
        ("exclude.characters", exclude.characters, characters),
        ("exclude.locations", exclude.locations, locations),
    ]
    if balance is not None and balance.by != "length":
        groups = {group for traits in clips.values() for group in traits.groups(balance.by, 0)}
        asked.append(("balance.among", balance.among, groups))
    unknown = []
    for key, values, names in asked:
        for value in values:
            if value.casefold() not in _folded(names):
                nearest = nearest_name(value, sorted(names))
                hint = f"; did you mean {nearest!r}?" if nearest else ""
                unknown.append(f"  {key}: {value!r}: no clip of the package's episodes has that{hint}")
    if unknown:
        raise BuildError(f"package {name} selects by what isn't there:\n" + "\n".join(unknown))
