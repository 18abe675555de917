"""The authority, the signatures and the seal: made once, told truthfully, valid for outsiders."""

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from asn1crypto import core, tsp
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import TimestampRequestError

from mediation.settlements.document.asn1 import (
    is_definite_length_ending_in_80,
    repair_asn1crypto,
)
from mediation.settlements.document.certificates import (
    POLICY_SIGNER,
    document_signer,
    revocation_list,
    subject,
)
from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import AuthorityUnreadable, open_authority
from mediation.settlements.document.render import render
from mediation.settlements.document.signing import (
    FieldNotOpen,
    Look,
    SignaturesMissing,
    Signer,
    issue,
    open_fields,
    sign_as,
)
from mediation.settlements.document.terms import Language, signing_slots
from mediation.settlements.document.timestamps import outside_time
from tests.settlements.document_samples import (
    EVIDENCE,
    FACE,
    PASSPHRASE,
    SAMPLES,
    authority,
    cover,
    english_terms,
    issued,
    sealed,
    sealed_over,
    signed,
    time_source,
)


@pytest.fixture(scope="module")
def certified():
    return issued(english_terms())


def signatures(pdf):
    return PdfFileReader(BytesIO(pdf)).embedded_signatures


def serials(folder):
    ours = open_authority(folder, keys=FileKeys(PASSPHRASE), operator="Lakeside")
    return [
        item.certificate.serial_number
        for item in (ours.signing, ours.issue_seal, ours.center_seal, ours.time_stamper)
    ]


def test_authority_is_made_once_and_found_again(tmp_path):
    assert serials(tmp_path / "pki") == serials(tmp_path / "pki")


def test_processes_starting_at_once_end_with_one_authority(tmp_path):
    code = (
        "import sys, pathlib; from mediation.settlements.document.pki import open_authority; "
        "from mediation.settlements.document.keys import FileKeys; keys = FileKeys(sys.argv[2]); "
        "a = open_authority(pathlib.Path(sys.argv[1]), keys=keys, operator='L'); "
        "print(a.signing.certificate.serial_number, a.center_seal.certificate.serial_number)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pki"), PASSPHRASE]

    racing = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = [process.communicate(timeout=120)[0] for process in racing]

    assert len(printed[0].split()) == 2
    assert printed == [printed[0]] * 3
    assert [p.name for p in (tmp_path / "pki").iterdir() if p.name.startswith(".making")] == []


def test_keys_are_encrypted_and_for_the_owner_only(tmp_path):
    open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Lakeside")

    keys = list(tmp_path.glob("authority/*.key"))

    assert len(keys) == 5
    for key in keys:
        assert key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert key.stat().st_mode & 0o777 == 0o600


def test_a_half_made_authority_is_not_used(tmp_path):
    (tmp_path / ".making-left-by-a-crash").mkdir()
    (tmp_path / ".making-left-by-a-crash" / "root.pem").write_bytes(b"half")

    assert serials(tmp_path) == serials(tmp_path)


def test_wrong_passphrase_is_refused(tmp_path):
    open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Lakeside")

    with pytest.raises(AuthorityUnreadable):
        open_authority(tmp_path, keys=FileKeys("another passphrase"), operator="Lakeside")


def test_a_key_of_another_certificate_is_refused(tmp_path):
    open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Lakeside")
    home = tmp_path / "authority"
    shutil.copy(home / "center-seal.key", home / "issue-seal.key")

    with pytest.raises(AuthorityUnreadable):
        open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Lakeside")


def test_short_passphrase_is_refused(tmp_path):
    with pytest.raises(ValueError, match="16"):
        FileKeys("short")


def test_root_key_may_be_taken_offline(tmp_path):
    open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Lakeside")
    (tmp_path / "authority" / "root.key").unlink()

    ours = open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Lakeside")

    assert len(ours.fresh_lists()) == 2


def test_revocation_lists_are_fresh_numbered_and_long_lived():
    first, second = (revocation_list(authority().signing) for _ in range(2))
    number = x509.CRLNumber

    assert datetime.now(UTC) - second.last_update_utc < timedelta(seconds=20)
    assert second.next_update_utc == authority().signing.certificate.not_valid_after_utc
    assert (
        first.extensions.get_extension_for_class(number).value.crl_number
        < second.extensions.get_extension_for_class(number).value.crl_number
    )


def test_signers_certificate_tells_who_and_how_truthfully(certified):  # E1, E2
    terms = english_terms()
    pdf = signed(certified, terms, signing_slots(terms)[1])

    certificate = signatures(pdf)[-1].signer_cert
    notice = certificate.certificate_policies_value[0]["policy_qualifiers"][0]["qualifier"]

    assert certificate.subject.native["common_name"] == "Luc Moreau"
    assert certificate.subject.native["organization_name"] == "Moreau & Söhne Renovation Ltd"
    assert certificate.subject_alt_name_value is None
    assert notice["explicit_text"].native == EVIDENCE.notice()
    assert "platform-attested, not qualified" in EVIDENCE.notice()
    assert EVIDENCE.record_sha256 in EVIDENCE.notice()
    assert certificate.key_usage_value.native == {"digital_signature", "non_repudiation"}


def test_email_is_in_the_certificate_only_if_given(certified):
    pdf = sign_as(
        certified,
        signer=Signer(field="sign-1", who="Hannah Keller", email="hannah.keller@example.org"),
        evidence=EVIDENCE,
        authority=authority(),
        time=time_source(),
        look=Look(FACE, Language.ENGLISH),
    )

    names = signatures(pdf)[-1].signer_cert.subject_alt_name_value.native

    assert names == ["hannah.keller@example.org"]


def test_every_signature_has_a_key_of_its_own(certified):  # E1
    terms = english_terms()
    slot = signing_slots(terms)[0]

    keys = {
        signatures(signed(certified, terms, slot))[-1].signer_cert.public_key.dump()
        for _ in range(2)
    }

    assert len(keys) == 2


@pytest.mark.parametrize(
    "long_name", ["The Honourable Wolfeschlegelsteinhausenbergerdorff " * 2, "和议" * 20]
)
def test_long_names_are_kept_whole_beside_the_short_one(long_name):
    names = subject(long_name, long_name)

    short = [a.value for a in names if len(a.value.encode()) <= 64]
    whole = [a.value for a in names if a.value == long_name]

    assert len(short) == 2
    assert all(value.endswith("…") and long_name.startswith(value[:-1]) for value in short)
    assert len(whole) == 2


def test_a_notice_longer_than_the_standard_allows_is_refused():
    name = subject("Hannah Keller")

    with pytest.raises(ValueError, match="200"):
        document_signer(authority().signing, name, policy=POLICY_SIGNER, notice="x" * 201)


def test_the_longest_evidence_fits_its_notice():
    assert len(replace(EVIDENCE, method="m" * 200).notice()) <= 200


def test_signing_only_adds_bytes(certified):  # E4
    terms = english_terms()

    pdf = signed(certified, terms, signing_slots(terms)[0])

    assert pdf.startswith(certified)


@pytest.mark.parametrize("field", ["sign-1", "seal", "issue", "sign-9"])
def test_only_an_open_field_of_a_person_can_be_signed(certified, field):  # T15
    terms = english_terms()
    first = signing_slots(terms)[0]
    pdf = signed(certified, terms, first)

    with pytest.raises(FieldNotOpen):
        signed(pdf, terms, replace(first, field=field))


def test_a_document_is_issued_once(certified):
    with pytest.raises(FieldNotOpen):
        issue(certified, authority=authority(), time=time_source())


def test_seal_waits_for_everybody(certified):  # A3
    terms = english_terms()
    pdf = signed(certified, terms, signing_slots(terms)[0])

    with pytest.raises(SignaturesMissing) as refusal:
        sealed_over(pdf, terms)

    assert refusal.value.fields == ("sign-2", "mediator-1")


def test_a_sealed_document_has_no_open_field():
    assert open_fields(sealed(Language.ENGLISH)) == []


def test_sealing_twice_is_refused():
    with pytest.raises(FieldNotOpen):
        sealed_over(sealed(Language.ENGLISH), english_terms())


@pytest.mark.parametrize("language", Language)
def test_poppler_finds_every_signature_valid_and_trusted(language, tmp_path):  # E5
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed(language))
    (tmp_path / "root.pem").write_bytes(authority().root_pem)
    store = f"sql:{tmp_path}"
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    trust = ["-n", "root", "-t", "C,C,C", "-i", str(tmp_path / "root.pem")]
    subprocess.run(["certutil", "-A", "-d", store, *trust], check=True)

    run = subprocess.run(
        ["pdfsig", "-nssdir", str(tmp_path), str(file)], capture_output=True, text=True, check=False
    )

    people = len(signing_slots(SAMPLES[language]()))
    assert run.stdout.count("Signature #") == people + 3
    assert run.stdout.count("Signature is Valid.") == people + 2
    assert run.stdout.count("Certificate is Trusted.") == people + 2
    # Poppler knows no document time stamps, but sees that the last one covers the whole file.
    assert "Total document signed" in run.stdout.split("Signature #")[-1]


def test_a_dead_time_stamp_authority_stops_the_signature():
    terms = english_terms()
    unsigned = render(terms, cover=cover(terms), face=FACE)
    nowhere = outside_time(["http://127.0.0.1:9/"], roots_pem=authority().root_pem, timeout=2)

    with pytest.raises(TimestampRequestError):
        issue(unsigned, authority=authority(), time=nowhere)


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (b"\x30\x80", False),
        (b"\x30\x81\x80", True),
        (b"\x30\x82\x01\x80", True),
        (b"\x30\x82\x01\x81", False),
        (b"\xa0\x82\x05\x84\x30\x82\x05\x80", True),
        (b"\xa0\x80\x30\x80", False),
        (b"\xbf\x81\x01\x81\x80", True),
        (b"", False),
        (None, False),
    ],
)
def test_definite_lengths_are_told_from_indefinite_ones(header, answer):
    assert is_definite_length_ending_in_80(header) is answer


def test_the_repair_keeps_the_bytes_as_they_came(monkeypatch):
    """384 octets have the length 82 01 80; encoding anew is what must not happen."""
    repair_asn1crypto()
    value = core.SequenceOf(spec=core.OctetString)
    value.append(core.OctetString(b"x" * 380))
    der = value.dump()
    loaded = core.SequenceOf.load(der, spec=core.OctetString)
    encoded_anew = []
    monkeypatch.setattr(core.SequenceOf, "_set_contents", lambda *a, **k: encoded_anew.append(1))

    assert der[:4] == b"\x30\x82\x01\x80"
    assert loaded.dump() == der
    assert encoded_anew == []


def test_the_repair_leaves_changed_values_to_the_library():
    repair_asn1crypto()
    request = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": b"\0" * 32,
            },
        }
    )
    loaded = tsp.TimeStampReq.load(request.dump())
    loaded["nonce"] = 7

    assert tsp.TimeStampReq.load(loaded.dump())["nonce"].native == 7
