"""Quality: each reason is found on real files, compressed and grainy as they come, and sound footage is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from judging import SIZE, Season, backdrop, findings, grainy, judged, mixed, plain
from PIL import Image, ImageDraw, ImageFont

from reelwright.files import check, read_jsonl
from reelwright.spec.quality import REASONS, Quality

COARSE = {"crf": "30", "g": "25"}
"""Encoder settings of a small delivery: coarse, a keyframe a second."""


def action(frames: int = 75, shot: int = 3, held: int = 1) -> list[np.ndarray]:
    """A disc that crosses a backdrop, its drawings held for some frames each."""
    return [backdrop(shot, number // held * held) for number in range(frames)]


def lettered(lines: list[str], size: int, ground: int = 0, ink: int = 235, top: float = 0.4) -> np.ndarray:
    """A card of centred lines, from ``top`` of its height on."""
    card = Image.new("L", SIZE, ground)
    draw, font = ImageDraw.Draw(card), ImageFont.load_default(size)
    for number, line in enumerate(lines):
        left = (SIZE[0] - draw.textlength(line, font=font)) / 2
        draw.text((left, top * SIZE[1] + 1.3 * size * number), line, font=font, fill=ink)
    return np.repeat(np.array(card)[..., None], 3, axis=2)


CREDITS = ["Directed by", "A. Person", "", "Written by", "B. Person  C. Person", "", "Music", "D. Person"] * 3


def rolling(frames: int = 90) -> list[np.ndarray]:
    """Credits that roll over black."""
    return [lettered(CREDITS, 16, top=0.9 - 0.012 * number) for number in range(frames)]


def woven(frames: int = 60) -> list[np.ndarray]:
    """Fields of different moments in one frame, with a pan so that all of it is combed."""
    wide = np.hstack([backdrop(5), backdrop(6)])
    views = [wide[:, 4 * number : 4 * number + SIZE[0]].copy() for number in range(2 * frames)]
    for even, odd in zip(views[::2], views[1::2], strict=True):
        even[1::2] = odd[1::2]
    return views[::2]


def faded(way: Callable[[int], float], to: int) -> list[np.ndarray]:
    """Action of 75 frames, of which ``way`` says how much is gone to a plain level at a frame."""
    return [mixed(one, plain(to), min(1.0, max(0.0, way(number)))) for number, one in enumerate(action())]


def flashed(at: range, level: int, part: float = 1.0) -> list[np.ndarray]:
    """Action in which some frames turn nearly ``level`` in the left ``part`` of the picture."""
    frames = action()
    for number in at:
        wide = round(part * SIZE[0])
        frames[number][:, :wide] = mixed(frames[number], plain(level), 0.9)[:, :wide]
    return frames


def walked_before(frames: list[np.ndarray]) -> list[np.ndarray]:
    """Somebody dark walks right before the lens, from one side to the other."""
    shown = [one.copy() for one in frames]
    for number, one in enumerate(shown):
        left = round((number - 15) / 30 * SIZE[0])
        one[:, max(0, left - SIZE[0]) : max(0, left)] = (32, 28, 30)
    return shown


def sky() -> np.ndarray:
    """Nothing but a soft gradient, from deep blue to white."""
    rows = np.linspace(0, 1, SIZE[1])[:, None, None]
    return np.asarray((rows * (235, 225, 220) + (1 - rows) * (160, 70, 20)) * np.ones((1, SIZE[0], 1))).astype(np.uint8)


WRONG: dict[str, Callable[[], list[np.ndarray]]] = {
    "black": lambda: grainy([plain(6)] * 60 + action(40), 3),
    "white": lambda: grainy([plain(250)] * 60 + action(40), 3),
    "flat": lambda: grainy([plain(120)] * 60 + action(40), 4),
    "fade": lambda: faded(lambda number: (number - 20) / 50, 255),
    "flash": lambda: flashed(range(40, 42), 255),
    "soft": lambda: [cv2.GaussianBlur(one, (0, 0), 5) for one in action()],
    "frozen": lambda: grainy([backdrop(3)] * 60, 6),
    "combing": woven,
    "card": rolling,
}
"""Films with one thing wrong each."""


@pytest.mark.parametrize("reason", WRONG)
@pytest.mark.parametrize("options", [None, COARSE], ids=["fine", "coarse"])
def test_what_is_wrong_is_found(reason: str, options: dict[str, str] | None, tmp_path: Path) -> None:
    row = judged(tmp_path, WRONG[reason](), options=options)
    check(row, "quality", "row")
    assert reason in row["findings"], row["measurements"]
    assert reason in row["reasons"]
    assert row["usable"] is False


RIGHT: dict[str, Callable[[], list[np.ndarray]]] = {
    "action": action,
    "drawings held on threes": lambda: action(held=3),
    "drawings held on threes, grainy": lambda: grainy(action(held=3), 8),
    "night": lambda: grainy([one // 5 for one in action()], 2),
    "a hold of a second and a half": lambda: [*action(20), *[action(20)[-1]] * 38, *action(20, shot=3)],
    "one black second in six": lambda: [*action(125), *[plain(0)] * 25],
    "lamps that go out by half": lambda: faded(lambda number: min(0.5, (number - 20) / 30), 0),
    "somebody before the lens": lambda: walked_before(action()),
    "an explosion in a third of the picture": lambda: flashed(range(40, 43), 255, 0.33),
    "light that stays on": lambda: [*action(35), *[mixed(one, plain(255), 0.4) for one in action(75)[35:]]],
    "a shallow depth of field": lambda: [
        np.where(np.arange(SIZE[0])[None, :, None] < SIZE[0] // 3, one, cv2.GaussianBlur(one, (0, 0), 5))
        for one in action()
    ],
    "a small figure before a soft sky": lambda: [
        cv2.circle(sky(), (100 + 3 * number, 90), 9, (60, 90, 160), -1, cv2.LINE_AA) for number in range(75)
    ],
    "a figure on a plain ground": lambda: [
        cv2.circle(plain(200), (100 + 3 * number, 130), 40, (60, 90, 160), -1, cv2.LINE_AA) for number in range(75)
    ],
}
"""Films with nothing wrong that somebody would want to lose them for."""


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("options", [None, COARSE], ids=["fine", "coarse"])
def test_sound_footage_is_left_alone(name: str, options: dict[str, str] | None, tmp_path: Path) -> None:
    row = judged(tmp_path, RIGHT[name](), options=options)
    assert row["findings"] == [], row["measurements"]
    assert row["usable"] is True


@pytest.mark.parametrize(
    ("way", "to"),
    [
        (lambda number: (number - 30) / 40, 0),
        (lambda number: (70 - number) / 60, 255),
        (lambda number: 1 - abs(number - 37) / 12 if abs(number - 37) < 12 else 0.0, 0),
        (lambda number: (number - 10) / 60, 128),
    ],
    ids=["slowly to black", "up from white", "out and in", "to grey"],
)
def test_fades_of_any_kind_are_found(way: Callable[[int], float], to: int, tmp_path: Path) -> None:
    assert "fade" in findings(tmp_path, faded(way, to))


@pytest.mark.parametrize("at", [range(1), range(2, 5), range(40, 44), range(74, 75)], ids=str)
@pytest.mark.parametrize("level", [0, 255])
def test_flashes_are_counted_wherever_they_are(at: range, level: int, tmp_path: Path) -> None:
    row = judged(tmp_path, flashed(at, level))
    assert row["measurements"]["flash_frames"] == len(at)
    assert row["findings"] == ["flash"]


def test_a_mouth_that_moves_is_no_frozen_picture(tmp_path: Path) -> None:
    frames = [backdrop(3) for _ in range(75)]
    for number, one in enumerate(frames):
        cv2.ellipse(one, (240, 130), (12, 3 + 5 * (number // 6 % 2)), 0, 0, 360, (40, 30, 90), -1)
    row = judged(tmp_path, grainy(frames, 3), options=COARSE)
    assert row["findings"] == []
    assert row["camera"]["move"] == "static"
    assert row["measurements"]["longest_still_s"] < 0.5


def test_a_title_on_a_plain_ground_is_a_card_and_one_over_a_picture_is_not_seen(tmp_path: Path) -> None:
    assert "card" in findings(tmp_path / "1", [lettered(["The Lantern Riddle", "Episode 3"], 28, 90)] * 40)
    title = lettered(["The Lantern Riddle"], 28)
    assert findings(tmp_path / "2", [np.maximum(one, title) for one in action()]) == []


def test_footage_flagged_as_interlaced_is_deinterlaced_and_not_judged(tmp_path: Path) -> None:
    flagged = {"flags": "+ilme+ildct", "x264-params": "tff=1"}
    row = judged(tmp_path, [one[:264] for one in woven()], options=flagged)  # whole macroblocks a field
    assert row["measurements"]["combed_share"] == 0
    assert row["findings"] == []


def test_what_the_spec_doesn_t_refuse_is_found_all_the_same(tmp_path: Path) -> None:
    settings = Quality(refuse=[reason for reason in REASONS if reason != "flash"])
    row = judged(tmp_path, flashed(range(40, 42), 255), settings)
    assert (row["usable"], row["reasons"], row["findings"]) == (True, [], ["flash"])


def test_a_person_s_word_wins_either_way(tmp_path: Path) -> None:
    season = Season(tmp_path)
    film = [*flashed(range(40, 42), 255), *action(75, shot=8)]
    episode = season.add(film, [(0, 75), (75, 150)])
    flash, sound = season.judge(episode)
    assert (flash["usable"], sound["usable"]) == (False, True)
    sha256 = read_jsonl(episode.clips)[0]["source_sha256"]
    rows = [
        f"{flash['clip_id']},{sha256},usable,,lightning,mk,2026-11-01",
        f"{sound['clip_id']},{sha256},exclude,,a hand,mk,2026-11-01",
    ]
    header = "item,sha256,decision,value,reason,reviewer,time"
    (tmp_path / "decisions.csv").write_text("\n".join([header, *rows]) + "\n")
    flash, sound = season.judge(episode)
    assert (flash["usable"], flash["reasons"], flash["findings"]) == (True, [], ["flash"])
    assert (sound["usable"], sound["reasons"], sound["findings"]) == (False, ["decision"], [])
    assert flash["decision"]["reason"] == "lightning"
