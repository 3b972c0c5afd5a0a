"""The bucket that actors' images are kept in: boto3, with its own retries and none of ours around them.

Nothing is overwritten: an object is put only where there is none, and only as the bytes that were promised. Nothing is lost:
what is removed can be restored byte for byte. In a bucket without versions it is copied below a trash prefix first. In one with
versions a delete marker hides it, and a note below the trash prefix says which version is ours to show again: a marker of
somebody else's is left alone. Each of these steps may be the last one before a kill: the same call then finishes the work.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from reelwright.bucket_access import Access, Keys, Refused, credentials_of, open_client
from reelwright.errors import BadItem, BuildError
from reelwright.models.served import MEDIA_TYPES
from reelwright.spec.generation import Bucket as BucketSettings

KEYS = Keys("actors.bucket.name", "actors.bucket.region")
"""What names the bucket and its region in the spec."""

NOTE = "reelwright-version"
"""Metadata of a note: the version that a delete marker of ours hides."""

AMAZON = r"s3([.-][a-z0-9-]+)?\.amazonaws\.com"
"""Pattern of Amazon's hosts, of all regions; the bucket's name stands before it or begins the path."""

HEADS_AT_ONCE = 8
"""Objects that are looked at at a time while listing: a listing doesn't tell checksums."""

MOST_MARKERS = 20
"""Delete markers of one object that are taken away: a request that boto3 repeats may set several."""


@dataclass(frozen=True)
class Held:
    """An object as the bucket has it."""

    key: str
    sha256: str
    """Hex; empty where neither a checksum nor metadata tells."""
    bytes: int
    version: str | None
    etag: str


class Bucket(Protocol):
    """Where objects are kept. Its methods are called from several threads at a time.

    They raise BuildError where nothing would do any better: no bucket, no rights, wrong region or credentials, nobody there;
    and BadItem where this one fails: `busy`, `broken` or `dropped` after all of boto3's tries, or as they say.
    """

    def check(self) -> None:
        """Raise BuildError where the bucket can't be used, and say why."""

    def url(self, key: str) -> str:
        """The URL of an object, for manifests."""

    def key_of(self, url: str) -> str | None:
        """The key that a URL in this bucket names, in any form that S3 knows; None for any other URL."""

    def put(self, key: str, path: Path, sha256: str) -> Held:
        """Put the file at ``path`` where there is nothing yet; the very same bytes there are fine.

        Raises BadItem: ``taken`` (other bytes are there), ``changed`` (the file isn't ``sha256``), ``damaged`` (on its way).
        """

    def head(self, key: str) -> Held | None:
        """What is held under a key."""

    def read(self, key: str) -> bytes:
        """The bytes of an object; raises BadItem ``missing`` where there is none."""

    def remove(self, key: str, trash: str) -> Held | None:
        """Move an object below the prefix ``trash``, or hide it where the bucket keeps versions.

        What this very call had removed before a kill is returned too; None where there was nothing. Raises BadItem ``changed``
        where it becomes another object meanwhile, ``taken`` where the trash holds other bytes under its key.
        """

    def restore(self, key: str, trash: str) -> Held | None:
        """Undo ``remove``; what is there already is fine, None where there is nothing to be restored.

        Raises BadItem ``taken`` where another object is there now.
        """

    def list(self, prefix: str) -> Iterator[Held]:
        """Everything whose key begins so, by key."""


def open_bucket(settings: BucketSettings | None, environ: Mapping[str, str]) -> Bucket | None:
    """The bucket that the spec names; None where it names none, or where there are no credentials.

    Raises BuildError, naming the variable, where half of a pair of credentials is set.
    """
    if settings is None:
        return None
    found = credentials_of(environ)
    return None if found is None else S3Bucket(settings, open_client(settings, KEYS, found, environ))


class S3Bucket:
    """A bucket behind S3's API."""

    def __init__(self, settings: BucketSettings, access: Access) -> None:
        self._settings = settings
        self._access = access

    def __repr__(self) -> str:
        return f"S3Bucket({self._settings.name!r})"

    def check(self) -> None:
        """Raise BuildError where the bucket can't be used, and say why."""
        told = self._access("HeadBucket", "head_bucket")
        there = told.get("BucketRegion") or self._access.region
        # Asked elsewhere, boto3 finds the right region by itself: it would work, and manifests would hold wrong addresses.
        if there != self._access.region:
            raise BuildError(
                f"the bucket {self._settings.name} lies in {there}, not in {self._access.region}: set `actors.bucket.region`"
            )
        self._access("ListBucket", "list_objects_v2", MaxKeys=1)

    def url(self, key: str) -> str:
        """The URL of an object, for manifests."""
        return self._root + quote(key)

    @property
    def _root(self) -> str:
        if self._settings.endpoint:
            return f"{self._settings.endpoint.rstrip('/')}/{self._settings.name}/"
        return f"https://{self._settings.name}.s3.{self._access.region}.amazonaws.com/"

    def key_of(self, url: str) -> str | None:
        """The key that a URL in this bucket names, in any form that S3 knows; None for any other URL."""
        name = self._settings.name
        parts = urlsplit(url)
        if self._settings.endpoint and url.startswith(self._root):
            path = url[len(self._root) :].partition("?")[0]
        elif url.startswith(f"s3://{name}/") or re.fullmatch(rf"{re.escape(name)}\.{AMAZON}", parts.netloc):
            path = parts.path[1:]
        elif re.fullmatch(AMAZON, parts.netloc) and parts.path.startswith(f"/{name}/"):
            path = parts.path[len(name) + 2 :]
        else:
            return None
        return unquote(path) or None

    def put(self, key: str, path: Path, sha256: str) -> Held:
        """Put the file at ``path`` where there is nothing yet; the very same bytes there are fine."""
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BadItem("changed", f"{path} is not the file any more that was to be uploaded")
        try:
            self._access(
                "PutObject",
                "put_object",
                Key=key,
                Body=data,
                IfNoneMatch="*",
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                ContentType=MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream"),
                Metadata={"sha256": sha256},
            )
            ours = True
        except Refused as error:
            if error.told == "BadDigest":
                raise BadItem("damaged", f"{self.url(key)}: what arrived is not what was sent") from None
            if error.status not in (409, 412):
                raise
            # There is something: it may have come by this very call, whose answer was lost.
            ours = False
        seen = self._look(key)
        if seen is None:
            raise BadItem("broken", f"{self.url(key)} was put, and isn't there")
        if self._sha256(seen, hashlib.md5(data, usedforsecurity=False).hexdigest(), sha256) == sha256:
            return seen.held(sha256)
        if not ours:
            raise BadItem(
                "taken", f"{self.url(key)} holds another image already: nothing was uploaded", retryable=False
            )
        self._delete(key, seen.etag)
        raise BadItem("damaged", f"{self.url(key)}: what arrived is not what was sent; it was taken away again")

    def head(self, key: str) -> Held | None:
        """What is held under a key."""
        seen = self._look(key)
        return seen.held() if seen else None

    def read(self, key: str) -> bytes:
        """The bytes of an object."""
        seen = self._look(key)
        if seen is None:
            raise BadItem("missing", f"{self.url(key)}: there is no such object")
        return self._access.read(key, seen.etag)

    def remove(self, key: str, trash: str) -> Held | None:
        """Move an object below the prefix ``trash``, or hide it where the bucket keeps versions."""
        seen, kept = self._look(key), self._look(trash + key)
        if seen is None:
            return kept.before(key) if kept else None
        if seen.version is None:
            self._copy(seen, trash + key, kept)
        elif kept is None or kept.metadata.get(NOTE) != seen.version:
            note = {NOTE: seen.version, "sha256": seen.sha256, "bytes": str(seen.bytes), "etag": seen.etag}
            self._access("PutObject", "put_object", Key=trash + key, Body=b"", Metadata=note)
        self._delete(key, seen.etag)
        return seen.held()

    def restore(self, key: str, trash: str) -> Held | None:
        """Undo ``remove``; what is there already is fine, None where there is nothing to be restored."""
        seen, kept = self._look(key), self._look(trash + key)
        if kept is None:
            return seen.held() if seen else None
        noted = kept.metadata.get(NOTE)
        if noted is not None:
            if seen is None:
                self._unhide(key)
                seen = self._look(key)
            if seen is None or seen.version != noted:
                raise BadItem("taken", f"{self.url(key)} is not the object any more that was deleted", retryable=False)
        else:
            self._copy(kept, key, seen)
            seen = seen or self._look(key)
        self._access(
            "DeleteObject", "delete_object", Key=trash + key, **({"VersionId": kept.version} if kept.version else {})
        )
        return seen.held() if seen else None

    def list(self, prefix: str) -> Iterator[Held]:
        """Everything whose key begins so, by key."""
        with ThreadPoolExecutor(HEADS_AT_ONCE) as pool:
            for keys in self._access.pages(prefix):
                yield from (one for one in pool.map(self.head, keys) if one is not None)

    def _look(self, key: str) -> _Seen | None:
        told = self._access.found("GetObject", "head_object", Key=key, ChecksumMode="ENABLED")
        return None if told is None else _Seen.of(key, told)

    def _sha256(self, seen: _Seen, md5: str = "", sha256: str = "") -> str:
        """The sha256 of an object's bytes: by its checksum, by its ETag where that is the MD5 of ``sha256``'s, or by reading
        it. What metadata say doesn't count."""
        if seen.checksum:
            return seen.checksum
        if md5 and seen.etag.strip('"') == md5:
            return sha256
        return hashlib.sha256(self._access.read(seen.key, seen.etag)).hexdigest()

    def _same(self, one: _Seen, other: _Seen) -> bool:
        if one.bytes != other.bytes:
            return False
        return one.etag == other.etag or self._sha256(one) == self._sha256(other)

    def _copy(self, seen: _Seen, to: str, there: _Seen | None) -> None:
        """Copy an object; ``there`` is what is at the place already, which is fine where it is the same."""
        if there is None:
            try:
                self._access(
                    "PutObject",
                    "copy_object",
                    Key=to,
                    CopySource={"Bucket": self._settings.name, "Key": seen.key},
                    CopySourceIfMatch=seen.etag,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                )
            except Refused as error:
                if error.status not in (404, 409, 412):
                    raise
            there = self._look(to)
        if there is None:
            raise BadItem("changed", f"{self.url(seen.key)} became another object meanwhile")
        if not self._same(seen, there):
            raise BadItem("taken", f"{self.url(to)} holds another object: nothing was overwritten", retryable=False)

    def _delete(self, key: str, etag: str) -> None:
        try:
            self._access("DeleteObject", "delete_object", Key=key, IfMatch=etag)
        except Refused as error:
            if error.status not in (404, 409, 412):
                raise
            # Gone is what was wanted: a repeated request finds nothing any more.
            if self._look(key) is not None:
                raise BadItem("changed", f"{self.url(key)} became another object meanwhile") from None

    def _unhide(self, key: str) -> None:
        """Take away the delete markers on top of an object."""
        for _ in range(MOST_MARKERS):
            told = self._access("ListBucketVersions", "list_object_versions", Prefix=key)
            markers = [one for one in told.get("DeleteMarkers", []) if one["Key"] == key and one["IsLatest"]]
            if not markers:
                return
            for one in markers:
                self._access("DeleteObjectVersion", "delete_object", Key=key, VersionId=one["VersionId"])


@dataclass(frozen=True)
class _Seen:
    """An object as its head tells."""

    key: str
    checksum: str
    """Hex sha256 by the server's own reckoning; empty where it doesn't tell."""
    metadata: Mapping[str, str]
    bytes: int
    version: str | None
    etag: str

    @classmethod
    def of(cls, key: str, told: Mapping[str, Any]) -> _Seen:
        """What the answer to a HEAD says."""
        checksum = told.get("ChecksumSHA256") or ""
        # One of several parts is a checksum of checksums.
        whole = base64.b64decode(checksum).hex() if checksum and "-" not in checksum else ""
        version = told.get("VersionId")
        version = None if version == "null" else version
        return cls(key, whole, told.get("Metadata") or {}, told["ContentLength"], version, told["ETag"])

    @property
    def sha256(self) -> str:
        return self.checksum or self.metadata.get("sha256", "")

    def held(self, sha256: str = "") -> Held:
        """What there is to know of it; ``sha256`` where that was found out otherwise."""
        return Held(self.key, sha256 or self.sha256, self.bytes, self.version, self.etag)

    def before(self, key: str) -> Held:
        """What was removed from ``key``, where this is its copy or a note of it."""
        if NOTE not in self.metadata:
            return Held(key, self.sha256, self.bytes, None, self.etag)
        said = self.metadata
        return Held(key, said.get("sha256", ""), int(said.get("bytes", "0")), said[NOTE], said.get("etag", ""))
