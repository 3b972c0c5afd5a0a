"""The report's part of `make bench`: a season of 26 episodes and 10,000 clips with three packages of all of them."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EPISODES, CLIPS = 26, 385
"""Episodes, and clips of each: 10,010."""

LIMIT_S, WORDS_LIMIT_S, LIMIT_MB = 3.0, 0.3, 300.0


def measured() -> dict[str, float]:
    """Seconds of a report and of the last words, megabytes of the page and of memory; imports included."""
    from report_inputs import scope, write_season

    packages = dict.fromkeys(("smoke", "pilot", "season"), "video")
    with tempfile.TemporaryDirectory() as name:
        folder, what = Path(name), scope(EPISODES, packages=packages)
        write_season(folder, what, CLIPS, checked=False)
        start = time.perf_counter()
        from reelwright.report import write_report

        write_report(folder, folder / "report.html", what)
        made = time.perf_counter()
        from reelwright.report.words import last_words

        last_words(folder, what)
        said = time.perf_counter()
        size = (folder / "report.html").stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"report": made - start, "words": said - made, "page_mb": size, "peak_mb": peak}


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'scripts'}:{root / 'tests'}"}
    run = subprocess.run(
        [sys.executable, __file__, "measured"], env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout.splitlines()[-1])
    what = f"report of {EPISODES} episodes and {EPISODES * CLIPS} clips"
    return [
        (what, f"{found['report']:.2f} s", f"{LIMIT_S:.0f} s", f"{found['report'] / LIMIT_S:.2f}"),
        ("its page", f"{found['page_mb']:.2f} MB", "-", "-"),
        (
            "last words of its build",
            f"{found['words']:.3f} s",
            f"{WORDS_LIMIT_S} s",
            f"{found['words'] / WORDS_LIMIT_S:.2f}",
        ),
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured()))
    else:
        print("\n".join(" | ".join(row) for row in compare()))
