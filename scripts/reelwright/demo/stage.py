"""Drawing one shot: the place painted once, characters once a held drawing, the camera on every frame."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import cv2
import numpy as np

from reelwright.demo.characters import draw_character
from reelwright.demo.paint import Light, Painter, blank, brush_texture, view_painter
from reelwright.demo.picture import Picture, weather
from reelwright.demo.places import PLACES
from reelwright.demo.plan import FPS, Line, Shot
from reelwright.demo.props import draw_gadget
from reelwright.demo.scenery import HOURS
from reelwright.demo.show import CHARACTERS, character
from reelwright.demo.staging import Actor, Camera

_NEAR = 1.7
"""How much faster than the stage the layer before it moves in a pan."""
_MARGIN = 30
"""Frames by which a dissolve may reach over a shot's ends, and so the camera too."""


def view_at(camera: Camera, seconds: float, half: float, aspect: float) -> tuple[float, float, float]:
    """Middle (x, y) and width of the view, in units of the stage, ``seconds`` into a shot of 2 x ``half`` seconds."""
    off, x, y, width = seconds - half, camera.x, camera.y, camera.width
    if camera.move.startswith("pan"):
        x += (1 if camera.move == "pan_right" else -1) * camera.speed * width * off
    elif camera.move.startswith("tilt"):
        y += (1 if camera.move == "tilt_down" else -1) * camera.speed * width / aspect * off
    elif camera.move.startswith("zoom"):
        width *= camera.speed ** (-off if camera.move == "zoom_in" else off)
    return (x, y, width)


def _speech(line: Line, frame: int) -> float:
    """How far somebody is into (or out of) a line: 0 before and after, 1 within, eased over a quarter of a second."""
    return min(1.0, max(0.0, min(frame - line.start + 6, line.end - frame) / 6))


def _person_light(hour: str) -> Light:
    """Characters catch more light than the place, so that they read at night."""
    light = HOURS[hour].light
    return replace(light, share=0.45 * light.share, gain=1.0)


class Stage:
    """A shot that can be drawn at any frame; ``frame`` counts from the shot's start and may overreach its ends."""

    def __init__(self, shot: Shot, width: int, height: int) -> None:
        self._shot, self._size = shot, (width, height)
        stage = shot.staging
        self._half, self._aspect = shot.frames / FPS / 2, width / height
        views = [self._view(frame) for frame in (-_MARGIN, 0, shot.frames, shot.frames + _MARGIN)]
        moves = stage.camera.move != "static"
        self._unit = width / (min(view[2] for view in views[1:3]) if moves else stage.camera.width)
        self._left = min(x - w / 2 for x, _, w in views)
        self._top = min(y - w / 2 / self._aspect for _, y, w in views)
        right = max(x + w / 2 for x, _, w in views)
        bottom = max(y + w / 2 / self._aspect for _, y, w in views)
        columns = 2 * math.ceil((right - self._left) * self._unit / 2) if moves else width
        rows = 2 * math.ceil((bottom - self._top) * self._unit / 2) if moves else height
        self._canvas = blank(columns, rows)
        painter = view_painter(self._canvas, self._left, self._top, self._unit)
        self._near = PLACES[stage.backdrop](painter, stage.hour, Random(stage.backdrop_seed))
        if stage.kind in ("close", "insert"):  # a long lens lets the place go soft
            blur = 0.012 * height
            self._canvas[:] = cv2.GaussianBlur(self._canvas, (0, 0), blur)
            self._near = []
        brush_texture(self._canvas, stage.backdrop_seed, 2.4)
        self._clean = Picture.of_canvas(self._canvas)
        self._cel = self._clean.copy()
        self._dirty: tuple[int, int, int, int] | None = None
        self._drawn: int | None = None
        self._still: Picture | None = None

    def _view(self, frame: float) -> tuple[float, float, float]:
        return view_at(self._shot.staging.camera, frame / FPS, self._half, self._aspect)

    def picture(self, frame: int) -> Picture:
        """The shot's picture at a frame, without grain. It must not be written to."""
        held = self._shot.staging.held_on
        drawing = frame // held * held
        stage = self._shot.staging
        if drawing != self._drawn:
            self._draw(drawing)
            self._drawn, self._still = drawing, None
        if stage.camera.move == "static" and self._still is not None:
            return self._still
        view = self._look(frame)
        self._near_layer(view, frame)
        if stage.backdrop == stage.location:
            weather(view, stage.weather, drawing / FPS, stage.backdrop_seed)
        if stage.camera.move == "static":
            self._still = view
        return view

    def _look(self, frame: int) -> Picture:
        if self._shot.staging.camera.move == "static":
            return self._cel.copy()
        width, height = self._size
        x, y, wide = self._view(frame)
        left, top = (x - wide / 2 - self._left) * self._unit, (y - wide / 2 / self._aspect - self._top) * self._unit
        return self._cel.seen_from(left, top, wide * self._unit / width, width, height)

    def _near_layer(self, view: Picture, frame: int) -> None:
        x, y, wide = self._view(frame)
        middle = self._shot.staging.camera.x
        unit = self._size[0] / wide
        left = middle + _NEAR * (x - middle) - wide / 2
        top = y - wide / 2 / self._aspect
        for outline, colour in self._near:
            low, high = outline[:, 0].min(), outline[:, 0].max()
            if high > left and low < left + wide and outline[:, 1].min() < top + wide / self._aspect:
                view.fill((outline - (left, top)) * unit, colour)

    def _draw(self, drawing: int) -> None:
        """Bring the cel up to date: only the part that the characters cover is drawn again."""
        if self._dirty is not None:
            left, top, right, bottom = self._dirty
            self._cel.paste(self._clean.window(*self._dirty), left, top)
        t = drawing / FPS
        self._dirty = self._reach(t)
        if self._dirty is None:
            return
        left, top, right, bottom = self._dirty
        part = self._canvas[top:bottom, left:right].copy()
        light = _person_light(self._shot.staging.hour)
        painter = view_painter(part, self._left + left / self._unit, self._top + top / self._unit, self._unit, light)
        for actor in self._shot.staging.actors:
            self._act(painter, actor, drawing, t)
        if self._shot.staging.gadget:
            camera = self._shot.staging.camera
            scale = camera.width / 400
            draw_gadget(painter.lit(Light()).at(camera.x, camera.y, scale), self._shot.staging.gadget, t)
        self._cel.paste(Picture.of_canvas(part), left, top)

    def _place_of(self, actor: Actor, t: float) -> float:
        return actor.x + actor.facing * actor.pace * t

    def _act(self, painter: Painter, actor: Actor, drawing: int, t: float) -> None:
        who = character(actor.name)
        outfit = next(one for one in who.outfits if one.name == actor.outfit)
        frame = self._shot.start + drawing
        speech = max((_speech(line, frame) for line in self._shot.lines if line.speaker == actor.name), default=0.0)
        draw_character(
            painter,
            who,
            outfit,
            x=self._place_of(actor, t),
            facing=actor.facing,
            action=actor.action,
            t=t,
            phase=actor.phase,
            speech=speech,
        )

    def _reach(self, t: float) -> tuple[int, int, int, int] | None:
        """The part of the canvas (even pixels) that characters or gadget can cover at ``t``."""
        stage = self._shot.staging
        spans = [
            (self._place_of(a, t) - 260, -_REACH[a.name] - 130, self._place_of(a, t) + 260, 60.0) for a in stage.actors
        ]
        if stage.gadget:
            x, y, r = stage.camera.x, stage.camera.y, stage.camera.width / 2
            spans.append((x - r, y - r, x + r, y + r))
        if not spans:
            return None
        low, high = np.min(np.array(spans), 0), np.max(np.array(spans), 0)
        rows, columns = self._canvas.shape[:2]
        left = max(0, math.floor((low[0] - self._left) * self._unit / 2) * 2)
        top = max(0, math.floor((low[1] - self._top) * self._unit / 2) * 2)
        right = min(columns, math.ceil((high[2] - self._left) * self._unit / 2) * 2)
        bottom = min(rows, math.ceil((high[3] - self._top) * self._unit / 2) * 2)
        return (left, top, right, bottom) if right > left and bottom > top else None


_REACH = {one.name: one.height + 1.2 * one.head[1] for one in CHARACTERS}
"""How high a character reaches with its hair or hat, in units of the stage."""
