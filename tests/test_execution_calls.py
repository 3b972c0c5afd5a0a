"""No call is paid for twice: answers that never came, kills around a call, expired files, a listing that can't tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from executing import KEYS, A, Killer, Stage, generation_server, killer
from generation_standin import EXPIRY_S, GenerationServer

from reelwright.actors.execution.execute import actors_execute
from reelwright.errors import BuildError
from reelwright.files import read_json

PHOTO, GREY = "photorealistic", "bw_stylized"

kills = pytest.fixture(killer)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, "OPENAI_API_KEY": "sk-test"}.items():
        monkeypatch.setenv(name, value)


server = pytest.fixture(generation_server)


def prepared(folder: Path, server: GenerationServer, images: int = 1, **more: object) -> Stage:
    stage = Stage(folder, server, **more)
    stage.add(A, [PHOTO])
    stage.plan(A, [], [PHOTO] * images)
    return stage


def states(stage: Stage) -> list[str]:
    """States of all attempts of the first operation."""
    return [one["state"] for one in stage.report(A)["operations"][0]["attempts"]]


def test_an_answer_that_never_came_is_looked_for(tmp_path: Path, server: GenerationServer) -> None:
    stage = prepared(tmp_path, server)
    server.fault("create", "drop_after")
    stage.run()
    assert states(stage) == ["accepted"] and server.payments == 1 and server.requests["create"] == 1
    assert server.requests["list"] == 1


def test_a_call_that_never_arrived_is_made_again_and_costs_nothing(tmp_path: Path, server: GenerationServer) -> None:
    stage = prepared(tmp_path, server)
    server.fault("create", "drop_before", "drop_before")
    stage.run()
    assert states(stage) == ["unsent", "unsent", "accepted"] and server.payments == 1
    assert read_json(stage.given.out / "progress.json")["spent"] == pytest.approx(0.04)


def test_calls_that_never_arrive_are_not_made_for_ever(tmp_path: Path, server: GenerationServer) -> None:
    stage = prepared(tmp_path, server, busy_tries=2)
    server.fault("create", *["drop_before"] * 9)
    with pytest.raises(BuildError, match=r"3 calls in a row have never arrived"):
        stage.run()
    assert server.payments == 0 and stage.report(A)["spent"] == 0


@pytest.mark.parametrize(
    "moment", ["paid", "attempt_noted", "created", "prediction_noted", "polled", "staged", "image_noted"]
)
def test_a_kill_around_a_call_buys_nothing_twice(
    tmp_path: Path, server: GenerationServer, kills: Killer, moment: str
) -> None:
    stage = prepared(tmp_path, server)
    killed = kills.run(stage, moment)
    assert killed["ended"] is None and killed["said"] == f"killed after {moment}"
    stage.run()
    assert server.payments == 1 == stage.costs()["kept"]
    assert read_json(stage.given.out / "progress.json")["spent"] == pytest.approx(0.04), (
        "nor does the ledger count it twice"
    )


def test_an_image_that_is_being_made_is_waited_for(tmp_path: Path, server: GenerationServer, kills: Killer) -> None:
    stage = prepared(tmp_path, server)
    server.latency_s = 0.3
    kills.run(stage, "prediction_noted")
    stage.run()
    assert server.requests["create"] == 1 and server.requests["list"] == 0 and states(stage) == ["accepted"]


def test_files_that_expired_while_nobody_looked_are_lost_and_said(
    tmp_path: Path, server: GenerationServer, kills: Killer
) -> None:
    stage = prepared(tmp_path, server)
    kills.run(stage, "prediction_noted")
    server.advance(EXPIRY_S + 60)
    stage.run()
    assert states(stage) == ["lost", "accepted"]
    assert stage.costs() == {"kept": 1, "rejected": 0, "lost": 1, "uncertain": 0} and server.payments == 2


def test_a_call_of_which_the_listing_no_longer_tells_is_uncertain_until_somebody_decides(
    tmp_path: Path, server: GenerationServer, kills: Killer
) -> None:
    stage = prepared(tmp_path, server)
    kills.run(stage, "created")
    server.advance(EXPIRY_S + 60)
    for _ in range(2):
        with pytest.raises(BuildError, match=r"predictions whose inputs it has removed .* can't be told"):
            stage.run()
        assert server.requests["create"] == 1, "never silently bought again"
    assert stage.report(A)["operations"][0]["state"] == "uncertain"
    assert stage.costs() == {"kept": 0, "rejected": 0, "lost": 0, "uncertain": 1}
    stage.run(again=True)
    assert states(stage) == ["uncertain", "accepted"] and server.payments == 2


def test_the_second_backend_makes_images_too_and_says_what_it_can_t_know(
    tmp_path: Path, server: GenerationServer, kills: Killer
) -> None:
    asked = {"backend": "openai", "model": "gpt-image-1", "base_url": f"{server.url}/v1"}
    stage = prepared(tmp_path, server, 2, **asked, at_once=1)
    server.fault("edit", "", "drop_after")
    with pytest.raises(BuildError, match="it may have been paid for"):
        stage.run()
    assert stage.costs() == {"kept": 1, "rejected": 0, "lost": 0, "uncertain": 1} and server.payments == 2
    made = next(one for one in stage.manifest(A)["images"] if one["origin"] == "generated")
    assert made["model"] == "gpt-image-1"
    with pytest.raises(BuildError, match="it may have been paid for"):
        stage.run()
    assert server.payments == 2
    stage.run(again=True)
    assert server.payments == 3 and stage.report(A)["state"] == "done"


def test_ctrl_c_leaves_reports_and_goes_on_later(tmp_path: Path, server: GenerationServer) -> None:
    stage = prepared(tmp_path, server, 3)
    server.latency_s = 0.2

    def step(name: str) -> None:
        if name == "polled":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        actors_execute(replace(stage.given, step=step), "execute", None)
    assert stage.report(A)["state"] == "partial" and read_json(stage.given.out / "progress.json")["ended"]
    stage.run()
    assert server.payments == 3 == stage.costs()["kept"]


def test_a_prediction_that_never_ends_is_cancelled_and_costs_nothing(tmp_path: Path, server: GenerationServer) -> None:
    stage = prepared(tmp_path, server, deadline_s=0.3)
    server.then("stuck")
    stage.run()
    assert states(stage)[-1] == "accepted" and len(states(stage)) == 2 and server.payments == 1
    assert server.requests["cancel"] == 1


def test_a_rollback_cancels_what_is_being_made(tmp_path: Path, server: GenerationServer, kills: Killer) -> None:
    stage = prepared(tmp_path, server)
    server.then("stuck")
    kills.run(stage, "prediction_noted")
    before = stage.files(A)
    assert kills.run(stage, what="rollback")["ended"] == 0
    assert server.requests["cancel"] == 1 and stage.files(A) == before and server.payments == 0


def test_an_image_that_somebody_took_away_before_it_was_in_its_place_is_lost_and_said(
    tmp_path: Path, server: GenerationServer, kills: Killer
) -> None:
    stage = prepared(tmp_path, server)
    kills.run(stage, "attempt_accepted")
    for path in (stage.data / "execution" / "staged").rglob("*.1"):
        path.unlink()
    stage.run()
    assert states(stage) == ["lost", "accepted"] and server.payments == 2 == sum(stage.costs().values())
