"""Archives: read in place, one member at a time; what is wrong with one is named, and the others stay usable."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from zips import LIMITS, noise, packed, patched, renamed, zip64_of

from reelwright.design.archive import open_archive
from reelwright.design.read import art_sha256, open_art
from reelwright.errors import BadItem
from reelwright.spec.design import ArchiveLimits

GOOD = noise(5000)


def archive_at(folder: Path, data: bytes) -> Path:
    path = folder / "art.zip"
    path.write_bytes(data)
    return path


def problems(path: Path, limits: ArchiveLimits = LIMITS) -> dict[str, str]:
    """Codes by member, of those that can't be opened; every other member is read and compared with GOOD."""
    with open_archive(path, limits) as archive:
        for member in archive.members:
            if member.problem is None:
                with archive.open_member(member.name) as file:
                    assert file.read() == GOOD
            else:
                with pytest.raises(BadItem) as caught:
                    archive.open_member(member.name)
                if member.problem.code != "duplicate":
                    assert caught.value.code == member.problem.code
                    assert str(path) in caught.value.message
        return {member.name: member.problem.code for member in archive.members if member.problem}


@pytest.mark.parametrize(
    "name", ["../out.psd", "a/../../out.psd", "/etc/out.psd", "C:/out.psd", "..\\out.psd", "C:\\out.psd", "a\tb.psd"]
)
def test_names_that_lead_elsewhere_are_never_opened(tmp_path: Path, name: str) -> None:
    found = problems(archive_at(tmp_path, packed({name: b"x", "good.psd": GOOD})))
    assert found == {name.replace("\\", "/"): "unsafe"}


def test_dots_within_a_name_and_backslashes_are_harmless(tmp_path: Path) -> None:
    path = archive_at(tmp_path, packed({"./a/..b...psd": GOOD, "c\\d.psd": GOOD, "folder/": b""}))
    assert problems(path) == {}
    with open_archive(path, LIMITS) as archive:
        assert [member.name for member in archive.members] == ["a/..b...psd", "c/d.psd"]


def test_encrypted_members_links_and_unknown_methods_are_named(tmp_path: Path) -> None:
    data = packed({"locked.psd": GOOD, "link.psd": b"/etc/passwd", "odd.psd": GOOD, "good.psd": GOOD})
    patched(data, b"locked.psd", 8, b"\1\0")
    patched(data, b"odd.psd", 10, b"\x09\0")
    patched(data, b"link.psd", 5, b"\3")
    patched(data, b"link.psd", 38, (0o120777 << 16).to_bytes(4, "little"))
    path = archive_at(tmp_path, data)
    assert problems(path) == {"locked.psd": "encrypted", "link.psd": "link", "odd.psd": "method"}


def test_bombs_by_ratio_by_size_and_by_their_sum(tmp_path: Path) -> None:
    path = archive_at(tmp_path, packed({"zeros.psd": bytes(2_000_000), "good.psd": GOOD}))
    assert problems(path, ArchiveLimits(ratio_from_mb=1)) == {"zeros.psd": "bomb"}
    assert problems(path, ArchiveLimits(max_member_gb=0.001)) == {"zeros.psd": "bomb"}
    path = archive_at(tmp_path, packed({"one.psd": GOOD, "two.psd": GOOD, "three.psd": GOOD}))
    assert problems(path, ArchiveLimits(max_total_gb=11_000 / 1e9)) == {"three.psd": "bomb"}


def test_members_that_share_bytes_or_names(tmp_path: Path) -> None:
    data = packed({"one.psd": GOOD, "two.psd": GOOD})
    first = data.index(b"PK\3\4").to_bytes(4, "little")
    assert problems(archive_at(tmp_path, patched(data, b"two.psd", 42, first))) == {"two.psd": "overlap"}
    twice = renamed(packed({"one.psd": GOOD, "two.psd": b"another"}), b"two.psd", b"one.psd")
    with open_archive(archive_at(tmp_path, twice), LIMITS) as archive:
        assert [member.problem and member.problem.code for member in archive.members] == [None, "duplicate"]
        assert archive.open_member("one.psd").read() == GOOD


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_bytes_are_found_while_reading(tmp_path: Path, method: int) -> None:
    data = packed({"bad.psd": GOOD + b"1", "good.psd": GOOD}, method)
    at = data.index(b"bad.psd") + 2000
    data[at] ^= 0x40
    with open_archive(archive_at(tmp_path, data), LIMITS) as archive:
        assert all(member.problem is None for member in archive.members)
        with pytest.raises(BadItem, match=r"bad\.psd: ") as caught:
            archive.open_member("bad.psd").read()
        assert caught.value.code == "damaged"
        with pytest.raises(BadItem):
            archive.sha256("bad.psd")
        assert archive.sha256("good.psd") == hashlib.sha256(GOOD).hexdigest()


def test_a_directory_that_points_elsewhere_is_damage(tmp_path: Path) -> None:
    data = packed({"one.psd": GOOD, "good.psd": GOOD})
    data[data.index(b"one.psd")] = ord("x")
    with open_archive(archive_at(tmp_path, data), LIMITS) as archive:
        with pytest.raises(BadItem, match="points to something else"):
            archive.open_member("one.psd")
        assert archive.open_member("good.psd").read() == GOOD


def test_members_that_declare_less_or_more_than_they_have(tmp_path: Path) -> None:
    data = packed({"less.psd": b"a" * 9000, "more.psd": b"b" * 9000, "good.psd": GOOD})
    patched(data, b"less.psd", 24, (100).to_bytes(4, "little"))
    patched(data, b"more.psd", 24, (9001).to_bytes(4, "little"))
    with open_archive(archive_at(tmp_path, data), LIMITS) as archive:
        for name, why in (("less.psd", "CRC"), ("more.psd", "ends after 9000 of 9001 bytes")):
            with pytest.raises(BadItem, match=why):
                archive.open_member(name)
        assert archive.open_member("good.psd").read() == GOOD


def test_an_archive_without_its_end_is_read_by_its_local_headers(tmp_path: Path) -> None:
    data = packed({"one.psd": GOOD, "two.psd": GOOD, "three.psd": GOOD}, zipfile.ZIP_STORED)
    path = archive_at(tmp_path, data[: data.index(b"three.psd") + 500])
    assert problems(path) == {"three.psd": "truncated"}
    with open_archive(path, LIMITS) as archive:
        assert archive.problem is not None and "is cut off" in archive.problem and "3 members" in archive.problem


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all" * 9, bytes(70_000)])
def test_what_is_no_archive_is_one_bad_item(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadItem, match=r"art\.zip: is no zip archive"), open_archive(archive_at(tmp_path, data), LIMITS):
        pass
    with pytest.raises(BadItem, match="is missing"), open_archive(tmp_path / "gone.zip", LIMITS):
        pass


def test_an_end_that_claims_a_huge_directory_is_not_believed(tmp_path: Path) -> None:
    data = packed({"a.psd": noise(99)})
    end = data.index(b"PK\5\6")
    path = tmp_path / "props.zip"
    with path.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(1 << 30)
        file.write(data[end : end + 12] + (1 << 30).to_bytes(4, "little") + data[end + 16 :])
    with pytest.raises(BadItem, match="claims a directory of 1074 MB"), open_archive(path, LIMITS):
        pass


def test_a_directory_that_breaks_off_keeps_what_stands_before(tmp_path: Path) -> None:
    data = packed({"one.psd": GOOD, "two.psd": GOOD})
    patched(data, b"two.psd", 0, b"XX\1\2")
    path = archive_at(tmp_path, data)
    assert problems(path) == {}
    with open_archive(path, LIMITS) as archive:
        assert [member.name for member in archive.members] == ["one.psd"]
        assert archive.problem is not None and "1 of 2 members" in archive.problem


def test_names_in_every_encoding(tmp_path: Path) -> None:
    utf8 = packed({"Pompon_für_Zoé.psd": GOOD})
    dos = renamed(packed({"Pompon_fXr_ZoX.psd": GOOD}), b"fXr_ZoX", b"f\x81r_Zo\x82")
    mac = "Zoe\N{COMBINING ACUTE ACCENT}".encode()
    unmarked = renamed(packed({"a" * len(mac): GOOD}), b"a" * len(mac), mac)
    wrong = renamed(packed({"fär.psd": GOOD}), "ä".encode(), b"\xe4\xe4")
    for data, name, encoding in (
        (utf8, "Pompon_für_Zoé.psd", "utf-8"),
        (dos, "Pompon_für_Zoé.psd", "cp437"),
        (unmarked, "Zoé", "utf-8"),
        (wrong, "fΣΣr.psd", "cp437"),
    ):
        path = archive_at(tmp_path, data)
        assert problems(path) == {}
        with open_archive(path, LIMITS) as archive:
            assert [(member.name, member.encoding) for member in archive.members] == [(name, encoding)]


def test_zip64_nested_folders_and_what_stands_before_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "art.zip"
    zip64_of(path, 70_000)
    with open_archive(path, LIMITS) as archive:
        assert archive.problem is None and len(archive.members) == 70_000
        last = archive.members[-1]
        assert last.name == f"03_PROPS/box {69_999 % 40:02d}/TS_7{69_999 % 27:02d}_PR_THING_69999_Color.psd"
        assert archive.open_member(last.name).read(8) == (69_999).to_bytes(8, "little")
        assert last.modified == "2024-05-06T00:00:00"
    zip64_of(path, 10)
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    with open_archive(path, LIMITS) as archive:
        assert len(archive.members) == 10 and archive.problem is None
        assert archive.open_member(archive.members[-1].name).read(8) == (9).to_bytes(8, "little")


def test_one_member_of_a_large_archive_reads_that_member_only(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    plate = io.BytesIO()
    Image.frombytes("RGB", (200, 100), noise(60_000)).save(plate, "PNG")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("plate.png", plate.getvalue(), zipfile.ZIP_DEFLATED)
        archive.writestr("stored.png", plate.getvalue())
        archive.writestr("bulk.psd", b"")
    # The bulk of it, a gigabyte, is a hole in the file: nothing may read it.
    raw = bytearray(path.read_bytes())
    start, hole = raw.rindex(b"bulk.psd", 0, raw.index(b"PK\1\2")) + 8, 10**9
    with path.open("wb") as file:
        file.write(raw[:start])
        file.seek(hole, io.SEEK_CUR)
        tail = patched(bytearray(raw[start:]), b"bulk.psd", 20, hole.to_bytes(4, "little") * 2)
        end = tail.rindex(b"PK\5\6")
        tail[end + 16 : end + 20] = (start + hole).to_bytes(4, "little")
        file.write(tail)
    for name in ("plate.png", "stored.png"):
        with open_archive(path, LIMITS) as opened:
            assert [member.size for member in opened.members][2] == hole
            directory = opened.bytes_read
            with opened.open_member(name) as member, Image.open(member) as picture:
                assert picture.convert("RGB").tobytes() == noise(60_000)
            assert directory < 1000 and opened.bytes_read - directory < len(plate.getvalue()) + 1000
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.booleans(), st.booleans())
def test_jumping_about_reads_what_lies_there(data: st.DataObject, stored: bool, buffered: bool) -> None:
    import tempfile

    content = noise(30_000) + bytes(30_000)
    with tempfile.TemporaryDirectory() as folder:
        method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        path = archive_at(Path(folder), packed({"a.psd": content}, method))
        with (
            open_archive(path, ArchiveLimits(buffer_mb=256 if buffered else 0)) as archive,
            archive.open_member("a.psd") as file,
        ):
            known = io.BytesIO(content)
            for _ in range(data.draw(st.integers(1, 8))):
                offset, whence = data.draw(st.integers(-70_000, 70_000)), data.draw(st.sampled_from([0, 1, 2]))
                count = data.draw(st.integers(-1, 70_000))
                base = {0: 0, 1: known.tell(), 2: len(content)}[whence]
                target = min(max(base + offset, 0), len(content))
                assert file.seek(target) == known.seek(target)
                assert file.read(count) == known.read(count) and file.tell() == known.tell()


def test_a_name_that_is_not_there_has_a_hint(tmp_path: Path) -> None:
    path = archive_at(tmp_path, packed({"a/Compowder.psd": GOOD}))
    with open_archive(path, LIMITS) as archive, pytest.raises(BadItem, match=r"did you mean 'a/Compowder\.psd'"):
        archive.open_member("a/Compowder.psb")
    assert zlib.crc32(GOOD) == archive.members[0].crc32


def test_art_is_read_where_it_lies(tmp_path: Path) -> None:
    archive_at(tmp_path, packed({"a/one.psd": GOOD}))
    (tmp_path / "two.psd").write_bytes(GOOD)
    for archive, path in (("art.zip", "a/one.psd"), (None, "two.psd")):
        with open_art(tmp_path, archive, path, LIMITS) as file:
            assert file.read() == GOOD
        assert art_sha256(tmp_path, archive, path, LIMITS) == hashlib.sha256(GOOD).hexdigest()
    for read in (open_art, art_sha256):
        for archive, path in (("art.zip", "gone.psd"), ("gone.zip", "a"), (None, "gone.psd"), (None, ".")):
            with pytest.raises(BadItem):
                found = read(tmp_path, archive, path, LIMITS)
                found.__enter__()  # type: ignore[union-attr]
