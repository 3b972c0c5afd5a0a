"""``croissant.json``: the package described as Croissant 1.0 (MLCommons), which data catalogues and loaders read.

The words are those of http://mlcommons.org/croissant/1.0; ``mlcroissant validate --jsonld croissant.json`` checks them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification asks for."""

ROWS = "metadata.jsonl"

RIGHTS = (
    "Made from material that its maker states to be licensed for training. It passes no right on: who may have it, and for "
    "what, follows from that licence."
)
"""What can be said of the rights in a package, and no more."""

_TYPES = {str: "sc:Text", bool: "sc:Boolean", int: "sc:Integer", float: "sc:Float"}


def _type(value: Any) -> str:
    """The type of a field with such a value. Digits are a number, though written as text: mlcroissant reads JSONL by way of
    pandas, which makes 1 of "01"."""
    return "sc:Integer" if isinstance(value, str) and value.isdecimal() else _TYPES[type(value)]


def _field(name: str, value: Any) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"rows/{name}",
        "name": name,
        "dataType": _type(value),
        "source": {"fileObject": {"@id": ROWS}, "extract": {"column": name}},
    }


def croissant(name: str, description: str, rows: Sequence[dict[str, Any]], sha256: str, suffix: str) -> dict[str, Any]:
    """The description of package ``name``, whose ``metadata.jsonl`` has ``rows`` and this ``sha256``.

    ``suffix`` is that of its media (``.mp4``, ``.png``). A field has the type of the first value there is.
    """
    kind = {".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}[suffix]
    first = {key: next((row[key] for row in rows if row[key] is not None), "") for key in rows[0]}
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": description,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": RIGHTS,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": ROWS,
                "name": ROWS,
                "description": "One row a line: where its media lies, its prompt, and what it is.",
                "contentUrl": ROWS,
                "encodingFormat": "application/jsonlines",
                "sha256": sha256,
            },
            {
                "@type": "cr:FileSet",
                "@id": "media",
                "name": "media",
                "description": "The media of the rows; the sha256 of each is in SHA256SUMS and in PROVENANCE.json.",
                "encodingFormat": kind,
                "includes": f"media/*{suffix}",
            },
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "name": "rows",
                "description": "The rows of the package.",
                "field": [_field(key, value) for key, value in first.items()],
            }
        ],
    }
