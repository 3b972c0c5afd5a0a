"""The bucket over real HTTP: nothing overwritten, nothing lost, wherever it is killed, one clear message for trouble."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_bucket import FAULTS, FaultyBucket

from reelwright.actors.execution.bucket import Bucket, Held, open_bucket
from reelwright.errors import BadItem, BuildError
from reelwright.spec.generation import Bucket as Settings

KEYS = {"AWS_ACCESS_KEY": "AKIDTEAM", "AWS_ACCESS_SECRET": "team-secret"}
KEY = "custom-actors/0000_x_30_male/training_data/0000_x_30_male_7.jpg"
TRASH = "custom-actors-trash/run-1/"


@pytest.fixture
def s3() -> Iterator[FaultyBucket]:
    with FaultyBucket() as server:
        server.create("plain")
        server.create("versioned", versioned=True)
        yield server


@pytest.fixture(params=["plain", "versioned"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def reach(s3: FaultyBucket, name: str = "plain", environ: dict[str, str] | None = None, **settings: object) -> Bucket:
    told = {"name": name, "endpoint": s3.url, "timeout_s": 5.0, **settings}
    bucket = open_bucket(Settings.model_validate(told), KEYS if environ is None else environ)
    assert bucket is not None
    return bucket


def file(folder: Path, data: bytes = b"an image", name: str = "a.jpg") -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def test_what_is_put_is_held_with_its_checksum_and_is_no_object_of_another_upload(
    s3: FaultyBucket, name: str, tmp_path: Path
) -> None:
    bucket = reach(s3, name)
    bucket.check()
    path, sha256 = file(tmp_path)
    held = bucket.put(KEY, path, sha256)
    assert (held.key, held.sha256, held.bytes) == (KEY, sha256, 8)
    assert (held.version is not None) == (name == "versioned")
    assert bucket.put(KEY, path, sha256) == held
    assert bucket.head(KEY) == held and bucket.head(KEY + "x") is None
    other = file(tmp_path, b"another image")
    with pytest.raises(BadItem, match="holds another image already") as error:
        bucket.put(KEY, *other)
    assert error.value.code == "taken" and not error.value.retryable
    assert s3.objects(name) == {KEY: b"an image"}
    told = s3.client().head_object(Bucket=name, Key=KEY)
    assert told["ContentType"] == "image/jpeg" and told["Metadata"] == {"sha256": sha256}


def test_a_file_that_changed_is_not_uploaded(s3: FaultyBucket, tmp_path: Path) -> None:
    path, sha256 = file(tmp_path)
    path.write_bytes(b"other bytes")
    with pytest.raises(BadItem, match="not the file any more") as error:
        reach(s3).put(KEY, path, sha256)
    assert error.value.code == "changed" and s3.objects("plain") == {}


@pytest.mark.parametrize("checks", [True, False], ids=["server checks", "server does not"])
def test_damage_on_the_way_is_found_and_leaves_nothing(
    s3: FaultyBucket, name: str, tmp_path: Path, checks: bool
) -> None:
    s3.checks = checks
    s3.fault("PUT", "damage")
    bucket, (path, sha256) = reach(s3, name), file(tmp_path)
    with pytest.raises(BadItem, match="not what was sent") as error:
        bucket.put(KEY, path, sha256)
    assert error.value.code == "damaged" and error.value.retryable
    assert s3.objects(name) == {}
    assert bucket.put(KEY, path, sha256).sha256 == sha256


def test_metadata_prove_nothing(s3: FaultyBucket, tmp_path: Path) -> None:
    path, sha256 = file(tmp_path)
    s3.client().put_object(Bucket="plain", Key=KEY, Body=b"others'", Metadata={"sha256": sha256})
    with pytest.raises(BadItem, match="holds another image"):
        reach(s3).put(KEY, path, sha256)


def test_an_object_of_another_tool_with_the_same_bytes_is_taken_as_it_is(s3: FaultyBucket, tmp_path: Path) -> None:
    path, sha256 = file(tmp_path, b"x" * (6 << 20))
    client = s3.client()
    upload = client.create_multipart_upload(Bucket="plain", Key=KEY)["UploadId"]
    parts = []
    for number, data in enumerate((b"x" * (5 << 20), b"x" * (1 << 20)), 1):
        told = client.upload_part(Bucket="plain", Key=KEY, UploadId=upload, PartNumber=number, Body=data)
        parts.append({"PartNumber": number, "ETag": told["ETag"]})
    client.complete_multipart_upload(Bucket="plain", Key=KEY, UploadId=upload, MultipartUpload={"Parts": parts})
    held = reach(s3).put(KEY, path, sha256)
    assert held.sha256 == sha256 and held.etag.endswith('-2"')


def test_removed_and_restored_byte_for_byte_and_both_twice(s3: FaultyBucket, name: str, tmp_path: Path) -> None:
    bucket = reach(s3, name)
    assert bucket.remove(KEY, TRASH) is None and bucket.restore(KEY, TRASH) is None
    held = bucket.put(KEY, *file(tmp_path))
    removed = bucket.remove(KEY, TRASH)
    assert removed == held
    assert bucket.head(KEY) is None
    again = bucket.remove(KEY, TRASH)
    assert again is not None and (again.sha256, again.bytes, again.version) == (held.sha256, held.bytes, held.version)
    assert bucket.remove(KEY, "custom-actors-trash/run-2/") is None, "another run removed nothing"
    assert bucket.restore(KEY, TRASH) == bucket.restore(KEY, TRASH) == bucket.head(KEY)
    assert s3.objects(name) == {KEY: b"an image"}, "nothing is left in the trash"
    now = bucket.head(KEY)
    assert now is not None and now.version == held.version and now.sha256 == held.sha256
    told = s3.client().head_object(Bucket=name, Key=KEY)
    assert told["ContentType"] == "image/jpeg" and told["Metadata"]["sha256"] == held.sha256


def test_what_somebody_else_deleted_is_not_restored(s3: FaultyBucket, tmp_path: Path) -> None:
    bucket = reach(s3, "versioned")
    bucket.put(KEY, *file(tmp_path))
    s3.client().delete_object(Bucket="versioned", Key=KEY)
    assert bucket.remove(KEY, TRASH) is None and bucket.restore(KEY, TRASH) is None
    assert s3.objects("versioned") == {}


def test_what_took_the_place_meanwhile_is_not_overwritten(s3: FaultyBucket, name: str, tmp_path: Path) -> None:
    bucket = reach(s3, name)
    bucket.put(KEY, *file(tmp_path))
    bucket.remove(KEY, TRASH)
    s3.client().put_object(Bucket=name, Key=KEY, Body=b"somebody's")
    with pytest.raises(BadItem) as error:
        bucket.restore(KEY, TRASH)
    assert error.value.code == "taken" and s3.objects(name)[KEY] == b"somebody's"


def test_the_trash_is_not_overwritten(s3: FaultyBucket, tmp_path: Path) -> None:
    bucket = reach(s3)
    bucket.put(KEY, *file(tmp_path))
    s3.client().put_object(Bucket="plain", Key=TRASH + KEY, Body=b"precious")
    with pytest.raises(BadItem, match="nothing was overwritten"):
        bucket.remove(KEY, TRASH)
    assert s3.objects("plain") == {KEY: b"an image", TRASH + KEY: b"precious"}


class Killed(Exception):
    """What stands for a kill: nothing that comes after it happens."""


def kill_at(bucket: Bucket, number: int, after: bool) -> None:
    """Have a bucket's work end before (or ``after``) its request ``number``."""
    client, made = bucket._access.client, 0  # type: ignore[attr-defined]

    def count(model: object, **_: object) -> None:
        nonlocal made
        made += 1
        if made == number:
            raise Killed

    client.meta.events.register("after-call.s3" if after else "before-call.s3", count)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("act", ["put", "remove", "restore"])
def test_killed_at_every_request_the_same_call_finishes_the_work(
    s3: FaultyBucket, name: str, tmp_path: Path, act: str, after: bool
) -> None:
    path, sha256 = file(tmp_path)

    def work(bucket: Bucket) -> Held | None:
        if act == "put":
            return bucket.put(KEY, path, sha256)
        return bucket.remove(KEY, TRASH) if act == "remove" else bucket.restore(KEY, TRASH)

    for number in range(1, 20):
        sound, doomed = reach(s3, name), reach(s3, name)
        if act != "put":
            sound.put(KEY, path, sha256)
        if act == "restore":
            sound.remove(KEY, TRASH)
        kill_at(doomed, number, after)
        killed = False
        try:
            work(doomed)
        except Killed:
            killed = True
        everywhere = s3.objects(name) if name == "plain" else {}
        assert not killed or name != "plain" or act == "put" or b"an image" in everywhere.values(), "an image was lost"
        held = work(sound)
        assert held is not None and held.sha256 == sha256
        assert (sound.head(KEY) is None) == (act == "remove")
        assert work(sound) is not None
        sound.restore(KEY, TRASH)
        assert s3.objects(name) == {KEY: b"an image"}
        sound.remove(KEY, f"custom-actors-trash/cleared-{number}/")
        for key in s3.objects(name):
            s3.client().delete_object(Bucket=name, Key=key)
        if not killed:
            assert number > 2
            return
    pytest.fail("there was no end to it")


@pytest.mark.slow
@pytest.mark.parametrize("fault", [one for one in FAULTS if one != "damage"])
@pytest.mark.parametrize("kind", ["PUT", "COPY", "DELETE", "HEAD", "LIST"])
def test_a_request_that_comes_to_grief_is_made_again_by_boto3(
    s3: FaultyBucket, name: str, tmp_path: Path, kind: str, fault: str
) -> None:
    bucket = reach(s3, name)
    path, sha256 = file(tmp_path)
    s3.fault(kind, *[fault] * 2)
    held = bucket.put(KEY, path, sha256)
    assert bucket.remove(KEY, TRASH) == held
    assert [one.key for one in bucket.list("custom-actors/")] == []
    assert bucket.restore(KEY, TRASH) is not None
    assert [(one.key, one.sha256) for one in bucket.list("custom-actors/")] == [(KEY, sha256)]
    assert s3.objects(name) == {KEY: b"an image"}
    needed = {"PUT", "DELETE", "HEAD", "LIST"} | ({"COPY"} if name == "plain" else set())
    assert s3.faults.get(fault, 0) == (2 if kind in needed else 0)


def test_more_than_a_page_is_listed_by_key(s3: FaultyBucket) -> None:
    client = s3.client()
    for number in range(7):
        client.put_object(Bucket="plain", Key=f"custom-actors/a/{number}.jpg", Body=b"%d" % number)
    bucket = reach(s3)
    page = bucket._access.client.list_objects_v2  # type: ignore[attr-defined]
    bucket._access.client.list_objects_v2 = lambda **told: page(**told, MaxKeys=3)  # type: ignore[attr-defined]
    listed = list(bucket.list("custom-actors/a/"))
    assert [one.key[-5] for one in listed] == list("0123456") and {one.sha256 for one in listed} == {""}


def test_trouble_for_longer_than_its_tries_fails_one_item(s3: FaultyBucket, tmp_path: Path) -> None:
    bucket = reach(s3, tries=2)
    path, sha256 = file(tmp_path)
    for fault, code in (("drop_before", "dropped"), ("error", "broken"), ("slow_down", "busy")):
        s3.fault("PUT", fault, fault)
        with pytest.raises(BadItem) as error:
            bucket.put(KEY, path, sha256)
        assert error.value.code == code and error.value.retryable
        assert s3.requests["PUT"] % 2 == 0, "two tries, no more and no fewer"
    assert s3.objects("plain") == {}


def test_a_missing_bucket_no_rights_a_wrong_region_wrong_credentials_have_one_message_each(s3: FaultyBucket) -> None:
    with pytest.raises(BuildError, match=r"there is no bucket nobodys at http.*`actors\.bucket\.name`"):
        reach(s3, "nobodys").check()
    with pytest.raises(BuildError, match=r"lies in us-west-1, not in eu-central-1: set `actors\.bucket\.region`"):
        reach(s3, region="eu-central-1").check()
    for kind, right in (("HEAD", "HeadBucket"), ("LIST", "ListBucket")):
        s3.denied = {kind}
        with pytest.raises(BuildError, match=rf"refuses s3:{right} .*AWS_ACCESS_KEY and AWS_ACCESS_SECRET"):
            reach(s3).check()
    s3.denied, s3.key = set(), "AKIDOTHER"
    with pytest.raises(BuildError, match=r"403.*AWS_ACCESS_KEY and AWS_ACCESS_SECRET") as error:
        reach(s3).check()
    assert "team-secret" not in str(error.value) and "AKIDTEAM" not in str(error.value)


def test_no_right_to_write_is_said_when_something_is_written(s3: FaultyBucket, tmp_path: Path) -> None:
    s3.denied = {"PUT"}
    with pytest.raises(BuildError, match="refuses s3:PutObject"):
        reach(s3).put(KEY, *file(tmp_path))
    s3.denied = {"DELETE"}
    bucket = reach(s3)
    bucket.put(KEY, *file(tmp_path))
    with pytest.raises(BuildError, match="refuses s3:DeleteObject"):
        bucket.remove(KEY, TRASH)
    assert bucket.head(KEY) is not None


def test_nobody_there(tmp_path: Path) -> None:
    from vlm_server import refused_url

    settings = Settings(name="plain", endpoint=refused_url(), tries=1)
    bucket = open_bucket(settings, KEYS)
    assert bucket is not None
    with pytest.raises(BuildError, match="the bucket plain can't be reached"):
        bucket.check()


def test_both_sets_of_variables_are_read_the_teams_first_and_half_a_set_is_an_error(
    s3: FaultyBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    own = {"AWS_ACCESS_KEY_ID": "AKIDOWN", "AWS_SECRET_ACCESS_KEY": "own-secret"}
    for environ, known in ((KEYS, "AKIDTEAM"), (own, "AKIDOWN"), ({**own, **KEYS}, "AKIDTEAM")):
        s3.key = known
        reach(s3, environ=environ).check()
    settings = Settings(name="plain", endpoint=s3.url)
    assert open_bucket(settings, {}) is None and open_bucket(None, KEYS) is None
    with pytest.raises(BuildError, match="AWS_ACCESS_SECRET is not set, and AWS_ACCESS_KEY is"):
        open_bucket(settings, {"AWS_ACCESS_KEY": "AKIDTEAM"})
    with pytest.raises(BuildError, match="AWS_ACCESS_KEY_ID is not set, and AWS_SECRET_ACCESS_KEY is"):
        open_bucket(settings, {"AWS_SECRET_ACCESS_KEY": "own-secret"})


def test_the_region_is_the_specs_or_the_environments_or_the_notes() -> None:
    def url(environ: dict[str, str], **settings: str) -> str:
        bucket = open_bucket(Settings(name="studio", **settings), {**KEYS, **environ})
        assert bucket is not None
        return bucket.url("a/b c.jpg")

    assert url({}) == "https://studio.s3.us-west-1.amazonaws.com/a/b%20c.jpg"
    assert ".s3.eu-west-3." in url({"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-2"})
    assert ".s3.eu-west-2." in url({"AWS_DEFAULT_REGION": "eu-west-2"})
    assert ".s3.eu-south-1." in url({"AWS_REGION": "eu-west-3"}, region="eu-south-1")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://studio.s3.us-west-1.amazonaws.com/a/b%20c.jpg", "a/b c.jpg"),
        ("https://studio.s3.amazonaws.com/a.jpg", "a.jpg"),
        ("https://studio.s3-us-west-1.amazonaws.com/a.jpg?X-Amz-Signature=1", "a.jpg"),
        ("https://s3.us-west-1.amazonaws.com/studio/a.jpg", "a.jpg"),
        ("s3://studio/a+b.jpg", "a+b.jpg"),
        ("s3://other/a.jpg", None),
        ("s3://studio.other/a.jpg", None),
        ("https://other.s3.us-west-1.amazonaws.com/studio/a.jpg", None),
        ("https://studio.s3.us-west-1.amazonaws.com.example.org/a.jpg", None),
        ("https://s3.us-west-1.amazonaws.com/studios/a.jpg", None),
        ("https://studio.s3.us-west-1.amazonaws.com/", None),
        ("a.jpg", None),
    ],
)
def test_a_url_in_any_form_names_its_key_and_no_other_bucket(url: str, key: str | None) -> None:
    bucket = open_bucket(Settings(name="studio"), KEYS)
    assert bucket is not None and bucket.key_of(url) == key


def test_urls_of_another_server_go_both_ways() -> None:
    bucket = open_bucket(Settings(name="studio", endpoint="http://127.0.0.1:9000/"), KEYS)
    assert bucket is not None
    assert bucket.url("a/ü?.jpg") == "http://127.0.0.1:9000/studio/a/%C3%BC%3F.jpg"
    assert bucket.key_of(bucket.url("a/ü?.jpg")) == "a/ü?.jpg"
    assert bucket.key_of("http://127.0.0.1:9000/studios/a.jpg") is None
