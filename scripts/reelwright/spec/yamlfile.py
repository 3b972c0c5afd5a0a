"""Reading YAML that people write: every fault with its line and column, duplicate keys refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from reelwright.errors import Problem, SpecError


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that notes duplicate keys, and leaves dates as the text they were written as."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[tuple[str, yaml.Mark, yaml.Mark]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, yaml.Mark] = {}
        for key, _ in node.value:
            value = self.construct_object(key, deep=True)
            if isinstance(value, str | int | float | bool) and value in seen:
                self.duplicates.append((str(value), key.start_mark, seen[value]))
            elif isinstance(value, str | int | float | bool):
                seen[value] = key.start_mark
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"


def _fail(file: str, where: str, expected: str, value: str = "") -> SpecError:
    return SpecError([Problem(file, where, value, expected)])


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; raises SpecError for a file that is missing, not UTF-8, not YAML or no mapping."""
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise _fail(file, "the file", "no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _fail(file, "the file", f"can't be read as UTF-8 text ({error})") from error
    loader = _StrictLoader(text)
    try:
        data = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        words = " ".join(part for part in (error.context, error.problem) if part)
        raise _fail(file, _place(error.problem_mark or error.context_mark), f"not valid YAML: {words}") from error
    except yaml.YAMLError as error:
        raise _fail(file, "the file", f"not valid YAML: {error}") from error
    finally:
        loader.dispose()
    if loader.duplicates:
        raise SpecError(
            [
                Problem(file, _place(again), repr(key), f"a key that stands at {_place(first)} already; keep one")
                for key, again, first in loader.duplicates
            ]
        )
    if not isinstance(data, dict):
        raise _fail(file, "the file", "expected keys and values at the top level", type(data).__name__)
    return data
