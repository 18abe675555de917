"""Terms as data: canonical, strict on reading, and checked for what a court would refuse."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mediation.settlements.document.completeness import Severity, validate
from mediation.settlements.document.money import amount_text, chinese_capitals
from mediation.settlements.document.terms import (
    Authority,
    Enforcement,
    Guarantor,
    Instalment,
    Language,
    ObligationKind,
    Representative,
    Scope,
    Superseded,
    Terms,
    signing_slots,
)
from mediation.settlements.document.terms_json import (
    TermsUnreadable,
    from_json,
    terms_hash,
    to_json,
)
from tests.settlements.document_samples import chinese_terms, english_terms


def codes(terms: Terms) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in validate(terms)}


def with_first_obligation(**changes: object) -> Terms:
    terms = english_terms()
    first, *others = terms.obligations
    return replace(terms, obligations=(replace(first, **changes), *others))


def with_payment(**changes: object) -> Terms:
    terms = english_terms()
    first, payment, last = terms.obligations
    return replace(terms, obligations=(first, replace(payment, **changes), last))


@pytest.mark.parametrize("terms", [english_terms(), chinese_terms()])
def test_json_gives_back_the_same_terms(terms):
    assert from_json(to_json(terms)) == terms


def test_json_is_canonical():  # A12
    raw = to_json(chinese_terms())

    tree = json.loads(raw)
    again = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert raw == again
    assert tree["obligations"][0]["amount"] == "23000.50"
    assert "欧阳雪梅".encode() in raw


def test_hash_changes_with_any_amount():
    other = with_payment(amount=Decimal("9600.01"))

    assert terms_hash(english_terms()) != terms_hash(other)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["obligations", 1, "amount"], 9600, "obligations[1].amount"),
        (["obligations", 1, "amount"], "9,600", "obligations[1].amount"),
        (["obligations", 1, "amount"], "NaN", "obligations[1].amount"),
        (["obligations", 0, "due_on"], "18.12.2026", "obligations[0].due_on"),
        (["obligations", 1, "instalments", 0, "seq"], True, "obligations[1].instalments[0].seq"),
        (["parties", 0, "role"], "claimant", "parties[0].role"),
        (["parties"], {}, "parties"),
        (["center"], "Lakeside", "center"),
        (["score"], "7", "score"),
        (["schema"], "heyi-settlement-0", "schema"),
        (["schema"], 2, "schema"),
    ],
)
def test_reading_says_where_a_value_is_wrong(path, value, where):
    tree = json.loads(to_json(english_terms()))
    place = tree
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(TermsUnreadable) as refusal:
        from_json(json.dumps(tree).encode())

    assert refusal.value.where == where


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 200_000,
        b'{"schema":"heyi-settlement-1","schema":"heyi-settlement-1"}',
        b" " * 1_000_001,
    ],
)
def test_reading_refuses_what_is_not_terms(raw):
    with pytest.raises(TermsUnreadable):
        from_json(raw)


def test_reading_names_a_missing_field():
    tree = json.loads(to_json(english_terms()))
    del tree["mediators"]

    with pytest.raises(TermsUnreadable) as refusal:
        from_json(json.dumps(tree).encode())

    assert refusal.value.where == "mediators"


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


def test_everybody_has_a_place_to_sign():
    slots = signing_slots(english_terms())

    assert [(s.field, s.signer, s.organisation) for s in slots] == [
        ("sign-1", "Hannah Keller", ""),
        ("sign-2", "Luc Moreau", "Moreau & Söhne Renovation Ltd"),
        ("mediator-1", "Dr Amara Osei", "Lakeside Mediation Centre"),
    ]


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("105.06", "壹佰零伍元零陆分"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("12000", "壹万贰仟元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("10000001", "壹仟万零壹元整"),
        ("100000000", "壹亿元整"),
        ("100010000", "壹亿零壹万元整"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        ("1000000000000", "壹万亿元整"),
    ],
)
def test_yuan_in_capital_numerals(amount, capitals):
    assert chinese_capitals(Decimal(amount)) == capitals


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("12000", "CHF", Language.ENGLISH, "CHF 12,000.00"),
        ("1500", "JPY", Language.ENGLISH, "JPY 1,500"),
        ("1.5", "KWD", Language.ENGLISH, "KWD 1.500"),
        ("12000", "CNY", Language.CHINESE, "12,000.00 元（人民币壹万贰仟元整）"),
        ("12000", "EUR", Language.CHINESE, "EUR 12,000.00"),
    ],
)
def test_amounts_show_their_currency_and_decimals(amount, currency, language, text):
    assert amount_text(Decimal(amount), currency, language) == text


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
