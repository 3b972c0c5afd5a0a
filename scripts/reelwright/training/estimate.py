"""What a training run takes, before there is a GPU to ask: memory and minutes, by formula from the model's shape.

Estimates, not measurements. Two public reports of LoRA training of a Wan 14B network to compare with: 73 GB and 10 s a step
on an H200 (Stable-Video-Infinity, issue 49: "81 frames, ~480p", where the formulas say 70 GB and 13.8 s for 832x480), and 40 s
a step on an A800 (DiffSynth-Studio, issue 658: size not stated).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reelwright.facts import Model, Network

CLASSES_GB = (24, 32, 48, 80, 96, 141, 180)
"""Memory of GPUs that are rented for training: 4090, 5090, L40S and A6000, A100 and H100, RTX Pro 6000, H200, B200."""

FEATURES_KEPT = (12, 3)
"""Tensors of a block that its backward pass holds at once, of the network's width and of its feed-forward width: read off the
block (two normed and modulated inputs, q, k, v twice with their rotated forms, two attention outputs; the two sides of GELU and
a gradient)."""

ADAPTER_BYTES = 8
"""Bytes of each LoRA parameter: weight, gradient and AdamW's two moments in bfloat16."""

RESERVE_GB, HEADROOM = 2.0, 1.1
"""CUDA's own, and what the allocator can't use, as a factor: our choices."""

PASSES = 3
"""Forward passes that a step costs: itself, once more for the gradient checkpoints, and the gradients of the activations (the
frozen weights need none)."""

PEAK_TFLOPS, UTILISATION = 989.0, 0.4
"""An H100 SXM's dense bfloat16 (NVIDIA's data sheet), and the share of it that training reaches: our assumption, usual for
transformers of this size."""

MEMORY_FORMULA = (
    "1.1 * (2 bytes * (network + text and video encoder) + 2 bytes * tokens * width * layers (checkpoints) "
    "+ 2 bytes * tokens * (12 * width + 3 * feed_forward) (one block) + 8 bytes * LoRA parameters + 2 GB)"
)
TIME_FORMULA = (
    "steps * 3 * (2 * parameters * tokens + 4 * layers * tokens^2 * width) FLOP / (989e12 FLOP/s * 0.4), tokens of each row: "
    "minutes of one H100; loading the weights and encoding rows are left out"
)


@dataclass(frozen=True)
class Shape:
    """What one row is to the network."""

    frames: int
    width: int
    height: int

    def tokens(self, model: Model) -> int:
        """Tokens of a row."""
        latents = (self.frames - 1) // model.frame_step + 1
        return latents * (self.height // model.network.token) * (self.width // model.network.token)


def adapter_parameters(network: Network, rank: int) -> int:
    """Parameters of a LoRA on q, k, v, o of both attentions and on the feed-forward part of every block."""
    return network.layers * rank * (8 * 2 * network.width + 2 * (network.width + network.feed_forward))


def memory_gb(model: Model, shape: Shape, rank: int) -> float:
    """Estimated GPU memory, in GB of 10^9 bytes, of training on rows of ``shape``."""
    network, tokens = model.network, shape.tokens(model)
    weights = 2 * (network.parameters + network.beside)
    kept = 2 * tokens * network.width * network.layers / 1e9
    wide, deep = FEATURES_KEPT
    block = 2 * tokens * (wide * network.width + deep * network.feed_forward) / 1e9
    adapter = ADAPTER_BYTES * adapter_parameters(network, rank) / 1e9
    return HEADROOM * (weights + kept + block + adapter + RESERVE_GB)


def memory_class(needed_gb: float) -> str:
    """The smallest usual GPU that holds so much: ``80 GB``; ``more than 180 GB`` where none does."""
    fitting = next((size for size in CLASSES_GB if size >= needed_gb), None)
    return f"{fitting} GB" if fitting else f"more than {CLASSES_GB[-1]} GB"


def step_seconds(model: Model, shape: Shape) -> float:
    """Estimated seconds of one step on one H100."""
    network, tokens = model.network, shape.tokens(model)
    forward = 2 * network.parameters * 1e9 * tokens + 4 * network.layers * tokens**2 * network.width
    return PASSES * forward / (PEAK_TFLOPS * 1e12 * UTILISATION)


def estimate_memory(model: Model, counts: Sequence[int], size: tuple[int, int], rank: int) -> dict[str, Any]:
    """The class of GPU for rows of these frame counts, with how it was found."""
    needed = memory_gb(model, Shape(max(counts), *size), rank)
    source = f"estimate from the network's shape, not measured; {len(CLASSES_GB)} usual sizes of GPU"
    return {"class": memory_class(needed), "gb": round(needed, 1), "formula": MEMORY_FORMULA, "source": source}


def estimate_minutes(model: Model, counts: Sequence[int], size: tuple[int, int], rounds: int) -> dict[str, Any]:
    """Minutes of one H100 for ``rounds`` times every row (one run), with how they were found."""
    seconds = rounds * sum(step_seconds(model, Shape(count, *size)) for count in counts)
    source = "estimate from the network's shape, not measured; 40 % of an H100's peak is assumed"
    return {"gpu": "H100", "minutes": math.ceil(seconds / 60), "formula": TIME_FORMULA, "source": source}
