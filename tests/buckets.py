"""Sealed files in a bucket of one's own, as in production."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest

from tests.servers import s3

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "throw-away",
    "AWS_SECRET_ACCESS_KEY": "throw-away",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with s3() as url:
        yield url


@pytest.fixture(params=["plain", "versioned"])
def bucket(
    request: pytest.FixtureRequest,
    s3_endpoint: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """The bucket that is Django's default storage, without older versions and with them."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    made = make_bucket(s3_endpoint, is_versioned=request.param == "versioned")
    options = {"bucket_name": made.name, "endpoint_url": s3_endpoint, "file_overwrite": False}
    own = {"BACKEND": "mediation.core.storage.Bucket", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": own}
    return made


def make_bucket(endpoint: str, *, is_versioned: bool = False) -> Any:
    """Credentials have to be in the environment."""
    store = boto3.resource("s3", endpoint_url=endpoint)
    region = os.environ["AWS_DEFAULT_REGION"]
    made = store.create_bucket(
        Bucket=f"heyi-{uuid4()}", CreateBucketConfiguration={"LocationConstraint": region}
    )
    if is_versioned:
        made.Versioning().enable()
    return made


def everything_in(bucket: Any) -> list[str]:
    """Every object, every older version, and every marker of a deletion."""
    return sorted(version.object_key for version in bucket.object_versions.all())
