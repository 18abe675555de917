"""Documents while the store for files does not answer: said in words, and nothing is half done."""

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mediation.audit.models import Entry
from mediation.evidence.models import Document
from mediation.vault.models import SealedFile
from tests.buckets import bucket, s3_endpoint
from tests.evidence import samples
from tests.promises.world import client_of
from tests.servers import free_port

__all__ = ["bucket", "s3_endpoint"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"en": "does not answer", "zh-hans": "没有回应"}


@pytest.mark.parametrize("language", SAID)
def test_uploads_and_downloads_say_so_and_leave_nothing(cast, bring, bucket, settings, language):
    kept = bring(cast, name="kept.txt")
    working = settings.STORAGES
    browser = client_of(cast.party_a)
    browser.cookies["language"] = language
    rows = (Document.objects.count(), SealedFile.objects.count(), Entry.objects.count())
    settings.STORAGES = elsewhere(working)

    new = SimpleUploadedFile("note.txt", samples.GOOD["note.txt"], "text/plain")
    sent = {"file": new, "audience": "room"}
    uploaded = browser.post(reverse("evidence:list", args=[cast.case.pk]), sent)
    fetched = browser.get(reverse("evidence:download", args=[cast.case.pk, kept.pk]))

    for answer in (uploaded, fetched):
        assert answer.status_code == 503
        assert SAID[language] in answer.content.decode()
    assert (Document.objects.count(), SealedFile.objects.count(), Entry.objects.count()) == rows
    settings.STORAGES = working
    assert browser.get(fetched.request["PATH_INFO"]).content == samples.GOOD["note.txt"]


def test_a_file_that_is_gone_is_not_called_safe(cast, bring, bucket):
    document = bring(cast)
    default_storage.delete(document.file.storage_name)

    answer = client_of(cast.party_a).get(
        reverse("evidence:download", args=[cast.case.pk, document.pk])
    )

    assert answer.status_code == 500
    assert "Please tell the centre" in answer.content.decode()
    assert "not lost" not in answer.content.decode()


def elsewhere(storages):
    """The same storage at an address where nobody answers."""
    own = storages["default"]
    options = {**own["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    return {**storages, "default": {**own, "OPTIONS": options}}
