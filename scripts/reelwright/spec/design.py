"""The part `design` of the spec: the delivered production art, and how its names are read."""

from __future__ import annotations

from pydantic import Field

from reelwright.spec.section import Section


class ArchiveLimits(Section):
    """What a member of an archive may be before it counts as a zip bomb: such a member is reported and never opened."""

    max_ratio: float = Field(200.0, ge=1)
    """Bytes unpacked to bytes packed. Photoshop packs its layers itself, so that even blank ones stay well below; deflate
    can't go beyond about 1,032 and bombs come close to that."""
    ratio_from_mb: float = Field(64.0, ge=0)
    """Members that unpack to less than this many megabytes may have any ratio: they can't hurt."""
    max_member_gb: float = Field(16.0, gt=0)
    """Largest member, unpacked, in gigabytes (the reference delivery: 59.8 in 4,003 members)."""
    max_total_gb: float = Field(1000.0, gt=0)
    """Most that all members of one archive may unpack to, in gigabytes: members beyond it are reported."""
    buffer_mb: float = Field(256.0, ge=0)
    """A packed member up to this size is unpacked in memory, where readers may jump about; a larger one is unpacked again
    from its beginning when a reader jumps back."""
