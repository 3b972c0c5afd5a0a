"""Old material in a folder, and the stage ``locate_reference`` run on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chain import measured

from reelwright.files import check, read_json, write_json
from reelwright.outcome import Record
from reelwright.reference.locate import MasterScan, locate_reference
from reelwright.reference.material import CLIP_SUFFIXES, PICTURE_SUFFIXES, listed_files


def scanned(episode: str, film: Path, folder: Path) -> MasterScan:
    """The master of an episode, probed and scanned."""
    measured(film, folder)
    files = (folder / name for name in ("scan.npz", "scan.json", "scan.outcome.json"))
    return MasterScan(f"ep{episode}.the-film", episode, *files)


class OldMaterial:
    """``clips`` and ``frames`` below a folder, a manifest, and what the stage makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clips, self.frames = folder, folder / "clips", folder / "frames"
        self.clips.mkdir(parents=True)
        self.frames.mkdir()
        self.outcome: dict[str, Any] = {}
        self.data: dict[str, Any] = {}

    def locate(
        self,
        masters: Sequence[MasterScan],
        manifest: Sequence[Mapping[str, Any]] | str | None = None,
        names: Mapping[str, str | None] | None = None,
        threads: int = 2,
    ) -> dict[str, dict[str, Any]]:
        """The rows by clip; ``names`` gives production episodes by old episode id, as the numbering has them."""
        path = self.folder / "manifest.json"
        if manifest is not None:
            path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
        numbering = self.folder / "numbering.json"
        episodes = [
            {"episode_id": old, "episode_names": [f"Name of {old}"], "production_episode": new}
            for old, new in (names or {}).items()
        ]
        write_json(numbering, {"episodes": episodes})
        record = Record("locate_reference", "reference", self.folder / "outcome.json")
        out = self.folder / "out" / "reference.json"
        locate_reference(
            masters,
            [Path(one) for one in listed_files(str(self.clips), CLIP_SUFFIXES)],
            [Path(one) for one in listed_files(str(self.frames), PICTURE_SUFFIXES)],
            numbering,
            out,
            record,
            manifest=path if manifest is not None else None,
            store=self.folder / "store",
            threads=threads,
        )
        self.outcome, self.data = read_json(record.path), read_json(out)
        if self.data is None:
            return {}
        check(self.data, "reference", "reference.json")
        return {one["clip"]: one for one in self.data["clips"]}

    @property
    def warnings(self) -> str:
        """What the stage warned of."""
        return "\n".join(self.outcome["warnings"])
