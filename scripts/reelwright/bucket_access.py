"""How a bucket is reached: credentials, the client, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from reelwright.errors import BadItem, BuildError
from reelwright.servers import on_loopback, one_line

REGION = "us-west-1"
"""Region of a bucket where neither spec nor environment say (the notes)."""

PAIRS = (
    ("AWS_ACCESS_KEY", "AWS_ACCESS_SECRET"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", "SNAKEMAKE_STORAGE_S3_SECRET_KEY"),
)
"""Pairs of variables that hold credentials: the team's first, then boto3's own, then those of Snakemake's storage."""

TOKENS = {
    "AWS_ACCESS_KEY_ID": "AWS_SESSION_TOKEN",
    "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "SNAKEMAKE_STORAGE_S3_TOKEN",
}
"""The variable that a pair's session token is in, by the pair's first."""

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION", "SNAKEMAKE_STORAGE_S3_REGION")
"""Variables that hold a region."""

WRONG_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"}
"""Codes for credentials that the server doesn't take."""

ELSEWHERE = {"AuthorizationHeaderMalformed", "PermanentRedirect", "301", "IllegalLocationConstraintException"}
"""Codes for a bucket in another region."""


class Place(Protocol):
    """Which bucket, and how it is asked."""

    @property
    def name(self) -> str:
        """Name of the bucket."""

    @property
    def region(self) -> str | None:
        """Its region; None: that of the environment."""

    @property
    def endpoint(self) -> str | None:
        """Address of a server other than Amazon's."""

    @property
    def tries(self) -> int:
        """Times one request is made."""

    @property
    def timeout_s(self) -> float:
        """Longest time that the server may be silent."""


@dataclass(frozen=True)
class Keys:
    """What to set where the bucket is another one, or elsewhere: keys of the spec, or variables."""

    name: str
    region: str


@dataclass(frozen=True)
class Credentials:
    """What requests are signed with, and where that came from."""

    key: str | None
    """None: boto3 finds it by itself."""
    secret: str | None
    token: str | None
    source: str
    """For messages: names of variables, never their values."""

    def __repr__(self) -> str:
        return f"Credentials({self.source})"


class Refused(BadItem):
    """The server said no to this very request."""

    def __init__(self, status: int, told: str, message: str) -> None:
        self.status = status
        self.told = told
        """The server's own code."""
        super().__init__("bad_request", message, retryable=False)


def credentials_of(environ: Mapping[str, str]) -> Credentials | None:
    """The credentials there are; None where there are none.

    Raises BuildError naming the variable that is missing where half of a pair is set.
    """
    for names in PAIRS:
        found = [environ.get(name, "").strip() for name in names]
        if all(found):
            token = environ.get(TOKENS.get(names[0], ""), "").strip()
            return Credentials(found[0], found[1], token or None, " and ".join(names))
        if any(found):
            missing, there = (names[0], names[1]) if found[1] else (names[1], names[0])
            raise BuildError(
                f"the environment variable {missing} is not set, and {there} is: both are needed for the bucket"
            )
    import botocore.session

    if botocore.session.Session().get_credentials() is None:
        return None
    return Credentials(None, None, None, "boto3's own configuration")


def open_client(place: Place, keys: Keys, credentials: Credentials, environ: Mapping[str, str]) -> Access:
    """Access to a bucket; nothing is connected yet."""
    import boto3
    from botocore.config import Config

    told = next((environ[name].strip() for name in REGIONS if environ.get(name, "").strip()), REGION)
    region = place.region or told
    config = Config(
        retries={"mode": "standard", "total_max_attempts": place.tries},
        connect_timeout=place.timeout_s,
        read_timeout=place.timeout_s,
        max_pool_connections=16,
        proxies={} if place.endpoint and on_loopback(place.endpoint) else None,
    )
    client = boto3.session.Session().client(
        "s3",
        region_name=region,
        endpoint_url=place.endpoint,
        aws_access_key_id=credentials.key,
        aws_secret_access_key=credentials.secret,
        aws_session_token=credentials.token,
        config=config,
    )
    return Access(place.name, keys, region, client, credentials.source, place.endpoint or "Amazon S3")


@dataclass(frozen=True)
class Access:
    """Makes requests about one bucket, and says in our words what went wrong."""

    name: str
    keys: Keys
    region: str
    client: Any
    source: str
    """Where the credentials came from, for messages."""
    where: str

    def __call__(self, right: str, method: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a request; ``right`` is the permission (`s3:...`) that it takes.

        Raises Refused where the server says no to this one, BadItem where it had trouble for longer than boto3 tries,
        BuildError where every request would fail.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self.client, method)(Bucket=self.name, **arguments)
        except ClientError as error:
            problem = self._told(error, right, bool(arguments.get("Key")))
        except BotoCoreError as error:
            problem = self._broken(error)
        else:
            return answer
        # Raised out here, without what the client raised.
        raise problem

    def found(self, right: str, method: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer to a request about an object; None where there is no such object."""
        try:
            return self(right, method, **arguments)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def pages(self, prefix: str) -> Iterator[list[str]]:
        """The keys that begin so, sorted, a page of the listing at a time."""
        token: dict[str, str] = {}
        while True:
            page = self("ListBucket", "list_objects_v2", Prefix=prefix, **token)
            yield [one["Key"] for one in page.get("Contents", [])]
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def read(self, key: str, etag: str) -> bytes:
        """The bytes of an object, as long as it is the one with this ETag."""
        body = self("GetObject", "get_object", Key=key, IfMatch=etag)["Body"]
        with self.reading():
            return bytes(body.read())

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read an object's body inside the block: what breaks there is said as a call says it."""
        from botocore.exceptions import BotoCoreError

        problem: Exception | None = None
        try:
            yield
        except BotoCoreError as error:
            problem = self._broken(error)
        if problem is not None:
            raise problem

    def _told(self, error: Any, right: str, about_object: bool) -> Exception:
        told, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        status, code = int(about.get("HTTPStatusCode", 0)), str(told.get("Code", ""))
        said = (
            f"the bucket {self.name} at {self.where} answered {status} {code}: {one_line(str(told.get('Message', '')))}"
        )
        headers = about.get("HTTPHeaders", {})
        there = headers.get("x-amz-bucket-region") or told.get("Region")
        if code == "NoSuchBucket" or (status == 404 and not about_object):
            return BuildError(f"there is no bucket {self.name} at {self.where}: set `{self.keys.name}`, or make it")
        if code in WRONG_KEY:
            return BuildError(f"{said}; the credentials come from {self.source}")
        # To a HEAD there is no code, only the status.
        if code in ELSEWHERE or status == 301 or (status == 400 and there and there != self.region):
            place = f"in {there}" if there else "elsewhere"
            return BuildError(f"the bucket {self.name} lies {place}, not in {self.region}: set `{self.keys.region}`")
        if status == 403:
            return BuildError(
                f"the bucket {self.name} at {self.where} refuses s3:{right} (403 {code}): give that right to the user whose "
                f"credentials come from {self.source}"
            )
        if status >= 500 or status in (408, 429) or code in ("SlowDown", "RequestTimeout", "OperationAborted"):
            return BadItem("busy" if status in (429, 503) else "broken", said)
        return Refused(status, code, said)

    def _broken(self, error: Exception) -> Exception:
        from botocore.exceptions import (
            ConnectTimeoutError,
            CredentialRetrievalError,
            EndpointConnectionError,
            HTTPClientError,
            IncompleteReadError,
            NoCredentialsError,
            SSLError,
        )

        said = one_line(str(error))
        if isinstance(error, NoCredentialsError | CredentialRetrievalError):
            return BuildError(f"no credentials for the bucket {self.name}: set {' and '.join(PAIRS[0])} ({said})")
        if isinstance(error, EndpointConnectionError | ConnectTimeoutError | SSLError):
            return BuildError(f"the bucket {self.name} can't be reached at {self.where}: {said}")
        if isinstance(error, HTTPClientError | IncompleteReadError):
            return BadItem("dropped", f"the bucket {self.name} at {self.where} dropped the connection: {said}")
        return BuildError(f"the bucket {self.name} can't be asked: {said}")
