"""The models that a package can be for, by name: their facts are data (``reelwright/facts.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from reelwright.facts import Expert, Model, facts
from reelwright.spec.model import ModelName

__all__ = ["MODELS", "Expert", "Model"]

MODELS = cast("Mapping[ModelName, Model]", facts().models)
"""Every model that a package can be for."""
