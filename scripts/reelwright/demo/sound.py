"""Quiet invented sound: a slow tune in the key of the scene, and blips for whoever speaks."""

from __future__ import annotations

import math
from random import Random

import numpy as np
from numpy.typing import NDArray

from reelwright.demo.plan import FPS, EpisodePlan
from reelwright.demo.show import LOCATIONS, character

RATE = 48000
"""Samples a second."""

_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)
"""Semitones of a pentatonic scale: any order of them sounds like a tune."""


def _note(hz: float, seconds: float, decay: float) -> NDArray[np.float32]:
    t = np.arange(round(seconds * RATE)) / RATE
    wave = np.sin(2 * math.pi * hz * t) + 0.3 * np.sin(4 * math.pi * hz * t) + 0.1 * np.sin(6 * math.pi * hz * t)
    fade = np.minimum(1, t / 0.01) * np.exp(-t * decay) * np.minimum(1, (seconds - t) / 0.01)
    return np.asarray(wave * fade, np.float32)


def episode_sound(plan: EpisodePlan) -> NDArray[np.float32]:
    """The mono sound of an episode, from -1 to 1. Silent over the black lead-in."""
    random = Random(f"sound:{plan.seed}:{plan.episode}")
    samples = round(plan.frames / FPS * RATE)
    track = np.zeros(samples + RATE, np.float32)

    def add(at: float, wave: NDArray[np.float32], gain: float) -> None:
        start = round(at * RATE)
        track[start : start + len(wave)] += gain * wave[: len(track) - start]

    where = {
        frame: LOCATIONS.index(shot.staging.location) for shot in plan.shots for frame in range(shot.start, shot.end)
    }
    beat = plan.opening / FPS
    step = 3
    while beat < plan.frames / FPS - 0.5:
        key = 196.0 * 2 ** (where.get(round(beat * FPS), 0) / 12)
        step = min(max(step + random.choice((-2, -1, -1, 1, 1, 2)), 0), len(_SCALE) - 1)
        add(beat, _note(key * 2 ** (_SCALE[step] / 12), 0.9, 4.0), 0.06)
        if random.random() < 0.3:
            add(beat, _note(key / 2, 1.4, 2.0), 0.06)
        beat += random.choice((0.24, 0.24, 0.48, 0.48, 0.72))
    for shot in plan.shots:
        for line in shot.lines:
            for syllable in range(line.start, line.end, 4):
                hz = character(line.speaker).voice_hz * 2 ** (random.uniform(-3, 3) / 12)
                add(syllable / FPS, _note(hz, 0.12, 9.0), 0.16)
    return np.clip(track[:samples], -1, 1)
