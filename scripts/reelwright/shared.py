"""The bucket behind the store, where jobs share no disk: what one of them has paid for, or encoded, the next one finds.

A file below the project's folder lies in the bucket under the same path, as Snakemake's own storage has it: the answers in
`.cache/answers` under `<prefix>/.cache/answers/`. Credentials, region and endpoint come from the environment, like those of
Snakemake's storage plugin.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from reelwright.bucket_access import REGIONS, Access, Keys, credentials_of, open_client
from reelwright.errors import BuildError
from reelwright.files import whole

S = TypeVar("S")
T = TypeVar("T")

STORE = "REELWRIGHT_STORE"
"""The variable that names the bucket and what its keys begin with: `s3://bucket/prefix`."""

ENDPOINT = "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL"
"""Address of a server other than Amazon's; without it boto3's own `AWS_ENDPOINT_URL` counts."""

TOLD = frozenset({".json", ".jsonl", ".csv", ".md", ".html", ".js", ".css", ".log"})
"""Suffixes of results that tell of others, and are small."""

AT_ONCE = 16
"""Requests that are made at a time."""


@dataclass(frozen=True)
class _Bucket:
    """Which bucket, as ``bucket_access.Place`` has it."""

    name: str
    endpoint: str | None
    region: str | None = None
    tries: int = 5
    timeout_s: float = 60.0


def at_once(ask: Callable[[T], S], about: Iterable[T]) -> list[S]:
    """What ``ask`` gives of each, in their order, ``AT_ONCE`` at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, about))


@dataclass(frozen=True)
class Mirror:
    """One folder of the project as the bucket has it. Its methods raise BuildError or BadItem as ``Access`` does."""

    access: Access
    prefix: str
    """What its keys begin with, ending in a slash."""

    def put(self, name: str, content: Path | bytes) -> None:
        """Put a file, or some bytes, under ``name``; what was there is replaced whole."""
        if isinstance(content, bytes):
            self._put(name, content)
            return
        with content.open("rb") as file:
            self._put(name, file)

    def _put(self, name: str, body: Any) -> None:
        self.access("PutObject", "put_object", Key=self.prefix + name, Body=body)

    def _get(self, name: str) -> Any | None:
        told = self.access.found("GetObject", "get_object", Key=self.prefix + name)
        return told and told["Body"]

    def read(self, name: str) -> bytes | None:
        """The bytes under ``name``; None where there are none."""
        body = self._get(name)
        if body is None:
            return None
        with self.access.reading():
            return bytes(body.read())

    def fetch(self, name: str, path: Path) -> bool:
        """Write what lies under ``name`` to ``path``, whole; False where there is nothing."""
        body = self._get(name)
        if body is None:
            return False
        with whole(path) as temporary, temporary.open("wb") as file, self.access.reading():
            shutil.copyfileobj(body, file, 1 << 20)
        return True

    def size(self, name: str) -> int | None:
        """Bytes of what lies under ``name``; None where there is nothing."""
        told = self.access.found("GetObject", "head_object", Key=self.prefix + name)
        return None if told is None else int(told["ContentLength"])

    def names(self) -> list[str]:
        """Everything below the folder, by path, sorted."""
        return [key.removeprefix(self.prefix) for keys in self.access.pages(self.prefix) for key in keys]

    def remove(self, name: str) -> None:
        """Delete what lies under ``name``, if anything does."""
        self.access("DeleteObject", "delete_object", Key=self.prefix + name)


def _stated() -> str:
    """What the environment says of the store's bucket; empty where it says nothing."""
    return os.environ.get(STORE, "").strip()


def mirror_of(folder: Path, where: str | None = None) -> Mirror | None:
    """``folder`` in the bucket ``where`` (`s3://bucket/prefix`), or in the one that ``STORE`` names; None without either.

    Raises BuildError where that is no bucket, where no credentials are found, and for a folder outside the project's.
    """
    where = where or _stated()
    if not where:
        return None
    parts = urlsplit(where)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise BuildError(f"the store is to lie in {where} ({STORE}): expected s3://bucket/prefix")
    if folder.is_absolute() or ".." in folder.parts:
        raise BuildError(
            f"{folder} can't be kept in the bucket {where}: expected a folder below the project's (`cache`)"
        )
    credentials = credentials_of(os.environ)
    if credentials is None:
        raise BuildError(
            f"no credentials for the bucket {parts.netloc}, in which the store lies: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY"
        )
    place = _Bucket(parts.netloc, os.environ.get(ENDPOINT, "").strip() or None)
    prefix = PurePosixPath(parts.path.strip("/"), folder.as_posix())
    return Mirror(open_client(place, Keys(STORE, REGIONS[0]), credentials, os.environ), f"{prefix}/")


def share(where: str | None) -> None:
    """Keep the store in the bucket ``where``, here and in all that is started; one that the environment names stays."""
    if where:
        os.environ.setdefault(STORE, where)


def is_shared() -> bool:
    """Whether the store lies in a bucket."""
    return bool(_stated())


def bring_home(where: str | None, results: Path) -> None:
    """Bring what the bucket ``where`` has of ``results`` to this machine, media left out; nothing where there is no bucket."""
    bucket = mirror_of(results, where) if where else None
    if bucket is None:
        return
    wanted = [name for name in bucket.names() if PurePosixPath(name).suffix in TOLD]
    at_once(lambda name: bucket.fetch(name, results / name), wanted)
