"""Opening, title card and end credits."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from reelwright.demo.characters import draw_character
from reelwright.demo.paint import Painter, blank, box, brush_texture, letters, mix, oval, smooth, view_painter
from reelwright.demo.picture import Picture
from reelwright.demo.places import PLACES
from reelwright.demo.plan import FPS
from reelwright.demo.show import character
from reelwright.demo.stories import CREDITS

_LEADS = ("Comet", "Moss", "Tilly")


def _star(x: float, y: float, r: float, turn: float) -> np.ndarray:
    angle = np.arange(10) * math.pi / 5 + turn
    radius = np.where(np.arange(10) % 2 == 0, r, 0.45 * r)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)


class Opening:
    """The opening that all episodes share: a comet draws the show's name above the three leads."""

    def __init__(self, show: str, seed: int, width: int, height: int) -> None:
        self._size, self._show = (width, height), show
        self._back = blank(width, height)
        PLACES["lighthouse"](self._painter(self._back), "dusk", Random(seed))
        brush_texture(self._back, seed, 2.2)
        self._drawing, self._picture = -1, Picture.plain(width, height, "#000000")

    def _painter(self, canvas: np.ndarray) -> Painter:
        return view_painter(canvas, -700, -620, canvas.shape[1] / 1400)

    def picture(self, frame: int) -> Picture:
        """The picture ``frame`` frames into the opening (drawings held on twos)."""
        if frame // 2 != self._drawing:
            self._drawing = frame // 2
            self._picture = self._draw(2 * self._drawing / FPS)
        return self._picture

    def _draw(self, t: float) -> Picture:
        canvas = self._back.copy()
        width, height = self._size
        painter = self._painter(canvas)
        for i, name in enumerate(_LEADS):
            who = character(name)
            draw_character(
                painter,
                who,
                who.outfits[0],
                x=-330 + 330 * i,
                facing=(1, 1, -1)[i],
                action="cheer" if t > 1.9 else "hop",
                t=t,
                phase=0.25 * i,
            )
        head = min(t / 1.6, 1.0)
        x, y = -800 + 1750 * head, -470 - 60 * math.sin(math.pi * head)
        if head < 1:
            for k, colour in enumerate(("#f0605a", "#ffb03c", "#fff0a0")):
                painter.limb([(x - 420, y + 30), (x - 160, y + 6), (x, y)], 3, 44 - 11 * k, colour)
            painter.fill(_star(x, y, 62, 3 * t), "#fffbe0", 3.4)
        shown = self._show[: math.floor(len(self._show) * head)]
        if shown:
            size = 0.15 * height * (1 + 0.05 * math.sin(9 * t) * max(0.0, 2.2 - t))
            letters(
                canvas, shown, (width * 0.5, height * 0.2), size, "#ffe27a", bold=0.05, ink="#4a1f4a", ink_width=0.05
            )
        return Picture.of_canvas(canvas)


class TitleCard:
    """The card with an episode's title; nothing but the title tells the variants apart."""

    def __init__(self, title: str, episode: str, seed: int, width: int, height: int) -> None:
        self._size = (width, height)
        random = Random(f"title:{seed}:{episode}")
        colour = random.choice(("#3c6a9a", "#8a3f6a", "#3f7a5a", "#a8603a"))
        back = blank(width, height)
        painter = view_painter(back, 0, 0, width / 1280)
        painter.wash(box(0, 0, 1280, 720), (mix(colour, "#ffffff", 0.25), colour, mix(colour, "#140a28", 0.55)))
        for k in range(16):
            a = k * math.pi / 8
            ray = [
                (640, 360),
                (640 + 900 * math.cos(a), 360 + 900 * math.sin(a)),
                (640 + 900 * math.cos(a + 0.2), 360 + 900 * math.sin(a + 0.2)),
            ]
            painter.glaze(np.array(ray), "#fff6d0", 0.1)
        for _ in range(26):
            painter.fill(
                _star(random.uniform(0, 1280), random.uniform(0, 720), random.uniform(5, 16), random.random()),
                "#ffe9a0",
            )
        board = smooth(
            [(170, 250), (640, 232), (1110, 250), (1128, 360), (1110, 470), (640, 490), (170, 470), (152, 360)]
        )
        painter.wash(board, ("#fff6dc", "#f0d9a4"), 6.0)
        painter.wash(oval(640, 244, 118, 38), (mix(colour, "#ffffff", 0.2), colour), 4.0)
        brush_texture(back, seed, 2.2)
        words = title.split()
        lines = (
            [title]
            if len(title) <= 20
            else [" ".join(words[: (len(words) + 1) // 2]), " ".join(words[(len(words) + 1) // 2 :])]
        )
        size = min(0.14 if len(lines) == 1 else 0.1, 1.5 / max(len(line) for line in lines)) * height
        for i, line in enumerate(lines):
            y = height * 0.51 + (i - (len(lines) - 1) / 2) * size * 1.25
            letters(back, line, (width / 2, y), size, mix(colour, "#140a28", 0.45), bold=0.035)
        letters(back, f"Episode {int(episode)}", (width / 2, height * 0.34), 0.055 * height, "#fff6dc")
        self._back, self._drawing, self._picture = back, -1, Picture.of_canvas(back)

    def picture(self, frame: int) -> Picture:
        """The picture ``frame`` frames into the card: the board stays, two stars turn."""
        if frame // 2 != self._drawing:
            self._drawing = frame // 2
            canvas = self._back.copy()
            painter = view_painter(canvas, 0, 0, self._size[0] / 1280)
            for x, way in ((170, 1), (1110, -1)):
                painter.fill(_star(x, 250, 44, way * 0.06 * self._drawing), "#ffcf4a", 4.0)
            self._picture = Picture.of_canvas(canvas)
        return self._picture


class Credits:
    """The end credits: names scroll up a night sky while somebody walks home below."""

    def __init__(self, show: str, seed: int, width: int, height: int, frames: int) -> None:
        self._size, self._frames = (width, height), frames
        self._back = blank(width, height)
        PLACES["lighthouse"](view_painter(self._back, 900, -700, width / 1700), "night", Random(seed + 1))
        self._back[..., 0] = (self._back[..., 0].astype(np.uint16) * 150 // 255 + 8).astype(np.uint8)
        strip = blank(width, 2 * round(height * 1.0))
        rows = [(show, 0.07)] + [
            entry for role, names in CREDITS for entry in [(role, 0.0), *((name, 0.05) for name in names)]
        ]
        y = 0.06 * height
        for text, size in rows:
            y += (0.032 if size else 0.05) * height
            letters(strip, text, (width * 0.62, y), (size or 0.034) * height, "#ffffff" if size else "#9a9ab0")
            y += 0.045 * height
        self._strip, self._end = strip[..., 0], y
        self._drawing, self._picture = -1, Picture.of_canvas(self._back)

    def picture(self, frame: int) -> Picture:
        """The picture ``frame`` frames into the credits."""
        width, height = self._size
        if frame // 2 != self._drawing:
            self._drawing = frame // 2
            canvas = self._back.copy()
            painter = view_painter(canvas, -200, -700, width / 1700)
            who = character("Old Bramble")
            draw_character(
                painter,
                who,
                who.outfits[0],
                x=-130 + 62 * frame / FPS,
                facing=1,
                action="walk",
                t=2 * self._drawing / FPS,
                phase=0,
            )
            self._picture = Picture.of_canvas(canvas)
        picture = self._picture.copy()
        shift = round(height * 0.75 - (0.45 * height + self._end) * frame / self._frames)
        top, first = max(shift, 0), max(-shift, 0)
        rows = min(height - top, self._strip.shape[0] - first)
        part = picture.y[top : top + rows]
        np.maximum(part, self._strip[first : first + rows], out=part)
        return picture
