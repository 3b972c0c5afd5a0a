"""Which production art the demo delivers beside its characters, and what the wiki of its show calls it.

Data only, and read while the Snakefile is parsed, so it imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import capwords
from typing import Any

from reelwright.demo.show import CHARACTERS, LOCATIONS

ARCHIVE = "03_PROPS.zip"
UNPACKED = "03_PROPS"
"""The archive, and the folder that a part of it was unpacked into; it was packed with its folder, as people do."""


@dataclass(frozen=True)
class Prop:
    """One file of a prop, without its suffix, and the asset that it belongs to."""

    stem: str
    asset: str
    folder: str = "GADGETS"
    """Within the archive."""
    suffixes: tuple[str, ...] = (".png", ".jpg")
    unpacked: bool = False
    """Whether the unpacked part has it too."""


PROPS = (
    Prop("MC_100_PR_GADGET_GLOW_COMPASS_V1_Color", "prop.glow-compass", unpacked=True),
    Prop("MC_100_PR_GADGET_GLOW-COMPASS_v2_line", "prop.glow-compass", suffixes=(".png",)),
    Prop("MC_100_PR_GADGET_GRAPPLE_KITE_Color", "prop.grapple-kite", unpacked=True),
    Prop("mc_100_pr_gadget_bubble_whistle_color", "prop.bubble-whistle"),
    Prop("MC_100_PR_GADGET_STAR_LADLE_V1_Color", "prop.star-ladle"),
    Prop("MC_104_PR_GADGET_STAR_LADLE_BROKEN_V1_Color", "prop.star-ladle", suffixes=(".png",)),
    Prop("MC_101_PR_GADGET_ECHO_LANTERN_V1_Color", "prop.echo-lantern"),
    Prop("MC_102_PR_GADGET_MOSS_BOOTS_Color", "prop.moss-boots", unpacked=True),
    Prop("MC_103_PR_GADGET_SPARK_PENCIL_V3_Color", "prop.spark-pencil", suffixes=(".jpg",)),
    Prop("MC103PRGadgetHiccupJarColor", "prop.hiccup-jar", suffixes=(".png",)),
    Prop("MC_100_PR_SLEEPOWDER_color", "prop.sleepowder", "GENERAL"),
    Prop("MC_102_PR_SLEEPOWDER_OPEN_Color", "prop.sleepowder", "GENERAL", (".png",)),
    Prop("MC_101_PR_RIDDLE_BOX_Color", "prop.riddle-box", "GENERAL"),
    Prop("MC_102_PR_FUR-LINED_MITTENS_Color", "prop.fur-lined-mittens", "GENERAL", (".jpg",)),
    Prop("MC_102_PR_DRY_ICE_Color", "prop.dry-ice", "GENERAL", (".png",)),
    Prop("MC_104_PR_CRÈME_TORCH_Color", "prop.creme-torch", "FOOD", (".png",)),
    Prop("MC_104_PR_SOUP_POT_V2_Color", "prop.soup-pot", "FOOD"),
    Prop("MC_104_PR_STORM_UMBRELLA_Color", "prop.storm-umbrella", "GENERAL", (".png",), unpacked=True),
    Prop("MC_103_PR_VEHICLE_MOON_FERRY_V1_Color", "prop.moon-ferry", "VEHICLES", (".png",)),
)

ONLY_HERE = "MC_104_PR_SPOON_Color.png"
"""A file of the unpacked folder that the archive has not."""

UNREADABLE = "scan 0012.jpg"
"""A member whose name says nothing."""

BACKGROUNDS = {
    f"02_BG/COLOR_CARD/MC_100_BG_{place.upper().replace(' ', '_')}_V1_Color.jpg": place for place in LOCATIONS
}
"""Location by file: one colour card each."""

SPEEDLINES = tuple(f"02_BG/SPEEDLINES/MC_10{number}_BG_SPEEDLINES_{number:02d}_Color.jpg" for number in range(1, 5))

STYLE_GUIDE = {
    "STYLE GUIDE/Locations/Lighthouse at Night.jpg": ("lighthouse", "night"),
    "STYLE GUIDE/Locations/Space Dock at Dusk.jpg": ("space dock", "dusk"),
    "STYLE GUIDE/Key Art/Moss and Comet.jpg": ("rooftops", "dusk"),
}
"""Location and hour by file."""

MEANT: dict[str, str | None] = {
    "gadgets/Glow Compass": "prop.glow-compass",
    "gadgets/Grapple-Kite": "prop.grapple-kite",
    "gadgets/The Bubble Whistle": "prop.bubble-whistle",
    "gadgets/Star Ladle (gadget)": "prop.star-ladle",
    "gadgets/Echo Lantern": "prop.echo-lantern",
    "gadgets/Moss Boots": "prop.moss-boots",
    "gadgets/Spark Pencils": "prop.spark-pencil",
    "gadgets/Hickup Jar": "prop.hiccup-jar",
    # Traps: each is a word or a letter away from an asset, and means none.
    "gadgets/Moon Boots": None,
    "gadgets/Echo Lantern II": None,
    "gadgets/Star Compass": None,
    "props/Powder": None,
    "props/Box": None,
    "props/Ice": None,
    "props/Soup": None,
    "props/Moon": None,
    "props/Sleepowder": "prop.sleepowder",
    "props/Riddlebox": "prop.riddle-box",
    "props/Fur-Lined Mittens": "prop.fur-lined-mittens",
    "props/Dry Ice": "prop.dry-ice",
    "props/Creme Torch": "prop.creme-torch",
    "props/Soup Pot": "prop.soup-pot",
    "props/Storm Umbrela": "prop.storm-umbrella",
    "props/Moon Ferry (vehicle)": "prop.moon-ferry",
    **{
        f"{'villains' if one.name == 'Baron Soot' else 'characters'}/{one.name}": f"character.{_id}"
        for one in CHARACTERS
        for _id in [one.name.lower().replace(" ", "-")]
    },
    "characters/Bram": None,
    **{
        f"outfits/{one.name}/{capwords(outfit.name)}": f"outfit.{_id}.{worn}"
        for one in CHARACTERS
        for _id in [one.name.lower().replace(" ", "-")]
        for outfit in one.outfits
        for worn in [outfit.name.replace("'", "").replace(" ", "-")]
    },
    "outfits/Baron Soot/Snow Gear": None,
}
"""What each name of the wiki list means: an asset, or none."""


def demo_art() -> list[str]:
    """Every file that is drawn, below the folder of production art; the archive, which lies straight in it, first."""
    unpacked = [f"{UNPACKED}/{path}" for path in unpacked_members()]
    only_here = f"{UNPACKED}/{UNPACKED}/{ONLY_HERE}"
    return [ARCHIVE, *unpacked, only_here, *BACKGROUNDS, *SPEEDLINES, *STYLE_GUIDE]


def members() -> dict[str, Prop | None]:
    """Every member of the archive; None for the one that says nothing."""
    named: dict[str, Prop | None] = {
        f"{UNPACKED}/{one.folder}/{one.stem}{suffix}": one for one in PROPS for suffix in one.suffixes
    }
    return {**named, f"{UNPACKED}/GENERAL/{UNREADABLE}": None}


def unpacked_members() -> list[str]:
    """Members that were unpacked too."""
    return [path for path, prop in members().items() if prop is not None and prop.unpacked]


def wiki_list() -> list[dict[str, Any]]:
    """The wiki list (schema ``wiki``)."""
    rows = []
    for item in MEANT:
        group, *owner, name = item.split("/")
        rows.append({"name": name, "group": group, **({"character": owner[0]} if owner else {})})
    return rows


def art_truth() -> dict[str, Any]:
    """Which asset each file and each name of the wiki means (schema ``demo_art_truth``)."""
    return {
        "files": {path: prop.asset if prop else None for path, prop in members().items()},
        "wiki": dict(MEANT),
        "locations": dict(BACKGROUNDS),
    }
