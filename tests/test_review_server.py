"""What `make review` serves: bytes of media, to nobody but who has the token, and decisions into their files."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.decisions import Decision, read_decisions
from reelwright.errors import BadItem
from reelwright.review.ranges import ByteRange, Unsatisfiable, parse_range
from reelwright.review.saving import Change, DecisionFiles
from reelwright.review.server import Desk, ReviewServer

WORDS = {"clips": ["usable", "exclude"], "captions": ["keep", "text"]}
SHA, OTHER = "a" * 64, "b" * 64
MEDIA = bytes(range(256)) * 40


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    results = tmp_path / "results" / "tiny"
    for name, content in {
        "review/index.html": b"<!doctype html>", "clips/a #1.mp4": MEDIA, "clips/secret.json": b"{}", "empty.jpg": b"",
    }.items():  # fmt: skip
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_bytes(content)
    (tmp_path / "outside.jpg").write_bytes(b"outside")
    (results / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    folder = tmp_path / "decisions"
    return Desk(results, DecisionFiles(folder, tmp_path / "history", WORDS), tuple(WORDS), folder, "mk")


@contextmanager
def serving(desk: Desk, port: int = 0) -> Iterator[ReviewServer]:
    server = ReviewServer(desk, port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server(desk: Desk) -> Iterator[ReviewServer]:
    with serving(desk) as found:
        yield found


def ask(
    server: ReviewServer, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: Any = None
) -> tuple[int, dict[str, str], bytes]:
    """One request with the cookie of somebody who came through the printed address, unless ``headers`` has another."""
    host, port = str(server.server_address[0]), server.server_address[1]
    connection = http.client.HTTPConnection(host, port, timeout=20)
    usual = {"Cookie": f"reelwright_{port}={server.desk.token}", "Host": f"127.0.0.1:{port}"}
    connection.putrequest(method, path, skip_host=True)
    data = b"" if body is None else json.dumps(body).encode() if not isinstance(body, bytes) else body
    if body is not None:
        usual["Content-Length"] = str(len(data))
    for name, value in {**usual, **(headers or {})}.items():
        connection.putheader(name, value)
    connection.endheaders(data or None)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def post(server: ReviewServer, body: Any, **changes: str) -> tuple[int, dict[str, str], bytes]:
    """Save as the page does; ``changes`` are of its headers."""
    usual = {"Origin": server.origin, "Content-Type": "application/json", "X-Reelwright": "review"}
    return ask(
        server,
        "/decisions",
        {**usual, **{key.replace("_", "-"): value for key, value in changes.items()}},
        "POST",
        body,
    )


def row(
    item: str, decision: str, time: str = "2026-11-20T10:00:00Z", sha256: str = SHA, value: str = ""
) -> dict[str, str]:
    said = (item, sha256, decision, value, "why", "mk", time)
    return dict(zip(("item", "sha256", "decision", "value", "reason", "reviewer", "time"), said, strict=True))


def setting(*rows: dict[str, str], seen: str = "", domain: str = "clips") -> dict[str, Any]:
    return {"domain": domain, "set": [{"row": one, "seen": seen} for one in rows], "unset": []}


@pytest.mark.parametrize(
    ("header", "status", "content_range", "content"),
    [
        (None, 200, None, MEDIA),
        ("bytes=0-0", 206, "bytes 0-0/10240", MEDIA[:1]),
        ("bytes=100-199", 206, "bytes 100-199/10240", MEDIA[100:200]),
        ("bytes=10000-", 206, "bytes 10000-10239/10240", MEDIA[10000:]),
        ("bytes=-7", 206, "bytes 10233-10239/10240", MEDIA[-7:]),
        ("bytes=10230-99999", 206, "bytes 10230-10239/10240", MEDIA[10230:]),
        ("bytes=10240-", 416, "bytes */10240", b""),
        ("bytes=5-4", 200, None, MEDIA),
        ("bytes=0-1,5-6", 200, None, MEDIA),
        ("pages=1-2", 200, None, MEDIA),
    ],
)
def test_a_player_gets_the_bytes_that_it_asks_for(
    server: ReviewServer, header: str | None, status: int, content_range: str | None, content: bytes
) -> None:
    found = ask(server, "/clips/a%20%231.mp4", {"Range": header} if header else {})
    assert (found[0], found[1].get("content-range"), found[2]) == (status, content_range, content)
    assert int(found[1]["content-length"]) == len(content)
    if status != 416:
        assert (found[1]["accept-ranges"], found[1]["content-type"]) == ("bytes", "video/mp4")
    head = ask(server, "/clips/a%20%231.mp4", {"Range": header} if header else {}, "HEAD")
    assert (head[0], head[1]["content-length"], head[2]) == (status, str(len(content)), b"")


@given(st.integers(0, 300), st.integers(0, 400), st.integers(0, 400))
def test_a_range_never_reaches_beyond_the_file(size: int, first: int, last: int) -> None:
    for header in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        try:
            found = parse_range(header, size)
        except Unsatisfiable:
            assert first >= size or last == 0 or size == 0
            continue
        if found is not None:
            assert 0 <= found.start < found.end <= size
    if first < size:
        assert parse_range(f"bytes={first}-", size) == ByteRange(first, size)


@pytest.mark.parametrize(
    "path",
    [
        "/clips/secret.json",
        "/../../outside.jpg",
        "/%2e%2e/%2e%2e/outside.jpg",
        "/link.jpg",
        "/clips",
        "/nothing.jpg",
        "/a%00.jpg",
    ],
)
def test_nothing_but_media_and_page_within_the_results_is_served(server: ReviewServer, path: str) -> None:
    assert ask(server, path)[0] == 404


def test_an_empty_file_is_served_as_such(server: ReviewServer) -> None:
    assert ask(server, "/empty.jpg")[::2] == (200, b"")


def test_the_printed_address_gives_the_token_and_nothing_else_does(server: ReviewServer) -> None:
    no_cookie = {"Cookie": ""}
    for path in (
        "/",
        "/review/index.html",
        "/decisions",
        "/?token=",
        "/?token=wrong",
        f"/review/index.html?token={server.desk.token}",
    ):
        assert ask(server, path, no_cookie)[0] == 403, path
    status, headers, _ = ask(server, server.address.removeprefix(server.origin), no_cookie)
    assert (status, headers["location"]) == (303, "/review/index.html")
    assert "HttpOnly; SameSite=Strict" in headers["set-cookie"]
    assert ask(server, "/review/index.html", {"Cookie": headers["set-cookie"].split(";")[0]})[0] == 200


def test_other_hosts_and_origins_are_refused(server: ReviewServer, desk: Desk) -> None:
    port = server.server_address[1]
    assert ask(server, "/decisions", {"Host": f"evil.example:{port}"})[0] == 421
    assert ask(server, "/decisions", {"Host": "127.0.0.1"})[0] == 421
    assert ask(server, "/decisions", {"Origin": "http://evil.example"})[0] == 403
    assert ask(server, "/decisions", {"Origin": "null"})[0] == 403
    assert ask(server, "/clips/a%20%231.mp4", {"Sec-Fetch-Site": "cross-site"})[0] == 403
    body = setting(row("ep01_1", "exclude"))
    for changes in (
        {"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}, {"X_Reelwright": "other"}, {"Cookie": ""},
        {"Content_Type": "text/plain"}, {"Host": "evil.example"}, {"Sec_Fetch_Site": "same-site"},
    ):  # fmt: skip
        assert post(server, body, **changes)[0] in (403, 421), changes
    assert (
        ask(server, "/decisions", {"X-Reelwright": "review", "Content-Type": "application/json"}, "POST", body)[0]
        == 403
    )
    assert not desk.folder.exists()
    assert post(server, body)[0] == 200


def test_requests_that_are_none_are_refused_and_write_nothing(server: ReviewServer, desk: Desk) -> None:
    good = row("ep01_1", "exclude")
    bad: list[tuple[Any, int]] = [
        (b"{", 400), ([], 400), ({}, 400), ({"domain": "clips", "set": [{"row": {}}], "unset": []}, 400),
        (setting(good, domain="../clips"), 409), (setting(row("ep01_1", "perhaps")), 409),
        (setting({**good, "sha256": "short"}), 409), (setting({**good, "time": "yesterday"}), 409),
        (setting({**good, "reviewer": ""}), 409), (setting(good, {**good, "item": ""}), 409),
    ]  # fmt: skip
    for body, status in bad:
        assert post(server, body)[0] == status, body
    assert post(server, good, Content_Length=str(10**12))[0] == 413
    assert not desk.folder.exists()


def test_decisions_are_saved_in_order_with_what_was_there_before(server: ReviewServer, desk: Desk) -> None:
    path = desk.folder / "clips.csv"
    post(server, setting(row("ep01_1", "exclude"), row("ep01_2", "usable", value='é, "so"\nor')))
    before = path.read_bytes()
    status, _, body = post(
        server, setting(row("ep01_1", "usable", "2026-11-20T11:00:00Z"), seen="2026-11-20T10:00:00Z")
    )
    assert status == 200
    assert json.loads(body)["conflicts"] == []
    found = read_decisions(path, WORDS["clips"])
    assert [(one.item, one.decision) for one in found] == [("ep01_1", "usable"), ("ep01_2", "usable")]
    post(
        server,
        {"domain": "clips", "set": [], "unset": [{"item": "ep01_2", "sha256": SHA, "seen": "2026-11-20T10:00:00Z"}]},
    )
    assert [one.item for one in read_decisions(path, WORDS["clips"])] == ["ep01_1"]
    journal = [json.loads(line) for line in (desk.folder.parent / "history" / "clips.jsonl").read_text().splitlines()]
    assert [(one["before"] and one["before"]["decision"], one["after"] and one["after"]["decision"]) for one in journal] == [
        (None, "exclude"), (None, "usable"), ("exclude", "usable"), ("usable", None),
    ]  # fmt: skip
    answer = json.loads(ask(server, "/decisions")[2])
    assert (answer["reviewer"], [one["item"] for one in answer["decisions"]["clips"]]) == ("mk", ["ep01_1"])
    # Another session keeps the file as it found it.
    path.write_bytes(before)
    again = DecisionFiles(desk.folder, desk.folder.parent / "history", WORDS)
    again.save("clips", [Change("ep01_2", SHA, "", None, "2026-11-20T10:00:00Z")])
    kept = list((desk.folder.parent / "history").glob("clips_*.csv"))
    assert [one.read_bytes() for one in kept] == [before]


def test_a_newer_word_in_the_file_is_not_overwritten(server: ReviewServer, desk: Desk) -> None:
    post(server, setting(row("ep01_1", "usable", "2026-11-20T12:00:00Z")))
    older = json.loads(post(server, setting(row("ep01_1", "exclude", "2026-11-20T11:00:00Z")))[2])
    assert [(one["kept"]["decision"], one["dropped"]["decision"]) for one in older["conflicts"]] == [
        ("usable", "exclude")
    ]
    assert older["rows"][0]["decision"] == "usable"
    newer = json.loads(post(server, setting(row("ep01_1", "exclude", "2026-11-20T13:00:00+00:00")))[2])
    assert [(one["kept"]["decision"], one["dropped"]["decision"]) for one in newer["conflicts"]] == [
        ("exclude", "usable")
    ]
    # Taking back what was never seen takes nothing back.
    gone = json.loads(
        post(server, {"domain": "clips", "set": [], "unset": [{"item": "ep01_1", "sha256": SHA, "seen": ""}]})[2]
    )
    assert [one["decision"] for one in gone["rows"]] == ["exclude"]
    other = post(server, setting(row("ep01_1", "usable", sha256=OTHER)))
    assert len(json.loads(other[2])["rows"]) == 2


def test_a_file_that_can_t_be_read_is_left_alone(desk: Desk) -> None:
    desk.folder.mkdir()
    path = desk.folder / "clips.csv"
    path.write_text("item,sha256\nep01_1,x\n")
    with pytest.raises(BadItem, match=r"mend the file first: .*clips\.csv: line 1"):
        desk.files.save("clips", [Change("ep01_2", SHA, "", None, "")])
    assert path.read_text() == "item,sha256\nep01_1,x\n"


def test_many_at_once_lose_nothing(server: ReviewServer, desk: Desk) -> None:
    statuses: list[int] = []

    def save(number: int) -> None:
        for step in range(5):
            statuses.append(post(server, setting(row(f"ep01_{number}_{step}", "usable")))[0])

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [200] * 40
    assert len(read_decisions(desk.folder / "clips.csv", WORDS["clips"])) == 40


def test_words_that_are_apart_are_kept_beside_each_other(tmp_path: Path) -> None:
    files = DecisionFiles(tmp_path, tmp_path / "history", {"actors": ["class", "quality"]}, ["actors"])
    said = [
        Decision("a/1.jpg", SHA, word, value, "", "mk", "2026-11-20")
        for word, value in (("class", "x"), ("quality", "3"))
    ]
    files.save("actors", [Change(one.item, SHA, one.decision, one, "") for one in said])
    better = Decision("a/1.jpg", SHA, "quality", "7", "", "mk", "2026-11-21")
    saved = files.save("actors", [Change("a/1.jpg", SHA, "quality", better, "2026-11-20")])
    assert (saved.rows, saved.conflicts) == ([said[0], better], [])
    left = files.save("actors", [Change("a/1.jpg", SHA, "class", None, "2026-11-20")])
    assert left.rows == [better]
    assert read_decisions(tmp_path / "actors.csv", ["class", "quality"], apart=True) == [better]
