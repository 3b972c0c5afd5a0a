"""The journal: what was going to be done, what was begun, what came of it. Lines are only added, before and after a step.

A run is what a plan was frozen into, an actor at a time. Everything that a resume or a rollback needs is read from here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.errors import BuildError
from reelwright.models.segments import Segments

PAID = ("accepted", "rejected", "lost", "uncertain")
"""States of attempts that cost their price, or may have."""

COUNTED = ("rejected", "refused", "failed", "lost")
"""States of attempts that count as a try."""


@dataclass
class Attempt:
    """One call of the generator."""

    number: int
    """From 1, within its operation."""
    seed: int
    tag: str
    generator: str
    model: str
    price: float
    time: float
    """When the call was about to be made, in seconds since 1970."""
    prediction: str | None = None
    """The id that the generator gave it; None while nobody knows."""
    sha256: str | None = None
    """Of the image that came."""
    state: str | None = None
    """None while it is open; ``accepted rejected refused failed lost unsent uncertain cancelled``."""
    detail: str = ""
    looks: Mapping[str, Any] | None = None
    """What its image looks like."""
    extra: list[str] = field(default_factory=list)
    """Predictions beside the one that was taken: they were paid for as well, or may have been."""


@dataclass
class Operation:
    """One operation of a run, and how far it has come."""

    number: int
    """From 1, in the order of the plan."""
    frozen: Mapping[str, Any]
    """What is to be done."""
    file: str
    """File name of the image; another than the frozen one where that was taken by somebody."""
    begun: bool = False
    state: str | None = None
    """None until it ended, ``done``, ``failed``, ``uncertain``."""
    code: str = ""
    detail: str = ""
    tries_before: int = 0
    """Attempts of former sessions: each time that a failed operation is begun again it has all its tries."""
    attempts: list[Attempt] = field(default_factory=list)
    looks: Mapping[str, Any] | None = None
    """What a deleted image looked like."""
    keys: list[str] = field(default_factory=list)
    """Keys under which it was, or was about to be, uploaded."""
    undone: bool = False

    @property
    def kind(self) -> str:
        """``delete``, ``generate``..."""
        return str(self.frozen["operation"])

    @property
    def open_attempt(self) -> Attempt | None:
        """The attempt that nobody knows the end of."""
        return next((one for one in self.attempts if one.state is None), None)

    @property
    def touched(self) -> bool:
        """Whether it may have changed, or bought, anything."""
        return self.begun and (self.kind != "generate" or any(one.state != "unsent" for one in self.attempts))

    @property
    def unsettled(self) -> bool:
        """Whether it may have left something half done."""
        return self.open_attempt is not None or (self.touched and self.state is None)

    @property
    def accepted(self) -> Attempt | None:
        """The attempt whose image is kept."""
        return next((one for one in self.attempts if one.state == "accepted"), None)

    @property
    def tries(self) -> int:
        """Attempts of this session that count as a try."""
        return sum(one.state in COUNTED for one in self.attempts[self.tries_before :])


@dataclass
class Run:
    """A frozen plan of one actor."""

    run: str
    actor: str
    time: str
    plan_sha256: str
    manifest: str | None
    """sha256 of the manifest before the run; None where there was none."""
    operations: list[Operation]
    images: list[Mapping[str, str]]
    """Files that the set had, with sha256."""
    manifests: set[str] = field(default_factory=set)
    """sha256 of every manifest that the run has written, or was about to."""
    state: str = "open"
    """``open``, ``superseded`` by another plan, ``undoing``, ``undone``."""

    @property
    def repairs(self) -> bool:
        """Whether it mends differences, and carries out no plan."""
        return not any(one.kind in ("delete", "generate") for one in self.operations)

    def operation(self, number: int) -> Operation:
        """An operation by its number."""
        return self.operations[number - 1]


class Journal:
    """The rows of all writers, and the runs that they tell of. Safe for many threads."""

    def __init__(self, folder: Path) -> None:
        """Read the journal in ``folder``; raises BuildError where a segment of it is damaged."""
        self._segments = Segments(folder, "execution_journal")
        self._lock = threading.Lock()
        self.runs: list[Run] = []
        """Oldest first."""
        self._by_name: dict[tuple[str, str], Run] = {}
        rows = self._segments.fresh()
        # Clocks go back: the order is that of the numbers.
        for row in sorted(rows, key=lambda row: row["row"]):
            self._apply(row)
        self._next = 1 + max((row["row"] for row in rows), default=0)

    def write(self, run: Run | None, event: str, **told: Any) -> None:
        """Add a row about a run, on the disk when this returns; raises BuildError where the disk is full."""
        about = {"run": run.run, "actor": run.actor} if run else {}
        with self._lock:
            row = {"row": self._next, "time": datetime.now(UTC).isoformat(), "event": event, **about, **told}
            try:
                self._segments.append(row)
            except OSError as error:
                raise BuildError(
                    f"the journal can't be written: {error}; make room and run the same command again"
                ) from error
            self._next += 1
            self._apply(row)

    def close(self) -> None:
        """Close this writer's segment."""
        self._segments.close()

    def of(self, actor: str) -> list[Run]:
        """The runs of an actor, oldest first."""
        return [one for one in self.runs if one.actor == actor]

    def last(self, actor: str, *, repairs: bool = False) -> Run | None:
        """The last run of a plan (or, with ``repairs``, of any kind) that holds: neither undone nor replaced by another plan.

        A run that is being undone is the last one, of whatever kind.
        """
        runs = list(reversed(self.of(actor)))
        undoing = next((one for one in runs if one.state == "undoing"), None)
        kinds = (one for one in runs if one.state == "open" and (repairs or not one.repairs))
        return undoing or next(kinds, None)

    def unfinished(self) -> list[str]:
        """Actors of which something is still to be done, whether they have images at the moment or not."""
        actors = dict.fromkeys(one.actor for one in self.runs)
        lasts = (self.last(actor) for actor in actors)
        return [run.actor for run in lasts if run and any(one.state != "done" for one in run.operations)]

    def files(self, actor: str) -> Iterator[str]:
        """Every file name that was ever given out, or deleted."""
        for run in self.of(actor):
            for one in run.operations:
                yield str(one.frozen["file"])
                yield one.file

    def _apply(self, row: Mapping[str, Any]) -> None:
        if row["event"] == "plan":
            operations = [Operation(one["number"], one, one["file"]) for one in row["operations"]]
            kept = row["plan_sha256"], row["manifest"]
            run = Run(row["run"], row["actor"], row["time"], *kept, operations, row["images"])
            self.runs.append(run)
            self._by_name[run.run, run.actor] = run
            return
        try:
            run = self._by_name[row["run"], row["actor"]]
        except KeyError:
            words = "a segment of the journal is missing: restore it from a backup"
            raise BuildError(f"the plan of run {row['run']} of {row['actor']} is nowhere: {words}") from None
        if "number" in row:
            _apply_operation(run.operation(row["number"]), row)
        elif row["event"] == "manifest":
            run.manifests.add(row["sha256"])
        else:
            run.state = {"supersede": "superseded", "undo": "undoing", "undone": "undone"}[row["event"]]


def _apply_operation(operation: Operation, row: Mapping[str, Any]) -> None:
    event = row["event"]
    if event == "begin":
        operation.begun, operation.state, operation.code, operation.detail = True, None, "", ""
        operation.tries_before = len(operation.attempts)
    elif event == "end":
        operation.state, operation.code, operation.detail = row["state"], row["code"], row["detail"]
    elif event == "name":
        operation.file = row["file"]
    elif event == "looks":
        operation.looks = row["looks"]
    elif event == "upload":
        operation.keys.append(row["key"])
    elif event == "undo_end":
        operation.undone = True
    elif event == "attempt":
        known = {key: row[key] for key in ("seed", "tag", "generator", "model", "price")}
        began = datetime.fromisoformat(row["time"]).timestamp()
        operation.attempts.append(Attempt(row["attempt"], time=began, **known))
    elif event != "undo_begin":
        _apply_attempt(operation.attempts[row["attempt"] - 1], row)


def _apply_attempt(attempt: Attempt, row: Mapping[str, Any]) -> None:
    if row["event"] == "prediction":
        attempt.prediction, attempt.extra = row["prediction"], list(row["extra"])
    elif row["event"] == "image":
        attempt.sha256 = row["sha256"]
    else:
        attempt.state, attempt.detail, attempt.looks = row["state"], row["detail"], row["looks"]
