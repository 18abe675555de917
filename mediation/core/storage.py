"""An S3-compatible bucket for sealed files."""

from datetime import datetime

from botocore.config import Config
from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

NOT_FOUND = 404
# Some stores know no versions at all and say so.
KNOWS_NO_VERSIONS = {405, 501}
# A page waits for these: a store that is away is an error soon, not after minutes.
PATIENCE = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})


class Bucket(S3Storage):  # type: ignore[misc]
    """A bucket in which what is deleted is gone, its older versions too.

    Needs the permissions to get, put, list and delete objects, to read the bucket's versioning
    and, if it has any, to list and delete versions. Without one of them deleting fails and is
    tried again, with an alarm. A lock or a copy in another bucket is out of its reach.
    """

    def get_default_settings(self) -> dict[str, object]:
        return {**super().get_default_settings(), "client_config": PATIENCE}

    def delete(self, name: str) -> None:
        """Raises ClientError or BotoCoreError."""
        if not self._keeps_versions():
            super().delete(name)
            return
        for version in self.bucket.object_versions.filter(Prefix=name):
            if version.object_key == name:  # markers of a deletion are versions as well
                version.delete()

    def get_modified_time(self, name: str) -> datetime:
        """Raises FileNotFoundError, as other storages do."""
        try:
            modified_at: datetime = super().get_modified_time(name)
        except ClientError as error:
            if _status(error) == NOT_FOUND:
                raise FileNotFoundError(name) from error
            raise
        return modified_at

    def _keeps_versions(self) -> bool:
        """Asked each time: an operator may switch versions on while we run."""
        try:
            status = self.connection.BucketVersioning(self.bucket_name).status
        except ClientError as error:
            if _status(error) in KNOWS_NO_VERSIONS:
                return False
            raise
        return status is not None


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
