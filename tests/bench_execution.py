"""The part of `make bench` about execution: 100 actors of 6 operations at two slots and fixed latency, against the ideal time.

python tests/bench_execution.py [ACTORS] [LATENCY_S]
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path

from executing import KEYS, Stage
from faulty_bucket import FaultyBucket
from generation_standin import GenerationServer

LIMIT = 1.1
"""Times the ideal, images x latency / slots, that execution may take."""


def main(actors: int = 100, latency_s: float = 1.0) -> list[tuple[str, str, str, str]]:
    """Rows for the table: what, measured, limit, verdict."""
    os.environ.update(KEYS)
    with GenerationServer(latency_s=latency_s) as server, FaultyBucket() as s3, tempfile.TemporaryDirectory() as folder:
        s3.create("studio")
        stage = Stage(Path(folder), server, poll_s=1.0, bucket={"name": "studio", "endpoint": s3.url})
        for number in range(actors):
            actor = f"{number:04d}_person_30_male"
            stage.add(actor, ["photorealistic"] * 3)
            stage.plan(actor, [0, 1], ["photorealistic", "photorealistic", "bw_stylized", "color_stylized"])
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            stage.run()
        took = time.perf_counter() - began
        ideal = server.payments * latency_s / 2
        assert server.busiest <= 2 and stage.costs()["kept"] == 4 * actors
    ratio = took / ideal
    words = f"{took:.1f} s, {ratio:.3f} x the ideal {ideal:.1f} s ({server.payments} images of {latency_s:g} s, 2 at a time)"
    return [(f"executing {actors} actors of 6 operations", words, f"{LIMIT} x", "ok" if ratio <= LIMIT else "TOO SLOW")]


if __name__ == "__main__":
    told = [float(one) for one in sys.argv[1:]]
    for row in main(*([int(told[0]), *told[1:]] if told else [])):
        print(" | ".join(row))
