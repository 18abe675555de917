"""A private document shown to everybody by whoever brought it."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from mediation.core.errors import Forbidden, WrongState
from mediation.evidence.access import documents_visible_to
from mediation.evidence.enums import Audience
from mediation.evidence.models import Document
from mediation.evidence.selectors import documents_of
from mediation.evidence.services.documents import add_document, open_document, release_document
from tests.factories.cast import make_cast
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def brought(db):
    """The cast, and side A's paper for the mediator alone, brought five days ago."""
    cast = make_cast()
    with time_machine.travel(timezone.now() - timedelta(days=5)):
        document = add_document(
            actor=cast.party_a,
            case=cast.case,
            audience=Audience.MEDIATOR,
            name="receipt.txt",
            content=BytesIO(b"paid in March"),
        )
    return cast, document


def test_everybody_gets_it_with_an_id_and_a_day_of_its_own(
    brought, django_capture_on_commit_callbacks
):
    cast, private = brought
    file = private.file
    with django_capture_on_commit_callbacks(execute=True):
        shown = release_document(actor=cast.party_a, document=private)
    assert list(Document.objects.all()) == [shown]
    assert not type(file).objects.filter(pk=file.pk).exists()
    (line,) = documents_of(cast.party_b, cast.case)
    assert (line.name, line.document.pk) == ("receipt.txt", shown.pk)
    assert shown.pk != private.pk
    assert timezone.now() - shown.uploaded_at < timedelta(minutes=1)
    assert shown.file.compartment == "evidence"
    assert open_document(actor=cast.party_b, document=shown) == b"paid in March"


@pytest.mark.parametrize("name", ["party_b", "mediator", "coordinator", "stranger"])
def test_nobody_else_releases_it(brought, name):
    cast, private = brought
    with pytest.raises(Forbidden):
        release_document(actor=getattr(cast, name), document=private)
    assert not documents_visible_to(cast.party_b).exists()


def test_it_is_released_once(brought):
    cast, private = brought
    shown = release_document(actor=cast.party_a, document=private)
    for document in (private, shown):
        with pytest.raises(WrongState):
            release_document(actor=cast.party_a, document=document)


def test_the_page_says_what_and_to_whom(brought):
    cast, private = brought
    path = reverse("evidence:release", args=[cast.case.pk, private.pk])
    page = client_of(cast.party_a).get(path).content.decode()
    assert "receipt.txt" in page
    assert "Then everybody in this case: Mei, Bo Respondent and you" in page
    assert client_of(cast.party_b).get(path).status_code == 404
    assert client_of(cast.mediator).get(path).status_code == 403
    assert client_of(cast.party_a).post(path).status_code == 302
    assert documents_visible_to(cast.party_b).count() == 1
