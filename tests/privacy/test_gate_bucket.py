"""The release gate of erasure with files in a bucket."""

import pytest

from tests.buckets import bucket, everything_in, s3_endpoint
from tests.privacy.test_destruction import destroy_everything

__all__ = ["bucket", "s3_endpoint"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def files_in_a_bucket(own_places, bucket):
    return bucket


def test_no_version_of_any_file_is_left(files_in_a_bucket, settled):
    assert len(everything_in(files_in_a_bucket)) > 5

    destroy_everything(settled)

    assert everything_in(files_in_a_bucket) == []
