"""What happens in the invented show, scene by scene, and who made it. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """A run of shots in one place."""

    location: str
    hour: str
    """``day``, ``dusk`` or ``night``."""
    weather: str
    """``clear rain snow fireflies embers bubbles leaves stars steam``."""
    cast: tuple[str, ...]
    gadget: str
    lines: tuple[tuple[str, str], ...]
    """Speaker and words, in order."""


@dataclass(frozen=True)
class Story:
    """What happens in an episode."""

    context: str
    scenes: tuple[Scene, ...]


STORIES = (
    Story(
        "The lanterns of the night market go out one by one. Moss and Comet follow the last glow to the lighthouse and "
        "solve the riddle that Old Bramble hid there.",
        (
            Scene(
                "night market",
                "night",
                "embers",
                ("Moss", "Comet", "Tilly"),
                "glow compass",
                (
                    ("Moss", "Every lantern on this street is out."),
                    ("Comet", "Then we follow the last one."),
                    ("Tilly", "It winked at me!"),
                    ("Moss", "Keep the compass steady."),
                ),
            ),
            Scene(
                "mossy forest",
                "dusk",
                "fireflies",
                ("Moss", "Tilly"),
                "glow compass",
                (("Tilly", "Are those eyes or fireflies?"), ("Moss", "Fireflies. Mostly."), ("Tilly", "Mostly?")),
            ),
            Scene(
                "rooftops",
                "night",
                "clear",
                ("Comet", "Baron Soot"),
                "grapple kite",
                (("Baron Soot", "The dark belongs to me."), ("Comet", "Not tonight, Baron!")),
            ),
            Scene(
                "lighthouse",
                "dusk",
                "leaves",
                ("Moss", "Comet", "Old Bramble"),
                "glow compass",
                (
                    ("Old Bramble", "What shines, but is never hot?"),
                    ("Moss", "A good idea."),
                    ("Comet", "And a lantern full of fireflies."),
                ),
            ),
        ),
    ),
    Story(
        "A whisper from the ice cave keeps the valley awake. The crew climbs down with warm soup and finds that the "
        "cave is only lonely.",
        (
            Scene(
                "kitchen",
                "day",
                "steam",
                ("Tilly", "Old Bramble"),
                "star ladle",
                (
                    ("Old Bramble", "Nobody slept a wink last night."),
                    ("Tilly", "The whisper came from under the ice."),
                    ("Old Bramble", "Then take the soup along."),
                ),
            ),
            Scene(
                "mossy forest",
                "day",
                "leaves",
                ("Moss", "Comet"),
                "grapple kite",
                (("Comet", "Race you to the cave!"), ("Moss", "The kite always wins.")),
            ),
            Scene(
                "ice cave",
                "night",
                "snow",
                ("Moss", "Comet", "Tilly"),
                "bubble whistle",
                (
                    ("Tilly", "Hello, whisper. Are you cold?"),
                    ("Comet", "I can see my own breath."),
                    ("Moss", "It says it has no friends."),
                    ("Tilly", "Now it has three."),
                ),
            ),
            Scene(
                "lighthouse",
                "night",
                "snow",
                ("Old Bramble", "Moss"),
                "star ladle",
                (("Moss", "The whisper is humming now."), ("Old Bramble", "Then we sleep at last.")),
            ),
        ),
    ),
    Story(
        "Somebody small has stowed away on the moon ferry. Comet chases hiccups through the space dock while Baron "
        "Soot waits for the rocket's fire.",
        (
            Scene(
                "space dock",
                "night",
                "stars",
                ("Comet", "Moss"),
                "bubble whistle",
                (
                    ("Comet", "The ferry leaves in one minute."),
                    ("Moss", "I heard a hiccup in the hold."),
                    ("Comet", "Rockets do not hiccup."),
                ),
            ),
            Scene(
                "rooftops",
                "dusk",
                "leaves",
                ("Tilly", "Moss"),
                "grapple kite",
                (("Tilly", "From here I can see the whole dock."), ("Moss", "Hold on to the kite.")),
            ),
            Scene(
                "space dock",
                "day",
                "bubbles",
                ("Tilly", "Comet", "Baron Soot"),
                "bubble whistle",
                (
                    ("Baron Soot", "That fire will feed my chimneys."),
                    ("Tilly", "Hiccup!"),
                    ("Comet", "So it was you all along."),
                ),
            ),
            Scene(
                "night market",
                "night",
                "rain",
                ("Moss", "Baron Soot"),
                "glow compass",
                (("Baron Soot", "I only wanted to be warm."), ("Moss", "Then ask. The stove is big enough.")),
            ),
        ),
    ),
    Story(
        "A storm steals the roof of the kitchen on the day of the soup feast. Everyone cooks in the lighthouse, and "
        "the last ladle goes to the storm itself.",
        (
            Scene(
                "rooftops",
                "day",
                "rain",
                ("Comet", "Tilly"),
                "grapple kite",
                (("Tilly", "Our roof just flew past us."), ("Comet", "Catch it with the kite!")),
            ),
            Scene(
                "kitchen",
                "dusk",
                "steam",
                ("Moss", "Old Bramble", "Comet"),
                "star ladle",
                (
                    ("Old Bramble", "Soup and rain do not mix."),
                    ("Moss", "Then we carry the pot uphill."),
                    ("Comet", "All of it?"),
                ),
            ),
            Scene(
                "lighthouse",
                "night",
                "rain",
                ("Moss", "Tilly", "Baron Soot"),
                "star ladle",
                (
                    ("Baron Soot", "I brought a spoon. Just in case."),
                    ("Tilly", "Everybody gets a bowl."),
                    ("Moss", "The storm has not eaten yet."),
                ),
            ),
            Scene(
                "mossy forest",
                "dusk",
                "fireflies",
                ("Old Bramble", "Tilly", "Comet"),
                "bubble whistle",
                (
                    ("Old Bramble", "Listen. It purrs."),
                    ("Comet", "I think it liked the carrots."),
                    ("Tilly", "Good night, storm."),
                ),
            ),
        ),
    ),
)

CREDITS = (
    ("Drawn by", ("a program", "and its seed")),
    ("With the voices of", ("Sine Wave", "Square Wave", "Soft Triangle", "Low Hum", "Minor Third")),
    ("Backgrounds", ("Hill Gradient", "Cloud Ellipse", "Dusk Palette")),
    ("Soup", ("Old Bramble",)),
    ("Lanterns", ("The Night Market Guild", "Two Hundred Fireflies")),
    ("Kites and ladles", ("Workshop Number Seven",)),
)
"""Roles and (invented) names of the end credits."""


def story(episode: str) -> Story:
    """The story of a two-digit episode; after the last one they begin again."""
    return STORIES[(int(episode) - 1) % len(STORIES)]
