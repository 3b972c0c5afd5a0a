"""The store with a bucket behind it: machines that share no disk, which are folders here, and a bucket over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from faulty_bucket import FaultyBucket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Loopback

from reelwright.errors import BadItem, BuildError
from reelwright.models.answers import AnswerStore
from reelwright.models.backend import Answer
from reelwright.models.ledger import Ledger
from reelwright.models.segments import new_writer
from reelwright.models.shared_segments import open_segments
from reelwright.shared import STORE, mirror_of
from reelwright.store import FolderStore, open_store

DIGEST = "ab" * 32
MEDIA = Path(".cache/media")
ANSWERS = Path(".cache/answers")


class Machines:
    """Machines with a folder each, and the bucket between them."""

    def __init__(self, s3: FaultyBucket, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.s3, self._folder, self._patch = s3, folder, patch

    def on(self, name: str) -> None:
        """What follows happens on this machine."""
        (self._folder / name).mkdir(exist_ok=True)
        self._patch.chdir(self._folder / name)


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    for name, value in {
        STORE: "s3://studio/season",
        "AWS_ACCESS_KEY_ID": "known",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    with FaultyBucket() as s3:
        monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", s3.url)
        s3.create("studio")
        yield Machines(s3, tmp_path, monkeypatch)


def answer(number: int, text: str = "words") -> Answer:
    """A paid answer."""
    return Answer(f"{number:064x}", text, "m", 0.25, "USD", 1.0)


class Priced:
    name, model, price, currency = "openai", "m", 0.25, "USD"


def test_what_one_machine_encoded_another_finds(machines: Machines) -> None:
    machines.on("one")
    open_store(MEDIA).put(DIGEST, ".mp4", lambda path: path.write_bytes(b"a clip"))
    assert set(machines.s3.objects("studio")) == {
        f"season/.cache/media/ab/{DIGEST}.mp4",
        f"season/.cache/media/ab/{DIGEST}.mp4.sha256",
    }
    machines.on("two")
    store = open_store(MEDIA)
    assert store.size(DIGEST, ".mp4") == len(b"a clip") and store.size(DIGEST, ".png") is None
    found = store.get(DIGEST, ".mp4")
    assert found is not None and found.read_bytes() == b"a clip"
    assert found.stat().st_mode & 0o222 == 0, "read-only, as everything in the store"
    assert FolderStore(MEDIA).get(DIGEST, ".mp4") == found, "once fetched, it is here"
    assert store.get("cd" * 32, ".mp4") is None


def test_an_object_that_is_damaged_or_has_no_seal_yet_counts_as_absent(machines: Machines) -> None:
    machines.on("one")
    open_store(MEDIA).put(DIGEST, ".mp4", lambda path: path.write_bytes(b"a clip"))
    client, key = machines.s3.client(), f"season/.cache/media/ab/{DIGEST}.mp4"
    client.put_object(Bucket="studio", Key=key, Body=b"a clop")
    machines.on("two")
    assert open_store(MEDIA).get(DIGEST, ".mp4") is None
    assert list(MEDIA.rglob("*.mp4")) == [], "nothing of it stays"
    open_store(MEDIA).put(DIGEST, ".mp4", lambda path: path.write_bytes(b"a clip"))
    machines.on("three")
    assert open_store(MEDIA).get(DIGEST, ".mp4") is not None, "made again, it is whole again"
    client.delete_object(Bucket="studio", Key=f"{key}.sha256")
    machines.on("four")
    assert open_store(MEDIA).get(DIGEST, ".mp4") is None


def test_an_answer_is_known_elsewhere_the_moment_it_is_stored_and_after_its_writer_is_killed(
    machines: Machines,
) -> None:
    machines.on("one")
    killed, ended = AnswerStore(ANSWERS), AnswerStore(ANSWERS)
    killed.put(answer(1))
    ended.put(answer(2))
    machines.on("two")
    with closing(AnswerStore(ANSWERS)) as reader:
        assert len(reader) == 2
        machines.on("one")
        ended.put(answer(3))
        ended.close()
        machines.on("two")
        reader.refresh()
        assert reader.get(answer(3).digest) == answer(3) and len(reader) == 3
    with closing(AnswerStore(ANSWERS)) as late:
        assert len(late) == 3
    names = [key.removeprefix("season/.cache/answers/") for key in machines.s3.objects("studio")]
    assert sum("/" in name for name in names) == 1, (
        "of a writer that ended there is one object; of the killed one its row"
    )
    assert sum(name.endswith(".jsonl") for name in names) == 1


def test_money_spent_on_one_machine_counts_on_the_other_and_once(machines: Machines) -> None:
    machines.on("one")
    here = Ledger(Path(".cache/ledger/show"))
    for number in range(3):
        here.enter("call", Priced(), f"{number:064x}")
    machines.on("two")
    there = Ledger(Path(".cache/ledger/show"))
    there.enter("call", Priced(), "f" * 64)
    assert there.spent("USD") == 1.0
    machines.on("one")
    assert here.spent("USD") == 1.0
    here.close()
    again = Ledger(Path(".cache/ledger/show"))
    assert again.spent("USD") == 1.0, "its own segment is here and in the bucket"
    machines.on("two")
    there.close()
    assert Ledger(Path(".cache/ledger/show")).spent("USD") == 1.0


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["append", "append", "close", "read"])), max_size=14)
)
def test_every_row_is_read_once_whatever_the_order_of_writing_closing_and_reading(
    machines: Machines, steps: list[tuple[int, str]]
) -> None:
    folder = Path(".cache") / new_writer()
    machines.on("reader")
    reader = open_segments(folder, "answer")
    writers = {}
    written: list[str] = []
    read: list[str] = []
    for who, what in [*steps, (0, "read")]:
        if what == "read":
            machines.on("reader")
            read += [row["digest"] for row in reader.fresh()]
        elif what == "close" and who in writers:
            machines.on(f"writer{who}")
            writers.pop(who).close()
        elif what == "append":
            machines.on(f"writer{who}")
            writer = writers.setdefault(who, open_segments(folder, "answer"))
            written.append(answer(len(written)).digest)
            writer.append(vars(answer(len(written) - 1)))
    assert sorted(read) == sorted(written)


def test_a_row_that_the_bucket_did_not_take_comes_with_the_whole_segment(machines: Machines) -> None:
    machines.on("one")
    writer = AnswerStore(ANSWERS)
    writer.put(answer(1))
    machines.on("two")
    reader = AnswerStore(ANSWERS)
    machines.on("one")
    machines.s3.denied.add("PUT")
    with pytest.raises(BuildError, match=r"refuses s3:PutObject"):
        writer.put(answer(2))
    machines.s3.denied.clear()
    writer.put(answer(3))
    machines.on("two")
    reader.refresh()
    assert {answer(number).digest for number in (1, 3)} == {
        answer(n).digest for n in range(9) if reader.get(answer(n).digest)
    }
    machines.on("one")
    writer.close()
    machines.on("two")
    reader.refresh()
    assert len(reader) == 3


def test_the_server_may_stumble(machines: Machines) -> None:
    machines.s3.odds = {"drop_before": 0.05, "drop_after": 0.05, "error": 0.05, "slow_down": 0.05}
    machines.on("one")
    with closing(AnswerStore(ANSWERS)) as writer:
        for number in range(20):
            writer.put(answer(number))
    machines.on("two")
    assert len(AnswerStore(ANSWERS)) == 20
    assert machines.s3.faults, "it did"


@pytest.mark.parametrize(
    ("where", "folder", "said"),
    [
        ("studio/season", ".cache/media", r"lie in studio/season \(REELWRIGHT_STORE\): expected s3://bucket/prefix"),
        ("s3://", ".cache/media", "expected s3://bucket/prefix"),
        (
            "s3://studio/season",
            "/big/media",
            "/big/media can't be kept in the bucket s3://studio/season: expected a folder",
        ),
        ("s3://studio/season", "../media", "expected a folder below the project's"),
    ],
)
def test_a_bucket_that_can_not_be_one_is_refused(where: str, folder: str, said: str) -> None:
    with pytest.raises(BuildError, match=said):
        mirror_of(Path(folder), where)


def test_no_bucket_no_credentials_and_nobody_there_have_a_message_each(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.on("one")
    monkeypatch.setenv(STORE, "s3://elsewhere/season")
    with pytest.raises(BuildError, match=r"there is no bucket elsewhere at .*: set `REELWRIGHT_STORE`, or make it"):
        AnswerStore(ANSWERS)
    with monkeypatch.context() as half:
        half.delenv("AWS_SECRET_ACCESS_KEY")
        with pytest.raises(BuildError, match="AWS_SECRET_ACCESS_KEY is not set, and AWS_ACCESS_KEY_ID is"):
            AnswerStore(ANSWERS)
    with machines.s3:
        pass
    monkeypatch.setenv(STORE, "s3://studio/season")
    with pytest.raises((BuildError, BadItem), match="studio"):
        AnswerStore(ANSWERS)


class Short(BaseHTTPRequestHandler):
    """A server that hangs up in the middle of every object."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def log_message(self, *words: object) -> None:
        pass


def test_a_connection_lost_in_the_middle_of_an_object_is_said_and_leaves_nothing(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.on("one")
    with Loopback() as server:
        server.serve(Short)
        monkeypatch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", server.url)
        bucket = mirror_of(MEDIA)
        assert bucket is not None
        with pytest.raises(BadItem, match=r"the bucket studio at .* dropped the connection"):
            bucket.fetch("clip.mp4", MEDIA / "clip.mp4")
        with pytest.raises(BadItem, match="dropped the connection"):
            bucket.read("clip.mp4")
        assert list(MEDIA.iterdir()) == []


def test_without_the_variable_the_store_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STORE, raising=False)
    assert mirror_of(Path(".cache")) is None
    assert type(open_store(tmp_path / "store")) is FolderStore
