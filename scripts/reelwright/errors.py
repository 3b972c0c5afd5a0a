"""The two ways in which input can be wrong: the spec is (nothing runs), or one item is (the others go on)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file a person wrote."""

    file: str
    """The file, as the person named it."""
    where: str
    """Path of the key (``clips.head_s``), or line and column."""
    value: str
    """The offending value, shortened; empty where there is none."""
    expected: str
    """What would have been right."""
    nearest: str | None = None
    """The nearest valid name, where there is one."""

    def __str__(self) -> str:
        got = f" is {self.value}" if self.value else ""
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{self.file}: {self.where}{got}: {self.expected}{hint}"


class SpecError(Exception):
    """The spec, or a list it names, is not valid. Carries every problem found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class BadItem(Exception):
    """One item's data is bad: it becomes a failed outcome, and the other items go on.

    ``code`` is a short word for programs (``missing``, ``unreadable``, ``upstream``...), ``message`` one sentence for a
    person, ``retryable`` says whether the same command may succeed later without anybody changing the spec.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = True) -> None:
        self.code = code
        self.message = message
        self.retryable = retryable
        super().__init__(message)


class BuildError(Exception):
    """A product can't be made as declared (unmet balance, a refused row): the job fails with this one message."""


def listed(problems: Sequence[str], shown: int) -> str:
    """The first ``shown`` of ``problems`` in one line, and how many more there are."""
    more = f"; and {len(problems) - shown} more" if len(problems) > shown else ""
    return "; ".join(problems[:shown]) + more
