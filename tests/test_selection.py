"""Which clips become rows: the reference figures, filters, balance, the draw, and what is said of each clip."""

from __future__ import annotations

import csv
import hashlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from package_inputs import Part, clip_id, listed_episode, package
from reelwright.errors import BuildError
from reelwright.files import read_jsonl
from reelwright.packages.distribution import distribution, distribution_warnings
from reelwright.packages.draw import Draw, draw, lowest_ranked
from reelwright.packages.fates import fate_row, write_selection
from reelwright.packages.select import EpisodeInput, EpisodeSelection, select_rows
from reelwright.packages.traits import Traits
from reelwright.spec.model import Package

CAST = ("Sam", "Clover", "Alex")


def parts(count: int, unusable: int = 0, length: int = 100) -> list[Part]:
    """Clips of 4 s, one after the other; the last ones are not usable."""
    return [Part(number * length, (number + 1) * length, number < count - unusable) for number in range(count)]


def chosen_ids(selections: list[EpisodeSelection]) -> list[str]:
    return [row.clip.clip_id for one in selections for row in one.rows]


def by_hand(clips: list[str], count: int, seed: int) -> set[str]:
    """What the spec says of the draw, written again: the lowest sha256 of "seed:clip id"."""
    return set(sorted(clips, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())[:count])


SIZES = {"01": (152, 3), "04": (152, 0), "05": (152, 2), "20": (151, 1)}
"""Clips of the reference project's pilot by episode, and how many of them are not usable. (The notes give the sums alone.)"""


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[EpisodeInput]:
    folder = tmp_path_factory.mktemp("season")
    return [listed_episode(folder, number, parts(*of)) for number, of in SIZES.items()]


@pytest.fixture(scope="module")
def fifth(tmp_path_factory: pytest.TempPathFactory) -> EpisodeInput:
    return listed_episode(tmp_path_factory.mktemp("more"), "09", parts(150, 10))


class TestReferenceProject:
    """607 clips of four episodes, 6 of them unusable."""

    def test_pilot_has_601_rows(self, episodes: list[EpisodeInput]) -> None:
        assert len(chosen_ids(select_rows("pilot", package(), episodes))) == 601

    @pytest.mark.parametrize("how", [{"rows_per_episode": 40}, {"rows": 160, "balance": {"by": "episode"}}])
    def test_smoke_has_40_of_each_and_the_same_on_every_machine(
        self, episodes: list[EpisodeInput], how: dict[str, object]
    ) -> None:
        selections = select_rows("smoke", package(seed=3, **how), episodes)
        assert [len(one.rows) for one in selections] == [40, 40, 40, 40]
        for one in selections:
            usable = [fate.clip_id for fate in one.fates if fate.kind != "unusable"]
            assert {row.clip.clip_id for row in one.rows} == by_hand(usable, 40, 3)

    def test_order_of_episodes_and_of_rows_does_not_matter(self, tmp_path: Path) -> None:
        settings = package(rows=100, balance={"by": "episode"})
        shuffled = [listed_episode(tmp_path, number, parts(40)[::-1]) for number in ("05", "04", "01")]
        straight = [listed_episode(tmp_path / "b", number, parts(40)) for number in ("01", "04", "05")]
        first, second = (chosen_ids(select_rows("smoke", settings, one)) for one in (shuffled, straight))
        assert sorted(first) == sorted(second) and len(first) == 100

    def test_a_fifth_episode_keeps_the_old_rows(self, episodes: list[EpisodeInput], fifth: EpisodeInput) -> None:
        before = chosen_ids(select_rows("pilot", package(), episodes))
        after = chosen_ids(select_rows("pilot", package(), [*episodes, fifth]))
        assert after[:601] == before and len(after) == 741
        smoke = package(rows_per_episode=40)
        four, five = (chosen_ids(select_rows("smoke", smoke, which)) for which in (episodes, [*episodes, fifth]))
        assert five[:160] == four and len(five) == 200

    def test_a_fifth_episode_in_160_rows_brings_no_old_row_in(
        self, episodes: list[EpisodeInput], fifth: EpisodeInput
    ) -> None:
        settings = package(rows=160, balance={"by": "episode"})
        four = chosen_ids(select_rows("smoke", settings, episodes))
        five = select_rows("smoke", settings, [*episodes, fifth])
        assert [len(one.rows) for one in five] == [32] * 5
        assert {one for one in chosen_ids(five) if not one.startswith("ep09")} <= set(four)


clips = st.dictionaries(
    st.integers(0, 9999).map(lambda number: f"ep01_{number:06d}_{number + 90:06d}"),
    st.sets(st.sampled_from([*CAST, "Jerry", "Mandy"]), min_size=1, max_size=3).map(tuple),
    max_size=40,
)


class TestDraw:
    @given(clips, clips, st.integers(1, 30), st.integers(0, 5))
    def test_added_clips_never_bring_in_an_old_one(
        self, here: dict[str, tuple[str, ...]], more: dict[str, tuple[str, ...]], rows: int, seed: int
    ) -> None:
        both = {**more, **here}
        before = draw(here, {group for of in here.values() for group in of}, rows, seed)
        after = draw(both, {group for of in both.values() for group in of}, rows, seed)
        assert after.taken.keys() & here.keys() <= before.taken.keys()

    @given(clips, st.integers(1, 50), st.integers(0, 5), st.randoms())
    def test_it_takes_what_it_can_equally(
        self, here: dict[str, tuple[str, ...]], rows: int, seed: int, random: object
    ) -> None:
        groups = sorted({group for of in here.values() for group in of})
        drawn = draw(here, groups, rows, seed)
        assert len(drawn.taken) == min(rows, len(here))
        assert all(group in here[clip] for clip, group in drawn.taken.items())
        served = [drawn.given(group) for group in groups if group not in drawn.short]
        assert not served or max(served) - min(served) <= 1
        assert not drawn.short or len(here) < rows or max(map(drawn.given, drawn.short)) <= max(served)
        shuffled = list(here)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert draw({clip: here[clip] for clip in shuffled}, groups[::-1], rows, seed) == drawn

    @given(clips, st.integers(1, 50), st.integers(0, 5))
    def test_one_group_is_the_lowest_ranks(self, here: dict[str, tuple[str, ...]], rows: int, seed: int) -> None:
        drawn = draw(dict.fromkeys(here, ("",)), [""], rows, seed)
        assert drawn.taken.keys() == lowest_ranked(list(here), rows, seed)

    def test_a_rare_group_is_not_spent_on_others(self) -> None:
        # All of Alex's clips show Sam too: Alex gets five rows, whatever is drawn for Sam.
        alone = {f"ep01_{number:06d}_{number + 1:06d}": ("Sam",) for number in range(50)}
        both = {f"ep02_{number:06d}_{number + 1:06d}": ("Sam", "Alex") for number in range(10)}
        drawn = draw({**alone, **both}, ["Sam", "Alex"], 10, 0)
        assert (drawn.given("Sam"), drawn.given("Alex"), drawn.short) == (5, 5, set())

    def test_nothing_to_draw(self) -> None:
        assert draw({}, ["Sam"], 3, 0) == Draw(3, {}, {"Sam": 0}, {"Sam"})


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> EpisodeInput:
    """Twelve clips: Sam in all but two, Alex in two; a mall and a beach; one pan."""
    of = (
        [(("Sam",), "mall")] * 6
        + [(("Sam", "Clover"), "beach")] * 2
        + [(("Sam", "Alex"), "beach")] * 2
        + [((), None)] * 2
    )
    made = [
        Part(number * 100, number * 100 + (75 if number == 0 else 100), True, True, "vlm", None, who, where)
        for number, (who, where) in enumerate(of)
    ]
    made = [
        Part(one.start, one.end, characters=one.characters, location=one.location,
             camera="pan_left" if number == 1 else None if number == 11 else "static")
        for number, one in enumerate(made)
    ]  # fmt: skip
    return listed_episode(tmp_path_factory.mktemp("scenes"), "01", made)


def starts(selections: list[EpisodeSelection]) -> list[int]:
    return [row.clip.start_frame // 100 for one in selections for row in one.rows]


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"only": {"characters": ["alex", "Clover"]}}, [6, 7, 8, 9]),
            ({"only": {"locations": ["Mall"]}}, [0, 1, 2, 3, 4, 5]),
            ({"only": {"camera": ["pan_left"]}}, [1]),
            ({"only": {"min_s": 3.5}}, list(range(1, 12))),
            ({"only": {"max_s": 3.0}}, [0]),
            ({"exclude": {"characters": ["Alex"], "locations": ["mall"]}}, [6, 7, 10, 11]),
            ({"exclude": {"camera": ["static"]}}, [1, 11]),
            ({"exclude": {"clips": ["ep01_000200_000300"]}, "only": {"locations": ["mall"]}}, [0, 1, 3, 4, 5]),
        ],
    )
    def test_filters(self, scenes: EpisodeInput, filters: dict[str, object], expected: list[int]) -> None:
        assert starts(select_rows("beach", package(**filters), [scenes])) == expected

    def test_every_reason_is_said(self, scenes: EpisodeInput) -> None:
        settings = package(only={"characters": ["Alex"], "locations": ["beach"]}, exclude={"camera": ["pan_left"]})
        (one,) = select_rows("beach", settings, [scenes])
        assert one.fates[1].kind == "filter"
        assert one.fates[1].reason == (
            "filter: only.characters asks for Alex, and it shows Sam; only.locations asks for beach, and it shows mall; "
            "exclude.camera names pan_left"
        )

    def test_slips_are_named_with_the_nearest_name(self, scenes: EpisodeInput) -> None:
        settings = package(
            only={"characters": ["Clovr"], "locations": ["mall"]},
            exclude={"clips": ["ep01_000200_000301"], "locations": ["moon"]},
            rows=2,
            balance={"by": "character", "among": ["Sam", "Alx"]},
        )
        with pytest.raises(BuildError) as caught:
            select_rows("beach", settings, [scenes])
        assert str(caught.value).splitlines() == [
            "package beach selects by what isn't there:",
            "  only.characters: 'Clovr': no clip of the package's episodes has that; did you mean 'Clover'?",
            "  exclude.clips: 'ep01_000200_000301': no clip of the package's episodes has that; "
            "did you mean 'ep01_000200_000300'?",
            "  exclude.locations: 'moon': no clip of the package's episodes has that",
            "  balance.among: 'Alx': no clip of the package's episodes has that; did you mean 'Alex'?",
        ]

    def test_filters_that_leave_nothing(self, scenes: EpisodeInput) -> None:
        with pytest.raises(BuildError) as caught:
            select_rows("beach", package(only={"characters": ["Alex"], "locations": ["mall"]}), [scenes])
        assert str(caught.value).splitlines() == [
            "package beach would have no rows:",
            "  episode 01: 0 rows (12 clips, 12 usable, 12 of them filtered out)",
        ]


class TestBalance:
    def test_by_location(self, scenes: EpisodeInput) -> None:
        settings = package(rows=8, balance={"by": "location", "among": ["mall", "beach"]})
        found = starts(select_rows("even", settings, [scenes]))
        assert len([one for one in found if one < 6]) == 4 and set(found) >= {6, 7, 8, 9}

    def test_by_length(self, scenes: EpisodeInput) -> None:
        # 75 frames at 25 fps are 48 at 16: its bucket is 33; the others have 64.
        settings = package(rows=2, balance={"by": "length"}, frame_buckets=[49, 33])
        assert 0 in starts(select_rows("even", settings, [scenes]))

    def test_what_each_group_has(self, scenes: EpisodeInput) -> None:
        settings = package(rows=12, balance={"by": "character", "among": ["Sam", "Clover", "Alex"]})
        with pytest.raises(BuildError) as caught:
            select_rows("even", settings, [scenes])
        assert str(caught.value).splitlines() == [
            "package even: balance by character of 12 rows asks for 4 of each, but not every one has so many:",
            "  Alex: 2",
            "  Clover: 2",
            "  Sam: 10",
            "  (`strict: false` lets the others fill up; `among` names the groups that count)",
        ]

    def test_not_strict_fills_up_from_the_others(self, scenes: EpisodeInput) -> None:
        settings = package(rows=9, balance={"by": "character", "among": ["Sam", "Clover", "Alex"], "strict": False})
        found = starts(select_rows("even", settings, [scenes]))
        assert len(found) == 9 and set(found) >= {6, 7, 8, 9} and not {10, 11} & set(found)

    def test_an_episode_without_a_clip_counts(self, scenes: EpisodeInput, tmp_path: Path) -> None:
        empty = listed_episode(tmp_path, "02", parts(3, unusable=3))
        with pytest.raises(BuildError, match=r"asks for 2 of each(.|\n)*01: 12\n  02: 0"):
            select_rows("even", package(rows=4, balance={"by": "episode"}), [scenes, empty])

    def test_more_rows_than_there_are(self, scenes: EpisodeInput) -> None:
        with pytest.raises(BuildError, match=r"package all: rows is 13, but there are only 12:\n  episode 01: 12 rows"):
            select_rows("all", package(rows=13), [scenes])

    def test_a_missing_caption_is_named(self, scenes: EpisodeInput, tmp_path: Path) -> None:
        made = listed_episode(tmp_path, "01", parts(3))
        made.captions.write_text("".join(made.captions.read_text().splitlines(keepends=True)[:2]))
        with pytest.raises(BuildError, match=r"captions01.jsonl: there is no caption for the clip ep01_000200_000300"):
            select_rows("all", package(), [made])


class TestFates:
    def test_every_clip_is_accounted_for(self, tmp_path: Path) -> None:
        made = [
            Part(0, 100, characters=("Sam", "Alex"), location="mall", camera="static"),
            Part(100, 200, usable=False),
            Part(200, 210),
            Part(210, 300, characters=("Jerry",)),
            Part(300, 400),
            Part(400, 500, kept=False),
        ]
        settings = package(exclude={"characters": ["Jerry"]}, rows=1, seed=1)
        selections = select_rows("one", settings, [listed_episode(tmp_path, "01", made)])
        write_selection(tmp_path / "selection.csv", selections)
        with (tmp_path / "selection.csv").open(newline="") as file:
            rows = {row["clip_id"]: row for row in csv.DictReader(file)}
        assert rows.keys() == {clip_id("01", part) for part in made if part.kept}
        winner, loser = (clip_id("01", made[number]) for number in ((0, 4) if by_hand(
            [clip_id("01", made[0]), clip_id("01", made[4])], 1, 1) == {clip_id("01", made[0])} else (4, 0)))  # fmt: skip
        assert rows[winner]["reason"] == "drawn with seed 1"
        assert rows[loser]["reason"] == "not among the 1 drawn with seed 1"
        assert {
            one: (rows[clip_id("01", made[one])]["kind"], rows[clip_id("01", made[one])]["reason"]) for one in (1, 2, 3)
        } == {
            1: ("unusable", "not usable: black"),
            2: ("short", "short: 6 frames at 16 fps, fewer than min_frames 9"),
            3: ("filter", "filter: exclude.characters names Jerry"),
        }
        first = rows[clip_id("01", made[0])]
        assert (first["characters"], first["location"], first["camera"], first["seconds"]) == (
            "Sam; Alex",
            "mall",
            "static",
            "4.000",
        )

    def test_the_group_is_named(self, scenes: EpisodeInput) -> None:
        settings = package(rows=2, balance={"by": "character", "among": ["Clover", "Alex"]})
        (one,) = select_rows("even", settings, [scenes])
        assert {fate_row(fate)["reason"] for fate in one.fates if fate.kind == "row"} == {
            "drawn for Alex with seed 0",
            "drawn for Clover with seed 0",
        }
        assert sorted(fate.clip_id for fate in one.fates) == [row["clip_id"] for row in read_jsonl(scenes.clips)]
        assert all(earlier.clip_id < later.clip_id for earlier, later in pairwise(one.fates))


def traits(count: int, camera: str, *characters: str) -> list[Traits]:
    return [Traits("01", 4.0, characters, None, camera)] * count


class TestDistribution:
    USABLE = traits(60, "static", "Sam") + traits(30, "pan_left", "Sam", "Alex") + traits(10, "zoom_in")

    def test_counts(self) -> None:
        found = distribution(traits(10, "static", "Sam"), self.USABLE)
        assert found == {
            "camera": {
                "pan_left": {"usable": 30, "rows": 0},
                "static": {"usable": 60, "rows": 10},
                "zoom_in": {"usable": 10, "rows": 0},
            },
            "characters": {
                "Alex": {"usable": 30, "rows": 0},
                "Sam": {"usable": 90, "rows": 10},
                "nobody": {"usable": 10, "rows": 0},
            },
        }

    def test_everything_is_truthful(self) -> None:
        found = distribution(self.USABLE, self.USABLE)
        assert distribution_warnings(found, 100, 100) == []

    def test_what_differs_much_is_said(self) -> None:
        rows = traits(30, "static", "Sam") + traits(10, "pan_left", "Sam")
        assert distribution_warnings(distribution(rows, self.USABLE), 40, 100) == [
            "the camera is static in 75% of the rows, but in 60% of the usable clips",
            "Alex on screen in 0% of the rows, but in 30% of the usable clips",
        ]

    def test_a_small_draw_may_differ_by_chance(self) -> None:
        # 3 of 4 against 60 %: one row more than expected, which says nothing.
        rows = traits(3, "static", "Sam") + traits(1, "pan_left", "Sam", "Alex")
        assert distribution_warnings(distribution(rows, self.USABLE), 4, 100) == []


def test_package_defaults_select_everything() -> None:
    settings: Package = package()
    assert (settings.rows, settings.balance, settings.only.characters, settings.exclude.clips) == (None, None, [], [])
