"""Terms that are vague, impossible, or what a court would refuse are found, each at its place."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mediation.settlements.document.completeness import Severity, validate
from mediation.settlements.document.terms import (
    Authority,
    Enforcement,
    Guarantor,
    Instalment,
    ObligationKind,
    Representative,
    Scope,
    Superseded,
    Terms,
)
from tests.settlements.document_samples import chinese_terms, english_terms
from tests.settlements.test_document_terms import with_payment


def codes(terms: Terms) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in validate(terms)}


def with_first_obligation(**changes: object) -> Terms:
    terms = english_terms()
    first, *others = terms.obligations
    return replace(terms, obligations=(replace(first, **changes), *others))


@pytest.mark.parametrize("terms", [english_terms(), chinese_terms()])
def test_complete_terms_have_no_findings(terms):
    assert validate(terms) == []


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"debtor": "C"}, ("unknown_party", "obligations[0].debtor")),
        ({"creditor": "B"}, ("owes_itself", "obligations[0].creditor")),
        ({"description": "  "}, ("missing", "obligations[0].description")),
        ({"due_on": None}, ("no_due_date", "obligations[0].due_on")),
        ({"description": "Pay promptly."}, ("vague", "obligations[0].description")),
        ({"condition": "条件允许时"}, ("vague", "obligations[0].description")),
        ({"id": "o2"}, ("doubled", "obligations.o2")),
        ({"kind": ObligationKind.PAY}, ("missing", "obligations[0].amount")),
    ],
)
def test_unclear_obligations_are_found(changes, finding):  # A12
    assert finding in codes(with_first_obligation(**changes))


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            {"amount": Decimal(0), "instalments": ()},
            ("amount_not_positive", "obligations[1].amount"),
        ),
        ({"amount": Decimal("9600.50")}, ("instalments_differ", "obligations[1].instalments")),
        ({"amount": Decimal("9600.005")}, ("amount_too_fine", "obligations[1].amount")),
        (
            {"currency": "JPY", "amount": Decimal("1.5")},
            ("amount_too_fine", "obligations[1].amount"),
        ),
        ({"currency": "DEM"}, ("unknown_currency", "obligations[1].currency")),
        ({"currency": "chf"}, ("unknown_currency", "obligations[1].currency")),
        ({"method": ""}, ("no_method", "obligations[1].method")),
        ({"amount": None}, ("missing", "obligations[1].amount")),
    ],
)
def test_impossible_payments_are_found(changes, finding):  # A12
    assert finding in codes(with_payment(**changes))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (
            [(1, date(2026, 12, 1), "4800"), (3, date(2027, 1, 1), "4800")],
            "instalments_misnumbered",
        ),
        ([(1, date(2027, 1, 1), "4800"), (2, date(2026, 12, 1), "4800")], "instalments_unordered"),
        ([(1, date(2026, 12, 1), "4800"), (2, date(2026, 12, 1), "4800")], "instalments_unordered"),
        ([(1, date(2026, 12, 1), "9700"), (2, date(2027, 1, 1), "-100")], "amount_not_positive"),
    ],
)
def test_muddled_instalments_are_found(parts, code):
    instalments = tuple(Instalment(seq=n, due_on=on, amount=Decimal(a)) for n, on, a in parts)

    assert (code, "obligations[1].instalments") in codes(with_payment(instalments=instalments))


def test_a_waiver_needs_no_day():
    waiver = english_terms().obligations[2]

    assert waiver.due_on is None
    assert validate(english_terms()) == []


def test_partial_settlement_lists_what_stays_open():  # A6
    partial = english_terms(scope=Scope.PARTIAL)

    assert ("missing", "unresolved_items") in codes(partial)
    assert validate(replace(partial, unresolved_items=("The garden fence",))) == []


def test_full_settlement_leaves_nothing_open():
    assert ("contradiction", "unresolved_items") in codes(
        english_terms(unresolved_items=("The garden fence",))
    )


@pytest.mark.parametrize(
    "clause",
    [
        "任何一方不履行的，另一方可以请求人民法院对案件作出裁判。",
        "请求人民法院对本案依法进行裁判。",
        "The other may ask the court to decide.",
        "The other may Ask a Court for a judgment.",
    ],
)
def test_default_clause_may_not_ask_a_court_to_decide(clause):  # A7
    assert ("court_clause", "default_clause") in codes(english_terms(default_clause=clause))
    there = with_first_obligation(condition=clause)
    assert ("court_clause", "obligations[0].description") in codes(there)


@pytest.mark.parametrize(
    "clause",
    [
        "对方可以申请人民法院执行原判决。",
        "对方可以申请人民法院强制执行。",
        "由法院按生效判决执行。",
        "Interest as the court decided on 3 March 2026.",
        "The other may ask the court to enforce the judgment.",
    ],
)
def test_a_court_may_be_asked_to_enforce(clause):
    assert validate(english_terms(default_clause=clause)) == []


def test_penalty_is_allowed():  # A7
    clause = "逾期履行的，按日万分之五支付违约金。"

    assert validate(chinese_terms(default_clause=clause)) == []


def test_general_authority_does_not_suffice_to_settle():
    terms = english_terms()
    agent = Representative(name="Luc Moreau", authority=Authority.GENERAL)
    company = replace(terms.parties[1], representative=agent)

    found = codes(replace(terms, parties=(terms.parties[0], company)))

    assert ("authority_too_small", "parties[1].representative") in found


def test_organisation_needs_somebody_who_signs():
    terms = english_terms()
    company = replace(terms.parties[1], representative=None)

    found = codes(replace(terms, parties=(terms.parties[0], company)))

    assert ("no_representative", "parties[1].representative") in found


def test_one_side_alone_cannot_settle():
    assert ("one_sided", "parties") in codes(english_terms(parties=english_terms().parties[:1]))


@pytest.mark.parametrize("name", ["Hannah\u202eKeller", "Han\u200bnah", "Han\x00nah", "\ue000"])
def test_hidden_characters_are_found(name):
    terms = english_terms()
    hidden = replace(terms.parties[0], name=name)

    found = codes(replace(terms, parties=(hidden, terms.parties[1])))

    assert ("hidden_character", "parties[0].name") in found


def test_vague_words_only_warn():
    (finding,) = validate(with_first_obligation(description="Mend it as soon as possible."))

    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Agree to the divorce and sign the papers.", "status"),
        ("双方同意离婚。", "status"),
        ("变更孩子的抚养权。", "status"),
        ("Give up the inheritance from the mother.", "inheritance"),
        ("放弃父亲遗产的继承。", "inheritance"),
        ("Have a third party remove the wall.", "third_person"),
        ("由案外人王某支付。", "third_person"),
        ("Pay the gambling debt.", "unlawful"),
        ("今后不再报警。", "unlawful"),
        ("不得向公安机关报案。", "unlawful"),
        ("解除双方的婚姻关系。", "status"),
        ("由第三方支付。", "third_person"),
    ],
)
def test_words_of_what_no_court_confirms_only_warn_and_name_their_rule(text, code):  # A8, A9, J6
    (finding,) = validate(with_first_obligation(description=text))
    assert (finding.code, finding.where) == (code, "obligations[0].description")
    assert finding.severity is Severity.WARNING
    assert finding.rule


def test_who_owns_something_is_refused_only_where_a_court_is_asked():  # A8
    terms = with_first_obligation(description="The car: title to it passes to Hannah Keller.")
    assert validate(terms) == []
    asked = replace(terms, enforcement=Enforcement.JUDICIAL_CONFIRMATION)
    assert [finding.code for finding in validate(asked)] == ["property_right"]


def test_what_is_given_up_and_the_default_clause_are_read_too():
    terms = replace(english_terms(), settles=("The divorce",), default_clause="A third party pays.")
    assert codes(terms) == {("status", "settles[0]"), ("third_person", "default_clause")}


def test_a_day_before_the_agreement_warns():
    terms = with_first_obligation(due_on=date(2026, 11, 18))
    assert codes(terms) == {("due_in_the_past", "obligations[0].due_on")}


def test_special_authority_is_shown_by_something():  # 民诉法解释 147
    terms = english_terms()
    person = Representative(name="Luc Moreau", authority=Authority.SPECIAL)
    unshown = replace(terms.parties[1], representative=person)
    found = validate(replace(terms, parties=(terms.parties[0], unshown)))
    assert [(one.code, one.severity) for one in found] == [
        ("no_authority_document", Severity.WARNING)
    ]
    shown = replace(unshown, representative=replace(person, document="Power of attorney"))
    assert validate(replace(terms, parties=(terms.parties[0], shown))) == []


# --- Schema 3 -----------------------------------------------------------------------------------

GUARANTOR = Guarantor(
    id="g1",
    name="Rosa Keller",
    obligations=("o1",),
    amount=Decimal("500.00"),
    currency="CHF",
    document="Written guarantee of 3 November 2026",
)


def with_guarantor(**changes: object) -> Terms:
    terms = english_terms()
    named = {"obligations": (terms.obligations[0].id,), **changes}
    return replace(terms, guarantors=(replace(GUARANTOR, **named),))


def test_a_guarantor_who_signed_a_paper_of_their_own_needs_only_a_copy():
    assert codes(with_guarantor()) - codes(english_terms()) == {
        ("guarantor_gets_copy", "guarantors[0]")
    }


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"document": " "}, "guarantor_not_bound", "guarantors[0].document"),
        ({"name": ""}, "missing", "guarantors[0].name"),
        ({"obligations": ()}, "missing", "guarantors[0].obligations"),
        ({"obligations": ("gone",)}, "unknown_obligation", "guarantors[0].obligations"),
        ({"amount": Decimal(0)}, "amount_not_positive", "guarantors[0].amount"),
        ({"currency": "XXQ"}, "unknown_currency", "guarantors[0].currency"),
        ({"amount": Decimal("1.001")}, "amount_too_fine", "guarantors[0].amount"),
    ],
)
def test_what_is_wrong_about_a_guarantor_stops_the_document(changes, code, where):
    found = [f for f in validate(with_guarantor(**changes)) if (f.code, f.where) == (code, where)]
    assert [finding.severity for finding in found] == [Severity.ERROR]


def test_nobody_is_the_guarantor_of_their_own_debt():
    terms = english_terms()
    debtor = terms.party(terms.obligations[0].debtor).name
    found = codes(with_guarantor(name=debtor, document=""))
    assert ("guarantees_own_debt", "guarantors[0].name") in found


def test_a_party_who_answers_for_the_other_signs_the_settlement_itself():
    terms = english_terms()
    creditor = terms.party(terms.obligations[0].creditor).name
    found = codes(with_guarantor(name=creditor, document=""))
    assert not {code for code, _where in found} & {"guarantor_not_bound", "guarantor_gets_copy"}


@pytest.mark.parametrize(("days", "is_too_long"), [(0, False), (30, False), (31, True), (-1, True)])
def test_time_to_think_is_at_most_thirty_days(days, is_too_long):
    found = codes(english_terms(cooling_off_days=days))
    assert (("cooling_off_too_long", "cooling_off_days") in found) == is_too_long


@pytest.mark.parametrize(
    ("number", "sha256", "code"),
    [
        ("", "a" * 64, "missing"),
        ("LV-1", "A" * 64, "fingerprint_malformed"),
        ("LV-1", "a" * 63, "fingerprint_malformed"),
        ("LV-2026-0148", "a" * 64, "supersedes_itself"),
    ],
)
def test_an_earlier_agreement_is_named_by_number_and_fingerprint(number, sha256, code):
    earlier = Superseded(agreement_no=number, sha256=sha256)
    assert code in {found for found, _where in codes(english_terms(supersedes=earlier))}
    right = Superseded(agreement_no="LV-1", sha256="a" * 64)
    assert codes(english_terms(supersedes=right)) == codes(english_terms())
