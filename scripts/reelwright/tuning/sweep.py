"""Which settings are tried: each detector's threshold over its useful range, and the spec's own setting."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.spec.shots import NEURAL_DETECTORS, Shots, parse_shots

THRESHOLDS: dict[str, tuple[float, ...]] = {
    "adaptive": (2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0),
    "content": (15.0, 18.0, 21.0, 24.0, 27.0, 30.0, 35.0, 40.0, 45.0),
    "hash": (0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50),
    "histogram": (0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50),
    "transnetv2": (0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80),
    "ensemble": (0.30, 0.40, 0.50, 0.60, 0.70, 0.80),
}
"""Thresholds that are tried, by detector. Of the light ones: PySceneDetect 0.7's default, half to two thirds of it, where
camera moves and action begin to count as cuts, and up to about twice it, where cuts between alike pictures begin to be
missed. Of the neural ones: probabilities around their authors' 0.5; `ensemble` from above its `doubtful` on."""


@dataclass(frozen=True)
class Setting:
    """One setting that is tried."""

    shots: Shots
    chosen: bool
    """Whether it is the spec's own."""


def sweep(chosen: Shots) -> list[Setting]:
    """Every setting to try, by detector and threshold.

    The thresholds of the spec's detector are tried with the spec's other parameters, and ``chosen`` is one of them. Those
    of the other detectors are tried with the defaults; the neural ones only where the spec's is one of them, for their
    probabilities cost more than everything else together.
    """
    tried: list[Setting] = []
    for detector in THRESHOLDS:
        if detector in NEURAL_DETECTORS and chosen.detector not in NEURAL_DETECTORS:
            continue
        own = detector == chosen.detector
        base = chosen if own else parse_shots({"detector": detector})
        values = {*THRESHOLDS[detector], *([chosen.threshold] if own else [])}
        tried += [
            Setting(base.model_copy(update={"threshold": value}), own and value == chosen.threshold)
            for value in sorted(values)
        ]
    return tried
