"""The store: sealed, read-only, self-mending, and swept after a kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from reelwright.digest import recipe_digest
from reelwright.store import FolderStore, link

DIGEST = recipe_digest({"kind": "test"})


def test_a_stored_file_is_read_only_and_comes_back(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(DIGEST, ".bin", lambda path: path.write_bytes(b"paid for"))
    assert FolderStore(tmp_path).get(DIGEST, ".bin") == stored
    assert stored.read_bytes() == b"paid for"
    assert stored.stat().st_mode & 0o222 == 0
    assert store.get(DIGEST, ".png") is None


def test_a_damaged_file_is_absent_and_can_be_made_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(DIGEST, ".bin", lambda path: path.write_bytes(b"good"))
    stored.chmod(0o644)
    stored.write_bytes(b"evil")
    assert store.get(DIGEST, ".bin") is None
    assert store.put(DIGEST, ".bin", lambda path: path.write_bytes(b"good")).read_bytes() == b"good"
    assert store.get(DIGEST, ".bin") is not None


def test_a_failed_write_stores_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    store = FolderStore(tmp_path)
    try:
        store.put(DIGEST, ".bin", fail)
    except OSError as error:
        assert "disk full" in str(error)
    assert store.get(DIGEST, ".bin") is None
    assert list((tmp_path / "work").iterdir()) == []


def test_links_share_bytes_and_replace_what_was_there(tmp_path: Path) -> None:
    stored = FolderStore(tmp_path / "store").put(DIGEST, ".bin", lambda path: path.write_bytes(b"x"))
    target = tmp_path / "results" / "clip.bin"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link(stored, target)
    assert target.read_bytes() == b"x"
    assert target.stat().st_ino == stored.stat().st_ino


def _reserve_and_wait(root: Path, ready: multiprocessing.synchronize.Event) -> None:
    FolderStore(root).reserve(".mp4").write_bytes(b"half a clip")
    ready.set()
    signal.pause()


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_reserve_and_wait, args=(tmp_path, ready))
    process.start()
    assert ready.wait(30)
    assert len(list((tmp_path / "work").iterdir())) == 1
    FolderStore(tmp_path)
    assert len(list((tmp_path / "work").iterdir())) == 1, "a living process keeps its files"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    FolderStore(tmp_path)
    assert list((tmp_path / "work").iterdir()) == []
