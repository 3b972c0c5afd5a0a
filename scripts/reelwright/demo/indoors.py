"""The places under a roof, under the ice and beyond the sky."""

from __future__ import annotations

from random import Random

import numpy as np

from reelwright.demo.paint import INK, Light, Painter, bent, box, mix, oval, smooth
from reelwright.demo.scenery import (
    BOTTOM,
    HOURS,
    LEFT,
    RIGHT,
    TOP,
    NearShape,
    cloud,
    every,
    lamp,
    planks,
)


def _crystal(painter: Painter, x: float, y: float, size: float, lean: float, colour: str) -> None:
    tip = (x + lean * size, y - 2.4 * size)
    left, right = (x - 0.42 * size, y), (x + 0.42 * size, y)
    shoulder_left = (x + lean * size * 0.75 - 0.4 * size, y - 1.8 * size)
    shoulder_right = (x + lean * size * 0.75 + 0.4 * size, y - 1.75 * size)
    painter.wash(
        np.array([left, shoulder_left, tip, shoulder_right, right]),
        (mix(colour, "#ffffff", 0.6), colour, mix(colour, "#1a2a6a", 0.45)),
        3.0,
    )
    painter.fill(
        np.array([(x, y), (x + lean * size * 0.75, y - 1.72 * size), shoulder_left, left]), mix(colour, "#ffffff", 0.4)
    )
    painter.limb([(x, y), (x + lean * size * 0.75, y - 1.72 * size), tip], 1.6, 1.2, "#ffffff")


def ice_cave(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """Blue vaults, glowing crystals, icicles, a mirror of a floor."""
    tone = {"day": "#8fe0f0", "dusk": "#d09ae0", "night": "#5a8ae8"}[hour]
    painter.wash(box(LEFT, TOP, RIGHT, 0), ("#16245c", mix(tone, "#2a4a9a", 0.6), mix(tone, "#ffffff", 0.3)))
    scene = painter.lit(Light(tone, 0.25))
    for depth in (0.6, 0.3):
        for x in every(-2600, 2601, 330):
            at, half = x + random.uniform(-90, 90), random.uniform(70, 140)
            pillar = smooth(
                [
                    (at - 1.9 * half, 0),
                    (at - half, -260),
                    (at - 0.8 * half, -600),
                    (at - 2 * half, TOP),
                    (at + 2 * half, TOP),
                    (at + 0.7 * half, -620),
                    (at + half, -240),
                    (at + 2 * half, 0),
                ]
            )
            scene.wash(
                pillar,
                (mix("#9adcf4", tone, depth), mix("#4a86c8", tone, depth), mix("#26468c", tone, depth * 0.6)),
                across=True,
            )
        for _ in range(16):
            x = random.uniform(LEFT, RIGHT)
            painter.glow(x, -60, 260, tone, 0.5)
            for lean, size in ((-0.5, 52.0), (0.1, 84.0), (0.55, 60.0)):
                _crystal(
                    scene,
                    x + lean * 70,
                    4 - 70 * depth,
                    size * random.uniform(0.7, 1.3),
                    lean,
                    mix(random.choice(("#7ff0e8", "#8fb0ff", "#d8a0ff")), tone, depth * 0.6),
                )
    for _ in range(54):
        x, size, long = random.uniform(LEFT, RIGHT), random.uniform(16, 44), random.uniform(90, 320)
        scene.wash(
            np.array([(x - size, -820), (x + size, -820), (x + 3, -820 + long), (x - 3, -820 + long)]),
            ("#4a78c0", "#d8f6ff"),
            2.0,
        )
    scene.wash(box(LEFT, -1500, RIGHT, -800), ("#101a48", "#3a62ac"))
    scene.wash(box(LEFT, -24, RIGHT, BOTTOM), ("#c8f0fa", "#7ab8e0", "#3a62a8"))
    for _ in range(70):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(0, 400)
        painter.glaze(oval(x, y, random.uniform(40, 190), random.uniform(4, 10)), "#ffffff", 0.35)
    for _ in range(22):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(0, 300)
        scene.limb([(x, y), (x + 50, y + 22), (x + 80, y + 10), (x + 150, y + 46)], 1.6, 0.8, "#5a92c8")
    return [
        (np.array([(x - 90, 600), (x - 40, 160), (x + 10, 230), (x + 60, 120), (x + 110, 600)]), "#1c2f6c")
        for x in range(-2800, 2801, 700)
    ]


def space_dock(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """A quay among the stars: rocket, ringed planet, girders, warning stripes."""
    deep = {
        "day": ("#241a5c", "#6a3a9a", "#e07ab0"),
        "dusk": ("#1a1440", "#803a70", "#f0905a"),
        "night": ("#070a24", "#141c50", "#2f4a8a"),
    }[hour]
    painter.wash(box(LEFT, TOP, RIGHT, 0), deep)
    for _ in range(7):
        cloud(
            painter,
            random.uniform(LEFT, RIGHT),
            random.uniform(-1000, -300),
            random.uniform(120, 240),
            mix(deep[1], deep[2], 0.4),
            random,
        )
    for _ in range(240):
        size = random.choice((1.5, 2.2, 3.2, 4.5))
        painter.oval(
            random.uniform(LEFT, RIGHT),
            random.uniform(TOP, -60),
            size,
            size,
            random.choice(("#ffffff", "#ffe9b8", "#b8d8ff")),
        )
    x, y = random.choice((-760, 240, 700)), -560
    painter.glow(x, y, 420, "#ffb890", 0.5)
    painter.wash(oval(x, y, 170, 170), ("#ffd9a0", "#e8805a", "#8a3a6a"))
    for dy, half in ((-60, 145), (-10, 165), (50, 150)):
        painter.glaze(oval(x, y + dy, half, 12), "#fff0c8", 0.4)
    painter.limb(oval(x, y, 300, 60, -0.25)[14:36], 9, 9, "#f4dfb0", 2.0)
    painter.limb(oval(x, y, 300, 60, -0.25)[0:18], 9, 9, "#f4dfb0", 2.0)
    scene = painter.lit(Light("#a8b0e8", 0.25))
    for gx in range(-2500, 2501, 520):
        scene.wash(box(gx - 26, -900, gx + 26, -20), ("#8a90b0", "#4a4e70"), 3.0, across=True)
        for k in range(6):
            top = -880 + 145 * k
            scene.limb([(gx - 22, top), (gx + 22, top + 130)], 3.5, 3.5, "#3a3e5c")
        lamp(painter, gx, -330, 22, random.choice(("#6af0d0", "#ff7a5a", "#ffd75a")), 0.7)
    _rocket(scene, random.choice((-380, 520)), -30)
    scene.wash(box(LEFT, -34, RIGHT, BOTTOM), ("#9aa0b8", "#5c6286", "#34385c"))
    for gx in range(-2600, 2600, 120):
        scene.fill(
            np.array([(gx, -34), (gx + 60, -34), (gx + 30, -4), (gx - 30, -4)]), "#f2c53a" if gx % 240 else "#2c2c40"
        )
    for gx in range(-2600, 2600, 260):
        scene.limb([(gx * 0.95, 0), (gx * 1.5, BOTTOM)], 1.6, 3, "#3c4064")
        for gy in (40, 150):
            scene.oval(gx * (1 + gy / 900) + 40, gy, 6, 4, "#2c2f4c")
    return [(box(x - 34, -900, x + 34, 700), "#1a1c34") for x in range(-2900, 2901, 1450)]


def _rocket(painter: Painter, x: float, base: float) -> None:
    for side in (-1, 1):
        painter.fill(
            smooth(
                [
                    (x + side * 70, base - 190),
                    (x + side * 170, base - 60),
                    (x + side * 165, base),
                    (x + side * 60, base - 50),
                ]
            ),
            "#d8463c",
            3.0,
        )
    hull = smooth(
        [
            (x - 80, base - 40),
            (x - 112, base - 270),
            (x - 72, base - 480),
            (x, base - 620),
            (x + 72, base - 480),
            (x + 112, base - 270),
            (x + 80, base - 40),
        ]
    )
    painter.wash(hull, ("#ffffff", "#e4e2ea", "#8a88a8"), 3.4, across=True)
    painter.fill(smooth([(x - 66, base - 490), (x, base - 622), (x + 66, base - 490), (x, base - 470)]), "#d8463c", 3.0)
    painter.oval(x, base - 350, 46, 46, "#3c4a6a", 3.0)
    painter.oval(x, base - 350, 34, 34, "#8ad8f0", 2.0)
    painter.limb(bent((x - 18, base - 362), (x - 6, base - 378), (x + 12, base - 374)), 4, 2, "#ffffff")
    painter.limb([(x - 92, base - 180), (x, base - 166), (x + 92, base - 180)], 9, 9, "#f2c53a", 2.0)
    painter.fill(np.array([(x - 56, base - 44), (x + 56, base - 44), (x + 76, base), (x - 76, base)]), "#4a4a60", 3.0)


def kitchen(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """A warm kitchen: tiles, shelves of pots, stove, window, table."""
    scene = painter.lit(Light("#ffcf90", 0.25) if hour != "day" else Light("#fff2d8", 0.2))
    wall = {"day": ("#ffe6b0", "#f2c078"), "dusk": ("#f0a870", "#b8624a"), "night": ("#8a6a78", "#5a3f58")}[hour]
    scene.wash(box(LEFT, TOP, RIGHT, 0), wall)
    for i, x in enumerate(every(-2600, 2601, 64)):
        for j in range(4):
            tile = mix("#5ab0a8", "#e8f4e0", 0.15 + 0.5 * ((i + j) % 2) + random.uniform(-0.08, 0.08))
            scene.fill(box(x, -262 + 64 * j, x + 61, -201 + 64 * j), tile)
    for x in (-1700, -560, 640, 1800):
        _window(painter, scene, x + random.uniform(-60, 60), hour)
    for x in (-2200, -1130, 60, 1240, 2250):
        scene.wash(box(x - 240, -420, x + 240, -398), ("#b8783c", "#7a4a2c"), 3.0)
        for k in range(6):
            _pot(scene, x - 200 + 78 * k, -420, random)
        for k in range(5):
            _pan(scene, x - 170 + 84 * k, -388, random)
    for x in (-1500, 300, 1650):
        _stove(painter, scene, x, hour)
    planks(scene, "#b07a48", random)
    for x in (-820, 960):
        scene.wash(box(x - 250, -132, x + 250, -104), ("#c88a50", "#8a5430"), 3.0)
        for leg in (-215, 215):
            scene.fill(box(x + leg - 14, -104, x + leg + 14, 16), "#7a4a2c", 3.0)
        for k in range(5):
            scene.oval(x - 170 + 84 * k, -152, 24, 22, random.choice(("#e8803c", "#7ab04a", "#d8483c", "#f0d890")), 2.6)
    return [
        (smooth([(x - 200, 520), (x - 190, 240), (x - 60, 205), (x + 120, 225), (x + 170, 520)]), "#3c2430")
        for x in range(-2700, 2701, 1300)
    ]


def _window(painter: Painter, scene: Painter, x: float, hour: str) -> None:
    scene.fill(box(x - 136, -716, x + 136, -436), "#8a5430", 3.4)
    painter.wash(box(x - 120, -700, x + 120, -452), HOURS[hour].sky)
    scene.fill(
        smooth([(x - 120, -470), (x - 40, -540), (x + 40, -500), (x + 120, -530), (x + 120, -452), (x - 120, -452)]),
        "#5a9a58",
    )
    for line in ([(x, -700), (x, -452)], [(x - 120, -576), (x + 120, -576)]):
        scene.limb(line, 5, 5, "#8a5430", 1.6)
    for side in (-1, 1):
        scene.wash(
            smooth(
                [
                    (x + side * 150, -730),
                    (x + side * 70, -728),
                    (x + side * 96, -600),
                    (x + side * 142, -440),
                    (x + side * 160, -440),
                ]
            ),
            ("#e86a5a", "#b83c48"),
            3.0,
        )


def _pot(painter: Painter, x: float, y: float, random: Random) -> None:
    colour, size = random.choice(("#d8623c", "#4a90b0", "#e8c04a", "#8a9a4a", "#f0e6d0")), random.uniform(22, 34)
    painter.fill(
        smooth(
            [
                (x - 0.7 * size, y),
                (x - size, y - size),
                (x - 0.8 * size, y - 1.7 * size),
                (x + 0.8 * size, y - 1.7 * size),
                (x + size, y - size),
                (x + 0.7 * size, y),
            ]
        ),
        colour,
        2.6,
    )
    painter.oval(x, y - 1.7 * size, 0.85 * size, 0.22 * size, mix(colour, "#000000", 0.35), 2.0)
    painter.limb(
        bent((x - 0.6 * size, y - 1.3 * size), (x - 0.75 * size, y - 0.8 * size), (x - 0.55 * size, y - 0.4 * size)),
        2.4,
        1.4,
        mix(colour, "#ffffff", 0.5),
    )


def _pan(painter: Painter, x: float, y: float, random: Random) -> None:
    painter.limb([(x, y), (x, y + 52)], 4, 4, "#4a4450", 1.8)
    painter.oval(x, y + 80, 30, 30, random.choice(("#6a6474", "#c87a4a", "#8a8490")), 2.6)
    painter.limb(oval(x, y + 80, 21, 21)[16:27], 1.6, 1.6, "#e8e0d8")


def _stove(painter: Painter, scene: Painter, x: float, hour: str) -> None:
    scene.wash(box(x - 120, -196, x + 120, 4), ("#5c5a6c", "#34323f"), 3.2)
    scene.fill(box(x - 132, -212, x + 132, -190), "#7a7888", 3.0)
    painter.wash(
        smooth([(x - 66, -30), (x - 66, -110), (x, -140), (x + 66, -110), (x + 66, -30)]),
        ("#ffe070", "#ff8a3c", "#c83c2c"),
        3.0,
    )
    painter.glow(x, -70, 340, "#ff9a4a", HOURS[hour].glow * 0.7)
    for k in (-40, 0, 40):
        painter.limb([(x + k, -118), (x + k, -30)], 3, 3, INK)
    scene.wash(smooth([(x - 84, -214), (x - 92, -310), (x + 92, -310), (x + 84, -214)]), ("#d88a58", "#8a4430"), 3.2)
    scene.oval(x, -310, 96, 16, "#f0b060", 3.0)
    for side in (-1, 1):
        scene.limb(bent((x + side * 92, -290), (x + side * 128, -276), (x + side * 94, -256)), 4, 4, "#5a3a34", 1.6)
    scene.wash(box(x - 44, TOP, x + 44, -330), ("#5c5a6c", "#34323f"), 3.0, across=True)
