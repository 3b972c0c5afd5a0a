"""Jinja templates that people edit: prompts for models, and the wording of training captions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelwright.errors import BuildError

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


@functools.cache
def _environment() -> SandboxedEnvironment:
    # jinja2 costs 30 ms to import, which rules that render nothing need not pay.
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def template_problem(text: str, variables: frozenset[str]) -> str | None:
    """What is wrong with a template before it is ever rendered: its syntax, or a variable that there isn't."""
    from jinja2 import TemplateSyntaxError, meta

    try:
        parsed = _environment().parse(text)
    except TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    unknown = sorted(meta.find_undeclared_variables(parsed) - variables)
    return f"{unknown[0]} is none of {', '.join(sorted(variables))}" if unknown else None


class Template:
    """A template read from ``where``, which its messages name."""

    def __init__(self, text: str, where: str) -> None:
        from jinja2 import TemplateSyntaxError

        self._where = where
        try:
            self._template = _environment().from_string(text)
        except TemplateSyntaxError as error:
            raise BuildError(f"{where}: line {error.lineno}: {error.message}") from error

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for ``values``; raises BuildError where the template asks for what is not there."""
        from jinja2 import TemplateError

        try:
            return self._template.render(values)
        except TemplateError as error:
            raise BuildError(f"{self._where}: {error.message}") from error


def read_template(path: Path) -> Template:
    """The template in ``path``; raises BuildError naming the file where it can't be read or is none."""
    try:
        return Template(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{path}: the prompt template can't be read: {error}") from error
