"""Settlements of unlike shapes stay archival and genuine; `script/bench conformity` tries forty."""

import page as page_validation
import pytest

from mediation.settlements.document.check import check_settlement
from mediation.settlements.document.completeness import Severity, validate
from mediation.settlements.document.render import missing_characters, render, unfit_names
from mediation.settlements.document.report import Verdict
from mediation.settlements.document.right_to_left import RUN
from mediation.settlements.document.terms import Language, signing_slots
from tests.settlements.document_matrix import COUNT, terms_of
from tests.settlements.document_samples import (
    FACE,
    authority,
    cover,
    sealed_over,
    signed_by_all,
)

SHAPES = (4, 11, 23)  # one obligation and many, four to six signers, both languages


@pytest.mark.parametrize("number", range(COUNT))
def test_every_shape_could_be_offered(number):
    terms = terms_of(number)

    found = validate(terms)

    assert [item for item in found if item.severity is Severity.ERROR] == []
    assert (missing_characters(terms, FACE), unfit_names(terms, FACE)) == ({}, {})


def test_some_are_signed_from_the_right_in_both_languages():
    signed = {
        terms_of(number).language
        for number in range(COUNT)
        for slot in signing_slots(terms_of(number))
        if RUN.match(slot.signer)
    }

    assert signed == set(Language)


@pytest.mark.parametrize("number", SHAPES)
def test_it_is_archival_before_and_genuine_after_signing(number):
    terms = terms_of(number)
    profile = page_validation.ValidationProfile.PDF_A_3A

    report = page_validation.validate_pdf_bytes(
        render(terms, cover=cover(terms), face=FACE), profile=profile
    )
    checked = check_settlement(
        sealed_over(signed_by_all(terms), terms), trusted_root_pem=authority().root_pem
    )

    assert report.is_compliant
    assert checked.findings == ()
    assert checked.verdict is Verdict.GENUINE
    assert checked.terms == terms
