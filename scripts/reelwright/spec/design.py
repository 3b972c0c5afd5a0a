"""The part `design` of the spec: the delivered production art, and how its names are read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reelwright.spec.captions import Term
from reelwright.spec.section import Name, RelativePath, Section


class ArchiveLimits(Section):
    """What a member of an archive may be before it counts as a zip bomb: such a member is reported and never opened."""

    max_ratio: float = Field(200.0, ge=1)
    """Bytes unpacked to bytes packed. Photoshop packs its layers itself, so that even blank ones stay well below; deflate
    can't go beyond about 1,032 and bombs come close to that."""
    ratio_from_mb: float = Field(64.0, ge=0)
    """Members that unpack to less than this many megabytes may have any ratio: they can't hurt."""
    max_member_gb: float = Field(16.0, gt=0)
    """Largest member, unpacked, in gigabytes (the reference delivery: 59.8 in 4,003 members)."""
    max_total_gb: float = Field(1000.0, gt=0)
    """Most that all members of one archive may unpack to, in gigabytes: members beyond it are reported."""
    buffer_mb: float = Field(256.0, ge=0)
    """A packed member up to this size is unpacked in memory, where readers may jump about; a larger one is unpacked again
    from its beginning when a reader jumps back."""


Dictionary = Literal["characters", "props", "backgrounds", "style_guides"]
"""What art shows. Outfits are what is worn in the art of characters."""


VIEWS = [
    *(
        "turnaround",
        "turn",
        "turns",
        "front",
        "back",
        "side",
        "profile",
        "three quarter",
        "3 4",
        "expressions",
        "expression",
    ),
    *("head", "face", "hands", "hand", "mouth", "mouths", "eyes", "pose", "poses", "size", "lineup", "model", "sheet"),
    *("details", "detail", "hair", "bodies", "body", "outfit", "outfits", "costume"),
]
"""How model sheets show characters, as animation studios call it."""


class ArtFolder(Section):
    """A folder or archive of production art, and what is in it."""

    dictionary: Dictionary
    """Which dictionary its files belong to."""
    kind: Term | None = None
    """What kind of thing all of it shows where names don't say it: `speedlines`, `colour card`, `key art`."""
    rules: list[Name] = Field(["production"], min_length=1)
    """Which rules of `design.names.rules` its names may follow, the first that fits being taken."""


class Extracted(Section):
    """A folder that was unpacked from an archive beside it."""

    archive: RelativePath
    """The archive below `design.folder`, which is the source of truth: files that match it count once, as its members."""
    prefix: RelativePath | None = None
    """Folder in the archive that was unpacked into it; where left out, the one under which most files are found."""


class ArtNames(Section):
    """How names of production art are read. Words are compared without case, accents, separators and apostrophes."""

    show: Term | None = None
    """Letters that production names begin with: `TS`."""
    rules: dict[Name, str] = Field(
        {
            "production": "{show}_{code}_{category}_{kind?}_{name}_{version?}_{state?}",
            "plain": "{name}_{version?}_{state?}",
        }
    )
    """Patterns that names follow, by name. Fields stand in this order, with any separators; one with ? may be missing.
    Before `{name}`: `show`, `code` (season and two digits of the episode, 00 being the season's stock), `category`, `kind`.
    Behind it, in any order: `version`, `state`."""
    categories: dict[Term, Dictionary] = Field(
        {
            "PR": "props",
            "PROP": "props",
            "CH": "characters",
            "CHAR": "characters",
            "BG": "backgrounds",
            "SG": "style_guides",
        }
    )
    """What stands for a dictionary in names."""
    kinds: dict[Term, Term] = Field(
        {"gadget": "gadget", "gadgets": "gadget", "vehicle": "vehicle", "vehicles": "vehicle"}
    )
    """Words in front of a name, or names of folders, that say what kind of thing it is. Only what never begins a name belongs
    here: with `food` a FOOD_TRUCK would be a truck."""
    states: dict[Term, Term] = Field(
        {
            "color": "colour",
            "colour": "colour",
            "colors": "colour",
            "colours": "colour",
            "col": "colour",
            "coloured": "colour",
            "line": "line",
            "lines": "line",
            "clean": "clean",
            "rough": "rough",
            "bw": "line",
            "b w": "line",
        }
    )
    """Words behind a name that say how it is drawn: they fold into one asset."""
    conditions: dict[Term, Term] = Field(
        {
            "dismantled": "dismantled",
            "broken": "broken",
            "open": "open",
            "opened": "open",
            "closed": "closed",
            "empty": "empty",
            "full": "full",
            "ice": "ice",
            "frozen": "frozen",
            "damaged": "damaged",
            "burnt": "burnt",
            "off": "off",
            "on": "on",
        }
    )
    """Words behind a name that say in which state the thing is. They fold into the asset without them, where there is one:
    `MOO_BOX_ICE` belongs to `MOO_BOX`, but `DRY_ICE` to nothing called `DRY`."""
    noise: list[Term] = Field(["final", "ok", "approved", "copy", "export"])
    """Words that mean nothing, at the end of names."""
    aliases: dict[Term, Term] = Field({})
    """Other spellings, by what they stand for: `{lazer: laser}`. They hold for names of production art and of the wiki."""
    views: list[Term] = Field(VIEWS)
    """Words that say how a character is shown, and so belong to no outfit."""
    outfits: list[Term] = Field([])
    """Outfits that the show is known to have: words behind a character that stand for none of them are kept and asked about."""
    groups: list[Term] = Field([])
    """Folders of characters that are many: there the name of the file says who it is."""


class WikiList(Section):
    """Lists of names from a wiki: what things are called in public. They say nothing of what things look like."""

    path: RelativePath
    """A JSON or CSV file (schema `wiki`), relative to the folder in which Snakemake runs, or absolute."""
    one_to_one: bool = True
    """Whether two names of the list never mean one asset; a name that says `shared` of itself is excepted."""


class WikiGroup(Section):
    """How a group of wiki names is looked up."""

    category: Term
    """Visual category that the crosswalk gives: `spy gadget`."""
    dictionary: Literal["characters", "outfits", "props", "backgrounds", "style_guides"]
    """The dictionary that it is looked up in."""


class Design(Section):
    """The delivered production art. It is read where it lies: nothing is unpacked."""

    folder: RelativePath
    """The delivered folder; may be absolute. It is only ever read."""
    rights: Literal["licensed"]
    """States that this art is licensed for training. There is no default: somebody must say it."""
    folders: dict[RelativePath, ArtFolder] = Field(min_length=1)
    """Folders and archives below `folder`, each with what is in it; the longest path that fits a file counts."""
    extracted: dict[RelativePath, Extracted] = Field({})
    """Folders that were unpacked from archives, by path below `folder`."""
    compare: Literal["size", "crc32"] = "size"
    """How an unpacked file is compared with its archive: by path and size, or by its bytes as well, which are then all read
    once."""
    limits: ArchiveLimits = ArchiveLimits()
    """What counts as a zip bomb."""
    names: ArtNames = ArtNames()
    """How names are read."""
    locations: dict[Term, list[Term]] = Field({})
    """Backgrounds that show a location under another name, by location: names or ids of assets (`{mall: [shopping centre]}`).
    They are linked beside those whose names say it."""
    wiki: list[WikiList] = Field([])
    """Wiki lists."""
    wiki_groups: dict[Name, WikiGroup] = Field(
        {
            "gadgets": WikiGroup(category="gadget", dictionary="props"),
            "props": WikiGroup(category="prop", dictionary="props"),
            "characters": WikiGroup(category="character", dictionary="characters"),
            "villains": WikiGroup(category="villain", dictionary="characters"),
            "outfits": WikiGroup(category="outfit", dictionary="outfits"),
        }
    )
    """Groups of wiki names."""
