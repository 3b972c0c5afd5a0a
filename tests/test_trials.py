"""Trials: what each trainer would do to a package's rows, as a table and in words, and what stops the package."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_preflight import preflight

from footage import painted, write_film
from package_inputs import SIZE, Part, episode_input, package
from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.facts import facts
from reelwright.files import check, read_json, read_jsonl, write_json, write_jsonl
from reelwright.packages.build import build_package
from reelwright.packages.select import EpisodeInput
from reelwright.packages.showing import Asked, Media, Showing, shown
from reelwright.packages.trials import COLUMNS, Trial, try_trainer
from reelwright.spec.model import ModelName, TrainerName

A14B: ModelName = "wan2.2-t2v-a14b"
SIXTEEN = Fraction(16)


def clips(*frames: int, rate: Fraction = SIXTEEN, size: tuple[int, int] = (832, 480)) -> dict[str, Media]:
    """Media of so many frames each, named in order."""
    return {f"clip{number}": Media(count, rate, *size) for number, count in enumerate(frames)}


def warnings(trainer: TrainerName, media: dict[str, Media], size: tuple[int, int] = (832, 480)) -> list[str]:
    trial = try_trainer(trainer, A14B, "video", media, size)
    assert trial.problems == ()
    return trial.warnings()


def refused(trial: Trial) -> list[str]:
    return [str(problem) for problem in trial.problems]


class TestWords:
    def test_a_package_as_it_should_be_surprises_nobody(self) -> None:
        for name, trainer in facts().trainers.items():
            if "video" in trainer.kinds:
                assert warnings(name, clips(81, 65, 33)) == [], name  # type: ignore[arg-type]

    def test_slow_motion(self) -> None:
        # DiffSynth takes the first frames as they are, as many as the largest row has: 81 of 25 a second are 3.24 s.
        media = {"fast": Media(81, Fraction(25), 832, 480), "right": Media(81, SIXTEEN, 832, 480)}
        assert warnings("diffsynth", media) == [
            "fast: this trainer would show 3.2 of 3.2 s at 0.64 speed (81 of 81 frames)"
        ]

    def test_slow_motion_that_is_cut_too(self) -> None:
        media = Media(127, Fraction(25), 832, 480)
        result = shown(facts().trainers["diffsynth"], facts().models[A14B], media, Asked((81,), 832, 480))
        trial = Trial("diffsynth", {"fast": (media, result)}, ())
        assert trial.warnings() == ["fast: this trainer would show 3.2 of 5.1 s at 0.64 speed (81 of 127 frames)"]

    def test_time_lapse(self) -> None:
        media = Media(127, SIXTEEN, 832, 480)
        result = shown(facts().trainers["finetrainers"], facts().models[A14B], media, Asked((81,), 832, 480))
        trial = Trial("finetrainers", {"long": (media, result)}, ())
        # 126 steps of the clip in 80: 1.575.
        assert trial.warnings() == ["long: this trainer would show 7.9 of 7.9 s at 1.57 speed (81 of 127 frames)"]

    @pytest.mark.parametrize(("frames", "said"), [(81, None), (82, "5.1 of 5.1 s"), (100, "5.1 of 6.2 s")])
    def test_frames_that_are_cut_off(self, frames: int, said: str | None) -> None:
        media = Media(frames, SIXTEEN, 832, 480)
        result = shown(facts().trainers["diffsynth"], facts().models[A14B], media, Asked((81,), 832, 480))
        words = [f"a: this trainer would show {said} (81 of {frames} frames)"] if said else []
        assert Trial("diffsynth", {"a": (media, result)}, ()).warnings() == words

    @pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(12)])
    def test_what_is_retimed_well_surprises_nobody(self, rate: Fraction) -> None:
        # As many frames as 81 at 16 a second last, to the frame: a trainer that retimes shows them whole.
        media = Media(math.ceil(Fraction(81, 16) * rate), rate, 832, 480)
        result = shown(facts().trainers["diffusion-pipe"], facts().models[A14B], media, Asked((81,), 832, 480))
        assert isinstance(result, Showing) and len(result.frames) == 81
        assert Trial("diffusion-pipe", {"a": (media, result)}, ()).warnings() == []

    def test_rows_are_named_and_counted(self) -> None:
        media = clips(81, 81, 81, 81, 81) | {"good": Media(81, SIXTEEN, 832, 480)}
        small = {name: Media(81, SIXTEEN, 640, 480) if name != "good" else one for name, one in media.items()}
        assert warnings("diffsynth", small) == [
            "clip0, clip1, clip2 and 2 more: would be trained at 832x480, not 640x480, 23 % of the picture cropped away"
        ]

    def test_every_row(self) -> None:
        # Of 80 frames at 8 a second diffusion-pipe makes 160, of which the bucket takes the first 80.
        assert warnings("diffusion-pipe", clips(80, 80, rate=Fraction(8))) == [
            "every row: this trainer would show 5.0 of 10.0 s (80 of 80 frames)"
        ]

    def test_no_caption(self) -> None:
        media = clips(81, 81) | {"silent": Media(81, SIXTEEN, 832, 480, captioned=False)}
        assert warnings("musubi", media) == ["silent: would be skipped: no caption"]
        assert warnings("ai-toolkit", media) == []

    def test_a_model_without_its_image(self) -> None:
        trial = try_trainer("diffusion-pipe", "wan2.2-ti2v-5b", "video", clips(81, rate=Fraction(24)), (832, 480))
        assert trial.warnings() == ["diffusion-pipe trains wan2.2-ti2v-5b from text only, without the first frame"]

    def test_odd_shapes(self) -> None:
        found = warnings("musubi", clips(81, size=(1584, 288)), (1584, 288))
        assert found == ["clip0: would be trained at 1344x336, not 1584x288, 27 % of the picture cropped away"]


class TestStops:
    def test_another_model(self) -> None:
        trial = try_trainer("musubi", "wan2.2-ti2v-5b", "video", clips(81), (832, 480))
        assert refused(trial) == [
            "spec: trainer musubi is wan2.2-ti2v-5b: expected wan2.2-t2v-a14b or wan2.2-i2v-a14b: musubi-tuner trains no other"
        ]

    def test_another_kind_of_media(self) -> None:
        trial = try_trainer("imagefolder", A14B, "video", clips(81), (832, 480))
        assert refused(trial) == [
            "spec: trainer imagefolder is video: expected image: Hugging Face ImageFolder takes nothing else"
        ]
        trial = try_trainer("diffusion-pipe", "wan2.2-i2v-a14b", "image", clips(1), (832, 480))
        assert refused(trial) == [
            "spec: trainer diffusion-pipe is image: expected video: diffusion-pipe trains wan2.2-i2v-a14b on videos only"
        ]

    def test_every_row_skipped(self) -> None:
        media = {name: Media(81, SIXTEEN, 832, 480, captioned=False) for name in ("a", "b")}
        assert refused(try_trainer("diffusion-pipe", A14B, "video", media, (832, 480))) == [
            "spec: trainer diffusion-pipe: rows is 0: at least one, but each would be skipped: no caption"
        ]
        short = clips(81, rate=Fraction(1000))
        assert refused(try_trainer("diffusion-pipe", A14B, "video", short, (832, 480))) == [
            "spec: trainer diffusion-pipe: rows is 0: at least one, but each would be skipped: "
            "short: 1 frames at 16 fps, fewer than the smallest bucket"
        ]

    def test_a_size_that_the_model_does_not_take(self) -> None:
        media = {"plate": Media(1, SIXTEEN, 500, 400)}
        given = try_trainer("diffsynth", "wan2.2-ti2v-5b", "image", media, (1000, 1000), fixed=False)
        assert refused(given) == ["spec: trainer diffsynth: size is 1000x1000: multiples of 32 for the model"]
        assert refused(try_trainer("diffsynth", A14B, "image", media, (1024, 1024), fixed=False)) == []


@given(
    st.sampled_from([name for name, one in facts().trainers.items() if "video" in one.kinds]),
    st.lists(st.integers(1, 60).map(lambda n: 4 * n + 1), min_size=1, max_size=8),
    st.sampled_from([Fraction(16), Fraction(24), Fraction(25), Fraction(30000, 1001)]),
)
def test_the_table_and_the_report_agree(trainer: TrainerName, frames: list[int], rate: Fraction) -> None:
    trial = try_trainer(trainer, A14B, "video", clips(*frames, rate=rate), (832, 480))
    table, report = list(trial.table()), trial.report()
    assert [row["row"] for row in table] == list(trial.results)
    assert all(list(row) == COLUMNS or set(row) == set(COLUMNS) for row in table)
    shown = [row for row in table if row["skipped"] is None]
    assert report["rows"] == len(shown) and report["skipped"] == len(table) - len(shown)
    assert report["frames"] == sum(row["frames"] for row in shown)
    assert report["seconds"] == pytest.approx(sum(float(row["seconds"]) for row in shown), abs=0.01)
    assert report["seconds_of"] == pytest.approx(sum(frames) / rate, abs=0.01)
    assert report["seconds"] <= report["seconds_of"] + 0.001
    if rate == 16:
        assert report["warnings"] == []


ALL: list[TrainerName] = ["diffsynth", "musubi", "diffusion-pipe", "finetrainers", "ai-toolkit", "videofolder"]
SETTINGS = package(caption_sources=["vlm"], trainers=ALL)


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[EpisodeInput]:
    folder = tmp_path_factory.mktemp("inputs")
    return [episode_input(folder, "01", [Part(0, 45), Part(45, 68)], frames=69)]


@pytest.fixture
def smoke(episodes: list[EpisodeInput], tmp_path: Path) -> Path:
    out = tmp_path / "smoke"
    build_package(
        out, name="smoke", settings=SETTINGS, episodes=episodes, rights="licensed", store=tmp_path / "store", threads=1
    )
    return out


class TestPreflight:
    def test_report_and_table(
        self, smoke: Path, episodes: list[EpisodeInput], capsys: pytest.CaptureFixture[str]
    ) -> None:
        preflight(smoke, episodes, trainers=ALL)
        report = read_json(smoke / "preflight.json")
        check(report, "preflight", "report")
        rows = read_jsonl(smoke / "metadata.jsonl")
        frames = sum(row["num_frames"] for row in rows)
        assert list(report["trainers"]) == ALL
        for one in report["trainers"].values():
            assert (one["rows"], one["skipped"], one["frames"], one["warnings"]) == (2, 0, frames, [])
            assert one["sizes"] == {"320x176": 2}
            assert one["seconds"] == one["seconds_of"] == round(frames / 16, 3)
        with (smoke / "preflight.csv").open(newline="") as file:
            table = list(csv.DictReader(file))
        assert [(row["trainer"], row["row"], int(row["frames"]), row["speed"]) for row in table] == [
            (name, row["clip_id"], row["num_frames"], "1.000") for name in ALL for row in rows
        ]
        assert "warning" not in capsys.readouterr().err

    def test_without_diffsynth_there_is_no_launch_of_it(self, smoke: Path, episodes: list[EpisodeInput]) -> None:
        preflight(smoke, episodes, trainers=["videofolder"])
        report = read_json(smoke / "preflight.json")
        check(report, "preflight", "report")
        assert report["launch"] == [] and list(report["trainers"]) == ["videofolder"]

    def test_a_trainer_that_would_skip_every_row_stops_it(self, smoke: Path, episodes: list[EpisodeInput]) -> None:
        rows = read_jsonl(smoke / "metadata.jsonl")
        write_jsonl(smoke / "metadata.jsonl", [{**row, "prompt": " "} for row in rows])
        with pytest.raises(BuildError) as caught:
            preflight(smoke, episodes, trainers=["diffusion-pipe"])
        assert "trainer diffusion-pipe: rows is 0: at least one, but each would be skipped: no caption" in str(
            caught.value
        )
        assert not (smoke / "preflight.csv").exists()

    def test_a_new_build_takes_the_table_away(self, smoke: Path, episodes: list[EpisodeInput]) -> None:
        preflight(smoke, episodes, trainers=ALL)
        assert (smoke / "preflight.csv").exists()
        store = smoke.parent / "store"
        build_package(
            smoke, name="smoke", settings=SETTINGS, episodes=episodes, rights="licensed", store=store, threads=1
        )
        assert not (smoke / "preflight.csv").exists() and not (smoke / "preflight.json").exists()

    def test_what_media_really_is_counts(self, smoke: Path, episodes: list[EpisodeInput]) -> None:
        """A clip that was made at another rate is refused, and every trainer of it is told by what it would do."""
        row = read_jsonl(smoke / "metadata.jsonl")[0]
        media = smoke / row["video"]
        media.unlink()
        write_film(media, [painted(7, place, *SIZE) for place in range(row["num_frames"])], rate=Fraction(25))
        provenance = read_json(smoke / "PROVENANCE.json")
        provenance["rows"][0]["media_sha256"] = file_sha256(media)
        write_json(smoke / "PROVENANCE.json", provenance)
        with pytest.raises(BuildError, match=r"rate of media/.* is 25\.0: expected 16 fps"):
            preflight(smoke, episodes, trainers=ALL)
