"""Transcribing masters: sound by its time stamps, a local model that the real library loads, what happens without either."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml
from scripted_whisper import write_scripted_whisper
from season import build, jobs, season

from reelwright.errors import BadItem, BuildError
from reelwright.files import check, read_json, read_jsonl
from reelwright.outcome import Record
from reelwright.sources.probe import probe_master
from reelwright.spec.transcripts import Whisper
from reelwright.transcripts import read_transcript
from reelwright.transcripts.sound import RATE, read_sound
from reelwright.transcripts.transcribe import transcribe_master

INSTALLED = importlib.util.find_spec("faster_whisper") is not None
needs_whisper = pytest.mark.skipif(not INSTALLED, reason="faster-whisper is not installed (`make whisper`)")

LINES = [(0.0, 1.0, "Where is the sea?"), (1.5, 2.5, "Gone for lunch.")]


def tone(seconds: float, rate: int, bursts: Sequence[float]) -> np.ndarray:
    """Silence with a tone of 0.2 s at each time of ``bursts``."""
    at = np.arange(round(seconds * rate)) / rate
    loud = sum(((at >= start) & (at < start + 0.2)).astype(np.float32) for start in bursts)
    return (0.8 * np.sin(2 * np.pi * 440 * at) * loud).astype(np.float32)


def sounding_film(
    path: Path,
    *tracks: Sequence[float],
    codec: str = "pcm_s16le",
    rate: int = 48000,
    layout: str = "mono",
    starts_s: float = 0.0,
    sound_s: float = 0.0,
    hole: tuple[float, float] | None = None,
    seconds: float = 4.0,
) -> Path:
    """A film of ``seconds`` whose pictures begin at ``starts_s``, and audio ``tracks`` that begin ``sound_s`` later.

    A track is given by its bursts, in seconds from its own beginning; ``hole`` is a stretch of it that is not there.
    """
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        video.codec_context.time_base = Fraction(1, 25)
        video.codec_context.options = {"bf": "0", "preset": "ultrafast"}
        streams = [container.add_stream(codec, rate=rate, layout=layout) for _ in tracks]
        for number in range(round(seconds * 25)):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 128, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = round(starts_s * 25) + number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for stream, bursts in zip(streams, tracks, strict=True):
            samples = tone(seconds, rate, bursts)
            channels = np.stack([samples] * stream.codec_context.layout.nb_channels)
            for begin in range(0, len(samples), 1024):
                if hole and hole[0] <= begin / rate < hole[1]:
                    continue
                block = np.ascontiguousarray(channels[:, begin : begin + 1024])
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = round((starts_s + sound_s) * rate) + begin
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def onsets(sound: np.ndarray) -> list[float]:
    """Seconds at which it becomes loud after a tenth of silence."""
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    return [round(int(loud[0]) / RATE, 2), *(round(int(b) / RATE, 2) for a, b in pairwise(loud) if b - a > RATE / 10)]


def probed(film: Path, folder: Path) -> dict[str, Any]:
    """The probe of a film; it and its outcome lie in ``folder``."""
    record = Record("probe_master", "ep01.the-film", folder / "probe.outcome.json")
    probe_master(film, folder / "probe.json", record, episode="01", title="THE FILM", relative=film.name, problem=None)
    found: dict[str, Any] = read_json(folder / "probe.json")
    return found


def heard(film: Path, folder: Path, track: int = 1) -> np.ndarray:
    """The sound of a film from its first frame on."""
    facts = probed(film, folder)
    found = read_sound(film, track, facts["start_pts"] * Fraction(facts["time_base"]), facts["duration_s"])
    assert found is not None and found[1] == 0
    assert found[0].dtype == np.float32
    return found[0]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("a.mkv", {}, [1.0, 2.5]),
        ("a.mov", {"codec": "aac"}, [1.0, 2.5]),
        ("a.mkv", {"rate": 44100, "layout": "stereo"}, [1.0, 2.5]),
        ("a.mkv", {"starts_s": 10.0}, [1.0, 2.5]),
        ("a.mkv", {"sound_s": 0.6}, [1.6, 3.1]),
        ("a.mov", {"sound_s": 0.6, "codec": "aac"}, [1.6, 3.1]),
        ("a.mkv", {"starts_s": 10.0, "sound_s": -0.4}, [0.6, 2.1]),
        ("a.mkv", {"hole": (1.5, 2.2)}, [1.0, 2.5]),
    ],
    ids=["plain", "aac", "stereo", "late start", "late sound", "late sound in MOV", "early sound", "a hole"],
)
def test_sound_counts_from_the_first_frame(
    tmp_path: Path, name: str, options: dict[str, Any], expected: list[float]
) -> None:
    sound = heard(sounding_film(tmp_path / name, [1.0, 2.5], **options), tmp_path)
    assert onsets(sound) == pytest.approx(expected, abs=0.03)
    assert len(sound) / RATE == pytest.approx(min(4.0, 4.0 + options.get("sound_s", 0.0)), abs=0.05)


def test_the_second_track_is_another_sound(tmp_path: Path) -> None:
    film = sounding_film(tmp_path / "a.mkv", [1.0], [2.0])
    assert onsets(heard(film, tmp_path)) == [1.0]
    assert onsets(heard(film, tmp_path, 2)) == [2.0]
    with pytest.raises(BadItem, match=r"a\.mkv has 2 audio streams: there is no track 3"):
        read_sound(film, 3, Fraction(0), 4)


def test_a_wrong_time_stamp_makes_no_hours_of_silence(tmp_path: Path) -> None:
    film = sounding_film(tmp_path / "a.mkv", [1.0], sound_s=36000.0)
    facts = probed(film, tmp_path)
    sound, _ = read_sound(film, 1, Fraction(0), facts["duration_s"]) or (np.zeros(0), 0)
    assert len(sound) == 4 * RATE and not sound.any()


def test_a_film_without_sound_has_none_and_a_broken_one_is_named(tmp_path: Path) -> None:
    assert read_sound(sounding_film(tmp_path / "a.mkv"), 1, Fraction(0), 4) is None
    (tmp_path / "b.mkv").write_bytes(b"nothing")
    with pytest.raises(BadItem, match=r"the sound of b\.mkv can't be read: Invalid data"):
        read_sound(tmp_path / "b.mkv", 1, Fraction(0), 4)


class Heard:
    """A film and the stage run on it."""

    def __init__(self, film: Path, model: Path) -> None:
        self.film, self.folder, self.model = film, film.parent, model
        self.out = self.folder / "transcripts" / "ep01.json"
        self.store = self.folder / "store"
        probed(film, self.folder)

    def run(self, **settings: Any) -> dict[str, Any]:
        """The transcript; the outcome record lies in ``outcome``."""
        record = Record("transcribe_master", "ep01", self.folder / "outcome.json")
        transcribe_master(
            self.film,
            self.folder / "probe.json",
            self.folder / "probe.outcome.json",
            self.out,
            record,
            settings=Whisper(model=str(self.model), **{"skip_silence": False, "device": "cpu", **settings}),
            store=self.store,
            threads=2,
        )
        self.outcome = read_json(record.path)
        found: dict[str, Any] = read_json(self.out)
        return found


@pytest.mark.skipif(INSTALLED, reason="faster-whisper is installed")
def test_without_the_library_the_message_says_what_to_install(tmp_path: Path) -> None:
    one = Heard(sounding_film(tmp_path / "a.mkv", [1.0]), tmp_path)
    with pytest.raises(BuildError, match=r"faster-whisper, which is not installed here: run `make whisper`"):
        one.run()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "scripted"
    write_scripted_whisper(folder, LINES)
    return folder


@needs_whisper
def test_what_is_said_is_written_with_the_times_of_its_words(tmp_path: Path, model: Path) -> None:
    one = Heard(sounding_film(tmp_path / "a.mov", [0.2, 1.7], codec="aac"), model)
    transcript = one.run()
    check(transcript, "transcript", "ep01.json")
    assert one.outcome["status"] == "ok" and one.outcome["warnings"] == []
    assert (transcript["language"], transcript["model"]["name"]) == ("en", "scripted")
    assert [segment["text"] for segment in transcript["segments"]] == [text for _, _, text in LINES]
    warnings: list[str] = []
    lines = read_transcript(one.out, warnings.append)
    assert warnings == [] and [str(line) for line in lines] == [text for _, _, text in LINES]
    for line, (start, end, text) in zip(lines, LINES, strict=True):
        assert [word.text.strip() for word in line.words] == text.split()
        assert (line.start_s, line.end_s) == pytest.approx((start, end), abs=0.4)
    (part,) = [part for line in lines if (part := line.part(1.4, 9))]
    assert part.text == "Gone for lunch."


@needs_whisper
def test_what_was_heard_is_not_heard_again(tmp_path: Path, model: Path) -> None:
    one = Heard(sounding_film(tmp_path / "a.mkv", [0.2]), model)
    first = one.run()
    one.film.write_bytes(b"")  # whoever listened now would hear nothing
    assert one.run() == first and one.run(device="auto") == first
    one.run(beam_size=2)
    assert one.outcome["error"]["code"] == "unreadable", "another setting is another hearing"


@needs_whisper
@pytest.mark.parametrize("skip", [True, False])
def test_a_film_without_a_voice_or_without_sound_is_no_failure(tmp_path: Path, model: Path, skip: bool) -> None:
    silent = Heard(sounding_film(tmp_path / "a.mkv"), model)
    assert silent.run(skip_silence=skip)["segments"] == []
    assert silent.outcome["status"] == "ok" and "a.mkv has no sound" in silent.outcome["warnings"][0]
    (tmp_path / "quiet").mkdir()
    quiet = Heard(sounding_film(tmp_path / "quiet" / "b.mkv", []), model)
    assert quiet.run()["duration_s"] == pytest.approx(4, abs=0.05)
    assert (quiet.run(skip_silence=True)["segments"], quiet.outcome["status"]) == ([], "ok")
    assert "b.mkv: no voice was heard in 4 s of sound" in quiet.outcome["warnings"][0]
    check(read_json(quiet.out), "transcript", "ep01.json")


@needs_whisper
def test_a_model_that_is_not_whole_is_named_and_nothing_is_downloaded(tmp_path: Path, model: Path) -> None:
    one = Heard(sounding_film(tmp_path / "a.mkv", [0.2]), tmp_path / "nowhere")
    with pytest.raises(BuildError, match=r"nowhere: it is no folder, it should hold model\.bin, config\.json"):
        one.run()
    for missing in ("tokenizer.json", "model.bin", "vocabulary.json"):
        one.model = tmp_path / f"without-{missing}"
        shutil.copytree(model, one.model)
        (one.model / missing).unlink()
        with pytest.raises(BuildError, match=f"it has no {missing}: expected a Whisper model converted to CTranslate2"):
            one.run()
    one.model = tmp_path / "broken"
    shutil.copytree(model, one.model)
    (one.model / "model.bin").write_bytes(b"\0" * 100)
    with pytest.raises(BuildError, match=r"broken: it does not load: "):
        one.run()


@needs_whisper
def test_an_upstream_failure_is_passed_on(tmp_path: Path, model: Path) -> None:
    one = Heard(sounding_film(tmp_path / "a.mkv", [0.2]), model)
    (tmp_path / "a.mkv").unlink()
    probe_master(
        one.film, tmp_path / "probe.json", Record("probe_master", "ep01.x", tmp_path / "probe.outcome.json"),
        episode="01", title="X", relative="a.mkv", problem=None,
    )  # fmt: skip
    assert one.run() is None
    assert one.outcome["error"]["code"] == "upstream" and "was not delivered" in one.outcome["error"]["message"]


def heard_season(folder: Path, model: Path) -> Path:
    """A season of which episode 02 was delivered with a transcript, and a Whisper model for the others."""
    spec = season(folder, episodes=2, packages={}, transcripts={"whisper": {"model": str(model), "device": "cpu"}})
    data = yaml.safe_load(spec.read_text())
    data["sources"]["subtitles"] = "said/EP{episode}.*"
    spec.write_text(yaml.safe_dump(data))
    (folder / "delivery" / "said").mkdir()
    (folder / "delivery" / "said" / "EP02.vtt").write_text(
        f"WEBVTT\n\n00:00.000 --> 00:24.000\n<v Ida>{'and so on ' * 20}\n"
    )
    return spec


@pytest.mark.slow
def test_only_episodes_without_a_delivered_transcript_are_heard(tmp_path: Path) -> None:
    spec = heard_season(tmp_path, tmp_path / "model")
    counts = jobs(build(spec, "--dry-run").stdout)
    assert counts["transcribe_master"] == 1 and counts["caption_clips"] == 2
    data = yaml.safe_load(spec.read_text())
    del data["transcripts"]
    spec.write_text(yaml.safe_dump(data))
    assert "transcribe_master" not in jobs(build(spec, "--dry-run").stdout)


@needs_whisper
@pytest.mark.slow
def test_a_build_hears_what_was_not_delivered(tmp_path: Path, model: Path) -> None:
    spec = heard_season(tmp_path, model)
    master = tmp_path / "delivery" / "masters" / "Show_EP01_ONE.mov"
    sounding_film(master, [0.2, 1.7], codec="aac", seconds=12)
    data = yaml.safe_load(spec.read_text())
    data["transcripts"]["whisper"]["skip_silence"] = False
    data["clips"] |= {"head_s": 0, "tail_s": 0, "dedupe_threshold": 0}
    spec.write_text(yaml.safe_dump(data))
    run = build(spec)
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results" / "tiny"
    assert [path.name for path in (results / "transcripts").glob("*")] == ["ep01.json"]
    first, *_ = read_jsonl(results / "captions" / "ep01.jsonl")
    assert first["transcript"].startswith("Where is the sea? Gone for lunch.")
    others = read_jsonl(results / "captions" / "ep02.jsonl")
    assert len(others) > 2 and all(row["transcript"].startswith("Ida: ") for row in others)
    assert "Nothing to be done" in build(spec).stdout
