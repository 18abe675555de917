"""Sealed files in an S3-compatible bucket: the same promises as in a folder."""

from datetime import timedelta
from uuid import uuid4

import pyrage
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from mediation.vault import backups, services
from mediation.vault.errors import StorageFailure
from mediation.vault.keyring import Place
from tests.buckets import CREDENTIALS, bucket, everything_in, make_bucket, s3_endpoint
from tests.house import house
from tests.servers import free_port

__all__ = ["bucket", "s3_endpoint"]  # fixtures
pytestmark = pytest.mark.django_db
JOINT = Place(uuid4(), "joint")
WORDS = b"the whole contract, word for word. " * 6000
IN_A_HOUSE = """
import django; django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
name = default_storage.save("sealed/ab/abcd", ContentFile(b"x" * 10))
print(type(default_storage._wrapped).__name__, default_storage.size(name))
default_storage.delete(name)
"""


def stored():
    return services.store_file(place=JOINT, content=[WORDS], media_type="text/plain")


def test_a_file_is_read_back_and_the_bucket_has_ciphertext_alone(bucket):
    file = stored()

    assert b"".join(services.read_file(file=file)) == WORDS
    (name,) = everything_in(bucket)
    assert name == file.storage_name
    kept = bucket.Object(name).get()
    assert WORDS[:35] not in kept["Body"].read()
    assert "text" not in kept["ContentType"]


def test_of_what_is_deleted_no_version_is_left(bucket):
    file, other = stored(), stored()
    default_storage.save(f"{file.storage_name}-longer", ContentFile(b"another's"))
    bucket.Object(file.storage_name).put(Body=b"a version somebody wrote over it")
    name = file.storage_name

    services.delete_file(file=file)

    assert everything_in(bucket) == sorted([other.storage_name, f"{name}-longer"])
    assert b"".join(services.read_file(file=other)) == WORDS


def test_what_an_operator_deleted_by_hand_leaves_no_version_either(bucket):
    file = stored()
    bucket.Object(file.storage_name).delete()

    services.delete_file(file=file)

    assert everything_in(bucket) == []


def test_orphans_are_found_both_ways(bucket):
    kept, lost = stored(), stored()
    bucket.Object(lost.storage_name).delete()
    stray = default_storage.save(f"sealed/ab/{'ab' * 16}", ContentFile(b"nobody's"))

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        orphans = services.scan_orphan_files()

    assert orphans.objects_without_row == [stray]
    assert orphans.rows_without_object == [lost.pk]
    with pytest.raises(FileNotFoundError):
        default_storage.get_modified_time(lost.storage_name)
    assert b"".join(services.read_file(file=kept)) == WORDS


@pytest.mark.django_db(transaction=True)
def test_a_backup_brings_the_files_back_into_another_bucket(
    bucket, s3_endpoint, settings, tmp_path
):
    identity = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = [str(identity.to_public())]
    file = stored()
    archive = backups.back_up(folder=tmp_path / "backups", part="data")
    other = make_bucket(s3_endpoint)
    own = settings.STORAGES["default"]
    options = {**own["OPTIONS"], "bucket_name": other.name}
    settings.STORAGES = {**settings.STORAGES, "default": {**own, "OPTIONS": options}}
    with pytest.raises(StorageFailure):
        services.read_file(file=file)

    backups.restore(paths=[archive], identities=[identity], is_forced=True)

    assert everything_in(other) == [file.storage_name]
    assert b"".join(services.read_file(file=file)) == WORDS


def test_a_store_that_is_away_is_said_and_nothing_is_forgotten(bucket, settings):
    file = stored()
    own = settings.STORAGES["default"]
    away = {**own["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    settings.STORAGES = {**settings.STORAGES, "default": {**own, "OPTIONS": away}}

    with pytest.raises(StorageFailure):
        services.read_file(file=file)
    with pytest.raises(StorageFailure):
        services.delete_file(file=file)

    file.refresh_from_db()
    settings.STORAGES = {**settings.STORAGES, "default": own}
    assert b"".join(services.read_file(file=file)) == WORDS


def test_the_settings_lead_to_the_bucket(s3_endpoint, monkeypatch):
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    made = make_bucket(s3_endpoint, is_versioned=True)

    with house("print('{}')", S3_BUCKET=made.name, S3_ENDPOINT_URL=s3_endpoint) as running:
        assert running.python(IN_A_HOUSE).split() == ["Bucket", "10"]

    assert everything_in(made) == []
