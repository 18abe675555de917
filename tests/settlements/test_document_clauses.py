"""The ready terms are complete in both languages, and cannot be signed with a blank left."""

from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal

import pytest

from mediation.cases.enums import Category
from mediation.settlements.document.clauses import FOR_ALL, clauses, clauses_for
from mediation.settlements.document.completeness import BLANK, Severity, validate
from mediation.settlements.document.terms import Language, Obligation, ObligationKind
from tests.settlements.document_samples import SAMPLES, english_terms


def in_order(language):
    return [(category, one) for category, rows in clauses(language).items() for one in rows]


def test_both_languages_have_the_same_terms_in_the_same_order():
    english, chinese = map(in_order, (Language.ENGLISH, Language.CHINESE))
    for (category, one), (same_category, other) in zip(english, chinese, strict=True):
        assert (category, one.id, one.kind) == (same_category, other.id, other.kind)
        said = [name for name, text in asdict(one).items() if text]
        assert said == [name for name, text in asdict(other).items() if text], one.id


def test_every_category_has_some_and_the_library_knows_no_other():
    assert set(clauses(Language.ENGLISH)) == {*Category, FOR_ALL} - {Category.OTHER}
    for category in Category:
        names = [one.id for one in clauses_for(category, Language.ENGLISH)]
        assert len(names) == len(set(names))
        assert "apology" in names


@pytest.mark.parametrize("language", Language)
def test_a_ready_term_is_found_to_be_unfinished_until_its_blanks_are_filled(language):
    terms = SAMPLES[language]()
    for _category, one in in_order(language):
        texts = {name: text for name, text in asdict(one).items() if name not in {"id", "title"}}
        money = {"amount": Decimal("10.00"), "currency": "EUR"}
        paid = money if one.kind is ObligationKind.PAY else {}
        empty = Obligation(
            id="o1", debtor="A", creditor="B", due_on=date(2027, 1, 1), **texts, **paid
        )
        assert "blank" in {found.code for found in validate(replace(terms, obligations=(empty,)))}
        filled = {
            name: BLANK.sub("it", text) if isinstance(text, str) and name != "kind" else text
            for name, text in texts.items()
        }
        found = validate(replace(terms, obligations=(replace(empty, **filled),)))
        assert [one for one in found if one.severity is Severity.ERROR] == [], one.id


@pytest.mark.parametrize("text", ["As in [2024] EWHC 12.", "按国办发［2019］5号文办理。"])
def test_the_year_of_a_reference_is_no_blank(text):
    terms = english_terms()
    first, *others = terms.obligations
    cited = replace(first, description=text)
    assert validate(replace(terms, obligations=(cited, *others), facts_summary="[so]")) == []
