"""Writing people's decisions into their files: whole or not at all, with a history, never over somebody else's newer word."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.decisions import COLUMNS, Decision, Key, Survey, key_of, survey_decisions
from reelwright.errors import BadItem
from reelwright.files import check, write_csv


@dataclass(frozen=True)
class Change:
    """One decision to be written, or taken out."""

    item: str
    sha256: str
    word: str
    """The row's; where words are apart also of the one that is taken out."""
    row: Decision | None
    """None: it is taken out."""
    seen: str
    """The time of the row that it replaces, as the page knew it; empty where it knew none."""


@dataclass(frozen=True)
class Saved:
    """What became of changes."""

    rows: list[Decision]
    """All that the file has now."""
    conflicts: list[dict[str, Any]]
    """Where the file had a row that the page didn't know: ``kept``, ``dropped`` and ``why``."""


class DecisionFiles:
    """The files of decisions of one project. Its methods may be called from several threads."""

    def __init__(
        self, folder: Path, history: Path, words: Mapping[str, Sequence[str]], apart: Collection[str] = ()
    ) -> None:
        """``folder`` has ``<domain>.csv``. ``history`` keeps the file as it was when this began to write, and each change.

        ``words`` are those that each domain allows; other domains are refused. Domains in ``apart`` have a decision of each
        word about an item.
        """
        self._folder = folder
        self._history = history
        self._words = words
        self._apart = frozenset(apart)
        self._lock = threading.Lock()
        self._begun: set[str] = set()

    def read(self, domain: str) -> list[Decision]:
        """The decisions of ``domain``; of rows that contradict each other the newest. Raises BadItem for an unknown domain."""
        if domain not in self._words:
            raise BadItem("domain", f"there are no decisions about {domain}: expected one of {', '.join(self._words)}")
        return self._survey(domain).decisions

    def _survey(self, domain: str) -> Survey:
        return survey_decisions(self._path(domain), self._words[domain], apart=domain in self._apart)

    def _path(self, domain: str) -> Path:
        return self._folder / f"{domain}.csv"

    def save(self, domain: str, changes: Sequence[Change]) -> Saved:
        """Apply ``changes`` to the file of ``domain``.

        A row that has come into the file since the page looked, and is newer, stays. Raises BadItem where a row is none, or
        where the file holds rows that can't be read: writing would lose them.
        """
        for change in changes:
            self._check(domain, change)
        with self._lock:
            survey = self._survey(domain)
            if survey.problems:
                raise BadItem("decisions", f"nothing is saved, mend the file first: {survey.problems[0]}")
            apart = domain in self._apart
            rows = {one.key(apart=apart): one for one in survey.decisions}
            keyed = [(key_of(one.item, one.sha256, one.word, apart=apart), one) for one in changes]
            taken, conflicts = _apply(rows, keyed)
            if taken:
                self._begin(domain)
                self._note(domain, taken)
                write_csv(self._path(domain), list(COLUMNS), [asdict(one) for one in rows.values()])
            return Saved(list(rows.values()), conflicts)

    def _check(self, domain: str, change: Change) -> None:
        if domain not in self._words:
            raise BadItem("domain", f"there are no decisions about {domain}: expected one of {', '.join(self._words)}")
        if change.row is None:
            return
        try:
            check(asdict(change.row), "decision", "decision")
            _ = change.row.when
        except ValueError as error:
            raise BadItem("decision", f"{change.item}: {error}") from error
        if change.row.decision not in self._words[domain]:
            words = ", ".join(self._words[domain])
            raise BadItem("decision", f"{change.item}: {change.row.decision!r}: expected one of {words}")

    def _begin(self, domain: str) -> None:
        """Keep the file as it was before this process wrote to it."""
        if domain in self._begun:
            return
        self._begun.add(domain)
        if self._path(domain).exists():
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
            self._history.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._path(domain), self._history / f"{domain}_{stamp}.csv")

    def _note(self, domain: str, taken: Sequence[tuple[Decision | None, Decision | None]]) -> None:
        """Add what changes to the journal: what was, what is, one JSON object a line."""
        self._history.mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC).isoformat()
        with (self._history / f"{domain}.jsonl").open("a", encoding="utf-8") as file:
            for before, after in taken:
                line = {"at": at, "before": before and asdict(before), "after": after and asdict(after)}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _apply(
    rows: dict[Key, Decision], changes: Sequence[tuple[Key, Change]]
) -> tuple[list[tuple[Decision | None, Decision | None]], list[dict[str, Any]]]:
    """Change ``rows`` in place; returns (what was, what is) of each change made, and the conflicts."""
    taken: list[tuple[Decision | None, Decision | None]] = []
    conflicts: list[dict[str, Any]] = []
    for key, change in changes:
        before = rows.get(key)
        if before == change.row:
            continue
        if before is not None and before.time != change.seen:
            if change.row is None or before.when > change.row.when:
                dropped = asdict(change.row) if change.row else {**asdict(before), "decision": "", "value": ""}
                conflicts.append({"kept": asdict(before), "dropped": dropped, "why": "the file is newer"})
                continue
            if not before.says_the_same(change.row):
                conflicts.append({"kept": asdict(change.row), "dropped": asdict(before), "why": "the newer one"})
        if change.row is None:
            rows.pop(key, None)
        else:
            rows[key] = change.row
        taken.append((before, change.row))
    return taken, conflicts
