"""Which production art of its characters the demo delivers. Read while the Snakefile is parsed, so it imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.demo.show import CHARACTERS, Character

FOLDER = "01_CH"
"""Where it lies below the folder of production art."""


@dataclass(frozen=True)
class Plate:
    """One file."""

    path: str
    """Below the folder of production art."""
    character: str
    outfit: int
    """Which of the character's outfits is worn."""
    views: tuple[str, ...]
    """The actions that are drawn side by side, each a pose."""
    form: str = "rgb"
    """``rgb``, ``flat`` (without layers), ``alpha``, ``deep`` (16 bits), ``deep_alpha``, ``cmyk``, ``cmyk_bare`` (without a
    profile), ``unmerged``, ``big`` (PSB), ``jpg``, ``png``."""
    extra: str = ""
    """``head`` (a close view), ``cut`` (off at the edge), ``labels``, ``notes`` (a sheet of text alone)."""
    height: int = 1200
    """Of the picture in pixels."""


def slug(name: str) -> str:
    """A name as production files write it."""
    return "".join(one if one.isalnum() else "_" for one in name.replace("'", "").upper())


def _folder(character: str) -> str:
    return f"{FOLDER}/{slug(character)}"


def _of(who: Character, outfit: int, name: str, *views: str, suffix: str = "psd", **more: str | int) -> Plate:
    worn = slug(who.outfits[outfit].name)
    path = f"{_folder(who.name)}/MC_100_CH_{slug(who.name)}_{worn}_{name}.{suffix}"
    return Plate(path, who.name, outfit, views, **more)  # type: ignore[arg-type]


def demo_plates() -> dict[str, Plate]:
    """The files that the demo draws, by path below the folder of production art.

    Layered, flat, deep, for print, huge in name, with all that goes wrong."""
    moss, comet, tilly, bramble, soot = CHARACTERS
    plates = [_of(who, outfit, "POSE_v1", "stand") for who in CHARACTERS for outfit in range(len(who.outfits))]
    plates += [_of(who, 0, "TURN", "stand", "walk", "point") for who in (moss, comet, tilly)]
    plates += [
        _of(moss, 0, "POSE_v1", "stand", suffix="jpg", form="jpg"),
        _of(moss, 0, "CHEER", "cheer", form="alpha"),
        _of(moss, 0, "HEAD", "talk", form="flat", extra="head"),
        _of(moss, 1, "WALK_notes", "walk", extra="labels"),
        _of(comet, 0, "RUN_16bit", "run", form="deep"),
        _of(comet, 0, "WAVE", "wave", form="unmerged"),
        _of(comet, 2, "POINT_small", "point", suffix="png", form="png", height=720),
        _of(comet, 1, "LOOK_CUT", "look", extra="cut"),
        _of(tilly, 0, "WALK_print", "walk", form="cmyk"),
        _of(tilly, 0, "SHIVER_WET", "shiver", form="deep_alpha"),
        _of(tilly, 3, "HOLD", "hold", suffix="psb", form="big"),
        _of(tilly, 0, "notes", form="flat", extra="notes"),
        _of(bramble, 0, "TALK_print_old", "talk", form="cmyk_bare"),
        _of(bramble, 0, "WALK_rough", "walk"),
        _of(bramble, 2, "GASP", "gasp", form="alpha"),
        _of(soot, 0, "SNEAK", "sneak", form="cmyk"),
    ]
    return {plate.path: plate for plate in plates}
