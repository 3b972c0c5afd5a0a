"""Reading YAML that people write: every fault with its line and column, duplicate keys refused."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

from reelwright.errors import Problem, SpecError

JSON_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map"))
"""What JSON has values for: the schema knows no dates, sets or binary data."""


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that notes duplicate keys, and leaves dates as the text they were written as."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[tuple[str, yaml.Mark, yaml.Mark]] = []

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        # Looked for in what is written, since merging `<<` adds keys that other ones may well replace.
        node = super().compose_mapping_node(anchor)
        first: dict[str, yaml.Mark] = {}
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and first.setdefault(key.value, key.start_mark) is not key.start_mark:
                self.duplicates.append((key.value, key.start_mark, first[key.value]))
        return node

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError) as error:
            # `!!int abc`, or a number of thousands of digits.
            kind = node.tag.rsplit(":", 1)[-1]
            raise ConstructorError(None, None, f"can't be read as {kind}", node.start_mark) from error

    def refuse(self, node: Node) -> None:
        """Raise for a value of any other kind."""
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        raise ConstructorError(None, None, f"a spec has no values of the kind {tag}", node.start_mark)


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.yaml_constructors = {
    tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag in JSON_TAGS
}
_StrictLoader.add_constructor(None, _StrictLoader.refuse)


def _place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"


def _fail(file: str, where: str, expected: str, value: str = "", nearest: str | None = None) -> SpecError:
    return SpecError([Problem(file, where, value, expected, nearest)])


def _read_text(path: Path) -> str:
    """The text of the file ``path``; raises SpecError where there is none, naming the neighbour most like it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        beside = [one.name for one in path.parent.glob("*.y*ml")]
        found = difflib.get_close_matches(path.name, beside, n=1, cutoff=0.5)
        nearest = str(path.with_name(found[0])) if found else None
        raise _fail(str(path), "the file", "no such file", nearest=nearest) from error
    except UnicodeDecodeError as error:
        raise _fail(str(path), f"byte {error.start + 1}", "is not UTF-8 text") from error
    except OSError as error:
        raise _fail(str(path), "the file", f"can't be read: {error.strerror}") from error


def _parse(file: str, text: str) -> Any:
    """The value of a YAML text, made of what JSON has; raises SpecError for every duplicate key, or the first fault."""
    try:
        loader = _StrictLoader(text)
        data = loader.get_single_data()
        # Fails for what the schema could not look at: loops by way of an anchor, halves of surrogate pairs.
        json.dumps(data, ensure_ascii=False, skipkeys=True).encode()
    except ReaderError as error:
        before = text[: error.position]
        where = f"line {before.count(chr(10)) + 1}, column {error.position - before.rfind(chr(10))}"
        raise _fail(file, where, f"not valid YAML: {error.reason}", f"U+{error.character:04X}") from error
    except yaml.MarkedYAMLError as error:
        words = " ".join(part for part in (error.context, error.problem) if part)
        raise _fail(file, _place(error.problem_mark or error.context_mark), f"not valid YAML: {words}") from error
    except UnicodeEncodeError as error:
        raise _fail(file, "the file", "has half of a surrogate pair, which is no character") from error
    except (RecursionError, ValueError) as error:
        raise _fail(file, "the file", "is nested without end") from error
    if loader.duplicates:
        raise SpecError(
            [
                Problem(file, _place(again), repr(key), f"a key that stands at {_place(first)} already; keep one")
                for key, again, first in loader.duplicates
            ]
        )
    return data


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; raises SpecError for a file that is missing, not UTF-8, not YAML or no mapping."""
    data = _parse(str(path), _read_text(path))
    if not isinstance(data, dict):
        found = {type(None): "empty", list: "a list"}.get(type(data), "a single value")
        raise _fail(str(path), "the file", "expected keys and values at the top level", found)
    return data
