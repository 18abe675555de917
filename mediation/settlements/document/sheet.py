"""Terms as the lines a reader sees: what the template prints and the checker looks for.

The fixed wording is part of the signed text, so it lives beside this file in versioned tables and
not in the interface's translations, which may change any day.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date

from mediation.settlements.document.money import amount_text
from mediation.settlements.document.terms import (
    EffectiveRule,
    Guarantor,
    Instalment,
    Language,
    Mediator,
    Obligation,
    Party,
    Slot,
    Terms,
    signing_slots,
)
from mediation.settlements.document.terms_json import read_back_code

BABEL_LOCALE = {Language.ENGLISH: "en", Language.CHINESE: "zh_Hans_CN"}
CHINESE_ORDINALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Row:
    """A label and what stands beside it."""

    label: str
    text: str


@dataclass(frozen=True)
class PartyCard:
    """A party as the first table shows it."""

    role: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class TermCard:
    """An obligation as a numbered card; `parts` are (number, day, amount) of instalments."""

    number: str
    kind: str
    what: str
    rows: tuple[Row, ...]
    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class GuarantorCard:
    """A guarantor as the table after the obligations shows them."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class SignatureBlock:
    """Where somebody signs; `caption` is the line below the name."""

    field: str
    label: str
    name: str
    caption: str


@dataclass(frozen=True)
class Sheet:
    """Everything the template prints that depends on the terms."""

    words: dict[str, Any]
    numbers: tuple[str, ...]
    header: tuple[Row, ...]
    parties: tuple[PartyCard, ...]
    mediation: tuple[Row, ...]
    obligations: tuple[TermCard, ...]
    guarantors: tuple[GuarantorCard, ...]
    keeping: tuple[Row, ...]
    statements: tuple[str, ...]
    signatures: tuple[SignatureBlock, ...]
    seal: SignatureBlock
    read_back: str


@cache
def wording(language: Language) -> dict[str, Any]:
    """The fixed wording in `language`; keys are the same in every language."""
    source = files("mediation.settlements.document") / "wording" / f"{language.value}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def lay_out(terms: Terms) -> Sheet:
    """The lines of the document for `terms`. Raises KeyError when an obligation names no party."""
    words = wording(terms.language)
    return Sheet(
        words=words,
        numbers=_section_numbers(terms.language),
        header=_header(terms, words),
        parties=tuple(_party_card(party, words) for party in terms.parties),
        mediation=_mediation(terms, words),
        obligations=tuple(_term_card(terms, o, n) for n, o in enumerate(terms.obligations, 1)),
        guarantors=tuple(_guarantor_card(terms, one, words) for one in terms.guarantors),
        keeping=_keeping(terms, words),
        statements=_statements(terms),
        signatures=tuple(_signature_block(terms, slot) for slot in signing_slots(terms)),
        seal=_seal_block(terms, words),
        read_back=read_back_code(terms),
    )


def day(terms_language: Language, value: date) -> str:
    """`22 November 2026` or `2026年11月22日`."""
    pattern = wording(terms_language)["date_format"]
    return format_date(value, format=pattern, locale=BABEL_LOCALE[terms_language])


def _section_numbers(language: Language) -> tuple[str, ...]:
    if language is Language.CHINESE:
        return tuple(f"{ordinal}、" for ordinal in CHINESE_ORDINALS)
    return tuple(f"{n}. " for n in range(1, len(CHINESE_ORDINALS) + 1))


def _rows(*pairs: tuple[str, str]) -> tuple[Row, ...]:
    return tuple(Row(label, text) for label, text in pairs if text)


def _header(terms: Terms, words: dict[str, Any]) -> tuple[Row, ...]:
    label = words["label"]
    return _rows(
        (label["agreement_no"], terms.agreement_no),
        (label["case_ref"], terms.case_ref),
        (label["dispute_type"], terms.dispute_type),
        (label["supersedes"], _superseded(terms, words)),
    )


def _superseded(terms: Terms, words: dict[str, Any]) -> str:
    earlier = terms.supersedes
    if earlier is None:
        return ""
    # In groups, for a line cannot break inside a word of 64 digits.
    digits = " ".join(earlier.sha256[n : n + 8] for n in range(0, len(earlier.sha256), 8))
    return str(words["superseded"].format(number=earlier.agreement_no, sha256=digits))


def _party_card(party: Party, words: dict[str, Any]) -> PartyCard:
    label = words["label"]
    return PartyCard(
        role=words["role"][party.role],
        name=party.name,
        rows=_rows(
            (label["represented_by"], _representative(party, words)),
            (label["authority_document"], _authority_document(party)),
            (label["address"], party.address),
            (label["contact"], party.contact),
        ),
    )


def _representative(party: Party, words: dict[str, Any]) -> str:
    if party.representative is None:
        return ""
    authority = words["authority"][party.representative.authority]
    return f"{party.representative.name}{words['comma']}{authority}"


def _authority_document(party: Party) -> str:
    return party.representative.document if party.representative else ""


def _mediation(terms: Terms, words: dict[str, Any]) -> tuple[Row, ...]:
    label = words["label"]
    start, end = terms.mediation_started_on, terms.mediation_ended_on
    dates = [day(terms.language, value) for value in sorted({start, end})]
    period = dates[0] if len(dates) == 1 else words["period"].format(start=dates[0], end=dates[1])
    return _rows(
        (label["center"], terms.center.name),
        (label["registration_no"], terms.center.registration_no),
        (label["seat"], terms.center.seat),
        (label["mediator"], _mediators(terms, words)),
        (label["period"], period),
        (label["place"], terms.place_or_online),
    )


def _mediators(terms: Terms, words: dict[str, Any]) -> str:
    return str(words["comma"].join(_mediator(mediator, words) for mediator in terms.mediators))


def _mediator(mediator: Mediator, words: dict[str, Any]) -> str:
    if not mediator.reference:
        return mediator.name
    return str(words["reference"].format(name=mediator.name, reference=mediator.reference))


def _term_card(terms: Terms, obligation: Obligation, n: int) -> TermCard:
    words = wording(terms.language)
    label = words["label"]
    return TermCard(
        number=f"4.{n}",
        kind=words["kind"][obligation.kind],
        what=obligation.description,
        rows=_rows(
            (label["debtor"], terms.party(obligation.debtor).name),
            (label["creditor"], terms.party(obligation.creditor).name),
            (label["amount"], _amount(terms.language, obligation.amount, obligation.currency)),
            (label["due"], _due(terms.language, obligation)),
            (label["method"], obligation.method),
            (label["where"], obligation.place),
            (label["evidence"], obligation.evidence),
        ),
        parts=tuple(_part(terms.language, obligation, part) for part in obligation.instalments),
    )


def _amount(language: Language, amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else amount_text(amount, currency, language)


def _guarantor_card(terms: Terms, guarantor: Guarantor, words: dict[str, Any]) -> GuarantorCard:
    label = words["label"]
    limit = _amount(terms.language, guarantor.amount, guarantor.currency)
    return GuarantorCard(
        name=guarantor.name,
        rows=_rows(
            (label["address"], guarantor.address),
            (label["guarantees"], _guaranteed(terms, guarantor, words)),
            (label["up_to"], limit or words["up_to_all"]),
            (label["bound_by"], guarantor.document),
        ),
    )


def _guaranteed(terms: Terms, guarantor: Guarantor, words: dict[str, Any]) -> str:
    """`What Bo owes under 4.1, 4.3`: by the numbers of the terms as they are printed."""
    found = [
        (f"4.{n}", terms.party(one.debtor).name)
        for n, one in enumerate(terms.obligations, 1)
        if one.id in guarantor.obligations
    ]
    owing = dict.fromkeys(name for _number, name in found)
    numbers = words["list_comma"].join(number for number, _name in found)
    names = words["list_comma"].join(owing)
    return str(words["guaranteed"].format(names=names, numbers=numbers)) if found else ""


def _due(language: Language, obligation: Obligation) -> str:
    words = wording(language)
    days = [day(language, obligation.due_on)] if obligation.due_on else []
    if obligation.instalments:
        days = [words["due"]["instalments"].format(count=len(obligation.instalments))]
    conditions = [obligation.condition] if obligation.condition else []
    return str(words["comma"].join(days + conditions) or words["due"].get(obligation.kind, ""))


def _part(language: Language, obligation: Obligation, part: Instalment) -> tuple[str, str, str]:
    amount = amount_text(part.amount, obligation.currency, language)
    return str(part.seq), day(language, part.due_on), amount


def _keeping(terms: Terms, words: dict[str, Any]) -> tuple[Row, ...]:
    label = words["label"]
    return _rows(
        (label["effective"], words["effective"][terms.effective_rule]),
        (label["cooling_off"], _cooling_off(terms, words)),
        (label["default_clause"], terms.default_clause),
        (label["costs"], terms.costs_clause),
        (label["governing_law"], terms.governing_law),
        (label["enforcement"], words["enforcement"][terms.enforcement]),
    )


def _cooling_off(terms: Terms, words: dict[str, Any]) -> str:
    days, is_oral = terms.cooling_off_days, terms.effective_rule is EffectiveRule.WHEN_AGREED
    if not days:
        return ""
    said = words["cooling_off_oral" if is_oral else "cooling_off"]
    return str(said["one" if days == 1 else "more"].format(days=days))


def _statements(terms: Terms) -> tuple[str, ...]:
    said = terms.statements
    sentences = (
        said.voluntariness,
        said.legal_advice,
        said.no_third_party_harm,
        said.confidentiality,
        said.non_admission,
        said.binding,
    )
    return tuple(sentence for sentence in sentences if sentence)


def _signature_block(terms: Terms, slot: Slot) -> SignatureBlock:
    words = wording(terms.language)
    caption = words["label"]["mediator"] + words["comma"] + slot.organisation
    if slot.field.startswith("sign-"):
        party = terms.parties[int(slot.field.removeprefix("sign-")) - 1]
        behalf = words["on_behalf"].format(name=slot.on_behalf_of) if slot.on_behalf_of else ""
        caption = words["comma"].join(filter(None, [words["role"][party.role], behalf]))
    label = words["signature_label"].format(name=slot.signer)
    return SignatureBlock(slot.field, label, slot.signer, caption)


def _seal_block(terms: Terms, words: dict[str, Any]) -> SignatureBlock:
    label = words["seal_label"].format(center=terms.center.name)
    return SignatureBlock("seal", label, terms.center.name, label)


def assembled_lines(terms: Terms) -> Iterator[tuple[str, str]]:
    """The printed lines in which several texts of the terms stand beside each other with no word of
    the document's language between them, each with the path of what it shows.
    """
    words = wording(terms.language)
    yield "mediators", _mediators(terms, words)
    known = {party.id for party in terms.parties}
    if all(obligation.debtor in known for obligation in terms.obligations):
        for n, guarantor in enumerate(terms.guarantors):
            yield f"guarantors[{n}].obligations", _guaranteed(terms, guarantor, words)


def printed_values(terms: Terms) -> Iterator[str]:
    """Every text from the terms that the printed pages must show, in reading order."""
    sheet = lay_out(terms)
    yield from (row.text for row in sheet.header)
    for party in sheet.parties:
        yield party.name
        yield from (row.text for row in party.rows)
    yield from (row.text for row in sheet.mediation)
    yield from (terms.facts_summary, *terms.issues)
    for card in sheet.obligations:
        yield card.what
        yield from (row.text for row in card.rows)
        yield from (cell for part in card.parts for cell in part)
    for guarantor in sheet.guarantors:
        yield guarantor.name
        yield from (row.text for row in guarantor.rows)
    yield from (*terms.settles, *terms.unresolved_items)
    yield from (row.text for row in sheet.keeping)
    yield from sheet.statements
    yield from (block.name for block in sheet.signatures)
