"""From a YAML file to a checked, typed spec; or every problem it has, each with key, value and what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reelwright.errors import Problem, SpecError
from reelwright.spec.check import Fault, check_values
from reelwright.spec.explain import complaint, path_of, short
from reelwright.spec.model import Spec
from reelwright.spec.yamlfile import read_yaml

DEFAULT = "config/demo.yaml"
"""The project that a bare `snakemake` builds."""

RUN_OPTIONS = frozenset({"targets", "actors_mode", "actors", "against"})
"""Keys that `--config` takes beside those of the spec: they choose what one run does. `actors` with keys of its own is that
part of the spec."""


def _merge(data: Any, overrides: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(data)
    for key, value in overrides.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _typed(value: Any) -> Any:
    """A value of ``--config`` with its numbers as numbers: Snakemake leaves whatever stands inside braces as text.

    Text that JSON reads as a number, true, false or null is that; 01 is no number there, and stays an episode.
    """
    if isinstance(value, Mapping):
        return {key: _typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_typed(one) for one in value]
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except ValueError:
            return value
        return value if isinstance(read, str | dict | list) else read
    return value


def _with_text_keys(data: Any, faults: list[Fault], path: str = "") -> Any:
    """``data`` with every key as text; a key that YAML read as something else (01 is the number 1) is a fault."""
    if isinstance(data, list):
        return [_with_text_keys(one, faults, path) for one in data]
    if not isinstance(data, Mapping):
        return data
    texts = {}
    for key, value in data.items():
        episode = isinstance(key, int) and not isinstance(key, bool) and 0 <= key < 100
        text = key if isinstance(key, str) else f"{key:02d}" if episode else short(key)
        where = f"{path}.{text}".lstrip(".")
        if not isinstance(key, str):
            faults.append((where, "", f'YAML reads the key as {short(key)}, not as text: quote it, "{text}"', None))
        texts[text] = _with_text_keys(value, faults, where)
    return texts


def _validate(data: dict[str, Any]) -> Spec:
    return Spec.model_validate_json(json.dumps(data, default=str))


def _without(data: dict[str, Any], path: Sequence[str]) -> bool:
    """Take the value at ``path`` out of ``data``; False where no mapping holds it."""
    inner: Any = data
    for part in path[:-1]:
        inner = inner.get(part) if isinstance(inner, dict) else None
    if not path or not isinstance(inner, dict) or path[-1] not in inner:
        return False
    del inner[path[-1]]
    return True


def _faults_beside(data: dict[str, Any], wrong: set[tuple[str, ...]]) -> list[Fault]:
    """Faults between the values of a spec in which those at ``wrong`` are no good already.

    Looked for without these, where a spec can do without them; what then lies beside one of them is left unsaid, since it
    may only follow from a default that stands in for it.
    """
    rest = deepcopy(data)
    if not all(_without(rest, path) for path in wrong):
        return []
    try:
        spec = _validate(rest)
    except ValidationError:
        return []
    unsure = tuple(".".join(path[:-1]) + "." for path in wrong if len(path) > 1)
    if any(len(path) == 3 and path[:2] == ("sources", "episodes") for path in wrong):
        unsure += ("packages.",)
    return [fault for fault in check_values(spec) if not fault[0].startswith(unsure)]


def _check(data: dict[str, Any]) -> tuple[Spec | None, list[Fault]]:
    """The typed spec, where its types are right, and everything that is wrong with it."""
    try:
        spec = _validate(data)
    except ValidationError as error:
        details = error.errors()
        said = [complaint(one) for one in details]
        faults: list[Fault] = [(".".join(one.path) or "the file", one.value, one.expected, one.nearest) for one in said]
        return None, faults + _faults_beside(data, {path_of(one["loc"]) for one in details})
    return spec, list(check_values(spec))


def _stands_in(overrides: Any, where: str) -> bool:
    for part in where.split("."):
        if not isinstance(overrides, Mapping) or part not in overrides:
            return False
        overrides = overrides[part]
    return True


def _problems(file: str, overrides: Mapping[str, Any], faults: Iterable[Fault]) -> list[Problem]:
    """Each fault with where the value came from: the file, or the command line."""
    return [Problem("--config" if _stands_in(overrides, fault[0]) else file, *fault) for fault in faults]


def load_spec(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Spec:
    """The spec in the YAML file ``path``, with ``overrides`` (from ``--config``) merged onto it and defaults filled in.

    Raises SpecError with every problem found.
    """
    chosen = {
        key: _typed(value)
        for key, value in (overrides or {}).items()
        if key not in RUN_OPTIONS or isinstance(value, Mapping)
    }
    faults: list[Fault] = []
    data = _with_text_keys(_merge(read_yaml(Path(path)), chosen), faults)
    spec, others = _check(data)
    faults += others
    if faults or spec is None:
        raise SpecError(_problems(str(path), chosen, faults))
    return spec


def choose_spec(files: Sequence[str | Path], overrides: Mapping[str, Any]) -> Spec:
    """The spec of a run: the file that ``--configfile`` names, or the demo's. Two files are not merged but refused."""
    if len(files) > 1:
        raise SpecError(
            [Problem(str(files[1]), "--configfile", "", f"expected one file; {files[0]} is a whole project")]
        )
    return load_spec(files[0] if files else DEFAULT, overrides)


def merged(spec: Spec) -> dict[str, Any]:
    """The whole spec with its defaults, as JSON values: what ``results/<project>/spec.json`` holds."""
    whole: dict[str, Any] = json.loads(spec.model_dump_json())
    return whole
