"""Terms as data: canonical, strict on reading; places to sign and amounts follow from them."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from mediation.settlements.document.money import amount_text, chinese_capitals
from mediation.settlements.document.terms import (
    Language,
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
