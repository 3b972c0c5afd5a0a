"""The open-air places of the show."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from reelwright.demo.paint import Painter, bent, box, mix, oval, smooth
from reelwright.demo.scenery import (
    BOTTOM,
    HOURS,
    LEFT,
    RIGHT,
    TOP,
    NearShape,
    every,
    grass_near,
    lamp,
    leaves,
    ridge,
    sky,
    trunk,
    tuft,
    wobble,
)


def _sea(painter: Painter, horizon: float, hour: str, random: Random) -> None:
    deep = {"day": ("#5fc0d8", "#1f7fb0"), "dusk": ("#f0a08a", "#5a4a90"), "night": ("#3c4f98", "#141c48")}[hour]
    painter.wash(box(LEFT, horizon, RIGHT, 60), deep)
    for _ in range(90):
        x, y = random.uniform(LEFT, RIGHT), horizon + random.uniform(6, 220)
        long = 20 + (y - horizon) * 0.35
        painter.limb(bent((x - long, y), (x, y - 7), (x + long, y)), 1.2, 2.2, mix(deep[0], "#ffffff", 0.55))


def _tower(painter: Painter, x: float, base: float, hour: str) -> None:
    glow = HOURS[hour].glow
    for i in range(5):
        low, high = base - 120 * i, base - 120 * (i + 1)
        half_low, half_high = 92 - 8 * i, 92 - 8 * (i + 1)
        band = np.array([(x - half_low, low), (x - half_high, high), (x + half_high, high), (x + half_low, low)])
        colour = "#d8463c" if i % 2 else "#f7efe0"
        painter.wash(band, (mix(colour, "#ffffff", 0.15), colour, mix(colour, "#2a1a4a", 0.4)), 3.0, across=True)
    top = base - 600
    painter.fill(box(x - 78, top - 18, x + 78, top + 6), "#3c3a52", 3.0)
    painter.fill(box(x - 44, top - 100, x + 44, top - 18), "#ffe9a0", 3.0)
    painter.limb([(x, top - 100), (x, top - 18)], 2.5, 2.5, "#3c3a52")
    painter.fill(smooth([(x - 66, top - 98), (x, top - 190), (x + 66, top - 98)]), "#b8352f", 3.0)
    painter.glow(x, top - 60, 420, "#fff2b0", glow)
    for wx, wy in ((-10, 190), (18, 420)):
        painter.fill(
            smooth(
                [
                    (x + wx - 16, base - wy),
                    (x + wx - 16, base - wy - 34),
                    (x + wx, base - wy - 52),
                    (x + wx + 16, base - wy - 34),
                    (x + wx + 16, base - wy),
                ]
            ),
            "#4a3a52",
            3.0,
        )
    painter.fill(
        smooth([(x - 34, base), (x - 34, base - 80), (x, base - 112), (x + 34, base - 80), (x + 34, base)]),
        "#7a4a34",
        3.0,
    )


def lighthouse(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """A striped lighthouse on a grassy cliff above the sea."""
    sky(painter, hour, random, -190, random.choice((-900, 500, 1100)))
    scene = painter.lit(HOURS[hour].light)
    _sea(painter, -190, hour, random)
    ridge(scene, wobble(random, 900, RIGHT, -230, 130, 260), ("#7fa6a0", "#4a7684"), -150)
    for x in (-1500.0, 1250.0):
        scene.fill(
            smooth([(x - 160, -100), (x - 90, -250), (x + 20, -280), (x + 110, -200), (x + 170, -100)]), "#6d6a80", 3.0
        )
    ridge(
        scene,
        [(-2600, -60), (-1200, -90), (-500, -50), (200, -100), (900, -60), (2600, -40)],
        ("#8fc95c", "#4f9a4a", "#2f6b45"),
        BOTTOM,
        3.0,
    )
    _tower(scene, random.choice((-380, 430)), -70, hour)
    for x in (-900.0, 820.0, 1500.0):
        scene.fill(box(x - 70, -150, x + 70, -62), "#f0e4cc", 3.0)
        scene.fill(np.array([(x - 92, -148), (x - 50, -230), (x + 50, -230), (x + 92, -148)]), "#a8563c", 3.0)
        scene.fill(box(x - 20, -120, x + 20, -62), "#5c6f8c", 2.5)
    path = smooth([(-240, 500), (-120, 200), (60, 40), (-60, -50), (-10, -52), (150, 40), (60, 200), (120, 500)])
    scene.fill(path, "#e2c590")
    for _ in range(110):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(-30, 380)
        scene.fill(tuft(x, y, random.uniform(10, 24), random), mix("#3f8a48", "#c8e878", random.uniform(0, 0.6)))
    for _ in range(40):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(0, 300)
        scene.oval(x, y, 6, 6, random.choice(("#f7d64a", "#f08aa0", "#ffffff")), 1.5)
    return grass_near(random, "#2c6440")


def mossy_forest(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """Layers of trunks in mist, moss, mushrooms and shafts of light."""
    mist = {"day": ("#bfe3b0", "#e8f3c8"), "dusk": ("#c87a86", "#ffd09a"), "night": ("#24406a", "#6a8fb0")}[hour]
    painter.wash(box(LEFT, TOP, RIGHT, 0), mist)
    scene = painter.lit(HOURS[hour].light)
    for depth, count in ((0.72, 16), (0.45, 13), (0.15, 10)):
        for i in range(count):
            x = LEFT + (RIGHT - LEFT) * (i + random.uniform(0.1, 0.9)) / count
            bark = mix("#5d4630", mist[1], depth)
            trunk(scene, x, -40 + 60 * (0.72 - depth), TOP, 70 - 50 * depth, bark, random, 0 if depth > 0.3 else 3.0)
        for i in range(count + 4):
            x = LEFT + (RIGHT - LEFT) * (i + random.uniform(0, 1)) / (count + 4)
            leaves(
                scene,
                x,
                -640 - random.uniform(0, 260),
                random.uniform(200, 330),
                random.uniform(110, 190),
                mix("#3f8f45", mist[1], depth),
                random,
                0 if depth > 0.3 else 3.0,
            )
        ridge(
            scene,
            wobble(random, LEFT, RIGHT, -80 + 60 * (0.72 - depth), 50, 300),
            (mix("#8fc44a", mist[1], depth), mix("#3a7a3c", mist[1], depth * 0.7)),
            BOTTOM,
            0 if depth > 0.3 else 2.5,
        )
    ridge(scene, wobble(random, LEFT, RIGHT, 0, 22, 420), ("#9fcf4e", "#4e9440", "#24583a"), BOTTOM, 3.0)
    for x in every(-2400, 2401, 520):
        top = x + random.uniform(-150, 150)
        painter.glaze(np.array([(top - 40, TOP), (top + 110, TOP), (top - 260, 0), (top - 520, 0)]), "#fff8c8", 0.13)
    for _ in range(24):
        _mushroom(scene, random.uniform(LEFT, RIGHT), random.uniform(-10, 60), random.uniform(16, 46), random)
    for _ in range(80):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(0, 350)
        scene.fill(tuft(x, y, random.uniform(12, 30), random), mix("#2f7a44", "#c0e060", random.uniform(0, 0.5)))
    return grass_near(random, "#173d2c")


def _mushroom(painter: Painter, x: float, y: float, size: float, random: Random) -> None:
    cap = random.choice(("#e0503c", "#e8a03c", "#8a6ad0", "#3cb0b8"))
    painter.fill(
        smooth([(x - 0.28 * size, y), (x - 0.2 * size, y - size), (x + 0.2 * size, y - size), (x + 0.3 * size, y)]),
        "#f6ead2",
        2.4,
    )
    painter.wash(
        smooth(
            [
                (x - 0.95 * size, y - 0.85 * size),
                (x - 0.6 * size, y - 1.5 * size),
                (x, y - 1.75 * size),
                (x + 0.6 * size, y - 1.5 * size),
                (x + 0.95 * size, y - 0.85 * size),
                (x, y - 0.72 * size),
            ]
        ),
        (mix(cap, "#ffffff", 0.2), cap),
        2.6,
    )
    for dx, dy, r in ((-0.4, -1.2, 0.14), (0.15, -1.42, 0.17), (0.5, -1.08, 0.11)):
        painter.oval(x + dx * size, y + dy * size, r * size, 0.8 * r * size, "#fff8ea")


def rooftops(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """Tiled roofs of an old town, chimneys and washing lines."""
    sky(painter, hour, random, -120, random.choice((-700, 350, 900)))
    scene = painter.lit(HOURS[hour].light)
    for depth in (0.6, 0.35, 0.12):
        haze = HOURS[hour].sky[-1]
        for x in every(-2600, 2600, 210):
            tall = random.uniform(120, 330) * (1.1 - depth) + 70
            wall = mix(random.choice(("#e8d2a8", "#d8b8a0", "#c8d0c0", "#e0c0b0")), haze, depth)
            roof = mix(random.choice(("#c8553a", "#b0483e", "#d07a3c", "#7a5a8a")), haze, depth)
            wide = random.uniform(85, 125)
            scene.fill(box(x - wide, -tall, x + wide, 60), wall, 0 if depth > 0.5 else 2.4)
            scene.fill(
                np.array(
                    [
                        (x - wide - 18, -tall),
                        (x - 20, -tall - wide * 0.9),
                        (x + 20, -tall - wide * 0.9),
                        (x + wide + 18, -tall),
                    ]
                ),
                roof,
                0 if depth > 0.5 else 2.4,
            )
            for wx in (-0.5, 0.1, 0.6):
                lit = random.random() < HOURS[hour].glow
                scene.lit(HOURS["day"].light).fill(
                    box(x + wx * wide - 11, -tall + 24, x + wx * wide + 11, -tall + 58),
                    "#ffdf80" if lit else mix("#4a5878", haze, depth * 0.7),
                    0 if depth > 0.3 else 2,
                )
    scene.wash(box(LEFT, -14, RIGHT, BOTTOM), ("#d8643e", "#a8432f", "#6a2a2c"))
    for row in range(12):
        y, size = -14 + row * 34 + row * row * 1.5, 44 + 4 * row
        for i in range(-60, 61):
            x = i * size + (row % 2) * size / 2
            if LEFT < x < RIGHT:
                scene.limb(bent((x - size / 2, y), (x, y + 0.8 * size), (x + size / 2, y)), 1.6, 1.6, "#5e2228")
    for x in every(-2300, 2400, 640):
        at = x + random.uniform(-120, 120)
        scene.wash(box(at - 46, -190, at + 46, 6), ("#b8806a", "#7a4a48"), 3.0, across=True)
        scene.fill(box(at - 58, -212, at + 58, -184), "#8a5a50", 3.0)
        end = at + 420
        scene.limb(bent((at, -170), ((at + end) / 2, -110), (end, -175)), 1.6, 1.6, "#3a2a3a")
        for k in range(4):
            cx = at + 90 + k * 78
            cy = -146 + 16 * math.sin(k * 1.1)
            scene.fill(
                np.array([(cx - 24, cy), (cx + 24, cy), (cx + 20, cy + 62), (cx - 20, cy + 58)]),
                random.choice(("#f4f0e0", "#e0708a", "#6ab0d8", "#f0c850")),
                2.2,
            )
    return [(box(x - 60, 120, x + 60, 700), "#3a1c26") for x in range(-2800, 2801, 900)]


def night_market(painter: Painter, hour: str, random: Random) -> list[NearShape]:
    """Striped stalls, strings of paper lanterns, cobbles."""
    sky(painter, hour, random, -200, random.choice((-600, 300)))
    scene = painter.lit(HOURS[hour].light)
    ridge(
        scene,
        [(x, -330 - random.choice((0, 60, 130, 190))) for x in range(-2600, 2601, 120)],
        ("#5a4a7a", "#3a3058"),
        0,
    )
    scene.wash(box(LEFT, -70, RIGHT, BOTTOM), ("#6a5a68", "#9a8478", "#5a4a5a"))
    for row in range(11):
        y, size = -60 + row * 26 + row * row * 2.2, 50 + 7 * row
        for i in range(-56, 57):
            x = i * size + (row % 2) * size / 2
            if LEFT < x < RIGHT:
                scene.oval(x, y, size * 0.44, 10 + 1.6 * row, mix("#a8948a", "#6a5a6c", random.random()), 1.8)
    for i, x in enumerate(every(-2400, 2401, 430)):
        _stall(
            scene,
            x + random.uniform(-40, 40),
            ("#d8483c", "#3c8fb8", "#e8a838", "#6a9a48", "#a858a0")[(i + random.randrange(5)) % 5],
            random,
        )
    for x in range(-2500, 2500, 620):
        scene.limb(bent((x, -560), (x + 310, -420), (x + 620, -570)), 2, 2, "#2a2038")
        for k in range(5):
            share = (k + 0.5) / 5
            lamp(
                painter,
                x + 620 * share,
                -560 + 4 * 85 * share * (1 - share) + 44,
                30,
                random.choice(("#ff9a3c", "#ffcf4a", "#f0605a", "#8ad0a0")),
                HOURS[hour].glow,
            )
    return [
        (smooth([(x - 120, 500), (x - 110, 190), (x, 150), (x + 110, 190), (x + 120, 500)]), "#231a30")
        for x in range(-2900, 2901, 1100)
    ]


def _stall(painter: Painter, x: float, colour: str, random: Random) -> None:
    painter.fill(box(x - 150, -250, x + 150, -40), "#5a3a34", 3.0)
    painter.wash(box(x - 140, -240, x + 140, -110), ("#ffcf8a", "#a8603c"))
    for _ in range(7):
        ware = random.choice(("#e8503c", "#f0c040", "#7ab04a", "#c86ab0", "#f4ead0"))
        wx = x + random.uniform(-115, 115)
        painter.oval(wx, -128, 20, 24, ware, 2.4)
    painter.wash(box(x - 162, -116, x + 162, -24), ("#a87048", "#6a4030"), 3.0)
    for k in (-100, -40, 20, 80):
        painter.limb([(x + k, -112), (x + k, -28)], 1.4, 1.4, "#4a2c28")
    for k in range(8):
        left = x - 176 + 44 * k
        stripe = colour if k % 2 else "#f6ead0"
        painter.fill(
            np.vstack(
                [
                    [(left + 6, -345), (left + 38, -345)],
                    smooth([(left + 44, -255), (left + 22, -232), (left, -255)], closed=False),
                ]
            ),
            stripe,
            2.4,
        )
    painter.oval(x, -352, 6, 6, "#f6ead0", 2.0)
    painter.fill(oval(x + 190, -50, 34, 40), "#9a6a42", 3.0)
