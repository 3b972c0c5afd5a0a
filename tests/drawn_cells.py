"""Footage of cells drawn by formula, for tests of alignment: shots of bodies that move before a backdrop, at random."""

from __future__ import annotations

import cv2
import numpy as np

from reelwright.align.footage import Footage


def drawn_shot(random: np.random.Generator, frames: int) -> np.ndarray:
    """One shot: 144 cells a frame, uint8; three discs that move before a backdrop of its own."""
    backdrop = cv2.resize(random.uniform(40, 210, (4, 6)).astype(np.float32), (64, 36), interpolation=cv2.INTER_CUBIC)
    start, step = random.uniform([0, 0], [64, 36], (3, 2)), random.uniform(-0.7, 0.7, (3, 2))
    sizes, tones = random.uniform(3, 8, 3), random.uniform(0, 255, 3)
    cells = np.empty((frames, 9, 16), np.float32)
    for frame in range(frames):
        picture = backdrop.copy()
        for place, move, size, tone in zip(start, step, sizes, tones, strict=True):
            x, y = (place + move * frame).round().astype(int).tolist()
            cv2.circle(picture, (x % 64, y % 36), int(size), float(tone), -1)
        cells[frame] = cv2.resize(picture, (16, 9), interpolation=cv2.INTER_AREA)
    return np.clip(cells, 0, 255).round().astype(np.uint8).reshape(frames, 144)


def drawn_cells(seed: int, frames: int) -> np.ndarray:
    """Cells of shots of two to five seconds at 25 frames a second."""
    random = np.random.default_rng(seed)
    shots, length = [], 0
    while length < frames:
        shots.append(drawn_shot(random, int(random.integers(50, 125))))
        length += len(shots[-1])
    return np.concatenate(shots)[:frames]


def footage(cells: np.ndarray, rate: float = 25.0, name: str = "drawn") -> Footage:
    """Footage of ``cells`` at a constant rate."""
    return Footage(name, cells, np.arange(len(cells)) / rate)


def noisy(cells: np.ndarray, seed: int, levels: int = 3) -> np.ndarray:
    """The same with noise of up to ``levels``, as another encoder leaves it."""
    noise = np.random.default_rng(seed).integers(-levels, levels + 1, cells.shape)
    return np.clip(cells + noise, 0, 255).astype(np.uint8)
