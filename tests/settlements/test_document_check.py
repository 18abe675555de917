"""The offline check: what is genuine passes, and nothing else does, down to the byte."""

import random
from dataclasses import replace
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from mediation.settlements.document import render
from mediation.settlements.document.check import check_settlement
from mediation.settlements.document.envelope import token_is_exact
from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import open_authority
from mediation.settlements.document.report import Capacity, Problem, Verdict
from mediation.settlements.document.signing import renew
from mediation.settlements.document.terms import Language, signing_slots
from tests.settlements.document_samples import (
    EVIDENCE,
    FACE,
    PASSPHRASE,
    SAMPLES,
    authority,
    chinese_terms,
    cover,
    english_terms,
    issued,
    sealed,
    sealed_over,
    signed,
    signed_by_all,
    time_source,
)
from tests.settlements.document_variants import with_guarantor_and_time


def checked(pdf):
    return check_settlement(pdf, trusted_root_pem=authority().root_pem)


def last_gap(pdf):
    """First and last offset of the newest time stamp's value, brackets included."""
    newest = PdfFileReader(BytesIO(pdf)).embedded_signatures[-1]
    _, start, end, _ = (int(n) for n in newest.sig_object["/ByteRange"])
    return start, end - 1


@pytest.mark.parametrize("language", Language)
def test_a_sealed_settlement_is_genuine(language):
    terms = SAMPLES[language]()

    report = checked(sealed(language))

    assert report.findings == ()
    assert report.verdict is Verdict.GENUINE
    assert report.terms == terms
    assert report.archived_at is not None


@pytest.mark.parametrize(
    "terms",
    [
        english_terms(schema="heyi-settlement-1"),
        english_terms(schema="heyi-settlement-2"),
        with_guarantor_and_time(chinese_terms),
    ],
    ids=["1", "2", "3 with all it added"],
)
def test_a_document_of_every_schema_is_genuine(terms):
    report = checked(sealed_over(signed_by_all(terms), terms))
    assert (report.findings, report.terms) == ((), terms)


def test_report_names_everybody_in_order_with_times_and_evidence():
    report = checked(sealed(Language.ENGLISH))

    assert [(line.capacity, line.name) for line in report.signers] == [
        (Capacity.PLATFORM, "Document Issue"),
        (Capacity.PARTY, "Hannah Keller"),
        (Capacity.PARTY, "Luc Moreau"),
        (Capacity.MEDIATOR, "Dr Amara Osei"),
        (Capacity.CENTER, "Settlement Seal"),
    ]
    times = [line.signed_at for line in report.signers]
    assert [*times, report.archived_at] == sorted([*times, report.archived_at])
    assert report.signers[1].evidence == EVIDENCE.notice()


def test_people_may_sign_in_any_order():
    terms = english_terms()
    pdf = issued(terms)
    for slot in reversed(signing_slots(terms)):
        pdf = signed(pdf, terms, slot)

    assert checked(sealed_over(pdf, terms)).verdict is Verdict.GENUINE


def test_long_names_stay_genuine():
    terms = chinese_terms()
    company = replace(terms.parties[1], name="杭州锦程装饰工程" * 5 + "有限公司")
    terms = replace(terms, parties=(terms.parties[0], company))

    report = checked(sealed_over(signed_by_all(terms), terms))

    assert report.findings == ()
    assert report.signers[2].organisation == company.name


@pytest.mark.parametrize("name", ["阿依古丽·买买提", "约翰・史密斯", "A\u2011B ‒ C…D⋯E ①➀"])
def test_a_name_with_a_sign_that_shares_its_glyph_stays_genuine(name):
    terms = chinese_terms()
    terms = replace(terms, parties=(replace(terms.parties[0], name=name), terms.parties[1]))

    assert checked(sealed_over(signed_by_all(terms), terms)).findings == ()


def test_without_a_root_the_issuer_is_unknown():
    report = check_settlement(sealed(Language.ENGLISH), trusted_root_pem=None)

    assert report.verdict is Verdict.NOT_OURS
    assert report.findings == (Problem.ISSUER_UNKNOWN,)
    assert report.root_sha256 == checked(sealed(Language.ENGLISH)).root_sha256


def test_another_installations_root_is_refused(tmp_path):
    other = open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Elsewhere")

    report = check_settlement(sealed(Language.ENGLISH), trusted_root_pem=other.root_pem)

    assert report.verdict is Verdict.NOT_OURS
    assert report.findings == (Problem.ISSUER_UNKNOWN,)
    assert report.terms is None


def test_a_renewed_archive_stays_genuine():
    renewed = renew(sealed(Language.ENGLISH), authority=authority(), time=time_source())

    report = checked(renewed)

    assert report.findings == ()
    assert renewed.startswith(sealed(Language.ENGLISH))


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7\n%%EOF\n", b"\0" * 5000, b"not a file"])
def test_what_is_no_pdf_is_not_ours(raw):
    assert checked(raw).verdict is Verdict.NOT_OURS


def test_an_unsigned_document_is_not_ours():
    terms = english_terms()
    unsigned = render.render(terms, cover=cover(terms), face=FACE)

    report = checked(unsigned)

    assert report.verdict is Verdict.NOT_OURS
    assert report.findings == (Problem.UNSIGNED,)


def test_signatures_without_seal_are_not_enough():
    report = checked(signed_by_all(english_terms()))

    assert report.verdict is Verdict.NOT_GENUINE
    assert report.findings == (Problem.NOT_SEALED,)


def test_the_file_without_its_archive_revision_is_refused():
    pdf = sealed(Language.ENGLISH)
    seal = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[-1]
    _, _, second, rest = (int(n) for n in seal.sig_object["/ByteRange"])

    assert checked(pdf[: second + rest]).verdict is Verdict.NOT_GENUINE


# --- every byte counts -----------------------------------------------------------------------


def test_any_changed_byte_is_caught():
    pdf = sealed(Language.CHINESE)
    rnd = random.Random(20261121)  # the same places every time

    for position in rnd.sample(range(len(pdf)), 300):
        changed = bytearray(pdf)
        changed[position] ^= rnd.randrange(1, 256)
        assert checked(bytes(changed)).verdict is not Verdict.GENUINE, position


@pytest.mark.parametrize("from_end", [0, 1, 2, 3, 40, 200, 400])
def test_padding_of_the_last_time_stamp_is_caught(from_end):
    pdf = sealed(Language.ENGLISH)
    position = last_gap(pdf)[1] - from_end
    changed = bytearray(pdf)
    changed[position] = ord("1") if changed[position] != ord("1") else ord("2")

    assert checked(bytes(changed)).verdict is not Verdict.GENUINE


def test_letter_case_in_the_last_time_stamp_is_caught():
    pdf = sealed(Language.ENGLISH)
    start, end = last_gap(pdf)
    position = next(n for n in range(start, end) if chr(pdf[n]).isalpha())
    changed = bytearray(pdf)
    changed[position] = ord(chr(pdf[position]).lower())

    assert bytes.fromhex(pdf[start + 1 : end].decode()) == bytes.fromhex(
        changed[start + 1 : end].decode()
    )
    assert checked(bytes(changed)).findings == (Problem.BYTES_UNSIGNED,)


def test_every_digit_of_the_unprotected_token_is_pinned():
    """What no hash covers: change each byte of the token's value, one at a time, to see it fail."""
    pdf = sealed(Language.ENGLISH)
    reader = PdfFileReader(BytesIO(pdf))
    newest = reader.embedded_signatures[-1]
    value = bytes(newest.pkcs7_content)
    known = {item.dump() for item in DocumentSecurityStore.read_dss(reader).load_certs()}
    signed_info = newest.signed_data["encap_content_info"].dump()
    signer = newest.signer_info
    protected = [signed_info, signer["signed_attrs"].dump(), signer["signature"].native]
    starts = [value.index(protected[0])]
    starts += [value.rindex(part[1:]) - 1 for part in protected[1:]]
    spans = list(zip(starts, map(len, protected), strict=True))

    loose = set(range(len(value))) - {
        n for start, length in spans for n in range(start, start + length)
    }
    missed = [n for n in sorted(loose) if _is_exact(value, n, known)]

    assert token_is_exact(value, known)
    assert len(loose) > 1000
    assert missed == []


def _is_exact(value, position, known):
    changed = bytearray(value)
    changed[position] ^= 0x01
    try:
        return token_is_exact(bytes(changed), known)
    except (ValueError, TypeError, KeyError, IndexError):
        return False


@pytest.mark.parametrize("tail", [b"\n", b"%%EOF\n", b"hidden", b"\0" * 64])
def test_nothing_may_follow_the_end(tail):
    assert checked(sealed(Language.ENGLISH) + tail).verdict is not Verdict.GENUINE


def test_nothing_may_stand_before_the_beginning():
    assert checked(b"\n" + sealed(Language.ENGLISH)).verdict is not Verdict.GENUINE
