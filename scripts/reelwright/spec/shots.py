"""The part `shots` of the spec: the detectors of shot boundaries and their settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from reelwright.spec.section import Section


class AdaptiveDetector(Section):
    """PySceneDetect's AdaptiveDetector: content score against its neighbours' mean."""

    detector: Literal["adaptive"] = "adaptive"
    """Which detector finds the boundaries."""
    threshold: float = Field(3.0, ge=1.0, le=50.0)
    """Ratio of a frame's content score to the mean of its neighbours' (origin: PySceneDetect 0.7's default)."""
    min_content: float = Field(15.0, ge=0.0, le=255.0)
    """Content score below which no cut is seen, whatever the ratio (PySceneDetect 0.7's default)."""
    window: int = Field(2, ge=1, le=25)
    """Neighbours on each side, in frames (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts (PySceneDetect 0.7's default)."""


class ContentDetector(Section):
    """PySceneDetect's ContentDetector: mean change of hue, saturation and brightness."""

    detector: Literal["content"]
    """Which detector finds the boundaries."""
    threshold: float = Field(27.0, ge=1.0, le=255.0)
    """Content score from which on a frame starts a new shot (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts; closer ones are merged (PySceneDetect 0.7's default)."""


class HashDetector(Section):
    """PySceneDetect's HashDetector: distance of 64-bit perceptual hashes."""

    detector: Literal["hash"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.35, gt=0.0, le=1.0)
    """Share of differing hash bits from which on a frame starts a new shot (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts (PySceneDetect 0.7's default)."""


class HistogramDetector(Section):
    """PySceneDetect's HistogramDetector: correlation of 128-bin luma histograms."""

    detector: Literal["histogram"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.20, gt=0.0, le=1.0)
    """One minus the correlation from which on a frame starts a new shot (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts (PySceneDetect 0.7's default)."""


class TransNetDetector(Section):
    """TransNetV2 (Soucek and Lokoc 2020), a neural network. Needs PyTorch: `make neural`."""

    detector: Literal["transnetv2"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.5, gt=0.0, lt=1.0)
    """Probability of a transition above which a frame is the last of its shot (its authors' 0.5)."""
    min_shot_frames: int = Field(4, ge=1, le=250)
    """Frames that must lie between two cuts (a sixth of a second: shorter ones are not shots but effects; its authors ask
    for 1)."""


class EnsembleDetector(Section):
    """TransNetV2, with the light detectors for what it misses. Needs PyTorch: `make neural`."""

    detector: Literal["ensemble"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.5, gt=0.0, lt=1.0)
    """TransNetV2's probability above which there is a cut, whatever the others say (its authors' 0.5)."""
    doubtful: float = Field(0.2, gt=0.0, lt=1.0)
    """TransNetV2's probability from which on there is a cut where the adaptive detector sees one too: two weak witnesses
    that look at different things (our choice: frames without a transition get less than 0.1 nearly everywhere)."""
    adaptive_threshold: float = Field(3.0, ge=1.0, le=50.0)
    """Threshold of the adaptive detector (PySceneDetect 0.7's default)."""
    min_content: float = Field(15.0, ge=0.0, le=255.0)
    """The adaptive detector's least content score (PySceneDetect 0.7's default)."""
    hash_threshold: float = Field(0.35, gt=0.0, le=1.0)
    """Threshold of the hash detector (PySceneDetect 0.7's default): with the adaptive and the histogram detector it
    makes a cut whatever TransNetV2 says."""
    histogram_threshold: float = Field(0.20, gt=0.0, le=1.0)
    """Threshold of the histogram detector (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(4, ge=1, le=250)
    """Frames that must lie between two cuts (a sixth of a second: shorter ones are not shots but effects)."""


def _name_the_default_detector(value: Any) -> Any:
    """A spec that names no detector gets the adaptive one, so that its other keys are checked as that detector's."""
    return {"detector": "adaptive", **value} if isinstance(value, dict) else value


Shots = Annotated[
    Annotated[
        AdaptiveDetector | ContentDetector | HashDetector | HistogramDetector | TransNetDetector | EnsembleDetector,
        Field(discriminator="detector"),
    ],
    BeforeValidator(_name_the_default_detector),
]
"""How shot boundaries are found: the ranges of the other keys follow from `detector`."""


DETECTORS: dict[str, type[Section]] = {
    "adaptive": AdaptiveDetector,
    "content": ContentDetector,
    "hash": HashDetector,
    "histogram": HistogramDetector,
    "transnetv2": TransNetDetector,
    "ensemble": EnsembleDetector,
}
"""The detectors by the name that `shots.detector` gives them."""

NEURAL_DETECTORS = frozenset({"transnetv2", "ensemble"})
"""The detectors that need TransNetV2's probabilities of each frame."""


def parse_shots(settings: dict[str, Any]) -> Shots:
    """The typed form of a spec's `shots`, with its detector's defaults."""
    return TypeAdapter(Shots).validate_python(settings)
