"""What becomes an item of the review page, of every kind; and what people's words on captions and for evaluation do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewed_kinds import ACTOR, ENTRY, OLD, PLATE, SHA, actor, plates, variants, written
from reviewing import caption_row, outcome, quality_row

from reelwright.actors.classes import CLASSES
from reelwright.actors.decided import SIDES as IMAGE_WORDS
from reelwright.captions.edits import DECISIONS as CAPTION_WORDS
from reelwright.captions.edits import Edits, written_digest
from reelwright.captions.lint import LintRules
from reelwright.captions.verdict import judged, may_evaluate
from reelwright.decisions import COLUMNS, survey_decisions
from reelwright.design.crosswalk import DECISIONS as CROSSWALK_WORDS
from reelwright.errors import SpecError
from reelwright.files import check, read_json, write_csv
from reelwright.identity.anchors import DECISIONS as PLATE_WORDS
from reelwright.outcome import Notes
from reelwright.quality import DECISIONS as CLIP_WORDS
from reelwright.reference.numbering import DECISIONS as NUMBERING_WORDS
from reelwright.review.actors import ACTORS, IMAGES, actor_part, image_part
from reelwright.review.boundaries import BOUNDARIES
from reelwright.review.captions import CAPTIONS
from reelwright.review.clips import CLIPS
from reelwright.review.items import Kind, Part
from reelwright.review.names import CROSSWALK, NUMBERING, crosswalk_part, numbering_part
from reelwright.review.pages import decision_state
from reelwright.review.pictures import FRAMES, strip_frames
from reelwright.review.plates import PLATES, plate_part
from reelwright.review.sources import Season
from reelwright.review.variants import VARIANTS, variant_part

KINDS = (CLIPS, CAPTIONS, BOUNDARIES, VARIANTS, PLATES, CROSSWALK, NUMBERING, ACTORS, IMAGES)


def rows(part: Part) -> list[dict[str, Any]]:
    """The items as the page gets them, each checked."""
    found = [one.as_row() for one in part.items]
    for row in found:
        check(row, "review_item", row["item"])
    return found


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (CLIPS, CLIP_WORDS), (CAPTIONS, CAPTION_WORDS), (PLATES, PLATE_WORDS), (CROSSWALK, CROSSWALK_WORDS),
        (NUMBERING, NUMBERING_WORDS), (IMAGES, IMAGE_WORDS),
    ],
)  # fmt: skip
def test_pages_write_the_words_that_the_build_reads(kind: Kind, words: tuple[str, ...]) -> None:
    assert {word.word for word in kind.words} == set(words)
    assert kind.applied


@pytest.mark.parametrize("kind", KINDS)
def test_keys_of_a_kind_are_told_apart(kind: Kind) -> None:
    taken = set("jkuznia/?,.[]") - ({"i"} if kind is CAPTIONS else set())
    keys = [key for word in kind.words for key in (word.key, word.letter) if key]
    assert len(keys) == len(set(keys))
    assert not taken & set(keys)
    for word in kind.words:
        assert (word.label in ("TRAIN", "EVAL_ONLY", "EXCLUDE")) <= (
            word.letter == {"TRAIN": "t", "EVAL_ONLY": "e", "EXCLUDE": "x"}.get(word.label)
        )
    assert len({one.domain for one in KINDS}) == len(KINDS)


@given(st.integers(1, 200), st.integers(0, 199), st.integers(0, 80), st.sampled_from(["cut", "dissolve", "fade"]))
def test_a_film_strip_has_frames_of_the_episode_in_their_order(frames: int, start: int, length: int, kind: str) -> None:
    start = min(start, frames - 1)
    end = start if kind == "cut" else min(frames - 1, start + length)
    found = strip_frames({"kind": kind, "start": start, "end": end}, frames)
    assert len(found) == FRAMES
    assert found == sorted(found)
    assert 0 <= found[0] <= start <= found[-1] < frames or start == 0
    if kind == "cut" and 3 <= start < frames - 2:
        assert found[FRAMES // 2] == start


def test_an_edit_holds_while_the_caption_is_as_it_was(tmp_path: Path) -> None:
    clip = {"clip_id": "ep01_000000_000040", "source_sha256": SHA, "start_pts": 0, "end_pts": 40}
    row = caption_row(clip, "A red wall.")
    said = {"item": clip["clip_id"], "decision": "text", "value": " A  blue wall. ", "reason": "blue", "reviewer": "mk"}
    path = tmp_path / "captions.csv"
    write_csv(path, list(COLUMNS), [{**said, "sha256": written_digest(row), "time": "2026-11-20"}])
    notes = Notes()
    rules, count = LintRules(), lambda text: len(text.split())
    (edited,) = Edits(path, "01").apply([row], rules, count, notes)
    check(edited, "caption", "edited")
    assert (edited["training_caption"], edited["caption_source"], edited["tokens"]) == ("A blue wall.", "edited", 3)
    assert edited["edited"] == {"was": "A red wall.", "source": "structured", "reviewer": "mk", "reason": "blue"}
    assert written_digest(edited) == written_digest(row)
    assert Edits(path, "02").apply([row], rules, count, notes) == [row]
    assert notes.warnings == []
    other = caption_row(clip, "Another wall.")
    assert Edits(path, "01").apply([other], rules, count, notes) == [other]
    assert notes.warnings == [
        f"captions.csv: the caption of {clip['clip_id']} says something else by now; look at it again"
    ]


def test_an_edit_without_a_text_is_refused_before_anything_is_paid_for(tmp_path: Path) -> None:
    path = tmp_path / "captions.csv"
    row = dict(zip(COLUMNS, ("ep01_1", SHA, "text", "", "", "mk", "2026-11-20"), strict=True))
    write_csv(path, list(COLUMNS), [row])
    with pytest.raises(SpecError, match="value of ep01_1 is '': expected the caption as it is to be"):
        Edits(path, "01")


@pytest.mark.parametrize(
    ("word", "trains", "evaluates"), [("usable", True, True), ("eval_only", False, True), ("exclude", False, False)]
)
def test_a_clip_for_evaluation_alone_is_no_row_and_may_be_an_item(word: str, trains: bool, evaluates: bool) -> None:
    clip = {"clip_id": "ep01_000000_000040", "source_sha256": SHA, "start_pts": 0, "end_pts": 40}
    reasons = {"usable": (), "eval_only": ("eval_only",), "exclude": ("decision",)}[word]
    decision = {"decision": word, "reason": "", "reviewer": "mk"}
    quality = {**quality_row(clip["clip_id"], *reasons), "decision": decision, "findings": []}
    check(quality, "quality", "quality")
    caption = caption_row(clip, "A wall.")
    assert judged(quality, caption) == (trains, list(reasons))
    assert may_evaluate(quality, caption) is evaluates


def test_a_survey_lists_what_a_build_refuses(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    lines = [
        ",".join(COLUMNS), f"one,{SHA},exclude,,,mk,2026-11-20", f"one,{SHA},usable,,,Bo,2026-11-21T08:00:00+02:00",
        f"two,{SHA},perhaps,,,mk,2026-11-20", f"three,{SHA},usable,,,mk,2026-11-20",
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    found = survey_decisions(path, CLIP_WORDS)
    assert [(one.item, one.decision) for one in found.decisions] == [("one", "usable"), ("three", "usable")]
    assert [(newer.reviewer, older.reviewer) for newer, older in found.conflicts] == [("Bo", "mk")]
    assert [one.where for one in found.problems] == ["line 4, decision"]


def test_crosswalk_and_old_episodes_propose_with_digits(tmp_path: Path) -> None:
    crosswalk = written(tmp_path / "crosswalk.json", {"entries": [ENTRY]})
    (one,) = rows(crosswalk_part(Season(tmp_path, [], crosswalk=crosswalk)))
    assert one["choices"] == [["map", "prop.compowder", "compowder (80)"]]
    assert (one["sha256"], one["facets"]["confidence"]) == (SHA, ["low"])
    numbering = written(tmp_path / "numbering.json", {"episodes": [OLD]})
    season = Season(tmp_path, [], numbering=numbering)
    (two,) = rows(numbering_part(season, {"07": "OVER-SIMULATED"}))
    assert two["choices"] == [["map", "07", "07 OVER-SIMULATED"], ["map", "08", "08"]]
    failed = outcome(tmp_path / "crosswalk.outcome.json", "the wiki is no JSON")
    gone = crosswalk_part(Season(tmp_path, [], crosswalk=tmp_path / "crosswalk.json", outcomes={"crosswalk": failed}))
    assert (gone.items, gone.missing) == ([], ["crosswalk: the wiki is no JSON"])


def test_plates_and_variants_are_told_by_the_files_they_are_made_of(tmp_path: Path) -> None:
    reviews = plates(tmp_path / "review.csv", PLATE)
    (plate,) = rows(plate_part(Season(tmp_path, [], anchors=reviews), tmp_path / "review" / "plates"))
    assert (plate["item"], plate["sha256"], plate["facets"]["reason"]) == ("trio/IDA.psd", SHA, ["small", "labels"])
    assert (tmp_path / plate["thumb"][0]).stat().st_size > 0, "a plate that can't be read leaves an empty place"
    sums = []
    for number in ("1", "2"):
        (variant,) = rows(variant_part(Season(tmp_path, [], **variants(tmp_path, number))))
        sums.append(variant["sha256"])
    assert variant["item"] == "ep01.one/ep01.other"
    assert sums[0] != sums[1], "another file makes a decision stale"


def test_an_actor_is_shown_with_plan_and_images(tmp_path: Path) -> None:
    said = actor(tmp_path)
    (row,) = rows(actor_part(Season(tmp_path, [], **said)))
    plan = read_json(said["plans"][ACTOR])
    deleted = sum(one["operation"] == "delete" for one in plan["operations"])
    assert row["now"] == f"actions: {deleted} to delete, {sum(plan['generate'].values())} to generate"
    assert "22. a_30.jpg: bw stylized, quality 2" in row["text"].splitlines()
    (changed,) = rows(actor_part(Season(tmp_path, [], **actor(tmp_path, fewer=1))))
    assert changed["sha256"] != row["sha256"], "another plan makes a decision stale"


def test_an_image_of_an_actor_is_shown_from_the_composite_with_what_is_said_of_it(tmp_path: Path) -> None:
    found = rows(image_part(Season(tmp_path, [], **actor(tmp_path))))
    assert len(found) == 22
    first, bad = found[0], found[-1]
    assert (first["item"], first["sha256"], first["title"]) == (f"{ACTOR}/a_0.jpg", f"{0:064x}", "a_0.jpg")
    assert first["now"] == "photorealistic, quality 8"
    assert [one[:2] for one in first["choices"]] == [["class", name] for name in CLASSES]
    assert bad["now"] == "bw stylized, quality 2; to be deleted: low quality"
    # The twenty-second cell of rows of five: fifth row, second place.
    assert bad["thumb"] == [f"actors/evaluation/{ACTOR}_composite.jpg", 200, 800, 200, 200]


def test_each_word_about_an_image_is_stale_or_holds_by_itself(tmp_path: Path) -> None:
    part = image_part(Season(tmp_path, [], **actor(tmp_path)))
    item = f"{ACTOR}/a_0.jpg"
    said = [(item, f"{0:064x}", "class", CLASSES[1]), (item, SHA, "quality", "3"), (item, f"{0:064x}", "quality", "4"),
            (item, SHA, "duplicate", "none"), (f"{ACTOR}/gone.jpg", SHA, "class", CLASSES[0])]  # fmt: skip
    rest = ("", "mk", "2026-11-20")
    write_csv(tmp_path / "actors.csv", list(COLUMNS), [dict(zip(COLUMNS, (*one, *rest), strict=True)) for one in said])
    state = decision_state(part, tmp_path)
    assert (state["items"], state["decided"], len(state["rows"])) == (22, 1, 5)
    assert [(one["item"], one["decision"]) for one in state["stale"]] == [(item, "duplicate")]
    assert [one["item"] for one in state["unknown"]] == [f"{ACTOR}/gone.jpg"]
