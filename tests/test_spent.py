"""What was spent since a plan: real ledger, answers, logs and files, held against a written plan."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from report_inputs import scope

from reelwright.command import command
from reelwright.errors import BuildError
from reelwright.files import write_json
from reelwright.models import Answer, AnswerStore, Ledger
from reelwright.report import write_report
from reelwright.report.words import last_words
from reelwright.spent import Compared, Spending, sized, spending

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
NO_CALLS = {
    "model": None, "waiting": 0, "price": 0.0, "currency": "USD", "at_most_more": 0, "at_most_more_price": 0.0,
    "corrections": 0, "bounded": [], "unknown": [], "why": {},
}  # fmt: skip
NOTHING = {"exactly": 0, "at_most_more": 0, "unknown": {}}
ROOM = {"linked": 0, "about": None, "how": "", "bound_by": "raw pixels", **NOTHING}
DIGEST = "ab" * 32


def written_plan(folder: Path, **changes: Any) -> None:
    """A plan made an hour ago: three jobs, two calls of a paid model, some bytes."""
    captions = {**NO_CALLS, "model": "parrot", "waiting": 2, "price": 1.0, "at_most_more": 1, "at_most_more_price": 0.5}
    plan = {
        "time": (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds"),
        "spec_digest": DIGEST,
        "targets": ["all"],
        "jobs": {"caption_clips": 2, "build_manifest": 1},
        "known": {"masters": 0, "master_minutes": 0, "clips": 0, "clip_minutes": 0},
        "clips": {**NOTHING, "minutes": NOTHING, "episodes": []},
        "calls": captions,
        "review_calls": NO_CALLS,
        "sheet_calls": NO_CALLS,
        "images": {},
        "generation": None,
        "gpu_minutes": {"gpu": "", "gpus": 1, "trainings": {}, **NOTHING},
        "bytes": {"clips": {**ROOM, "at_most_more": 5000}},
        **changes,
    }
    write_json(folder / "results" / "plan.json", plan, "plan")


def ran(folder: Path, name: str) -> None:
    """A job that ran to its end."""
    with command(folder / "results" / "logs" / f"{name}.log"):
        pass


def found(folder: Path) -> Spending | None:
    return spending(folder / "results", DIGEST, folder / "answers", folder / "ledger")


def spent(folder: Path) -> dict[str, tuple[float, float | None, float]]:
    """Exactly planned, bound and spent, by what."""
    result = found(folder)
    assert result is not None
    return {one.what: (one.exactly, one.most, one.spent) for one in result.compared}


def pay(folder: Path, calls: int, answers: int, refunds: int = 0, price: float = 0.5, model: str = "parrot") -> None:
    """Calls of the model, some of which gave answers, as the desk enters them."""
    backend: Any = SimpleNamespace(name="cage", model=model, price=price, currency="USD")
    ledger, store = Ledger(folder / "ledger"), AnswerStore(folder / "answers")
    for number in range(calls):
        ledger.enter("call", backend, f"{number:064x}")
    for number in range(refunds):
        ledger.enter("refund", backend, f"{number:064x}")
    for number in range(answers):
        store.put(Answer(f"{number:064x}", "words", model, price, "USD", 0.1))
    ledger.close()
    store.close()


def test_jobs_calls_money_and_bytes_are_held_against_the_plan(tmp_path: Path) -> None:
    written_plan(tmp_path)
    for name in ("caption_clips/ep01", "caption_clips/ep02", "build_manifest", "plan"):
        ran(tmp_path, name)
    pay(tmp_path, calls=4, answers=2, refunds=1)
    # Images that were bought for actors: no part of a build.
    pay(tmp_path, calls=7, answers=0, model="painter")
    clip = tmp_path / "results" / "clips" / "ep01" / "a.mp4"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(bytes(3000))
    os.link(clip, clip.with_name("again.mp4"))
    clip.with_name("rows.jsonl").write_bytes(bytes(9000))
    assert spent(tmp_path) == {
        "jobs": (3, 3, 3),
        "calls of parrot": (2, 3, 3),
        "money": (1.0, 1.5, 1.5),
        "media": (0, 5000, 3000),
    }
    result = found(tmp_path)
    assert result is not None and result.warnings == [] and (result.failed, result.unended) == (0, 0)


def test_what_lies_before_the_plan_is_not_counted(tmp_path: Path) -> None:
    pay(tmp_path, calls=5, answers=5)
    ran(tmp_path, "caption_clips/ep01")
    clip = tmp_path / "results" / "clips" / "ep01" / "a.mp4"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(bytes(100))
    os.utime(clip, (NOW.timestamp(), NOW.timestamp()))
    later = (datetime.now(UTC) + timedelta(milliseconds=2)).isoformat(timespec="milliseconds")
    written_plan(tmp_path, time=later)
    assert found(tmp_path) is None, "no job has run since"
    written_plan(tmp_path, time=NOW.isoformat())
    log = tmp_path / "results" / "logs" / "build_manifest.log"
    events = [{"time": (NOW - timedelta(hours=1)).isoformat(), "event": "start"}, {"event": "end", "status": "ok"}]
    log.write_text("".join(json.dumps(one) + "\n" for one in events))
    assert spent(tmp_path)["jobs"] == (3, 3, 1)


def test_a_free_model_s_calls_are_its_answers(tmp_path: Path) -> None:
    free = {**NO_CALLS, "model": "parrot", "waiting": 2}
    written_plan(tmp_path, calls=free, bytes={})
    ran(tmp_path, "caption_clips/ep01")
    pay(tmp_path, calls=0, answers=2)
    assert spent(tmp_path) == {"jobs": (3, 3, 1), "calls of parrot": (2, 2, 2)}


def test_more_than_the_bound_is_a_warning_and_unknown_has_none(tmp_path: Path) -> None:
    written_plan(tmp_path)
    for name in ("caption_clips/ep01", "scan_source/ep01.film"):
        ran(tmp_path, name)
    pay(tmp_path, calls=4, answers=4)
    result = found(tmp_path)
    assert result is not None and result.warnings == [
        "calls of parrot: 4 spent, planned 2 exactly, at most 1 more",
        "money: 2.00 USD spent, planned 1.00 USD exactly, at most 0.50 USD more",
        "more jobs ran than planned: scan_source 1 (planned 0); the plan is of all",
    ]
    written_plan(tmp_path, calls={**NO_CALLS, "model": "parrot", "unknown": ["01"], "why": {"01": "not probed yet"}})
    result = found(tmp_path)
    assert result is not None and [one.over for one in result.compared] == [False] * 4
    assert result.compared[1].planned_words() == "not known"


def test_trainings_are_gpu_minutes(tmp_path: Path) -> None:
    planned = {"gpu": "H100", "gpus": 2, "trainings": {"smoke": 3}, **NOTHING, "at_most_more": 3}
    written_plan(tmp_path, gpu_minutes=planned, jobs={"train_package": 1}, calls=NO_CALLS, bytes={})
    log = tmp_path / "results" / "logs" / "train_package" / "smoke.log"
    log.parent.mkdir(parents=True)
    end = {"event": "end", "status": "ok", "seconds": 100.0, "cpu_seconds": 1.0, "peak_mb": 1}
    start = {"time": datetime.now(UTC).isoformat(), "event": "start"}
    log.write_text("".join(json.dumps(one) + "\n" for one in (start, end)))
    assert spent(tmp_path)["minutes of training (planned for an H100)"] == (0, 3, 4), "200 s of a GPU"


def test_plans_of_other_specs_and_earlier_versions_say_nothing(tmp_path: Path) -> None:
    ran(tmp_path, "caption_clips/ep01")
    assert found(tmp_path) is None
    written_plan(tmp_path, spec_digest="cd" * 32)
    assert found(tmp_path) is None
    write_json(tmp_path / "results" / "plan.json", {"targets": ["all"], "jobs": {}})
    assert found(tmp_path) is None


def test_a_damaged_ledger_is_named(tmp_path: Path) -> None:
    written_plan(tmp_path)
    ran(tmp_path, "caption_clips/ep01")
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "99990101.jsonl").write_text('{"time": \n{"kind": "call"}\n')
    with pytest.raises(BuildError, match=r"99990101\.jsonl: line 1 is no JSON object"):
        found(tmp_path)


def test_killed_and_failed_jobs_are_counted(tmp_path: Path) -> None:
    written_plan(tmp_path)
    with pytest.raises(SystemExit), command(tmp_path / "results" / "logs" / "caption_clips" / "ep01.log"):
        raise BuildError("no")
    log = tmp_path / "results" / "logs" / "build_manifest.log"
    log.write_text(json.dumps({"time": datetime.now(UTC).isoformat(), "event": "start"}) + "\n")
    result = found(tmp_path)
    assert result is not None and (result.failed, result.unended) == (1, 1)


def test_last_words_and_report_say_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written_plan(tmp_path)
    ran(tmp_path, "scan_source/ep01.film")
    what = replace(scope(1), ledger=tmp_path / "ledger", answers=tmp_path / "answers")
    results = tmp_path / "results"
    assert last_words(results, what) == 0, "spending more than planned fails no build"
    said = capsys.readouterr().err
    assert (
        "since the plan of 20" in said
        and ": jobs 1 (planned 3 exactly); calls of parrot 0 (planned 2 exactly, at most 1 more)" in said
    )
    assert "warning: plan: more jobs ran than planned: scan_source 1 (planned 0)" in said
    write_report(results, results / "report.html", what)
    page = (results / "report.html").read_text()
    assert "Planned and spent" in page and "More than planned" in page


@pytest.mark.parametrize(
    ("one", "planned", "was"),
    [
        (Compared("jobs", 1200, 1200, 1200), "1,200 exactly", "1,200"),
        (Compared("media", 0, 5e6, 2e3, "bytes"), "0 kB exactly, at most 5.0 MB more", "2 kB"),
        (Compared("money", 2.5, None, 1.0, "EUR"), "2.50 EUR exactly, the rest not known", "1.00 EUR"),
    ],
)
def test_amounts_in_words(one: Compared, planned: str, was: str) -> None:
    assert (one.planned_words(), one.spent_words()) == (planned, was)


@pytest.mark.parametrize(("count", "said"), [(0, "0 kB"), (999_499, "999 kB"), (1_234_567_890, "1,234.6 MB")])
def test_sizes(count: int, said: str) -> None:
    assert sized(count) == said
