"""Many actors, a fifth of everything going wrong, and kills at random: in the end all is done and nothing lost.

A hundred actors take minutes: `REELWRIGHT_ACTORS=100`. Without a word there are twelve.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from executing import Killer, Stage, killer
from faulty_bucket import FaultyBucket
from generation_standin import GenerationServer

ACTORS = int(os.environ.get("REELWRIGHT_ACTORS", "12"))
PHOTO, GREY, COLOUR = "photorealistic", "bw_stylized", "color_stylized"

kills = pytest.fixture(killer)

IMAGES = {
    "failed": 0.03, "refused": 0.02, "canceled": 0.02, "aborted": 0.01, "expired": 0.02, "nothing": 0.01, "duplicate": 0.02,
    "same": 0.01, "small": 0.02, "cut_off": 0.01, "wrong_colour": 0.02, "black": 0.01,
}  # fmt: skip
REQUESTS = {"throttled": 0.05, "drop_before": 0.05, "drop_after": 0.05, "error": 0.03, "unavailable": 0.02}
OBJECTS = {"drop_before": 0.05, "drop_after": 0.05, "error": 0.05, "slow_down": 0.05}


@pytest.mark.slow
def test_after_at_most_five_restarts_everything_is_done(tmp_path: Path, kills: Killer) -> None:
    dice = random.Random(9)
    odds = {**IMAGES, **REQUESTS}
    with GenerationServer(seed=9, odds=odds, size=(520, 390)) as server, FaultyBucket(seed=9, odds=OBJECTS) as s3:
        s3.create("studio")
        stage = Stage(tmp_path, server, bucket={"name": "studio", "endpoint": s3.url})
        actors = [f"{number:04d}_person_30_male" for number in range(ACTORS)]
        for actor in actors:
            stage.add(actor, [PHOTO] * 3)
            stage.upload(actor, s3)
            stage.plan(actor, [0, 2], [PHOTO, GREY, COLOUR, PHOTO])
        before = {actor: stage.files(actor) for actor in actors}
        ends = []
        while len(ends) < 6 and ends[-1:] != [0]:
            # The last two are left alive: what failed three times is tried again.
            ends.append(kills.run(stage, dice.randrange(1, 25 * ACTORS) if len(ends) < 4 else 0)["ended"])
        assert ends[-1] == 0, ends
        costs = stage.costs()
        print(f"ends {ends}, payments {server.payments}, {costs}, faults {server.faults.total()} + {s3.faults.total()}")
        assert server.payments == sum(costs.values()) and costs["kept"] == 4 * ACTORS, (server.payments, costs)
        assert min(server.faults.total(), s3.faults.total()) > ACTORS and costs["rejected"]
        assert server.busiest <= 2
        for actor in actors:
            files = stage.files(actor)
            kept = f"{actor}_1.jpg"
            assert files[kept] == before[actor][kept] and len(files) == 5
            assert before[actor].items() <= {**files, **stage.trash(actor)}.items(), "nothing is lost"
            objects = s3.objects("studio", f"custom-actors/{actor}/")
            assert {key.rpartition("/")[2]: data for key, data in objects.items()} == {
                name: (stage.training(actor) / name).read_bytes() for name in files
            }
            assert {one["file"]: one["url"].rpartition("/")[2] for one in stage.manifest(actor)["images"]} == {
                name: name for name in files
            }
