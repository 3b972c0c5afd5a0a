"""What each model asks of its training media and of its trainer."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.spec.model import ModelName


@dataclass(frozen=True)
class Expert:
    """One training run of a model: Wan2.2's A14B models are two networks, for noisy and for nearly clean pictures."""

    name: str
    """``high_noise``, ``low_noise``, or empty where the model is one network."""
    weights: str
    """Pattern of its weights in the model's repository."""
    boundary: tuple[str, str] | None = None
    """Largest and smallest timestep it is trained on, as shares of the schedule; None for all of them."""


@dataclass(frozen=True)
class Model:
    """The facts of one model (origin: the trainers' loaders and DiffSynth-Studio's LoRA examples)."""

    name: ModelName
    repository: str
    """Where DiffSynth-Studio finds its weights."""
    rate: int
    """Frames a second that it was made for; trainers take native frames, so media must have this rate."""
    step: int
    """Width and height must be multiples of this, in pixels."""
    vae: str
    experts: tuple[Expert, ...]
    takes_image: bool
    """Whether it is trained with the first frame of each video as its input image."""


def _experts(boundary: str) -> tuple[Expert, ...]:
    return (
        Expert("high_noise", "high_noise_model/diffusion_pytorch_model*.safetensors", (boundary, "0")),
        Expert("low_noise", "low_noise_model/diffusion_pytorch_model*.safetensors", ("1", boundary)),
    )


MODELS: dict[ModelName, Model] = {
    model.name: model
    for model in (
        Model("wan2.2-t2v-a14b", "Wan-AI/Wan2.2-T2V-A14B", 16, 16, "Wan2.1_VAE.pth", _experts("0.417"), False),
        Model("wan2.2-i2v-a14b", "Wan-AI/Wan2.2-I2V-A14B", 16, 16, "Wan2.1_VAE.pth", _experts("0.358"), True),
        Model(
            "wan2.2-ti2v-5b",
            "Wan-AI/Wan2.2-TI2V-5B",
            24,
            32,
            "Wan2.2_VAE.pth",
            (Expert("", "diffusion_pytorch_model*.safetensors"),),
            True,
        ),
    )
}
"""Every model that a package can be for."""
