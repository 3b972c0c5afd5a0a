"""What jobs took, by rule, from their logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reelwright.command import command
from reelwright.usage import Usage, usage_of


def log(root: Path, name: str, *events: dict[str, Any], torn: str = "") -> Path:
    path = root / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in events) + torn)
    return path


def end(seconds: float, peak_mb: int) -> dict[str, Any]:
    return {"event": "end", "status": "ok", "seconds": seconds, "cpu_seconds": seconds / 2, "peak_mb": peak_mb}


def test_the_longest_the_largest_and_the_killed(tmp_path: Path) -> None:
    start = {"event": "start"}
    logs = [
        log(tmp_path, "cut_clips/ep01", start, end(4.0, 300)),
        log(tmp_path, "cut_clips/ep02", start, end(6.0, 200)),
        log(tmp_path, "cut_clips/ep03", start, torn='{"event": "sa'),
        log(tmp_path, "plan", start, end(1.0, 50)),
        log(tmp_path, "caption_clips/ep01.server", {"event": "end"}),
    ]
    assert usage_of(logs, tmp_path) == [
        Usage("cut_clips", 3, 6.0, 5.0, 300, 1),
        Usage("plan", 1, 1.0, 0.5, 50, 0),
    ]


def test_a_real_log(tmp_path: Path) -> None:
    with command(tmp_path / "logs" / "probe_master" / "ep01.log"):
        pass
    (one,) = usage_of((tmp_path / "logs").rglob("*.log"), tmp_path / "logs")
    assert (one.rule, one.jobs, one.killed) == ("probe_master", 1, 0) and one.peak_mb > 1
