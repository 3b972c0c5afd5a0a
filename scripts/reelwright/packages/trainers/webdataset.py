"""WebDataset: tar shards with each row's media and, under the same name, its caption and fields as JSON."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from reelwright.files import whole
from reelwright.packages.trainers.contents import Contents, Item

SHARD_BYTES = 1 << 30
"""Media in one shard: about 1 GiB, as WebDataset's own documentation advises."""


def _shards(items: Sequence[Item], package: Path) -> Iterator[list[Item]]:
    """The rows of each shard, in order."""
    shard: list[Item] = []
    size = 0
    for item in items:
        more = (package / item.media).stat().st_size
        if shard and size + more > SHARD_BYTES:
            yield shard
            shard, size = [], 0
        shard.append(item)
        size += more
    if shard:
        yield shard


def _member(name: str, size: int) -> tarfile.TarInfo:
    # No time, owner or rights of this machine: equal rows make equal shards.
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info


def export_webdataset(contents: Contents, package: Path) -> None:
    """Write ``trainers/webdataset/<package>-000000.tar`` and on: ``id.mp4`` and ``id.json`` of each row side by side."""
    folder = package / "trainers" / "webdataset"
    for number, items in enumerate(_shards(contents.items, package)):
        with (
            whole(folder / f"{contents.name}-{number:06d}.tar") as path,
            tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar,
        ):
            for item in items:
                media = package / item.media
                with media.open("rb") as file:
                    member = f"{item.name}{PurePosixPath(item.media).suffix}"
                    tar.addfile(_member(member, media.stat().st_size), file)
                fields = {**item.fields, "prompt": item.prompt}
                text = json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
                tar.addfile(_member(f"{item.name}.json", len(text)), io.BytesIO(text))
