"""The part of `make bench` about captions: what asking costs beyond the server's own time, and what reading back costs.

The limit is arithmetic: a server that takes L seconds a question in k slots needs n L / k for n of them.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from captioning import BIBLE, Project, clip
from vlm_server import VlmServer

from reelwright.models import Answer, AnswerStore
from reelwright.spec.captions import Captions
from reelwright.spec.models import Ollama, OpenAI

QUESTIONS, LATENCY_S, SLOTS = 160, 0.5, 8
ANSWERS = 10_000
ROUNDS = 3
WORDS = json.dumps(
    {
        "visual_description": "Ida looks for the sea from the quay.",
        "shot_type": "medium shot",
        "camera": "static",
        "characters": ["Ida"],
        "outfits": [],
        "location": "harbour",
        "scene_type": "dialogue",
        "action": "Ida looks for the sea",
        "props": [],
        "on_screen_text": None,
        "usable": True,
        "reason": "",
    }
)


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def settings(server: VlmServer, backend: str) -> Captions:
    """Captions asked of the stand-in server."""
    return Captions(
        backend=backend,
        ollama=Ollama(base_url=server.url, slots=SLOTS),
        openai=OpenAI(base_url=f"{server.url}/v1", slots=SLOTS, price=0.0),
    )


def clips(count: int) -> list[dict[str, Any]]:
    """Clips one after the other."""
    return [clip(number * 4.0, number * 4.0 + 4.0) for number in range(count)]


def asking(backend: str) -> float:
    """Seconds that the captions of an episode take, the whole stage."""
    with tempfile.TemporaryDirectory() as folder, VlmServer(lambda _: WORDS, slots=SLOTS, latency=LATENCY_S) as server:
        project = Project(Path(folder))
        project.deliver(clips(QUESTIONS))
        inputs = project.inputs(clips(QUESTIONS), BIBLE)
        seconds = timed(lambda: project.caption(inputs, settings(server, backend)))
        assert len(server.calls) == QUESTIONS and server.busiest <= SLOTS
        return seconds


def reading() -> float:
    """Seconds until 10,000 stored answers can be used."""
    with tempfile.TemporaryDirectory() as folder:
        for segment in range(10):
            rows = (
                vars(Answer(f"{segment * 1000 + number:064x}", WORDS * 2, "a-model", 0.0, "USD", 1.5))
                for number in range(ANSWERS // 10)
            )
            (Path(folder) / f"{segment}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return timed(lambda: AnswerStore(Path(folder)))


def retuning() -> int:
    """Calls that an episode of 200 clips costs after a retuning that left 180 of them as they were."""
    with tempfile.TemporaryDirectory() as folder, VlmServer(lambda _: WORDS) as server:
        project, before = Project(Path(folder)), clips(200)
        after = [
            clip(row["start_s"], row["end_s"] - 0.4) if number % 10 == 0 else row for number, row in enumerate(before)
        ]
        for rows in (before, after):
            project.deliver(rows)
            asked = len(server.calls)
            project.caption(project.inputs(rows, BIBLE), settings(server, "ollama"))
        return len(server.calls) - asked


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    limit = QUESTIONS * LATENCY_S / SLOTS
    rows = []
    for backend in ("ollama", "openai"):
        seconds = statistics.median(asking(backend) for _ in range(ROUNDS))
        what = f"{QUESTIONS} captions from a server of {LATENCY_S} s and {SLOTS} slots, `{backend}`"
        rows.append((what, f"{seconds:.2f} s", f"n L / k: {limit:.2f} s", f"{seconds / limit:.2f}"))
    read = statistics.median(reading() for _ in range(ROUNDS))
    rows.append((f"{ANSWERS} stored answers read back", f"{read:.2f} s", "2 s", f"{read / 2:.2f}"))
    calls = retuning()
    rows.append(("calls after a retuning that leaves 90 % of 200 clips", f"{calls}", "20", f"{calls / 20:.2f}"))
    return rows


if __name__ == "__main__":
    for row in compare():
        print(" | ".join(row))
