"""People's decisions: ``config/<project>/decisions/<domain>.csv``, read and applied, never written.

One row is one decision about one item as it was (its sha256). Rows about an item that has changed since are not applied
but reported, so that somebody decides again.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reelwright.errors import Problem, SpecError

COLUMNS = ("item", "sha256", "decision", "value", "reason", "reviewer", "time")
"""The header line, in this order."""

REQUIRED = ("item", "sha256", "decision", "reviewer", "time")
"""Columns that may not be empty: what was decided about what, by whom, when."""


Key = tuple[str, str, str]
"""Item, sha256 and, where a domain's words are apart, the word; else an empty one: of each there is one decision."""


def key_of(item: str, sha256: str, word: str, *, apart: bool) -> Key:
    """The key of the decision that ``word`` is about an item."""
    return item, sha256, word if apart else ""


@dataclass(frozen=True)
class Decision:
    """One row."""

    item: str
    """Id of the thing decided about: a clip, a plate, a match..."""
    sha256: str
    """Hex sha256 of the thing as it was then."""
    decision: str
    """One of the words that the domain allows."""
    value: str
    """What the decision sets, where it sets something (an override); else empty."""
    reason: str
    """Why, in the reviewer's words; may be empty."""
    reviewer: str
    """Who decided."""
    time: str
    """When, ISO 8601."""

    @property
    def when(self) -> datetime:
        """When, for comparing; a time without a zone is one of UTC."""
        moment = datetime.fromisoformat(self.time)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def key(self, *, apart: bool) -> Key:
        """See ``key_of``."""
        return key_of(self.item, self.sha256, self.decision, apart=apart)

    def says_the_same(self, other: Decision) -> bool:
        """Whether both decide the same, whoever decided and when."""
        return (self.decision, self.value) == (other.decision, other.value)


@dataclass(frozen=True)
class Applied:
    """What becomes of decisions when they meet the items that are there."""

    applied: dict[str, Decision]
    """The decision that holds, by item."""
    stale: list[Decision]
    """Decisions about an item that has changed since, and about which nobody has decided again."""
    unknown: list[Decision]
    """Decisions about items that are not there."""


def read_decisions(path: Path, allowed: Collection[str], *, apart: bool = False) -> list[Decision]:
    """The decisions in ``path``, in the order of its rows; none where there is no such file.

    ``allowed`` are the domain's words for a decision; an item has one decision, or one of each word where they are ``apart``:
    sides of the item that have nothing to do with each other. Raises SpecError with every problem found: not UTF-8, a wrong
    header or cell, an unknown decision, two rows that contradict each other.
    """
    numbered, problems = _read(path, allowed)
    decisions: dict[Key, Decision] = {}
    for line, decision in numbered:
        earlier = decisions.setdefault(decision.key(apart=apart), decision)
        if not earlier.says_the_same(decision):
            expected = f"expected one decision an item; an earlier row says {_words(earlier)}"
            problems.append(Problem(str(path), f"line {line}, {decision.item}", _words(decision), expected))
    if problems:
        raise SpecError(problems)
    return list(decisions.values())


@dataclass(frozen=True)
class Survey:
    """All that a decisions file says, as far as it can be read: for people who put it right, not for a build."""

    decisions: list[Decision]
    """One an item and sha256 (and word, where words are apart): the newest where rows contradict each other."""
    conflicts: list[tuple[Decision, Decision]]
    """(The newer, the older) of rows about one item and sha256 that contradict each other."""
    problems: list[Problem]
    """What can't be read; those rows are not in ``decisions``."""


def survey_decisions(path: Path, allowed: Collection[str], *, apart: bool = False) -> Survey:
    """The decisions in ``path``, whatever is wrong with it: ``read_decisions`` refuses what is listed here."""
    numbered, problems = _read(path, allowed)
    newest: dict[Key, Decision] = {}
    conflicts: list[tuple[Decision, Decision]] = []
    for _, decision in numbered:
        key = decision.key(apart=apart)
        earlier = newest.get(key)
        if earlier is None:
            newest[key] = decision
            continue
        newer, older = (decision, earlier) if decision.when >= earlier.when else (earlier, decision)
        if not newer.says_the_same(older):
            conflicts.append((newer, older))
        newest[key] = newer
    return Survey(list(newest.values()), conflicts, problems)


def _read(path: Path, allowed: Collection[str]) -> tuple[list[tuple[int, Decision]], list[Problem]]:
    """Every row that is one, with its line, in the order of the file; and what is wrong with the others."""
    problems: list[Problem] = []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return [], []
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        value = repr(error.object[error.start : error.start + 1])
        return [], [Problem(str(path), f"line {line}", value, "expected text in UTF-8")]
    decisions = []
    for line, cells in _rows(path, text, problems):
        found = _row_problems(path, line, cells, allowed)
        problems += found
        if not found:
            decisions.append((line, Decision(*cells)))
    return decisions, problems


def apply_decisions(rows_by_item: Mapping[str, str], decisions: Iterable[Decision]) -> Applied:
    """Meet the items that are there (item: its sha256 now) with ``decisions``, old and new ones about an item."""
    applied: dict[str, Decision] = {}
    stale: list[Decision] = []
    unknown: list[Decision] = []
    for decision in decisions:
        if decision.item not in rows_by_item:
            unknown.append(decision)
        elif rows_by_item[decision.item] == decision.sha256:
            applied[decision.item] = decision
        else:
            stale.append(decision)
    return Applied(applied, [decision for decision in stale if decision.item not in applied], unknown)


def apply_apart(
    rows_by_item: Mapping[str, str], decisions: Iterable[Decision], words: Iterable[str]
) -> dict[str, Applied]:
    """``apply_decisions`` for each of ``words``, which are apart."""
    sides: dict[str, list[Decision]] = {word: [] for word in words}
    for decision in decisions:
        sides[decision.decision].append(decision)
    return {word: apply_decisions(rows_by_item, side) for word, side in sides.items()}


def _rows(path: Path, text: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Line number and cells of each row below a right header; what is wrong goes to ``problems``."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        header = next(reader, [])
        if [cell.strip() for cell in header] != list(COLUMNS):
            problems.append(
                Problem(str(path), "line 1", repr(",".join(header)), f"expected the header {','.join(COLUMNS)}")
            )
            return []
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except csv.Error as error:
        problems.append(Problem(str(path), f"line {reader.line_num}", "", f"expected a row of CSV: {error}"))
    return rows


def _row_problems(path: Path, line: int, cells: list[str], allowed: Collection[str]) -> list[Problem]:
    if len(cells) != len(COLUMNS):
        return [
            Problem(str(path), f"line {line}", f"{len(cells)} cells", f"expected {len(COLUMNS)}: {', '.join(COLUMNS)}")
        ]
    row = dict(zip(COLUMNS, cells, strict=True))
    problems = [
        Problem(str(path), f"line {line}, {column}", "empty", "expected something")
        for column in REQUIRED
        if not row[column]
    ]
    if row["sha256"] and not _is_sha256(row["sha256"]):
        expected = "expected 64 hex digits in lower case: the sha256 of what was decided about"
        problems.append(Problem(str(path), f"line {line}, sha256", repr(row["sha256"][:70]), expected))
    if row["decision"] and row["decision"] not in allowed:
        nearest = difflib.get_close_matches(row["decision"].lower(), sorted(allowed), n=1)
        expected = f"expected one of {', '.join(sorted(allowed))}"
        where = f"line {line}, decision"
        problems.append(Problem(str(path), where, repr(row["decision"]), expected, nearest[0] if nearest else None))
    if row["time"] and not _is_time(row["time"]):
        expected = "expected a date or time as in 2026-11-20T14:30:00Z"
        problems.append(Problem(str(path), f"line {line}, time", repr(row["time"]), expected))
    return problems


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _words(decision: Decision) -> str:
    return repr(f"{decision.decision} {decision.value}".strip())
