"""What execution did, or would do: a file an actor, lines for a person, and how far it has come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.actors.execution.journal import PAID, Attempt, Operation, Run
from reelwright.actors.execution.world import Task
from reelwright.errors import BadItem
from reelwright.files import write_json
from reelwright.models.progress import Progress, duration
from reelwright.spec.model import Budget

EVERY_S = 1.0
"""Time between two writings of ``progress.json``."""


@dataclass
class Told:
    """What is said of one actor."""

    actor: str
    mode: str
    scope: AbstractSet[str]
    """Kinds of operations that the mode does."""
    price: float | None
    currency: str
    run: Run | None = None
    """None where there is nothing to do, or nothing may be done."""
    former: Run | None = None
    """The run whose rest a new one replaces."""
    resumed: bool = False
    """Whether the run had begun before."""
    dry: bool = False
    error: BadItem | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def due(self) -> list[Operation]:
        """Operations that the mode does, and that aren't done."""
        operations = self.run.operations if self.run else []
        return [one for one in operations if one.kind in self.scope and one.state != "done"]

    @property
    def failed(self) -> list[Operation]:
        """Operations that failed; what only waits for money has not."""
        return [one for one in self.due if one.state in ("failed", "uncertain") and one.code != "budget"]

    @property
    def state(self) -> str:
        """How the actor stands."""
        if self.error is not None:
            return "failed"
        if self.run is None or not self.run.operations:
            return "nothing_to_do"
        if self.run.state == "undone":
            return "undone"
        if self.failed:
            return "failed"
        if all(one.state == "done" for one in self.run.operations):
            return "done"
        if self.dry:
            return "would_do" if self.due else "nothing_to_do"
        return "partial"

    @property
    def reason(self) -> str:
        """What an actor that failed failed with."""
        if self.error is not None:
            return self.error.message
        failed = [f"{one.kind} {one.file}: {one.detail}" for one in self.failed]
        return "; ".join(dict.fromkeys(failed))


def costs(attempts: Sequence[Attempt]) -> dict[str, int]:
    """Calls that were paid for, or may have been, by what became of them."""
    found = {state: sum(one.state == state for one in attempts) for state in PAID}
    open_ones = sum(one.state is None for one in attempts)
    extra = sum(len(one.extra) for one in attempts)
    return {
        "kept": found["accepted"], "rejected": found["rejected"], "lost": found["lost"],
        "uncertain": found["uncertain"] + open_ones + extra,
    }  # fmt: skip


def report(told: Told, journal: Path) -> dict[str, Any]:
    """The file about one actor (schema ``execution``)."""
    operations = told.run.operations if told.run else []
    attempts = [one for operation in operations for one in operation.attempts]
    images = sum(one.kind == "generate" for one in told.due)
    return {
        "actor": told.actor,
        "mode": told.mode,
        "state": told.state,
        "error": {"code": told.error.code, "message": told.error.message} if told.error else None,
        "run": told.run.run if told.run and not _unwritten(told) else None,
        "frozen": told.run.time if told.run and not _unwritten(told) else None,
        "plan_sha256": told.run.plan_sha256 if told.run else None,
        "journal": str(journal),
        "operations": [_row(one, told) for one in operations],
        "calls": costs(attempts),
        "spent": round(sum(one.price * (one.state is None or one.state in PAID) for one in attempts), 6),
        "to_spend": None if told.price is None and images else round(images * (told.price or 0.0), 6),
        "currency": told.currency,
        "notes": told.notes,
    }


def _unwritten(told: Told) -> bool:
    return told.dry and not told.resumed


def _row(one: Operation, told: Told) -> dict[str, Any]:
    state = one.state or ("begun" if one.begun else "to_do" if one.kind in told.scope else "not_in_this_mode")
    return {
        "number": one.number,
        "operation": one.kind,
        "file": one.file,
        "class": one.frozen.get("class"),
        "prompt_id": one.frozen.get("prompt_id"),
        "reason": one.frozen["reason"],
        "state": "undone" if one.undone else state,
        "code": one.code,
        "detail": one.detail,
        "price": told.price if one.kind == "generate" else 0.0,
        "attempts": [
            {
                "attempt": attempt.number, "seed": attempt.seed, "model": attempt.model, "prediction": attempt.prediction,
                "extra": attempt.extra, "state": attempt.state or "open", "detail": attempt.detail, "sha256": attempt.sha256,
                "price": attempt.price,
            }
            for attempt in one.attempts
        ],
    }  # fmt: skip


def lines(told: Told) -> list[str]:
    """What is to be done with an actor, an operation a line, in the order in which it will be begun."""
    if told.error is not None:
        return [f"{told.actor}: FAILED: {told.error.message}"]
    said = [f"{told.actor}: {note}" for note in told.notes]
    if not told.due:
        return [*said, f"{told.actor}: nothing to do"]
    for one in told.due:
        if one.kind == "generate":
            price = "price not stated" if told.price is None else f"{told.price:g} {told.currency}"
            what = f"{one.frozen['class']}, prompt {one.frozen['prompt_id']}, {price}"
        else:
            what = one.frozen["reason"]
        before = f", {one.state or 'begun'} before" if one.begun else ""
        said.append(f"{told.actor}: {one.number}. {one.kind} {one.file} ({what}{before})")
    return said


class Advance:
    """How far an execution has come: live lines, and ``progress.json`` beside the reports. Safe for many threads."""

    def __init__(
        self, out: Path, all_told: Sequence[Told], mode: str, money: tuple[Callable[[], float], Budget] | None
    ) -> None:
        """``money`` tells what was spent, and how much may be."""
        self._out = out
        self._told = {told.actor: told for told in all_told}
        self._mode = mode
        self._money = money
        due = [one for told in all_told if told.error is None for one in told.due]
        self._total = len(due)
        self._images = sum(one.kind == "generate" for one in due)
        self._bought = 0
        self._began = time.monotonic()
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self._wrote = 0.0
        self._lock = threading.Lock()
        spent, budget = money if money else (None, None)
        self._live = Progress(len(due), "operations", spent=spent, budget=budget, without_call="deleted")
        self.write(last=False)

    def ended(self, task: Task) -> None:
        """An operation has ended."""
        called = task.operation.kind == "generate"
        with self._lock:
            self._bought += called
        self._live.add(failed=task.operation.state != "done", called=called)
        if time.monotonic() - self._wrote >= EVERY_S:
            self.write(last=False)

    def finish(self) -> None:
        """Write the last line, and the file for the last time."""
        self._live.finish()
        self.write(last=True)

    def write(self, *, last: bool) -> None:
        """Write ``progress.json``."""
        self._wrote = time.monotonic()
        spent, budget = (self._money[0](), self._money[1]) if self._money else (0.0, None)
        done = self._live.done - self._live.failed
        failed = [
            {"actor": told.actor, "reason": told.reason} for told in self._told.values() if told.state == "failed"
        ]
        elapsed = time.monotonic() - self._began
        left = elapsed / self._bought * (self._images - self._bought) if self._bought else None
        write_json(
            self._out / "progress.json",
            {
                "mode": self._mode,
                "began": self._since,
                "updated": datetime.now(UTC).isoformat(timespec="seconds"),
                "ended": last,
                "actors": len(self._told),
                "total": self._total,
                "done": done,
                "failed": failed,
                "spent": round(spent, 6),
                "budget": budget.money if budget else None,
                "currency": budget.currency if budget else None,
                "left_s": 0.0 if last else left if left is None else round(left, 1),
                "left": "" if last or left is None else duration(left),
            },
            "execution_progress",
        )
