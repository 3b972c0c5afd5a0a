"""Sources: pairing of delivered files with the spec, and probes of good and bad masters."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage import shots_film, write_film
from reelwright.files import check, read_json
from reelwright.outcome import Record
from reelwright.sources.delivery import Delivery, Master, master_name
from reelwright.sources.masters import Variant, list_masters
from reelwright.sources.probe import Timing, probe_master
from reelwright.spec.model import Episode, Sources, Spec
from reelwright.spec.titles import plain, slug

PATTERN = "masters/Show_S7_EP{episode}_{title}.mov"


def spec(folder: Path, **episodes: Episode) -> Spec:
    numbered = {name[2:]: episode for name, episode in episodes.items()}
    sources = Sources(folder=str(folder), rights="licensed", masters=PATTERN, episodes=numbered)
    return Spec(project="test", show="Show", sources=sources)


def deliver(folder: Path, *names: str) -> None:
    (folder / "masters").mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / "masters" / name).write_bytes(b"")


def test_variants_are_paired_by_title_however_it_is_spelt(tmp_path: Path) -> None:
    deliver(tmp_path, "Show_S7_EP08_ITS_TOTALLY_A_TEST.MOV", "Show_S7_EP08_Another Name.mov", "notes.txt")
    masters = Delivery(spec(tmp_path, ep08=Episode(title="IT'S TOTALLY A TEST"))).masters
    assert masters == {
        "ep08.its-totally-a-test": Master(
            "ep08.its-totally-a-test",
            "08",
            "IT'S TOTALLY A TEST",
            "masters/Show_S7_EP08_ITS_TOTALLY_A_TEST.MOV",
            True,
            True,
        ),
        "ep08.another-name": Master(
            "ep08.another-name", "08", "Another Name", "masters/Show_S7_EP08_Another Name.mov", False, True
        ),
    }


def test_a_declared_file_that_is_not_there_is_named_and_not_delivered(tmp_path: Path) -> None:
    (master,) = Delivery(spec(tmp_path, ep01=Episode(title="THE OPENING"))).masters.values()
    assert (master.path, master.delivered) == ("masters/Show_S7_EP01_THE_OPENING.mov", False)


def test_a_transcript_is_found_whatever_its_form(tmp_path: Path) -> None:
    (tmp_path / "said").mkdir()
    for name in ("EP01.srt", "EP02.VTT", "EP03.srt", "EP03.json", "EP04.json.bak", "EP05.txt"):
        (tmp_path / "said" / name).touch()
    given = spec(tmp_path, **{f"ep{number:02d}": Episode(title=f"T{number}") for number in range(1, 6)})

    def delivered(pattern: str) -> list[list[str]]:
        sources = given.sources.model_copy(update={"subtitles": pattern})
        delivery = Delivery(given.model_copy(update={"sources": sources}))
        return [delivery.delivered_subtitles(episode) for episode in sorted(given.sources.episodes)]

    found = [[str(tmp_path / "said" / name)] for name in ("EP01.srt", "EP02.VTT", "EP03.json")]
    assert delivered("said/EP{episode}.*") == [*found, [], []]
    assert delivered("said/EP{episode}.srt") == [found[0], [], [str(tmp_path / "said" / "EP03.srt")], [], []]
    assert delivered("nowhere/EP{episode}.*") == [[]] * 5


def test_two_files_for_one_title_are_a_problem_of_that_episode_only(tmp_path: Path) -> None:
    deliver(tmp_path, "Show_S7_EP01_ONE_WAY.mov", "Show_S7_EP01_One Way.mov", "Show_S7_EP02_TWO.mov")
    delivery = Delivery(spec(tmp_path, ep01=Episode(title="ONE WAY"), ep02=Episode(title="TWO")))
    assert delivery.canonical("01").problem == (
        "episode 01 has 2 masters for the title 'ONE WAY': Show_S7_EP01_ONE_WAY.mov, Show_S7_EP01_One Way.mov"
    )
    assert not delivery.canonical("01").delivered
    assert delivery.canonical("02").delivered


def test_an_explicit_path_needs_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(b"")
    delivery = Delivery(spec(tmp_path, ep01=Episode(title="THE FILM", master="film.mkv")))
    assert delivery.canonical("01").path == "film.mkv"
    assert delivery.canonical("01").delivered


@given(st.text(alphabet="ABC '-_!é", min_size=1, max_size=12))
def test_a_title_is_found_under_the_name_it_is_given(title: str) -> None:
    assert plain(master_name("{title}", "01", title)) == plain(title)
    assert set(slug(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def probe(folder: Path, master: Path, problem: str | None = None) -> tuple[dict[str, object], dict[str, object]]:
    out, outcome = folder / "probe.json", folder / "outcome.json"
    record = Record("probe_master", "ep01.the-film", outcome)
    probe_master(master, out, record, episode="01", title="THE FILM", relative=master.name, problem=problem)
    return read_json(out), read_json(outcome)


def test_a_probe_says_what_a_master_is(tmp_path: Path) -> None:
    facts, outcome = probe(tmp_path, shots_film(tmp_path / "film.mov", [30, 20], audio=True))
    check(facts, "probe", "probe.json")
    assert outcome["status"] == "ok"
    assert {key: facts[key] for key in ("fps", "frames", "width", "height", "duration_s", "codec", "pixel_format")} == {
        "fps": "25/1",
        "frames": 50,
        "width": 320,
        "height": 180,
        "duration_s": 2.0,
        "codec": "h264",
        "pixel_format": "yuv420p",
    }
    assert facts["audio"] == [{"codec": "aac", "channels": 1, "layout": "mono", "sample_rate": 48000}]


def audio_only(path: Path) -> Path:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 48000), np.float32), format="fltp", layout="mono")
        block.sample_rate = 48000
        container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return path


def truncated(path: Path, share: float, faststart: bool) -> Path:
    whole = shots_film(path.with_name("whole.mov"), [60], options={"crf": "1"})
    if faststart:
        import av

        with av.open(str(whole)) as source, av.open(str(path), "w", options={"movflags": "faststart"}) as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
        whole = path
    data = whole.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


BAD = {
    "missing": (lambda folder: folder / "nowhere.mov", "missing", "nowhere.mov was not delivered"),
    "zero bytes": (lambda folder: written(folder / "film.mov", b""), "empty", "has no bytes"),
    "not a film": (lambda folder: written(folder / "film.mov", b"hello" * 999), "unreadable", "can't be opened"),
    "truncated": (lambda folder: truncated(folder / "film.mov", 0.6, False), "unreadable", "can't be opened"),
    "truncated, index first": (lambda folder: truncated(folder / "film.mov", 0.6, True), "truncated", "cut off"),
    "audio only": (lambda folder: audio_only(folder / "film.mov"), "no_video", "no video stream"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_master_fails_with_one_sentence(tmp_path: Path, name: str) -> None:
    make, code, words = BAD[name]
    facts, outcome = probe(tmp_path, make(tmp_path))
    assert facts is None
    assert outcome["status"] == "failed"
    error = outcome["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert words in error["message"]
    assert "\n" not in error["message"]


def test_a_master_delivered_twice_fails(tmp_path: Path) -> None:
    _, outcome = probe(tmp_path, shots_film(tmp_path / "film.mov", [5]), problem="episode 01 has 2 masters")
    assert outcome["error"] == {"code": "ambiguous", "message": "episode 01 has 2 masters"}


def test_a_variable_rate_is_accepted_with_a_warning(tmp_path: Path) -> None:
    stamps = [number * 3600 + (1800 if number % 3 else 0) for number in range(50)]
    frames = [np.full((90, 160, 3), number * 4, np.uint8) for number in range(50)]
    facts, outcome = probe(
        tmp_path, write_film(tmp_path / "film.mov", frames, pts=stamps, time_base=Fraction(1, 90000))
    )
    assert facts["constant_rate"] is False
    assert "variable frame rate" in outcome["warnings"][0]  # type: ignore[index]


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50)]
)
@pytest.mark.parametrize("time_base", [Fraction(1, 90000), Fraction(1, 1000), Fraction(1, 12800)])
def test_usual_rates_are_recognised_in_any_time_base(rate: Fraction, time_base: Fraction) -> None:
    pts = np.array([round(number / rate / time_base) for number in range(2000)], np.int64)
    timing = Timing(pts, time_base, 0)
    assert timing.fps == rate
    assert timing.constant


def test_the_source_manifest_lists_an_episode_that_failed_too(tmp_path: Path) -> None:
    probe(tmp_path, shots_film(tmp_path / "film.mov", [10]))
    (tmp_path / "b").mkdir()
    probe(tmp_path / "b", tmp_path / "b" / "film.mov")
    variants = [
        Variant("01", "THE FILM", True, "film.mov", tmp_path / "probe.json", tmp_path / "outcome.json"),
        Variant("02", "LOST", True, "lost.mov", tmp_path / "b" / "probe.json", tmp_path / "b" / "outcome.json"),
    ]
    episodes = {"01": Episode(title="THE FILM"), "02": Episode(title="LOST")}
    list_masters(episodes, variants, {}, tmp_path / "masters.json", tmp_path / "masters.csv")
    entries = read_json(tmp_path / "masters.json")
    assert [(one["production_episode"], one["source_master"], one["fps"]) for one in entries] == [
        ("01", "film.mov", 25.0),
        ("02", None, None),
    ]
    assert (tmp_path / "masters.csv").read_text().splitlines()[2].startswith("02,LOST,,,")
