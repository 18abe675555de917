"""Names from the right in certificates: in full, and in a form that every program can compare."""

from dataclasses import replace
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document.certificates import shortened
from mediation.settlements.document.check import check_settlement
from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import open_authority
from mediation.settlements.document.render import render
from mediation.settlements.document.report import Problem
from mediation.settlements.document.signing import Look, Signer, issue, seal, sign_as
from mediation.settlements.document.terms import signing_slots
from mediation.settlements.document.timestamps import embedded_time
from tests.settlements.document_samples import (
    EVIDENCE,
    FACE,
    PASSPHRASE,
    authority,
    cover,
    english_terms,
    issued,
    sealed_over,
    signed,
    signed_by_all,
)


def checked(pdf):
    return check_settlement(pdf, trusted_root_pem=authority().root_pem)


@pytest.mark.parametrize(
    ("name", "common"),
    [
        ("דוד (12345)", "דוד"),
        ("محمد (Mohammed)", "Mohammed"),
        ("דוד (Bo 1)", "דוד"),
        ("כהן, (3rd) Floor 12", "rd) Floor"),
        ("12 כהן.", "כהן"),
        ("(José) דוד", "José"),
        ("Hannah (Keller)", "Hannah (Keller)"),
        ("٣ 12", "٣ 12"),
    ],
)
def test_the_common_name_begins_and_ends_with_a_letter(name, common):
    assert shortened(name) == common


@pytest.mark.parametrize("operator", ["מרכז הגישור (Haifa)", "Lakeside מרכז " + "x" * 60])
def test_an_operator_written_from_both_sides_is_in_full_in_the_seals(tmp_path, operator):
    ours = open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator=operator)
    time = embedded_time(ours.time_stamper, [ours.signing.certificate])
    terms = english_terms()
    base = render(terms, cover=cover(terms), face=FACE)
    pdf = issue(base, authority=ours, time=time)
    for slot in signing_slots(terms):
        pdf = sign_as(
            pdf,
            signer=Signer(field=slot.field, who=slot.signer, organisation=slot.organisation),
            evidence=EVIDENCE,
            authority=ours,
            time=time,
            look=Look(FACE, terms.language),
        )
    look = Look(FACE, terms.language)
    pdf = seal(pdf, center=terms.center.name, authority=ours, time=time, look=look)

    report = check_settlement(pdf, trusted_root_pem=ours.root_pem)

    assert report.findings == ()
    seals = [report.signers[0], report.signers[-1]]
    assert [line.organisation for line in seals] == [operator, operator]


BOTH_SIDES = ["محمد (Mohammed)", "Mohammed محمد", "כהן 2", "כהן.", "Bo, כהן and " + "x" * 70]


@pytest.mark.parametrize("name", BOTH_SIDES)
def test_a_name_written_from_both_sides_signs_in_full(name):
    terms = english_terms()
    first, second = terms.parties
    terms = replace(terms, parties=(replace(first, name=name), replace(second, name=f"{name} Ltd")))

    sealed = sealed_over(signed_by_all(terms), terms)
    report = checked(sealed)

    assert report.findings == ()
    assert report.signers[1].name == name
    assert report.signers[2].organisation == f"{name} Ltd"
    for certificate in certificates_in(sealed):
        assert certificate.subject.hashable  # where a name from both sides stops asn1crypto


def certificates_in(pdf):
    return [one.signer_cert for one in PdfFileReader(BytesIO(pdf)).embedded_signatures]


def test_another_name_from_both_sides_than_the_terms_have_is_caught():
    terms = english_terms()
    terms = replace(terms, parties=(replace(terms.parties[0], name="محمد (Bo)"), terms.parties[1]))
    first, *others = signing_slots(terms)
    pdf = signed(issued(terms), terms, replace(first, signer="محمد (Al)"))
    for slot in others:
        pdf = signed(pdf, terms, slot)

    report = checked(sealed_over(pdf, terms))

    assert report.findings == (Problem.SIGNER_DIFFERS,)


@pytest.mark.parametrize(
    "name", ["شركة الأفق الجديد للتجارة والمقاولات المحدودة", "כהן לוי " * 5 + "כהן"]
)
def test_a_long_name_is_shortened_in_a_certificate_and_whole_beside_it(name):
    terms = english_terms()
    terms = replace(terms, parties=(replace(terms.parties[0], name=name), terms.parties[1]))

    report = checked(sealed_over(signed_by_all(terms), terms))

    assert len(name.encode()) > 64
    assert (report.findings, report.signers[1].name) == ((), name)
