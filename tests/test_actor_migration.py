"""Migration: both legacy forms, what is kept, what is reported, and what is never touched."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from acting import deliver, encoded, image_set, measured, plan_of, scene
from hypothesis import given
from hypothesis import strategies as st

from reelwright.actors.discovery import ActorListing
from reelwright.actors.manifests import read_entries, url_of
from reelwright.actors.migrate import actors_migrate
from reelwright.actors.prompts import read_prompts
from reelwright.actors.roster import list_actors
from reelwright.errors import BuildError, SpecError
from reelwright.files import read_json
from reelwright.outcome import Record
from reelwright.spec.actors import Actors

A, B = "0000_european_16_male", "0001_asian_34_female"
UPLOAD = {
    "Location": f"https://bucket.s3.us-west-1.amazonaws.com/custom-actors/{A}/training_data/{A}_1.jpg",
    "ETag": "x",
}
PROMPT = read_prompts()[16].text("this teenage boy")


def metadata(**entries: Any) -> bytes:
    return json.dumps(entries).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An actor of each legacy form: by file name, and as a response with a list."""
    by_name = {
        f"{A}_0.jpg": {"prompt": PROMPT, "s3_url": "https://bucket/a_0.jpg", "seed": 7, "model": "flux", "cost": 0.04},
        f"{A}_1.jpg": {"prompt": "on a boat", "s3_url": UPLOAD},
        f"{A}_9.jpg": {"prompt": "lost", "s3_url": "https://bucket/a_9.jpg"},
    }
    images = [{"prompt": "one", "url": "s3://bucket/b_0.jpg", "index": 0}, {"input": {"prompt": "two", "seed": 3}, "index": 1,
              "upload": {"Bucket": "bucket", "Key": f"custom-actors/{B}/x.jpg"}}]  # fmt: skip
    deliver(
        tmp_path / "data",
        {
            A: {**image_set(A, 3, 0), "prompt_metadata.json": metadata(**by_name)},
            B: {**image_set(B, 2, 0), "response.json": metadata(id="r", images=images)},
            "0002_new": {
                **image_set("0002_new", 1, 0),
                "manifest.json": b'{"mine": true}',
                "response.json": b"no JSON",
            },
            "0003_bare": image_set("0003_bare", 1, 0),
        },
    )
    (tmp_path / "data/actor_manifests").mkdir()
    (tmp_path / "data/actor_manifests/0000_manifest.json").write_text('{"age": 16}')
    return tmp_path / "data"


def migrate(folder: Path, mode: object = None, actors: object = None) -> dict[str, Any]:
    actors_migrate(Actors(folder=str(folder)), mode, actors, folder.parent / "reports")
    found: dict[str, Any] = read_json(folder.parent / "reports" / "summary.json")
    return found


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def manifest(folder: Path, actor: str) -> Any:
    return read_json(folder / "actors" / actor / "training_data" / "manifest.json")


def test_a_dry_run_writes_nothing_and_says_what_it_would(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = digests(folder)
    summary = migrate(folder)
    assert digests(folder) == before
    assert (summary["mode"], summary["would_migrate"], summary["has_manifest"], summary["no_metadata"]) == (
        "dry-run",
        2,
        1,
        1,
    )
    said = capsys.readouterr().out
    assert f"{A}: would_migrate: 3 images, 1 files without metadata, 1 metadata without file" in said
    assert "2 of 4 actors would be migrated; nothing was written" in said


def test_prompts_and_urls_are_kept_and_an_upload_response_becomes_its_url(folder: Path) -> None:
    before = digests(folder)
    assert migrate(folder, "execute")["migrated"] == 2
    first = manifest(folder, A)
    assert [one["file"] for one in first["images"]] == [f"{A}_{number}.jpg" for number in range(3)], (
        "as the folder has it"
    )
    assert [one["url"] for one in first["images"]] == ["https://bucket/a_0.jpg", UPLOAD["Location"], None]
    assert [one["prompt"] for one in first["images"]] == [PROMPT, "on a boat", None]
    assert [one["origin"] for one in first["images"]] == ["migrated", "migrated", "found"]
    zero = first["images"][0]
    assert (zero["seed"], zero["model"], zero["rest"]) == (7, "flux", {"cost": 0.04})
    assert (zero["prompt_id"], zero["class"]) == (read_prompts()[16].id, "bw_stylized")
    assert [one["prompt"] for one in first["without_file"]] == ["lost"]
    assert first["next_index"] == 10, "an index is never given out again, not even a lost file's"
    second = manifest(folder, B)
    assert [one["url"] for one in second["images"]] == ["s3://bucket/b_0.jpg", f"s3://bucket/custom-actors/{B}/x.jpg"]
    assert [(one["prompt"], one["seed"]) for one in second["images"]] == [("one", None), ("two", 3)]
    after = digests(folder)
    new = {str(folder / "actors" / actor / "training_data" / "manifest.json") for actor in (A, B)}
    assert set(after) - set(before) == new and all(after[path] == before[path] for path in before)


def test_a_second_migration_changes_nothing(folder: Path) -> None:
    migrate(folder, "execute")
    before = digests(folder)
    summary = migrate(folder, "execute")
    assert (summary["migrated"], summary["has_manifest"]) == (0, 3) and digests(folder) == before


def test_one_actor_with_bad_metadata_never_stops_the_others(folder: Path) -> None:
    (folder / "actors" / A / "training_data" / "prompt_metadata.json").write_text('{"x": ')
    with pytest.raises(BuildError, match=rf"{A}: .*prompt_metadata.json: line 1, column 7: no valid JSON"):
        migrate(folder, "execute")
    summary = read_json(folder.parent / "reports" / "summary.json")
    assert summary["migrated"] == 1 and [one["actor"] for one in summary["failed"]] == [A]
    assert (
        manifest(folder, B)["actor"] == B and not (folder / "actors" / A / "training_data" / "manifest.json").exists()
    )


def test_actors_and_modes_are_chosen(folder: Path) -> None:
    assert migrate(folder, "execute", 1)["actors"] == 1 and manifest(folder, B)
    with pytest.raises(
        SpecError, match=r"actors_mode is exekute: expected one of dry-run, execute .*did you mean 'execute'"
    ):
        migrate(folder, "exekute")
    with pytest.raises(SpecError, match="actors is 0009: is no actor with images"):
        migrate(folder, "execute", "0009")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://x/y.jpg", "https://x/y.jpg"),
        ({"Location": "https://x/y.jpg", "Bucket": "b", "Key": "k"}, "https://x/y.jpg"),
        ({"Bucket": "b", "Key": "a/k.jpg"}, "s3://b/a/k.jpg"),
        ({"ResponseMetadata": {"HTTPStatusCode": 200}, "data": {"url": "https://x"}}, "https://x"),
        ({"ETag": "x"}, None), ("/local/file.jpg", None), (None, None), (["https://x/1.jpg"], "https://x/1.jpg"), (7, None),
    ],
)  # fmt: skip
def test_where_an_image_lies_is_a_string(value: Any, expected: str | None) -> None:
    assert url_of(value) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["prompt", "url", "file", "images", "a_0.jpg", "0", "input", "seed"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_as_some_entries(data: Any) -> None:
    for one in read_entries(data, "x.json"):
        assert one.url is None or "://" in one.url
        assert one.file is None or "/" not in one.file


opened: list[tuple[str, Any]] = []
watching: list[Path] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not watching or not arguments or not isinstance(arguments[0], str | bytes | Path):
        return
    if str(watching[0]) in str(arguments[0]) and event != "os.scandir" and event != "os.listdir":
        opened.append((event, arguments[1:]))


@contextmanager
def watched(folder: Path) -> Iterator[list[tuple[str, Any]]]:
    """What Python asks of the system about files below a folder, listing it aside."""
    if not getattr(sys, "_actors_watched", False):
        sys.addaudithook(_watch)
        sys._actors_watched = True  # type: ignore[attr-defined]
    opened.clear()
    watching.append(folder)
    try:
        yield opened
    finally:
        watching.clear()


def test_the_actors_own_metadata_is_only_ever_read(folder: Path, tmp_path: Path) -> None:
    own = folder / "actor_manifests"
    before, times = digests(own), [path.stat().st_mtime_ns for path in (own, *own.iterdir())]
    settings = Actors(folder=str(folder))
    with watched(own) as seen:
        migrate(folder, "execute")
        listing = ActorListing(settings)
        entries = listing.entries
        record = Record("list_actors", "roster", tmp_path / "o.json")
        list_actors(entries, [], None, tmp_path / "roster.json", record, settings=settings)
        measured(listing, A, tmp_path)
        plan = plan_of(listing, A, tmp_path)
    assert plan["descriptor"] == "teenage boy"
    assert seen, "it is read"
    assert {event for event, _ in seen} == {"open"} and {mode for _, (mode, *_) in seen} <= {"r", "rb"}
    assert digests(own) == before and [path.stat().st_mtime_ns for path in (own, *own.iterdir())] == times


def test_evaluating_modifies_no_manifest(folder: Path, tmp_path: Path) -> None:
    migrate(folder, "execute")
    (folder / "actors" / A / "training_data" / f"{A}_5.png").write_bytes(encoded(scene(5), "PNG"))
    before = digests(folder)
    with watched(folder) as seen:
        listing = ActorListing(Actors(folder=str(folder)))
        found = measured(listing, A, tmp_path)
    assert len(found["images"]) == 4
    assert {event for event, _ in seen} == {"open"} and {mode for _, (mode, *_) in seen} <= {"r", "rb"}
    assert digests(folder) == before
