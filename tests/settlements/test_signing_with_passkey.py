"""Signing confirmed by a passkey: these bytes, this signer, once; and the document says so."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mediation.accounts.services import passkeys
from mediation.accounts.services.passkeys import PasskeyRefused
from mediation.core.errors import Forbidden
from mediation.settlements.document.report import Verdict
from mediation.settlements.models import Settlement, Signature
from mediation.settlements.selectors import document_of
from mediation.settlements.services import engine, reading, sealing, signing
from tests.factories.cast import Cast, make_cast
from tests.factories.passkeys import FLAG, Device, give_passkey
from tests.factories.settlements import mailed_code, make_settlement, shown_sha256, sign
from tests.settlements.test_services_signing import fresh
from tests.settlements.test_views import page as path_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def settlement(settlement_to_sign: Settlement) -> Settlement:
    return settlement_to_sign


@pytest.fixture
def device(cast: Cast) -> Device:
    """Party A's."""
    made = Device()
    give_passkey(cast.party_a, made)
    return made


def ask(user, settlement):
    sha256 = shown_sha256(settlement)
    return signing.begin_passkey(actor=user, settlement=settlement, document_sha256=sha256)


def confirm(user, settlement, answer, sha256=""):
    return signing.confirm_with_passkey_and_sign(
        actor=user,
        settlement=settlement,
        document_sha256=sha256 or shown_sha256(settlement),
        answer=answer,
    )


def browser_of(user) -> Client:
    client = Client(headers={"host": "localhost:8000"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_document_says_who_signed_in_which_way_and_is_genuine(cast, settlement, device):
    confirm(cast.party_a, settlement, device.answer(ask(cast.party_a, settlement)))
    sign(cast.party_b, settlement)
    sign(cast.mediator, settlement)
    sealing.seal_document(settlement=fresh(settlement))
    content = reading.read_document(actor=cast.party_b, settlement=fresh(settlement)).content
    report = engine.check(content)
    assert report.verdict is Verdict.GENUINE
    evidence = {line.name: line.evidence for line in report.signers}
    assert "Passkey, owner verified by their device, 20" in evidence["Ada Applicant"]
    assert "One-time code" not in evidence["Ada Applicant"]
    assert "One-time code sent to own e-mail, 20" in evidence["Bo Respondent"]
    for secret in (device.credential_id, device.credential_id.hex().encode()):
        assert secret not in content


def test_what_was_used_last_is_what_is_said(cast, settlement, device):
    """Both were used; the signature follows from one of them."""
    sha256 = shown_sha256(settlement)
    given = {"actor": cast.party_a, "purpose": signing.CODE_PURPOSE, "subject": sha256}
    with time_machine.travel(timezone.now() - timedelta(minutes=2)):
        passkeys.check_passkey(**given, answer=device.answer(ask(cast.party_a, settlement)))
    signing.confirm_and_sign(
        actor=cast.party_a,
        settlement=settlement,
        document_sha256=sha256,
        code=mailed_code(cast.party_a, settlement, sha256),
    )
    signature = Signature.objects.get()
    revision = signing.content_of(signature.revision)
    assert b"One-time code".hex().encode() in revision.lower()
    assert b"owner verified".hex().encode() not in revision.lower()


def test_the_same_answer_signs_nothing_twice(cast, settlement, device):
    answer = device.answer(ask(cast.party_a, settlement))
    before = shown_sha256(settlement)
    confirm(cast.party_a, settlement, answer)
    for sha256 in (before, shown_sha256(settlement)):
        with pytest.raises((signing.AlreadySigned, signing.OtherDocument)):
            confirm(cast.party_a, settlement, answer, sha256)
    assert Signature.objects.count() == 1


def test_somebody_signed_in_between(cast, settlement, device):
    """What was confirmed for the bytes that were shown serves for no others."""
    answer = device.answer(ask(cast.party_a, settlement))
    old = shown_sha256(settlement)
    sign(cast.party_b, settlement)
    with pytest.raises(signing.OtherDocument):
        confirm(cast.party_a, settlement, answer, old)
    with pytest.raises(PasskeyRefused):
        confirm(cast.party_a, settlement, answer)
    ask(cast.party_a, settlement)
    with pytest.raises(PasskeyRefused):
        confirm(cast.party_a, settlement, answer)
    assert Signature.objects.count() == 1


def test_an_answer_for_another_settlement_signs_nothing(settlement, device, cast):
    other = make_cast("mediating")
    theirs = make_settlement(other, stage="signing")
    options = passkeys.begin_confirmation(
        actor=cast.party_a, purpose=signing.CODE_PURPOSE, subject=shown_sha256(theirs)
    )
    with pytest.raises(PasskeyRefused):
        confirm(cast.party_a, settlement, device.answer(options))
    assert not Signature.objects.exists()


def test_somebody_elses_passkey_signs_nothing(cast, settlement, device):
    theirs = Device(credential_id=b"of party b")
    give_passkey(cast.party_b, theirs)
    with pytest.raises(PasskeyRefused):
        confirm(cast.party_a, settlement, theirs.answer(ask(cast.party_a, settlement)))
    with pytest.raises(PasskeyRefused):
        confirm(cast.party_b, settlement, theirs.answer(ask(cast.party_a, settlement)))
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    "changed", [{"flags": FLAG.UP}, {"step": 0}, {"origin": "https://x.example"}]
)
def test_a_wrong_answer_signs_nothing(cast, settlement, changed):
    device = Device(count=5)
    give_passkey(cast.party_a, device)
    with pytest.raises(PasskeyRefused):
        confirm(
            cast.party_a,
            settlement,
            replace(device, **changed).answer(ask(cast.party_a, settlement)),
        )
    assert not Signature.objects.exists()


def test_too_late_signs_nothing(cast, settlement, device):
    answer = device.answer(ask(cast.party_a, settlement))
    late = timezone.now() + timedelta(minutes=5, seconds=1)
    with time_machine.travel(late), pytest.raises(PasskeyRefused):
        confirm(cast.party_a, settlement, answer)


def test_what_signs_somebody_in_signs_no_document(cast, settlement, device):
    _id, options = passkeys.begin_sign_in()
    ask(cast.party_a, settlement)
    with pytest.raises(PasskeyRefused):
        confirm(cast.party_a, settlement, device.answer(options))


def test_nobody_gets_a_challenge_for_what_they_may_not_sign(cast, settlement, device):
    for name, user in cast.everybody.items():
        if user is None:
            continue
        give_passkey(user, Device(credential_id=name.encode()))
        answer = browser_of(user).post(
            path_of(cast, "passkey_options"), {"document_sha256": shown_sha256(settlement)}
        )
        may = name in {"party_a", "party_b", "mediator"}
        assert answer.status_code == (200 if may else 404), name
        if not may:
            with pytest.raises(Forbidden):
                ask(user, settlement)


def test_the_page_offers_a_passkey_to_whoever_has_one(cast, settlement, device):
    with_one = browser_of(cast.party_a).get(path_of(cast, "sign")).content.decode()
    without = browser_of(cast.party_b).get(path_of(cast, "sign")).content.decode()
    assert "Confirm with your passkey and sign" in with_one
    assert "js/accounts/passkey.js" in with_one
    assert "Confirm with your passkey" not in without
    assert "js/accounts/passkey.js" not in without
    assert all("Send me a code" in page for page in (with_one, without))


def test_asking_for_a_code_keeps_what_was_typed_and_drawn(cast, settlement, device):
    for user in (cast.party_a, cast.party_b):
        client, drawn = browser_of(user), "[[100,100,900,400]]"
        given = {"document_sha256": shown_sha256(settlement), "typed_name": "Ada <b>"}
        page = client.post(path_of(cast, "send_code"), {**given, "drawing": drawn})
        html = page.content.decode()
        assert "A code is on its way" in html
        assert re.search(r'<input[^>]*name="typed_name"[^>]* value="Ada &lt;b&gt;"', html)
        assert f'value="{drawn}"' in html
        assert "error" not in html.partition("<main")[2]
        # The page is sent to the address of signing, wherever it was shown.
        assert f'action="{path_of(cast, "sign")}"' in html
    opened_again = client.get(path_of(cast, "send_code"))
    assert (opened_again.status_code, opened_again.url) == (302, path_of(cast, "sign"))
    assert not Signature.objects.exists()


def test_sign_on_the_page(cast, settlement, device):
    client, sha256 = browser_of(cast.party_a), shown_sha256(settlement)
    options = client.post(path_of(cast, "passkey_options"), {"document_sha256": sha256}).json()
    fields = {
        "document_sha256": sha256,
        "typed_name": "Ada Applicant",
        "answer": device.answer(options),
    }
    misspelt = client.post(path_of(cast, "sign"), fields | {"typed_name": "Ada"}).content.decode()
    assert "Type the name exactly like this" in misspelt
    assert "Enter the six digits" not in misspelt
    assert client.post(path_of(cast, "sign"), fields).status_code == 302
    assert document_of(settlement).signatures.count() == 1


def test_a_refused_passkey_is_told_on_the_page_and_a_code_still_works(cast, settlement, device):
    client, sha256 = browser_of(cast.party_a), shown_sha256(settlement)
    fields = {"document_sha256": sha256, "typed_name": "Ada Applicant"}
    refused = client.post(path_of(cast, "sign"), fields | {"answer": "{}"})
    assert refused.status_code == 200
    assert "The passkey was not accepted" in refused.content.decode()
    # Or what was refused would be sent once more beside the code.
    assert '<input type="hidden" name="answer">' in refused.content.decode()
    code = mailed_code(cast.party_a, settlement, sha256)
    assert client.post(path_of(cast, "sign"), fields | {"code": code}).status_code == 302
    assert Signature.objects.count() == 1


def test_neither_way_chosen_is_told_at_the_field(cast, settlement):
    fields = {"document_sha256": shown_sha256(settlement), "typed_name": "Ada Applicant"}
    page = browser_of(cast.party_a).post(path_of(cast, "sign"), fields).content.decode()
    assert "Enter the six digits from the e-mail." in page


def test_the_number_of_questions_for_a_page_is_the_same(cast, settlement, device):
    """One more passkey is no more work."""
    client = browser_of(cast.party_a)
    assert document_of(settlement) is not None
    first = len(queries_of(client, path_of(cast, "sign")))
    give_passkey(cast.party_a, Device(credential_id=b"second"))
    assert len(queries_of(client, path_of(cast, "sign"))) == first


def queries_of(client, path):
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return found.captured_queries
