"""The part `reference` of the spec: the old material, which shows the same footage under other episode numbers."""

from __future__ import annotations

from reelwright.spec.section import RelativePath, Section


class Reference(Section):
    """The old material: a label seed, a cross-reference and the evaluation set. It is only read, and never trained on.

    Its paths may be absolute.
    """

    bible: RelativePath | None = None
    """`master-index.json` of the old season bible, which gives the `episode_name` of each `episode_id`."""
    manifest: RelativePath | None = None
    """The old manifest: a row a clip, with its `episode_id`."""
    clips: RelativePath | None = None
    """Folder of the old clips."""
    first_frames: RelativePath | None = None
    """Folder of the old clips' first frames."""

    @property
    def locates(self) -> bool:
        """Whether its clips are looked for in the masters: it has pictures of them."""
        return bool(self.clips or self.first_frames)

    @property
    def carries_labels(self) -> bool:
        """Whether its labels are carried to new clips: it has some, and something that shows where they belong."""
        return bool(self.manifest and self.locates)
