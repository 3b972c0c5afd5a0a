"""Leaks on real and drawn footage: every planted copy is found, and of other set-ups no row is taken for one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from scans import measure
from test_leaks import COPIES

from reelwright.align.footage import Footage, footage_of
from reelwright.align.stills import measured
from reelwright.demo.plan import plan_episode
from reelwright.demo.stage import Stage
from reelwright.evaluation.leaks import find_leaks
from reelwright.files import read_json

pytestmark = pytest.mark.slow

END = 2880
"""Frames of the film that are looked at: two minutes."""

SAME_SET_UP = (2100, 2230)
"""Frames of the two shots of these two minutes that show one set from one camera: the rabbit with its apple."""


@pytest.fixture(scope="module")
def film(media: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, Footage], dict[int, np.ndarray]]:
    """Rows by shot, of the film's small encode, and a picture of each shot from the large one."""
    truth = read_json(media / "truth" / "big_buck_bunny.json")["boundaries"]
    # Frames of a gradual transition belong to neither shot.
    edges = [0, *(frame for one in truth for frame in (one.get("start", one["frame"]), one.get("end", one["frame"])))]
    spans = [span for span in pairwise(edges) if span[1] - span[0] >= 24 and span[1] <= END]
    folder = tmp_path_factory.mktemp("film")
    small = folder / "small.mp4"
    with av.open(str(media / "big_buck_bunny_360p.mp4")) as given, av.open(str(small), "w") as out:
        source = given.streams.video[0]
        stream = out.add_stream_from_template(source)
        for number, packet in enumerate(given.demux(source)):
            if packet.dts is None or number > END + 250:
                break
            packet.stream = stream
            out.mux(packet)
    measure(small, folder / "small.npz")
    with av.open(str(small)) as container:
        base = container.streams.video[0].time_base
    whole = footage_of("film", folder / "small.npz", base or Fraction(1))
    middles = {number: (start + end) // 2 for number, (start, end) in enumerate(spans)}
    pictures = {}
    with av.open(str(media / "big_buck_bunny_720p.mp4")) as container:
        for number, frame in enumerate(container.decode(video=0)):
            for shot in [shot for shot, middle in middles.items() if middle == number]:
                pictures[shot] = frame.to_ndarray(format="bgr24")
            if number == END:
                break
    rows = {shot: replace(whole.part(*span), name=f"row {shot}") for shot, span in enumerate(spans)}
    return rows, pictures


@pytest.mark.parametrize("kind", COPIES)
def test_a_film_s_pictures_name_their_own_shot_of_another_encode_and_no_other_set_up(
    kind: str, film: tuple[dict[int, Footage], dict[int, np.ndarray]]
) -> None:
    rows, pictures = film
    assert len(rows) >= 15
    same = {shot for shot, row in rows.items() for frame in SAME_SET_UP if row.first <= frame < row.first + row.frames}
    missed, wrong = [], []
    for shot, picture in pictures.items():
        leaks = find_leaks(list(rows.values()), [measured("picture", COPIES[kind](picture))])
        named = {int(one.row.removeprefix("row ")) for one in leaks}
        missed += [shot] if shot not in named else []
        wrong += [(shot, other) for other in named - {shot} if not {shot, other} <= same]
    assert (missed, wrong) == ([], [])


def drawn(stage: Stage, frame: int) -> np.ndarray:
    """A picture of the demo as BGR."""
    luma, u, v = stage.picture(frame).planes
    size = luma.shape[::-1]
    planes = [luma, cv2.resize(v, size), cv2.resize(u, size)]
    return np.asarray(cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2BGR))


@pytest.fixture(scope="module")
def season() -> dict[str, tuple[np.ndarray, Footage]]:
    """A picture of each shot of two drawn episodes, and a row that shows it, of five frames."""
    found = {}
    for episode in ("01", "02"):
        for shot in plan_episode(episode, 221, 80.0).shots:
            if shot.repeat_of or shot.frames < 75:
                continue
            stage, middle = Stage(shot, 640, 360), shot.frames // 2
            pictures = [drawn(stage, middle + step) for step in range(-4, 5, 2)]
            stills = [measured("", one) for one in pictures]
            luma = np.concatenate([one.pictures(np.array([0])) for one in stills])
            cells, name = np.concatenate([one.cells for one in stills]), f"{episode} {shot.start}"
            row = Footage(name, cells, np.arange(5) * 0.08, lambda frames, luma=luma: luma[frames])  # type: ignore[misc]
            found[name] = (pictures[2], row)
    return found


@pytest.mark.parametrize("kind", COPIES)
def test_drawn_pictures_name_their_own_shot_and_no_other(
    kind: str, season: dict[str, tuple[np.ndarray, Footage]]
) -> None:
    assert len(season) >= 20
    rows = [row for _, row in season.values()]
    wrong = {
        name: named
        for name, (picture, _) in season.items()
        if (named := [one.row for one in find_leaks(rows, [measured("", COPIES[kind](picture))])]) != [name]
    }
    assert wrong == {}
