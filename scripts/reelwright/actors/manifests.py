"""Manifests of actors' images (``training_data/manifest.json``), and the two forms of metadata that came before them.

A manifest has an entry an image: its prompt, seed, model and where it lies in a bucket. Manifests of other programs are read
leniently; ours are written in one form (schema ``training_manifest``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from reelwright.actors.classes import is_image_name

FILE_KEYS = (
    "file",
    "filename",
    "file_name",
    "name",
    "local_path",
    "localPath",
    "path",
    "image",
    "image_path",
    "output_path",
)
URL_KEYS = (
    "url",
    "s3_url",
    "s3Url",
    "s3",
    "image_url",
    "imageUrl",
    "uploaded",
    "upload",
    "s3_response",
    "location",
    "Location",
)
PROMPT_KEYS = ("prompt", "text", "prompt_text", "input_prompt")
RESPONSE_URLS = ("url", "Location", "location", "s3_url", "s3Url", "ObjectURL", "object_url", "href", "uri")
"""Where the object that an upload answers with holds its URL."""


@dataclass(frozen=True)
class Entry:
    """What is known of one image."""

    file: str | None
    """File name; None where the metadata names none."""
    prompt: str | None
    url: str | None
    """Where it lies in a bucket, as a string."""
    seed: int | None
    model: str | None
    source: str
    """The file that this was read from, and the entry's key or place in it."""
    keyed: bool = False
    """Whether it stood under a key of its own, which ``source`` ends with."""
    rest: dict[str, Any] = field(default_factory=dict)
    """Everything else that was said."""


def url_of(value: Any) -> str | None:
    """The URL that a string is, or that the object an upload answers with holds; None where there is none.

    An object with a bucket and a key alone names a place too: ``s3://bucket/key``.
    """
    if isinstance(value, str):
        return value if re.match(r"(https?|s3)://", value) else None
    if isinstance(value, list):
        return next((found for one in value if (found := url_of(one))), None)
    if isinstance(value, dict):
        for key in RESPONSE_URLS:
            if (found := url_of(value.get(key))) is not None:
                return found
        bucket, name = (next((value[key] for key in keys if isinstance(value.get(key), str)), None) for keys in (
            ("Bucket", "bucket"), ("Key", "key")))  # fmt: skip
        if bucket and name:
            return f"s3://{bucket}/{name}"
        nested = (found for one in value.values() if isinstance(one, dict) and (found := url_of(one)))
        return next(nested, None)
    return None


def read_entries(data: Any, source: str) -> list[Entry]:
    """The entries of a manifest or of legacy metadata, in the forms that occur: a list of objects, such a list under a key, an
    object with an entry a file name or index."""
    return [_entry(key, one, f"{source}: {key or place}") for place, (key, one) in enumerate(_objects(data))]


def _objects(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects that tell of an image each, with the key they stand under."""
    if isinstance(data, list):
        yield from (("", one) for one in data if isinstance(one, dict))
        return
    if not isinstance(data, dict):
        return
    if any(key in data for key in PROMPT_KEYS) and not any(_inner(one) for one in data.values()):
        yield "", data
        return
    for key, one in data.items():
        if isinstance(one, list):
            yield from (("", each) for each in one if isinstance(each, dict))
        elif isinstance(one, dict) and (is_image_name(key) or key.isdecimal() or _tells(one)):
            yield key, one
        elif isinstance(one, dict):
            yield from _objects(one)
        elif isinstance(one, str) and is_image_name(key):
            yield key, {"prompt": one}


def _inner(value: Any) -> bool:
    """Whether entries lie within a value."""
    return (isinstance(value, list) and any(isinstance(one, dict) and _tells(one) for one in value)) or (
        isinstance(value, dict) and any(is_image_name(key) for key in value)
    )


def _tells(one: Mapping[str, Any]) -> bool:
    return any(key in one for key in (*PROMPT_KEYS, *FILE_KEYS, *URL_KEYS))


def _entry(key: str, one: Mapping[str, Any], source: str) -> Entry:
    inside = one.get("input") if isinstance(one.get("input"), dict) else {}
    said = {**(inside or {}), **one}
    url = next((found for name in (*URL_KEYS, "output") if (found := url_of(said.get(name)))), None)
    file = next((name for name in _file_names([key, *(said.get(one) for one in FILE_KEYS), url])), None)
    seed = said.get("seed")
    model = said.get("model", said.get("version"))
    used = {*FILE_KEYS, *URL_KEYS, *PROMPT_KEYS, "seed", "model", "version", "input", "output"}
    return Entry(
        file=file,
        prompt=next((text for name in PROMPT_KEYS if isinstance(text := said.get(name), str)), None),
        url=url,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        model=model if isinstance(model, str) else None,
        source=source,
        keyed=bool(key),
        rest={name: value for name, value in one.items() if name not in used},
    )


def _file_names(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            path = unquote(urlsplit(value).path) if "://" in value else value.replace("\\", "/")
            name = PurePosixPath(path).name
            if is_image_name(name):
                yield name
