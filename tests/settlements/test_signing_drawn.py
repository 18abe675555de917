"""Drawing one's signature on the page: optional, strictly read, in the document only."""

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.models import Signature
from mediation.settlements.services.revisions import content_of
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import mailed_code, make_settlement, shown_sha256
from tests.settlements.test_views import page as path_of

pytestmark = pytest.mark.django_db
STROKES = "[[0,0,40,30,80,0,120,40],[10,50,110,50]]"


@pytest.fixture
def cast() -> Cast:
    return make_cast("mediating")


@pytest.fixture
def press(cast: Cast):
    """Presses the button of the signing page as party A, with a code from the mail."""
    settlement = make_settlement(cast, stage="signing")
    sha256 = shown_sha256(settlement)
    fields = {
        "document_sha256": sha256,
        "typed_name": "Ada Applicant",
        "code": mailed_code(cast.party_a, settlement, sha256),
    }
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.party_a, "allauth.account.auth_backends.AuthenticationBackend")
    return lambda **more: client.post(path_of(cast, "sign"), fields | more)


def look_of(signature: Signature) -> bytes:
    newest = PdfFileReader(BytesIO(content_of(signature.revision))).embedded_signatures[-1]
    return bytes(newest.sig_field["/AP"]["/N"].data)


def test_a_drawing_becomes_the_look(press) -> None:
    assert press(drawing=STROKES).status_code == 302
    assert look_of(Signature.objects.get()).count(b" l S") == 2


def test_without_one_the_typed_name_does(press) -> None:
    assert press().status_code == 302
    look = look_of(Signature.objects.get())
    assert b" l S" not in look
    assert look.count(b"BT") == 3


@pytest.mark.parametrize(
    "wrong", ["x", "[[1,2]]", "[[0,0,99999,1]]", "[[0,0,50,50]," + "[0,0]," * 9000 + "[1,1]]"]
)
def test_what_is_no_drawing_is_told_and_nothing_is_signed(press, wrong: str) -> None:
    page = press(drawing=wrong)
    assert page.status_code == 200
    assert "The drawing could not be used" in page.content.decode()
    assert 'name="drawing" id' in page.content.decode()  # empty again
    assert not Signature.objects.exists()
    assert press().status_code == 302  # and the code is not used up


def test_the_drawing_is_kept_nowhere_but_in_the_document(press) -> None:
    with CaptureQueriesContext(connection) as queries:
        press(drawing=STROKES)
    assert not [query["sql"] for query in queries if "40,30,80" in query["sql"]]
