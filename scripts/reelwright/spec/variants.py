"""The part `variants` of the spec."""

from __future__ import annotations

from pydantic import Field

from reelwright.spec.section import Section


class Variants(Section):
    """When two masters of an episode count as one."""

    duplicate_share: float = Field(0.9, gt=0, le=1)
    """Share of the canonical master's frames that an alternate must show to be a confirmed duplicate. Title card and credits
    in another language are 4 % of a 22-minute episode (15 s and 45 s): below 0.9, more than words differs."""
