"""The report: figures add up, what is absent is left out, names stay text, and the same results give the same bytes."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from report_inputs import HOSTILE, hostile_season, outcome, scope, write_log, write_review, write_season

from reelwright.files import write_json, write_jsonl
from reelwright.report import Scope, write_report
from reelwright.report.blocks import Bar, Bars, Histogram, Part, Table, Timeline, minutes, share
from reelwright.report.page import bar_shapes, clock, ticks
from reelwright.report.results import Clip, Results
from reelwright.report.sections import actors, captions, clips, failures, packages, sections_of
from reelwright.report.sections.clips import MOST_BINS, length_histogram

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """What a browser would see: elements, attributes, text by element; every element must be closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def made(folder: Path, what: Scope) -> str:
    write_report(folder, folder / "report.html", what)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def season(tmp_path: Path) -> tuple[Path, Scope]:
    """Two episodes of 16 clips, of which 12 each are usable."""
    what = scope(2)
    write_season(tmp_path, what, 16)
    return tmp_path, what


def test_the_page_is_one_well_formed_file_that_asks_for_nothing(season: tuple[Path, Scope]) -> None:
    page = Page(made(*season))
    assert page.named("script") == page.named("img") == page.named("link") == page.named("iframe") == []
    assert page.named("html") == [{"lang": "en"}]
    (policy,) = [one["content"] for one in page.named("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None and policy.startswith("default-src 'none'")
    places = [one["href"] for one in page.named("a")]
    ids = {f"#{attributes['id']}" for _, attributes in page.elements if attributes.get("id")}
    folder = season[0]
    for place in places:
        assert place is not None
        assert place in ids if place.startswith("#") else (folder / place).is_file(), place


def test_every_drawing_has_a_title_or_is_hidden_beside_its_numbers(season: tuple[Path, Scope]) -> None:
    page = Page(made(*season))
    drawings = page.named("svg")
    shown = [one for one in drawings if one.get("role") == "img"]
    assert len(shown) == 3, "two lanes and the lengths"
    assert all(one.get("aria-hidden") == "true" for one in drawings if one not in shown)
    assert sum(tag == "title" for tag, _ in page.elements) == 1 + len(shown)


def test_the_same_results_give_the_same_bytes(season: tuple[Path, Scope], tmp_path: Path) -> None:
    first = made(*season)
    other = tmp_path / "elsewhere" / "tiny"
    shutil.copytree(season[0], other, ignore=shutil.ignore_patterns("report.html", "elsewhere"))
    assert made(other, scope(2)) == first


def test_an_empty_project_has_a_report_too(tmp_path: Path) -> None:
    page = Page(made(tmp_path, scope(1, packages={})))
    assert [one["id"] for one in page.named("section")] == ["failures", "versions"]
    assert "Nothing failed." in page.texts


def test_review_pages_are_linked_to_where_there_are_some(season: tuple[Path, Scope]) -> None:
    assert "review/index.html" not in made(*season)
    write_review(season[0], undecided=30, stale="ep01_000000_000075")
    page = Page(made(*season))
    assert {"href": "review/index.html"} in page.named("a")
    assert [one["id"] for one in page.named("section")][:2] == ["failures", "review"]
    assert "30 items undecided, 1 decision to be made again." in page.texts
    assert {"ep01_000000_000075", "Mara", "2 of 32", "4 of 4"} <= set(page.texts)


def test_figures_of_clips_add_up(season: tuple[Path, Scope]) -> None:
    figures = clips.figures_of(Results(*season))
    assert figures is not None
    assert len(figures.clips) == 32 and sum(clip.usable for clip in figures.clips) == 24
    made = clips.section(figures)
    (lengths,) = [block for block in made.blocks if isinstance(block, Histogram)]
    assert sum(map(sum, lengths.counts)) == 32 and sum(usable for usable, _ in lengths.counts) == 24
    (timeline,) = [block for block in made.blocks if isinstance(block, Timeline)]
    for lane in timeline.lanes:
        assert {tone: len(spans) for tone, spans in lane.spans} == {"good": 12, "held": 0, "warn": 4, "left": 8}
    for chart in (block for block in made.blocks if isinstance(block, Bars)):
        assert sum(part.value for bar in chart.bars for part in bar.parts) == 32, chart.title
        assert sum(bar.parts[0].value for bar in chart.bars) == 24, chart.title
    assert made.said == "32 clips, 2.6 min, of which 24 can be used."


def test_clips_that_are_held_out_have_a_colour_of_their_own(season: tuple[Path, Scope]) -> None:
    results = Results(*season)
    rows = results.jsonl("manifest.jsonl")
    rows[0]["split"], rows[1]["split"] = "eval", "holdout"
    write_jsonl(season[0] / "manifest.jsonl", rows)
    figures = clips.figures_of(Results(*season))
    assert figures is not None
    spans = {name: len(found) for name, found in figures.episodes[0].fates}
    assert spans == {"usable": 10, "held out": 2, "not usable": 4, "left out by a rule": 8}


def test_the_balance_of_a_package_is_held_against_what_it_was_drawn_from(season: tuple[Path, Scope]) -> None:
    figures = packages.figures_of(Results(*season))
    assert figures is not None
    (smoke,) = figures
    assert (smoke.rows, smoke.left_out, smoke.passed) == (24, (("unusable", 8),), True)
    by_title = {balance.title: balance.rows for balance in smoke.balances}
    assert by_title["Episodes"] == (("01", 50.0, 50.0), ("02", 50.0, 50.0))
    assert {name for name, _, _ in by_title["Locations"]} == {"harbour", "mill", "roof"}
    assert sum(part for _, part, _ in by_title["Camera motion"]) == pytest.approx(100)


def test_failures_come_first_and_name_what_waits(season: tuple[Path, Scope]) -> None:
    folder, what = season
    outcome(folder, "probe_master", "ep02.film", ("missing", "x.mov was not delivered"))
    outcome(folder, "cut_clips", "ep02", ("upstream", "probe_master ep02.film: x.mov was not delivered"))
    outcome(folder, "caption_clips", "ep01", parts=[{"part": "ep01_1", "code": "refused", "message": "no answer"}])
    outcome(folder, "cut_clips", "ep77", ("missing", "left over from an earlier spec"))
    (folder / "packages" / "smoke" / "preflight.json").unlink()
    write_log(folder / "logs" / "preflight_package" / "smoke.log", "package smoke: row 3 is broken")
    figures = failures.figures_of(Results(folder, what))
    assert [(one.item, one.message) for one in figures.roots] == [("ep02.film", "x.mov was not delivered")]
    assert [one.item for one in figures.waiting] == ["ep02"]
    assert figures.parts == (("caption_clips", "ep01_1", "no answer"),)
    assert [(one.name, one.words) for one in figures.missing] == [("smoke", "package smoke: row 3 is broken")]
    assert figures.count == 3
    page = Page(made(folder, what))
    assert page.named("section")[0] == {"id": "failures", "class": "bad", "aria-labelledby": "failures-title"}
    assert "left over from an earlier spec" not in page.texts


def test_what_models_have_cost_comes_from_the_ledger(season: tuple[Path, Scope], tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    rows = [("call", 0.5, "USD"), ("call", 0.5, "USD"), ("refund", -0.5, "USD"), ("call", 2.0, "EUR")]
    head = {"time": "2026-11-25T10:00:00+00:00", "backend": "openai", "model": "m", "digest": "a" * 64}
    for number, (kind, amount, currency) in enumerate(rows):
        line = {**head, "kind": kind, "amount": amount, "currency": currency}
        write_jsonl(folder / f"{number}.jsonl", [line], "ledger")
    spent = captions.spent_of(Results(season[0], scope(2, ledger=folder)))
    assert spent == (("EUR", 2.0), ("USD", 0.5))
    assert captions.money(spent) == "2.00 EUR, 0.50 USD"


def test_the_mix_of_actors_is_shown_against_its_target(tmp_path: Path) -> None:
    what = hostile_season(tmp_path)
    figures = actors.figures_of(Results(tmp_path, what))
    assert figures is not None
    (mix,) = [block for block in actors.section(figures).blocks if isinstance(block, Bars)]
    assert [(bar.parts[0].value, bar.target) for bar in mix.bars] == [(75, 65.0), (15, 20.0), (7.5, 15.0), (2.5, None)]
    assert actors.figures_of(Results(tmp_path / "nothing", what)) is None


def test_hostile_names_are_text(tmp_path: Path) -> None:
    page = Page(made(tmp_path, hostile_season(tmp_path)))
    assert page.named("script") == page.named("img") == []
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on")]
    for name in HOSTILE:
        assert name in page.texts, name[:40]


@given(st.lists(st.floats(0.04, 4000), max_size=60))
@example([29.999999999999996, 4000.0])
@example([0.9999995, 1.0])
def test_every_length_falls_into_one_bin(lengths: list[float]) -> None:
    rows = [
        Clip("ep01_000000_000001", "01", 0, seconds, seconds, True, "train", (), (), None, None, "vlm", None)
        for seconds in lengths
    ]
    histogram = length_histogram(rows)
    assert sum(map(sum, histogram.counts)) == len(rows)
    assert len(histogram.counts) == len(histogram.edges) - 1 <= MOST_BINS
    for (low, high), counts in zip(pairwise(histogram.edges), histogram.counts, strict=True):
        assert sum(counts) == sum(low <= seconds < high for seconds in lengths)


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=1, max_size=3), min_size=1, max_size=5))
def test_no_bar_is_longer_than_the_drawing(values: list[list[float]]) -> None:
    bars = Bars("x", "x", "x", tuple(Bar("x", "x", tuple(map(Part, parts))) for parts in values))
    for bar in bars.bars:
        widths = [float(shape.path.split("h")[1].split("v")[0]) for shape in bar_shapes(bar, bars)]
        assert sum(widths) <= 1000.05


@pytest.mark.parametrize(("seconds", "wanted"), [(15.66, "15.7 s"), (204.04, "3.4 min"), (7530, "2 h 06 min")])
def test_lengths_in_words(seconds: float, wanted: str) -> None:
    assert minutes(seconds) == wanted


def test_small_words() -> None:
    assert [clock(second) for second in (0, 65, 3725)] == ["0:00", "1:05", "62:05"]
    assert ticks(80) == [0, 15, 30, 45, 60, 75] and ticks(1317) == [0, 300, 600, 900, 1200]
    assert share(0, 0) == "0 %"
    table = Table("t", ("a", "b"), ((1, "x"), (None, "y")))
    assert table.is_numeric(0) and not table.is_numeric(1)


def test_a_scope_survives_its_params() -> None:
    what = scope(3, items_of={"transcribe_master": {"ep02", "ep01"}}, ledger=Path(".cache/ledger/tiny"))
    params = what.params()
    assert params["items"] == sorted(what.items) and params["items_of"] == {"transcribe_master": ["ep01", "ep02"]}
    assert Scope.of_params(params) == what


def test_what_an_earlier_spec_has_left_is_no_part_of_it(season: tuple[Path, Scope]) -> None:
    folder, _ = season
    write_json(folder / "shots" / "ep09.json", None)
    narrow = scope(1, packages={})
    sections = {one.key: one for one in sections_of(Results(folder, narrow))}
    assert "packages" not in sections
    assert sections["shots"].said == "16 shots between 16 boundaries."
