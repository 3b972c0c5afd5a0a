"""What a package holds, as one digest: whether what was trained on is what lies there now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BuildError
from reelwright.files import read_json, read_jsonl
from reelwright.packages.metadata import METADATA, PROVENANCE


@dataclass(frozen=True)
class Content:
    """The rows of a package, and what they are known by."""

    digest: str
    """Of the rows and of the sha256 of their media. The code that built them and what was left out don't count."""
    metadata_sha256: str
    provenance_sha256: str
    counts: tuple[int, ...]
    """Frames of each row."""
    media: tuple[tuple[str, str], ...]
    """Each row's media, below the package, with its sha256."""

    def record(self) -> dict[str, Any]:
        """Its digests, for records."""
        return {
            "digest": self.digest,
            "metadata_sha256": self.metadata_sha256,
            "provenance_sha256": self.provenance_sha256,
            "rows": len(self.counts),
        }


def read_content(package: Path) -> Content:
    """The content of the package in a folder, as its rows and its provenance tell it; no media is read."""
    rows = read_jsonl(package / METADATA)
    known = {row["clip_id"]: row["media_sha256"] for row in read_json(package / PROVENANCE)["rows"]}
    metadata = file_sha256(package / METADATA)
    media = tuple((row["video"], known[row["clip_id"]]) for row in rows)
    digest = recipe_digest({"metadata": metadata, "media": media})
    counts = tuple(row["num_frames"] for row in rows)
    return Content(digest, metadata, file_sha256(package / PROVENANCE), counts, media)


def check_media(name: str, package: Path, content: Content) -> None:
    """Raise BuildError naming the first file that is not what the package was built with."""
    for video, sha256 in content.media:
        path = package / video
        if not path.is_file():
            raise BuildError(f"package {name}: {path} is gone: build the package again")
        if file_sha256(path) != sha256:
            raise BuildError(f"package {name}: {path} is not the file that was built: build the package again")
