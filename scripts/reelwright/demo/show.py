"""The invented show: who is in it, what they wear and use, where it plays. Data only, no drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outfit:
    """What a character wears, as colours (``#rrggbb``) and extras that the drawing knows."""

    name: str
    description: str
    top: str
    bottom: str
    shoes: str
    accent: str
    extras: tuple[str, ...] = ()
    """Of ``scarf hood helmet apron cape belt badge stripes``."""


@dataclass(frozen=True)
class Character:
    """One character: anchors for captions, and the proportions that the drawing follows (units of the stage)."""

    name: str
    hair: str
    suit: str
    description: str
    hair_style: str
    hair_colour: str
    skin: str
    iris: str
    legs: float
    torso: float
    shoulders: float
    hips: float
    head: tuple[float, float]
    """Half width and half height of the head."""
    voice_hz: float
    outfits: tuple[Outfit, ...]

    @property
    def height(self) -> float:
        """Height without hair, in units of the stage."""
        return self.legs + self.torso + 1.85 * self.head[1]

    def outfit_at(self, location: str) -> Outfit:
        """What the character wears at ``location``: the outfit made for it, else the everyday one (the first)."""
        wanted = DRESS.get(location)
        return next((outfit for outfit in self.outfits if outfit.name == wanted), self.outfits[0])


@dataclass(frozen=True)
class Gadget:
    """A prop of the show."""

    name: str
    description: str


DRESS = {"ice cave": "snow gear", "space dock": "star suit", "kitchen": "cook's apron"}
"""The outfit that a place asks for; everyday clothes elsewhere."""

LOCATIONS = ("lighthouse", "night market", "mossy forest", "ice cave", "space dock", "kitchen", "rooftops")


def _snow(top: str, accent: str) -> Outfit:
    return Outfit(
        "snow gear", "a padded parka with a fur-lined hood", top, "#4a5a7a", "#7a4a3a", accent, ("hood", "belt")
    )


def _star(top: str, accent: str) -> Outfit:
    return Outfit(
        "star suit", "a quilted space suit with a bubble helmet", top, top, "#5b6478", accent, ("helmet", "badge")
    )


def _cook(top: str, bottom: str) -> Outfit:
    return Outfit("cook's apron", "rolled sleeves under a white apron", top, bottom, "#5a4032", "#fbf6e9", ("apron",))


CHARACTERS = (
    Character(
        "Moss",
        "leaf-green bob with a sprout",
        "rust-red explorer suit",
        "a curious girl with a leaf-green bob and freckles, in a rust-red explorer suit",
        "bob",
        "#5fa04a",
        "#f2c9a0",
        "#3f7d3a",
        95,
        85,
        36,
        40,
        (60, 58),
        330.0,
        (
            Outfit(
                "explorer suit",
                "a rust-red suit with a cream scarf",
                "#c4502e",
                "#8f3a26",
                "#4b2f28",
                "#f6e3b4",
                ("scarf", "belt"),
            ),
            _snow("#e0784a", "#fff1d6"),
            _star("#e9e4da", "#c4502e"),
            _cook("#d9694a", "#7b4634"),
        ),
    ),
    Character(
        "Comet",
        "swept-up golden flame of hair",
        "navy flight suit",
        "a tall, hasty boy with a golden flame of hair, in a navy flight suit with a yellow stripe",
        "flame",
        "#f6b32e",
        "#e8b48a",
        "#2f63a8",
        130,
        100,
        38,
        32,
        (50, 60),
        220.0,
        (
            Outfit(
                "flight suit",
                "a navy suit with yellow stripes and a short cape",
                "#2c4a8c",
                "#22386b",
                "#d8a02c",
                "#f7c948",
                ("cape", "stripes"),
            ),
            _snow("#3f78c4", "#f7e7c0"),
            _star("#d5dcea", "#2c4a8c"),
            _cook("#4b79c0", "#2a3c66"),
        ),
    ),
    Character(
        "Tilly",
        "two violet buns",
        "mint overalls",
        "the smallest of the crew, with two violet buns and round cheeks, in mint overalls",
        "buns",
        "#8a5cc2",
        "#c98a5e",
        "#5b3a86",
        58,
        62,
        30,
        36,
        (62, 56),
        440.0,
        (
            Outfit(
                "overalls",
                "mint overalls over a striped shirt",
                "#59c9a5",
                "#3fa888",
                "#f07f5a",
                "#fdf0d0",
                ("stripes", "badge"),
            ),
            _snow("#a678d6", "#fdf3e0"),
            _star("#dff0ea", "#8a5cc2"),
            _cook("#6fd3b3", "#3d8f78"),
        ),
    ),
    Character(
        "Old Bramble",
        "bald, with a great white beard",
        "plum coat",
        "a round old keeper with a great white beard and bushy brows, in a long plum coat",
        "beard",
        "#f1eee6",
        "#eab795",
        "#5d4a38",
        62,
        128,
        58,
        82,
        (54, 54),
        140.0,
        (
            Outfit(
                "keeper's coat",
                "a long plum coat with brass buttons",
                "#7a3f7d",
                "#54305c",
                "#3a2a34",
                "#e2b64c",
                ("belt", "badge"),
            ),
            _snow("#8c5a9c", "#fff6e6"),
            _star("#e6dde8", "#7a3f7d"),
            _cook("#94589a", "#54305c"),
        ),
    ),
    Character(
        "Baron Soot",
        "a charcoal top hat and a curled moustache",
        "charcoal tailcoat",
        "a thin, gloomy villain with a top hat and a curled moustache, in a charcoal tailcoat with a crimson lining",
        "hat",
        "#23232e",
        "#c9c4d4",
        "#b02a3a",
        158,
        118,
        36,
        28,
        (42, 64),
        110.0,
        (
            Outfit(
                "tailcoat",
                "a charcoal tailcoat with a crimson cape",
                "#3a3a4c",
                "#2a2a38",
                "#17171f",
                "#b5283c",
                ("cape",),
            ),
        ),
    ),
)

GADGETS = (
    Gadget("glow compass", "a brass compass whose needle is a tiny flame"),
    Gadget("grapple kite", "a red kite with a hook on its tail"),
    Gadget("bubble whistle", "a glass whistle that blows bubbles big enough to ride in"),
    Gadget("star ladle", "a soup ladle cut from a fallen star"),
)


def character(name: str) -> Character:
    """The character called ``name``; raises KeyError for a name that the show doesn't have."""
    return _BY_NAME[name]


_BY_NAME = {one.name: one for one in CHARACTERS}
