"""A certificate is checked by anybody with two public keys, and names nobody."""

import json
import re
from datetime import datetime, timedelta

import pytest

from mediation.privacy.access import certificates_visible_to
from mediation.privacy.enums import Scope
from mediation.privacy.services.certificates import file_of, is_what_was_logged
from mediation.privacy.services.requests import ask_erasure
from mediation.vault import services as vault
from mediation.verification.enums import Kind, Verdict
from mediation.verification.services import Anchors, verify
from tests.privacy.conftest import run_erasures

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["Ada", "Bo Resp", "Main St", "example", "canary"]


@pytest.fixture
def certificate(left):
    for user in (left.party_a, left.party_b):
        ask_erasure(actor=user, case=left.case, scope=Scope.EVERYTHING)
    run_erasures(left.case)
    return certificates_visible_to(left.party_a).get()


def test_it_is_genuine_offline_and_every_change_is_found(certificate, left, settings):
    content = file_of(certificate)
    anchors = Anchors(root_pem=None, key_pem=vault.public_key_pem())

    found = verify(content, anchors)
    assert (found.kind, found.verdict, found.findings) == (Kind.CERTIFICATE, Verdict.GENUINE, ())
    assert is_what_was_logged(certificate.signed["statement"])
    for old, new in [
        (b'"both_asked"', b'"schedule"'),
        (b'"messages": 1', b'"messages": 2'),
        (b'"leaf_index": ', b'"leaf_index": 1'),
    ]:
        assert old in content
        assert verify(content.replace(old, new), anchors).verdict == Verdict.NOT_GENUINE

    # Nothing in it leads to a person, or to the case's own row.
    text = content.decode()
    clear = text.replace(settings.PUBLIC_URL, "")  # and signatures may spell anything inside
    assert [word for word in NAMES if re.search(rf"\b{word}", clear)] == []
    assert str(left.case.pk) not in text
    assert left.case.number not in text
    for user in (left.party_a, left.party_b, left.mediator):
        assert str(user.pk) not in text


def test_it_says_when_and_what_and_until_when_copies_live(certificate, left, settings):
    said = certificate.signed["statement"]

    assert said["compartments"] == ["caucus:A", "evidence", "identity", "joint", "notes"]
    objects = {one["compartment"]: one["objects"] for one in said["destroyed"]}
    assert objects["joint"]["messages"] == 1
    assert objects["evidence"] == {"documents": 2, "files": 2}
    assert objects["caucus:A"]["documents"] == 1
    executed = datetime.fromisoformat(said["executed_at"])
    copies = datetime.fromisoformat(said["unrecoverable_not_later_than"])
    assert copies - executed == timedelta(days=settings.KEYRING_BACKUP_DAYS)
    prints = {one["compartment"]: one["key_fingerprint"] for one in said["destroyed"]}
    ledger = vault.destroyed_keys(case_id=left.case.pk)
    assert {key.compartment: key.fingerprint for key in ledger}["joint"] == prints["joint"]


def test_another_certificates_proof_does_not_do(certificate, left):
    other = certificates_visible_to(left.party_b).get()
    mixed = json.loads(file_of(certificate))["statement"]
    mixed["log"] = other.signed["statement"]["log"]

    assert not is_what_was_logged(mixed)
    for broken in ({}, {"log": {}}, {"log": {"proof": {"leaf": "!"}}}, {**mixed, "log": None}):
        assert not is_what_was_logged(broken)


def test_each_side_has_its_own(certificate, left):
    mine, theirs = (certificates_visible_to(user).get() for user in (left.party_a, left.party_b))
    mediators = certificates_visible_to(left.mediator).get()

    assert len({mine.pk, theirs.pk, mediators.pk}) == 3
    assert "caucus" not in file_of(mediators).decode()
    for user in (left.coordinator, left.other_staff, left.clerk, left.stranger):
        assert not certificates_visible_to(user).exists()
