"""Every place of the show by name."""

from __future__ import annotations

from random import Random

from reelwright.demo.indoors import ice_cave, kitchen, space_dock
from reelwright.demo.outdoors import lighthouse, mossy_forest, night_market, rooftops
from reelwright.demo.paint import Painter, box, mix, smooth
from reelwright.demo.scenery import BOTTOM, LEFT, RIGHT, TOP, NearShape, SceneryPainter


def speed_lines(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """Not a place but a state: the streaks behind somebody who is in a hurry."""
    low, high = random.choice(
        (("#ffcf4a", "#ff7a3c"), ("#5ad0f0", "#2a5ac8"), ("#f08ac0", "#7a3ab8"), ("#a0e86a", "#2a9a6a"))
    )
    painter.wash(box(LEFT, TOP, RIGHT, BOTTOM), (high, low, high))
    for _ in range(150):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(-700, 320)
        long, thick = random.uniform(300, 1100), random.uniform(1.5, 10)
        streak = smooth([(x - long, y), (x, y - thick), (x + long, y), (x, y + thick)])
        painter.glaze(
            streak, random.choice(("#ffffff", "#fff6d0", mix(high, "#1c1430", 0.4))), random.uniform(0.35, 0.8)
        )
    return []


PLACES: dict[str, SceneryPainter] = {
    "lighthouse": lighthouse,
    "night market": night_market,
    "mossy forest": mossy_forest,
    "ice cave": ice_cave,
    "space dock": space_dock,
    "kitchen": kitchen,
    "rooftops": rooftops,
    "speed lines": speed_lines,
}
"""The painter of each place, and of the streaks that stand in for one in a chase."""
