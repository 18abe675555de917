"""One answer for each of our files, for a changed byte anywhere in it, and for anything else."""

import base64
import json
import random
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mediation.audit import services as audit
from mediation.audit.models import EntryDetail
from mediation.audit.note import verifier_key
from mediation.cases.services.consents import receipt
from mediation.courts.services.packages import fetch_package
from mediation.privacy.services.certificates import digest
from mediation.settlements.document.report import Problem
from mediation.settlements.selectors import last_revision
from mediation.settlements.services.revisions import content_of
from mediation.vault import services as vault
from mediation.verification.enums import Finding, Kind, Verdict
from mediation.verification.services import own_anchors, verify

pytestmark = pytest.mark.django_db
OTHER_KEY = (
    Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)


@pytest.fixture
def pdf(sealed):
    return content_of(last_revision(sealed.settlement.document))


@pytest.fixture
def package(sealed, released):
    return fetch_package(actor=sealed.cast.clerk, release=released).content


@pytest.fixture
def receipt_file(sealed):
    signed = receipt(consent=sealed.case.consents.select_related("case__center").first())
    return json.dumps(signed, ensure_ascii=False, indent=1).encode()


@pytest.fixture
def statement(sealed):
    """A certificate's statement about an erasure that is only written down here."""
    core = {
        "schema": "heyi-deletion-certificate-1",
        "certificate_id": "7f1f5b0e-0000-4000-8000-000000000001",
        "executed_at": "2026-11-22T00:00:00Z",
    }
    entry = audit.record_system(
        action="erasure.certified", target=sealed.case, statement_sha256=digest(core)
    )
    audit.seal_pending()
    audit.checkpoint()
    detail = EntryDetail.objects.get(entry=entry)
    log = {
        "verifier_key": verifier_key(),
        "proof": audit.inclusion_proof(entry=entry).as_json(),
        "salt": base64.b64encode(bytes(detail.salt)).decode(),
        "details": bytes(detail.details).decode(),
    }
    return {**core, "log": log}


def as_file(signed):
    return json.dumps(signed, ensure_ascii=False, indent=2).encode()


def changed_bytes(content, places):
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        yield place, bytes(changed)


def test_settlement_is_genuine_and_names_who_signed(sealed, pdf):
    report = verify(pdf)
    assert (report.kind, report.verdict, report.findings) == (
        Kind.SETTLEMENT,
        Verdict.GENUINE,
        (),
    )
    assert [signer.part for signer in report.signers] == [
        "platform",
        "party",
        "party",
        "mediator",
        "center",
    ]
    assert [signer.name for signer in report.signers][1:3] == ["Ada Applicant", "Bo Respondent"]
    assert all(signer.signed_at for signer in report.signers)


def test_any_changed_byte_of_a_settlement_is_not_genuine(pdf):
    places = [0, 1, 4, 5, len(pdf) - 1, *random.Random(11).sample(range(len(pdf)), 60)]
    for place, changed in changed_bytes(pdf, places):
        report = verify(changed)
        assert report.verdict == Verdict.NOT_GENUINE, (place, report.findings)
        assert report.findings


def test_settlement_cut_or_lengthened_is_not_genuine(pdf):
    for attack in (pdf[:-1], pdf + b"\n", pdf + pdf[-2000:], pdf[: len(pdf) // 2], b"\n" + pdf):
        assert verify(attack).verdict == Verdict.NOT_GENUINE


def test_settlement_of_another_installation_is_not_ours(pdf):
    foreign = replace(own_anchors(), root_pem=None)
    report = verify(pdf, foreign)
    assert (report.verdict, report.findings) == (Verdict.NOT_OURS, (Finding.ISSUER_UNKNOWN,))


def test_package_is_genuine_with_the_settlement_inside(package):
    report = verify(package)
    assert (report.kind, report.verdict) == (Kind.PACKAGE, Verdict.GENUINE)
    assert len(report.signers) == 5
    assert ("Heyang" in dict(report.facts)["court"]) or ("和阳" in dict(report.facts)["court"])


def test_any_changed_byte_of_a_package_is_not_genuine(package):
    places = [0, 1, 2, 3, len(package) - 1, *random.Random(5).sample(range(len(package)), 15)]
    for place, changed in changed_bytes(package, places):
        assert verify(changed).verdict == Verdict.NOT_GENUINE, place


def test_package_without_a_pinned_root_is_not_genuine(package):
    report = verify(package, replace(own_anchors(), root_pem=None))
    assert Finding.SETTLEMENT_WRONG in report.findings
    assert Finding.ISSUER_UNKNOWN in report.findings


def test_package_under_another_key_is_not_genuine(package):
    report = verify(package, replace(own_anchors(), key_pem=OTHER_KEY))
    assert Finding.MANIFEST_UNSIGNED in report.findings


def test_consent_receipt_is_genuine(receipt_file):
    report = verify(receipt_file)
    assert (report.kind, report.verdict) == (Kind.RECEIPT, Verdict.GENUINE)


def test_any_changed_byte_of_a_receipt_is_not_genuine(receipt_file):
    for place, changed in changed_bytes(receipt_file, range(len(receipt_file))):
        assert verify(changed).verdict != Verdict.GENUINE, place


def test_receipt_saved_again_with_other_spaces_is_not_as_issued(receipt_file):
    again = json.dumps(json.loads(receipt_file), indent=7).encode()
    assert verify(again).findings == (Finding.WRITTEN_DIFFERENTLY,)
    assert verify(receipt_file + b" ").findings == (Finding.WRITTEN_DIFFERENTLY,)


def test_something_unsigned_beside_a_receipt_is_caught(receipt_file):
    signed = json.loads(receipt_file)
    assert verify(as_file({**signed, "note": "paid"})).findings == (Finding.STATEMENT_UNSIGNED,)


def test_certificate_is_genuine_with_its_proof(statement):
    report = verify(as_file(vault.sign_statement(statement=statement)))
    assert (report.kind, report.verdict) == (Kind.CERTIFICATE, Verdict.GENUINE)


def test_certificate_without_a_proof_that_holds_is_not_genuine(statement):
    log = statement["log"]
    wrong = [
        {**statement, "log": {**log, "proof": {**log["proof"], "leaf": "AAAA"}}},
        {**statement, "log": {**log, "proof": {}}},
        {**statement, "log": None},
        {name: value for name, value in statement.items() if name != "log"},
        {**statement, "executed_at": "2026-11-21T00:00:00Z"},  # the proof is of another one
    ]
    for one in wrong:
        signed = vault.sign_statement(statement=one)
        assert verify(as_file(signed)).findings == (Finding.PROOF_WRONG,)


def test_certificate_is_held_against_the_logs_own_key_where_one_is_named(statement):
    signed = as_file(vault.sign_statement(statement=statement))
    assert verify(signed, replace(own_anchors(), log_key=verifier_key())).verdict == Verdict.GENUINE
    other = replace(own_anchors(), log_key="heyi+00000000+AAAA")
    assert verify(signed, other).findings == (Finding.PROOF_WRONG,)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"{}",
        b"[" * 100_000,
        b'{"statement": {"schema": "other"}, "signature": {}}',
        b'{"statement": 7}',
        b"PK\x05\x06" + b"\x00" * 18,
        b"%PDF-1.7\n%%EOF\n",
        b"\xff\xd8\xff\xe0 a picture",
    ],
)
def test_anything_else_is_not_ours(content):
    assert verify(content).verdict == Verdict.NOT_OURS


def test_every_code_of_the_engine_has_a_sentence():
    assert {str(problem) for problem in Problem} <= set(Finding.values)
