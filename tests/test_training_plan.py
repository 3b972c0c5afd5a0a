"""What a training is planned from: command words, estimates, leave to train, whole weights, and the spec's part."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trainer_standin import FLAGS, SCRIPT, SWITCHES, noted, safetensors
from training_inputs import project, write_package

from package_inputs import package as settings_of
from reelwright.errors import BuildError, SpecError
from reelwright.facts import facts
from reelwright.files import read_json, write_json
from reelwright.packages.trainers import launch_commands
from reelwright.spec.load import load_spec
from reelwright.spec.training import FLAGS_OF_LAUNCH, Training
from reelwright.training.content import read_content
from reelwright.training.estimate import Shape, adapter_parameters, memory_class, memory_gb, step_seconds
from reelwright.training.launch import TRAINER_SCRIPT, flag_of, plan_training, set_flags
from reelwright.training.machine import interpreter
from reelwright.training.weights import checkpoints, is_whole


def test_flags_are_those_of_the_trainer_s_parser() -> None:
    # The stand-in restates the parser by itself.
    assert set(facts().trainers["diffsynth"].known_flags) == {*FLAGS, *SWITCHES}
    assert set(FLAGS_OF_LAUNCH) <= {*FLAGS}
    assert launch_commands(settings_of(), [33], "PACKAGE", "WEIGHTS")[0][2] == TRAINER_SCRIPT == SCRIPT


@pytest.mark.parametrize(
    ("model", "names", "steps"),
    [
        # 3 rows, 34 times an epoch, 3 epochs.
        ("wan2.2-t2v-a14b", ["high_noise", "low_noise"], 2 * 3 * 102),
        ("wan2.2-i2v-a14b", ["high_noise", "low_noise"], 2 * 3 * 102),
        ("wan2.2-ti2v-5b", ["model"], 3 * 102),
    ],
)
def test_the_launch_of_each_model(tmp_path: Path, model: str, names: list[str], steps: int) -> None:
    made = project(tmp_path, "smoke")
    launch = made.plan("smoke", settings_of(model=model, size=(320, 192)))
    assert [run["name"] for run in launch["runs"]] == names and launch["steps"] == steps
    for run, words in zip(launch["runs"], launch_commands(settings_of(model=model), [33], "x", "y"), strict=True):
        told = run["words"]
        assert told[:4] == ["accelerate", "launch", "--num_processes", "1"]
        assert flag_of(told, "model_id_with_origin_paths") == flag_of(words, "model_id_with_origin_paths")
        assert ("--extra_inputs" in told) == (model != "wan2.2-t2v-a14b")
        assert Path(flag_of(told, "output_path")) == Path(run["output"]) / "from-00"
        assert len(told) == len(set(told[4::2])) + len(told[5::2]) + 4, "no flag stands there twice"
    assert launch["seed"]["trainer"] is None and "no seed" in launch["seed"]["why"]
    assert "optimiser" in launch["resume"]


def test_flags_of_the_spec_stand_instead_of_the_examples_or_are_added(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    before = made.plan("smoke")
    flags = {"lora_rank": 64, "use_gradient_checkpointing_offload": True, "learning_rate": 5e-5}
    launch = made.plan("smoke", flags=flags)
    words = launch["runs"][0]["words"]
    assert flag_of(words, "lora_rank") == "64" and flag_of(words, "learning_rate") == "5e-05"
    assert words.count("--lora_rank") == 1 and "--use_gradient_checkpointing_offload" in words
    assert launch["run"] != before["run"], "weights of other flags are not gone on from"
    assert launch["gpu_memory"]["gb"] > before["gpu_memory"]["gb"]
    made.train("smoke", flags=flags)
    assert flag_of(noted(made.checkout)[0]["words"], "lora_rank") == "64"


def test_packages_of_art_are_not_trained_on_from_here(root: Path, tmp_path: Path) -> None:
    settings = load_spec(root / "config" / "totally-spies-s7.yaml").packages["gadgets"].model_dump()
    with pytest.raises(BuildError, match=r"packages.gadgets.lane is design: only packages of the lane video"):
        plan_training(
            tmp_path,
            tmp_path / "launch.json",
            name="gadgets",
            settings=settings,
            training=Training(),
            here=tmp_path,
            weights=tmp_path,
        )


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"b": 2}, ["run", "--a", "1", "--c", "--d", "4", "--b", "2"]),
        ({"c": False}, ["run", "--a", "1", "--d", "4"]),
        ({"c": True, "d": "x"}, ["run", "--a", "1", "--c", "--d", "x"]),
        ({}, ["run", "--a", "1", "--c", "--d", "4"]),
    ],
)
def test_set_flags(flags: dict[str, Any], expected: list[str]) -> None:
    assert set_flags(["run", "--a", "1", "--c", "--d", "4"], flags) == expected


@pytest.mark.parametrize(
    ("model", "shape", "tokens"),
    [
        # (frames - 1) / 4 + 1 latents; 16 pixels a token, 32 for TI2V-5B.
        ("wan2.2-t2v-a14b", Shape(81, 832, 480), 21 * 52 * 30),
        ("wan2.2-t2v-a14b", Shape(81, 1280, 720), 21 * 80 * 45),
        ("wan2.2-ti2v-5b", Shape(121, 1280, 704), 31 * 40 * 22),
    ],
)
def test_tokens(model: str, shape: Shape, tokens: int) -> None:
    assert shape.tokens(facts().models[model]) == tokens


def test_the_network_s_parameters_follow_from_its_shape() -> None:
    for model in facts().models.values():
        network = model.network
        # Two attentions of four matrices, one feed-forward part of two; embeddings and modulation are the rest, some 2 %.
        blocks = network.layers * (8 * network.width**2 + 2 * network.width * network.feed_forward) / 1e9
        assert 0 <= network.parameters - blocks < 0.03 * network.parameters
        # A LoRA of rank r on a matrix of m by n has r (m + n) parameters.
        assert adapter_parameters(network, 1) == network.layers * (
            8 * (network.width + network.width) + 2 * (network.width + network.feed_forward)
        )


def test_estimates_agree_with_what_others_report() -> None:
    model, reported = facts().models["wan2.2-i2v-a14b"], Shape(81, 832, 480)
    # Stable-Video-Infinity, issue 49: about 73 GB and 10 s a step on an H200 at "~480p". An estimate is good to a half.
    assert 73 / 1.5 < memory_gb(model, reported, 64) < 73 * 1.5
    assert 10 / 1.5 < step_seconds(model, reported) < 10 * 1.5


@pytest.mark.parametrize(
    ("gb", "name"), [(1, "24 GB"), (24, "24 GB"), (24.1, "32 GB"), (80.1, "96 GB"), (181, "more than 180 GB")]
)
def test_the_class_is_the_smallest_that_holds_it(gb: float, name: str) -> None:
    assert memory_class(gb) == name


@given(st.integers(2, 40), st.integers(160, 640))
def test_more_frames_or_pixels_never_cost_less(latents: int, width: int) -> None:
    model = facts().models["wan2.2-t2v-a14b"]
    small, long, wide = (
        Shape(4 * latents - 3, width, 320),
        Shape(4 * latents + 1, width, 320),
        Shape(4 * latents - 3, width + 16, 320),
    )
    for larger in (long, wide):
        assert memory_gb(model, small, 32) < memory_gb(model, larger, 32)
        assert step_seconds(model, small) < step_seconds(model, larger)


@given(st.integers(0, 400))
def test_weights_are_whole_only_to_their_last_byte(cut: int) -> None:
    import tempfile

    data = safetensors([["low_noise", 0, 102]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "epoch-0.safetensors"
        path.write_bytes(data[:cut])
        assert is_whole(path) == (cut >= len(data))
        path.write_bytes(data + b"x")
        assert not is_whole(path)


@pytest.mark.parametrize(
    "junk", [b"", b"\xff" * 8, b"\x02" + b"\0" * 7 + b"{}", b"\x02" + b"\0" * 7 + b"[]", b"\0" * 40]
)
def test_what_is_no_safetensors_file_is_not_whole(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "epoch-0.safetensors"
    path.write_bytes(junk)
    assert not is_whole(path)


def test_checkpoints_count_epochs_over_attempts(tmp_path: Path) -> None:
    for begun, epoch in ((0, 0), (0, 1), (2, 0), (2, 1), (10, 0), (9, 1)):
        path = tmp_path / f"from-{begun:02d}" / f"epoch-{epoch}.safetensors"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(safetensors([]))
    (tmp_path / "from-02" / "epoch-1.safetensors").write_bytes(safetensors([])[:-1])
    found = checkpoints(tmp_path)
    assert [one.epochs for one in found] == [1, 2, 3, 11]
    assert found[-1].path.parent.name == "from-10", "of two at one epoch, the later attempt's"


def test_content_is_rows_and_media_not_the_code_that_built_them(tmp_path: Path) -> None:
    write_package(tmp_path)
    before = read_content(tmp_path)
    provenance = read_json(tmp_path / "PROVENANCE.json")
    write_json(tmp_path / "PROVENANCE.json", {**provenance, "stages": {"build_package": [99]}})
    assert read_content(tmp_path).digest == before.digest
    provenance["rows"][0]["media_sha256"] = "0" * 64
    write_json(tmp_path / "PROVENANCE.json", provenance)
    assert read_content(tmp_path).digest != before.digest


def test_leave_to_train(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke", "pilot")
    with pytest.raises(BuildError, match=r"train_pilot is refused: smoke must be .* there is no record of that"):
        made.allow("pilot", "smoke")
    record = made.train("smoke")
    gate = made.allow("pilot", "smoke")
    assert gate["after"] == {
        "package": "smoke",
        "content": record["content"]["digest"],
        "run": record["run"],
        "ended": record["ended"],
    }
    write_package(made.package("smoke"), words="another caption")
    with pytest.raises(BuildError, match="its rows or media have changed since"):
        made.allow("pilot", "smoke")
    write_json(made.out("smoke") / "record.json", {**record, "content": None})
    with pytest.raises(BuildError, match="its record can't be used"):
        made.allow("pilot", "smoke")
    assert made.allow("pilot", override="looked at by hand")["override"] == "looked at by hand"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (f"#!{sys.executable}", sys.executable),
        (f"#! {sys.executable} -I", sys.executable),
        ("#!/bin/sh", None),
        ("\x7fELF", None),
        ("", None),
    ],
)
def test_the_python_behind_a_program(tmp_path: Path, first: str, expected: str | None) -> None:
    program = tmp_path / "accelerate"
    program.write_text(f"{first}\nprint()\n")
    assert interpreter(program, {}) == expected


def test_the_python_behind_env(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.symlink_to(sys.executable)
    program = tmp_path / "accelerate"
    program.write_text("#!/usr/bin/env python3\n")
    assert interpreter(program, {"PATH": str(tmp_path)}) == str(python)


def test_a_checkout_s_commit_is_recorded(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    git = ["git", "-C", str(made.checkout), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", SCRIPT], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    machine = made.train("smoke")["experts"][0]["attempts"][0]["machine"]
    assert re.fullmatch("[0-9a-f]{40}", machine["trainer_commit"]) and machine["trainer_changed"] is False


WRONG = {
    "unknown flag": (
        {"flags": {"num_epoch": 3}},
        "training.flags.num_epoch: is no flag .*; did you mean 'num_epochs'?",
    ),
    "flag of the launch": (
        {"flags": {"output_path": "x"}},
        "training.flags.output_path is x: is set by the launch itself",
    ),
    "steps": ({"flags": {"save_steps": 10}}, "training.flags.save_steps is 10: is set by the launch itself"),
    "epochs": ({"flags": {"num_epochs": 0}}, "training.flags.num_epochs is 0: expected a whole number"),
    "unknown package": (
        {"after": {"smok": "smoke"}},
        "training.after.smok is smok: is no package.*did you mean 'smoke'",
    ),
    "itself": ({"after": {"smoke": "smoke"}}, "training.after.smoke is smoke after smoke: expected an order"),
    "home": (
        {"trainer_folder": "~/DiffSynth"},
        "training.trainer_folder is ~/DiffSynth: expected a path written in full",
    ),
    "rank": ({"flags": {"lora_rank": "high"}}, "training.flags.lora_rank is high: expected a whole number"),
    "no reason": ({"override": ""}, "training.override"),
    "no GPU": ({"gpus": 0}, "training.gpus is 0: expected .*1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_spec_is_told_by_key(root: Path, name: str) -> None:
    values, words = WRONG[name]
    with pytest.raises(SpecError, match=words):
        load_spec(root / "config" / "demo.yaml", {"training": values})


def test_what_comes_first_by_default(root: Path) -> None:
    demo = load_spec(root / "config" / "demo.yaml")
    assert (demo.trained_before("pilot"), demo.trained_before("smoke")) == ("smoke", None)
    reference = load_spec(root / "config" / "totally-spies-s7.yaml")
    assert reference.trained_before("season") == "pilot" and reference.trained_before("pilot") == "smoke"
    alone = demo.model_copy(update={"packages": {"pilot": demo.packages["pilot"]}})
    assert alone.trained_before("pilot") is None, "there is no smoke package"
    assert load_spec(root / "config" / "demo.yaml", {"training": {"after": {}}}).trained_before("pilot") is None
