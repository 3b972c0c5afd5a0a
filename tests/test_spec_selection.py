"""What the spec says of how a package selects: every fault with its key, value and what was expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_spec import changed, problems

from reelwright.spec.load import load_spec
from reelwright.spec.selection import Balance

PER_EPISODE: dict[str, Any] = {"packages__smoke__rows_per_episode": None}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "rows and rows_per_episode": (
        changed(packages__smoke__rows_per_episode=4, packages__smoke__rows=8),
        "packages.smoke.rows is 8: expected rows or rows_per_episode, not both",
    ),
    "a balance of nothing": (
        changed(**PER_EPISODE, packages__smoke__balance={"by": "episode"}),
        "packages.smoke.balance: needs rows: how many there are to share out",
    ),
    "an unknown balance": (
        changed(**PER_EPISODE, packages__smoke__rows=8, packages__smoke__balance={"by": "locations"}),
        'packages.smoke.balance.by is "locations": expected one of episode, character, location, camera, length; '
        "did you mean 'location'?",
    ),
    "an episode that is not the package's": (
        changed(**PER_EPISODE, packages__smoke__episodes=["01"], packages__smoke__rows=8,
                packages__smoke__balance={"by": "episode", "among": ["02"]}),
        "packages.smoke.balance.among is 02: is no episode of the package",
    ),
    "frame counts are declared elsewhere": (
        changed(**PER_EPISODE, packages__smoke__rows=8, packages__smoke__balance={"by": "length", "among": ["81"]}),
        "packages.smoke.balance.among is 81: is not for length: see frame_buckets",
    ),
    "no length is left": (
        changed(packages__smoke__only={"min_s": 5, "max_s": 4.5}),
        "packages.smoke.only.min_s is 5: expected at most only.max_s, 4.5",
    ),
    "stills by length": (
        changed(**PER_EPISODE, packages__smoke__rows=8, packages__smoke__stills={},
                packages__smoke__balance={"by": "length"}),
        "packages.smoke.balance.by is length: is not for stills: each is one frame",
    ),
    "a trainer of videos alone": (
        changed(packages__smoke__stills={}, packages__smoke__trainers=["videofolder"]),
        "packages.smoke.trainers is videofolder: takes videos only, and a package of stills holds pictures; "
        "did you mean 'imagefolder'?",
    ),
    "asked for and refused": (
        changed(packages__smoke__only={"characters": ["Sam"]}, packages__smoke__exclude={"characters": ["SAM"]}),
        "packages.smoke.exclude.characters is sam: is asked for by only.characters",
    ),
    "a camera that nobody measures": (
        changed(packages__smoke__only={"camera": ["pan"]}),
        'packages.smoke.only.camera.0 is "pan": expected one of static, pan_left, pan_right, tilt_up, tilt_down, zoom_in, '
        "zoom_out, complex",
    ),
    "a clip twice": (
        changed(packages__smoke__exclude={"clips": ["ep01_000000_000090"] * 2}),
        "packages.smoke.exclude.clips is ep01_000000_000090: stands there twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_one_clear_message(case: str, tmp_path: Path) -> None:
    data, message = WRONG[case]
    assert problems(tmp_path, data) == [message]


def test_a_clip_is_named_by_its_id(tmp_path: Path) -> None:
    assert problems(tmp_path, changed(packages__smoke__exclude={"clips": ["clip_17"]})) == [
        'packages.smoke.exclude.clips.0 is "clip_17": expected the id of a clip, as ep01_001234_001321'
    ]


def test_a_whole_declaration(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(changed(
        **PER_EPISODE, packages__smoke__rows=160, packages__smoke__balance={"by": "character", "among": ["Sam"]},
        packages__smoke__only={"locations": ["mall"]},
    )))  # fmt: skip
    package = load_spec(file).packages["smoke"]
    assert package.rows == 160 and package.balance == Balance(by="character", among=["Sam"], strict=True)
    assert package.only.locations == ["mall"] and package.exclude.clips == []
