"""Reading and writing files whole or not at all, with the schema of each."""

from __future__ import annotations

import csv
import errno
import functools
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reelwright.errors import BuildError

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
"""Folder of the JSON Schemas; ``NAME`` below means ``NAME.schema.json`` in it."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and rename it into place when the block ends well; else remove it.

    Raises BuildError naming ``path`` where the disk is full.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}.", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise BuildError(f"{path}: the disk is full: make room and run the same command again") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@functools.cache
def _validator(name: str) -> Any:
    # jsonschema costs 50 ms to import, which rules that write no JSON need not pay.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def check(data: Any, schema: str, what: str) -> None:
    """Raise ValueError with every violation of ``schema`` in ``data``; ``what`` names the data in the message."""
    errors = [f"{what}: {error.json_path}: {error.message}" for error in _validator(schema).iter_errors(data)]
    if errors:
        raise ValueError("\n".join(errors))


def write_json(path: Path, data: Any, schema: str | None = None) -> None:
    """Write ``data`` as indented JSON after checking it against ``schema``."""
    if schema is not None:
        check(data, schema, path.name)
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]], schema: str | None = None) -> None:
    """Write one JSON object a line, no blank line, each checked against ``schema``."""
    lines = []
    for number, row in enumerate(rows, 1):
        if schema is not None:
            check(row, schema, f"{path.name}, line {number}")
        lines.append(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
    write_text(path, "".join(lines))


def write_csv(path: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``rows`` under ``columns``; None becomes an empty cell."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", extrasaction="raise")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def read_json(path: Path) -> Any:
    """The JSON value in ``path``."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file, one a line. Only a line feed ends a line: captions may hold U+2028 and its like."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
