"""What was spent since a build was planned, held against ``plan.json``: jobs, calls, money, bytes, minutes.

What is counted is what builds leave behind anyway: logs of jobs, stored answers, the ledger, media and when it was written.
A job that ran twice since has one log, and counts once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reelwright.files import read_json
from reelwright.models.shared_segments import open_segments
from reelwright.usage import Run, runs_of

PLANNING = "plan"
"""The rule that plans: its own job is not part of what was planned."""

TRAINING = "train_package"
"""The rule whose GPU minutes are planned."""

CLIPS = ("clips", "first_frames", "sheets")
"""Folders of the results that hold the media of clips."""

SUFFIXES = frozenset({".mp4", ".png", ".jpg", ".tar"})
"""What is media there, and in packages."""

CALLS = ("calls", "review_calls", "sheet_calls")
"""Keys of a plan that tell of calls."""

JOBS = "jobs"
"""What jobs are called: those beyond the plan are named by rule."""

ROUNDING = 1e-6
"""Sums of prices may exceed a bound by so much: rounding."""


def sized(count: float) -> str:
    """Bytes as ``12 kB`` or ``1,234.5 MB``, of 1,000 and 1,000,000."""
    return f"{count / 1e3:,.0f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"


@dataclass(frozen=True)
class Compared:
    """One thing that was planned, and what was spent of it."""

    what: str
    exactly: float
    most: float | None
    """The bound on the whole; None where nobody could tell."""
    spent: float
    unit: str = ""
    """Currency or ``bytes``; empty for counts."""

    @property
    def over(self) -> bool:
        """Whether more was spent than the plan said could be."""
        return self.most is not None and self.spent > self.most + ROUNDING

    def planned_words(self) -> str:
        """What was planned."""
        if self.most is None:
            return f"{self._said(self.exactly)} exactly, the rest not known" if self.exactly else "not known"
        more = self.most - self.exactly
        if more <= ROUNDING:
            return f"{self._said(self.exactly)} exactly"
        return f"{self._said(self.exactly)} exactly, at most {self._said(more)} more"

    def spent_words(self) -> str:
        """What was spent."""
        return self._said(self.spent)

    def _said(self, value: float) -> str:
        if self.unit == "bytes":
            return sized(value)
        return f"{value:,.2f} {self.unit}" if self.unit else f"{value:,.0f}"


@dataclass(frozen=True)
class Spending:
    """What became of a plan."""

    targets: tuple[str, ...]
    time: str
    compared: tuple[Compared, ...]
    unplanned: tuple[tuple[str, int, int], ...]
    """Rules of which more jobs ran than planned: rule, planned, run."""
    job_seconds: float
    """Of all jobs, added up."""
    failed: int
    """Jobs that ended badly."""
    unended: int
    """Jobs without an end: killed, or running."""

    @property
    def planned_at(self) -> str:
        """When the plan was made, to the minute."""
        return f"{datetime.fromisoformat(self.time):%Y-%m-%d %H:%M} UTC"

    @property
    def warnings(self) -> list[str]:
        """Where more was spent than planned, in sentences."""
        said = [
            f"{one.what}: {one.spent_words()} spent, planned {one.planned_words()}"
            for one in self.compared
            if one.over and one.what != JOBS
        ]
        rules = ", ".join(f"{rule} {ran} (planned {planned})" for rule, planned, ran in self.unplanned)
        about = f"the plan is of {', '.join(self.targets)}"
        return said + ([f"more jobs ran than planned: {rules}; {about}"] if rules else [])


def read_plan(results: Path, spec_digest: str) -> dict[str, Any] | None:
    """The plan of the spec with this digest; None where there is none, or one of another spec or version."""
    try:
        plan = read_json(results / "plan.json")
    except FileNotFoundError:
        return None
    return plan if plan and plan.get("spec_digest") == spec_digest else None


def spending(results: Path, spec_digest: str, answers: Path, ledger: Path) -> Spending | None:
    """What was spent since the plan of this spec was made, in ``results/<project>``; None without such a plan, or where no job
    has run since.

    ``answers`` and ``ledger`` are the folders of what models have answered, and of what was paid; writers that began since
    are counted. Raises BuildError where one is damaged.
    """
    plan = read_plan(results, spec_digest)
    if plan is None:
        return None
    since = datetime.fromisoformat(plan["time"])
    root = results / "logs"
    runs = [run for run in runs_of(sorted(root.rglob("*.log")), root) if run.started and run.started >= since]
    runs = [run for run in runs if run.rule != PLANNING]
    if not runs:
        return None
    ran = Counter(run.rule for run in runs)
    written = _bytes_since(_folders(plan, results), since)
    compared = [
        Compared(JOBS, sum(plan["jobs"].values()), sum(plan["jobs"].values()), ran.total()),
        *_calls(plan, since, answers, ledger),
        *([Compared("media", 0, _bound(plan["bytes"].values()), written, "bytes")] if plan["bytes"] else []),
        *_gpu(plan, runs),
    ]
    ends = [run.end for run in runs if run.end]
    return Spending(
        tuple(plan["targets"]),
        plan["time"],
        tuple(compared),
        tuple((rule, plan["jobs"].get(rule, 0), n) for rule, n in sorted(ran.items()) if n > plan["jobs"].get(rule, 0)),
        math.fsum(end["seconds"] for end in ends),
        sum(end["status"] != "ok" for end in ends),
        len(runs) - len(ends),
    )


def _bound(amounts: Iterable[Mapping[str, Any]]) -> float | None:
    """The bound on the sum of amounts; None where nobody could tell of a part."""
    found = list(amounts)
    return None if any(one["unknown"] for one in found) else sum(one["exactly"] + one["at_most_more"] for one in found)


def _calls(plan: Mapping[str, Any], since: datetime, answers: Path, ledger: Path) -> Iterator[Compared]:
    """Calls of each model that the plan names, and their money by currency."""
    asked = [plan[key] for key in CALLS if plan[key]["model"] is not None]
    models = {one["model"] for one in asked}
    # Images that carrying out actors' plans has bought stand in the same ledger: they are no part of a build.
    paid = [row for row in _rows(ledger, "ledger", since) if row["model"] in models]
    given = _rows(answers, "answer", since)
    for model in sorted(models):
        planned = [one for one in asked if one["model"] == model]
        exactly = sum(one["waiting"] for one in planned)
        known = not any(one["unknown"] for one in planned)
        most = exactly + sum(one["at_most_more"] for one in planned) if known else None
        # Calls of a free model stand in no ledger, calls that were paid for and failed gave no answer.
        told = sum(row["model"] == model for row in given)
        entered = sum(1 if row["kind"] == "call" else -1 for row in paid if row["model"] == model)
        yield Compared(f"calls of {model}", exactly, most, max(told, entered))
    for currency in dict.fromkeys(one["currency"] for one in asked):
        planned = [one for one in asked if one["currency"] == currency]
        prices = [(one["price"], one["at_most_more_price"]) for one in planned]
        exactly = math.fsum(price or 0.0 for price, _ in prices)
        known = not any(one["unknown"] or None in both for one, both in zip(planned, prices, strict=True))
        most = exactly + math.fsum(more for _, more in prices) if known else None
        spent = math.fsum(row["amount"] for row in paid if row["currency"] == currency)
        if spent or most != 0:
            yield Compared("money", exactly, most, spent, currency)


def _rows(folder: Path, schema: str, since: datetime) -> list[dict[str, Any]]:
    """Rows of the segments whose writers began since."""
    return open_segments(folder, schema).begun_since(since)


def _folders(plan: Mapping[str, Any], results: Path) -> Iterator[Path]:
    """Where the media lies whose bytes were planned."""
    for what in plan["bytes"]:
        name = what.removeprefix("package ")
        yield from (results / folder for folder in CLIPS) if what == "clips" else [results / "packages" / name]


def _bytes_since(folders: Iterable[Path], since: datetime) -> int:
    """Bytes of media in ``folders`` that were written since; what is linked to twice counts once."""
    found: dict[tuple[int, int], int] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.suffix in SUFFIXES:
                stat = path.stat()
                if stat.st_mtime >= since.timestamp():
                    found[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(found.values())


def _gpu(plan: Mapping[str, Any], runs: Iterable[Run]) -> Iterator[Compared]:
    """GPU minutes of trainings, where some were planned."""
    planned = plan["gpu_minutes"]
    if planned["trainings"]:
        seconds = math.fsum(run.end["seconds"] for run in runs if run.rule == TRAINING and run.end)
        spent = math.ceil(planned["gpus"] * seconds / 60)
        yield Compared(f"minutes of training (planned for an {planned['gpu']})", 0, planned["at_most_more"], spent)
