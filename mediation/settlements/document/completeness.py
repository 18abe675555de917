"""What is still missing, unclear or impossible in terms, before anybody is asked to sign.

An `error` stops the document, and only the law or the impossible makes one; a `warning` is
something a person should look at. Each finding says which rule it comes from (`RULES`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.settlements.document.money import current_currencies, minor_digits
from mediation.settlements.document.refusals import clauses_of, signs_in
from mediation.settlements.document.terms import (
    MOST_DAYS_TO_THINK,
    Authority,
    EffectiveRule,
    Guarantor,
    Obligation,
    ObligationKind,
    PartyKind,
    PartyRole,
    Representative,
    Scope,
    Terms,
)

VAGUE = re.compile(
    r"\b(as soon as possible|promptly|reasonable (time|effort)|in due course|where possible)\b"
    r"|尽快|及时|适当|合理期限|条件允许时",
    re.IGNORECASE,
)
# To ask for the enforcement of what was decided is another thing, and allowed.
ASKS_COURT_TO_DECIDE = re.compile(
    r"(?:请求|申请|提请|诉请|由)(?:人民)?法院(?!.{0,8}执行)(?![^。；]{0,6}(?:按|依据))"
    r"[^。；]{0,12}(?:裁判|判决)(?!书)"
    r"|\b(?:ask|request|petition)\w*\s+(?:a|the)\s+court\s+"
    r"(?:to\s+(?:decide|judge|rule)|for\s+(?:a\s+)?(?:decision|judg\w+|ruling))",
    re.IGNORECASE,
)
SHA256 = re.compile(r"[0-9a-f]{64}")
# As the ready terms have them; a year in brackets belongs to the number of a judgment or a notice.
BLANK = re.compile(r"\[(?!\d{4}\])[^\]]*\]|［(?!\d{4}］)[^］]*］|_{3,}")
AT_LEAST_TWO = 2


class Severity(StrEnum):
    """Whether a finding stops the document or only asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing to mend: a stable code, a path into the terms, and a sentence for people."""

    code: str
    where: str
    message: str | Promise
    severity: Severity = Severity.ERROR

    @property
    def rule(self) -> str | Promise:
        """Where it is written; nothing for what no law has to say, such as a wrong sum."""
        return RULES.get(self.code, "")


# A mediation agreement's contents.
_CONTENTS = _("People's Mediation Law of China, art. 29")
# A court refuses to confirm what is unclear, unlawful or against a third person.
_REFUSED = _("Interpretation of the Civil Procedure Law of China, art. 358")
_NOT_HEARD = _("Interpretation of the Civil Procedure Law of China, art. 355")
_AUTHORITY = _("Interpretation of the Civil Procedure Law of China, art. 147")
_GUARANTEE = _("Civil Code of China, art. 685")
_GUARANTOR_GETS_COPY = _("Rules on mediation by the courts of China, art. 9")
_NOT_ELECTRONIC = _("Electronic Signature Law of China, art. 3")
RULES: dict[str, Promise] = {
    "missing": _CONTENTS,
    "one_sided": _CONTENTS,
    "vague": _REFUSED,
    "no_due_date": _REFUSED,
    "blank": _REFUSED,
    "no_method": _REFUSED,
    "third_person": _REFUSED,
    "unlawful": _REFUSED,
    "status": _NOT_HEARD,
    "property_right": _NOT_HEARD,
    "inheritance": _NOT_ELECTRONIC,
    "authority_too_small": _AUTHORITY,
    "no_authority_document": _AUTHORITY,
    "guarantor_not_bound": _GUARANTEE,
    "guarantor_gets_copy": _GUARANTOR_GETS_COPY,
    "court_clause": _("Rules on mediation by the courts of China, art. 8"),
}


def validate(terms: Terms) -> list[Finding]:
    """All findings about `terms`, in the order of the document; empty means ready to sign."""
    checks = (
        *(_characters, _header, _parties, _body, _obligations),
        *(_guarantors, _ending, _refusals),
    )
    return [finding for check in checks for finding in check(terms)]


def _required(owner: Any, names: str, where: str = "") -> Iterator[Finding]:
    for name in names.split():
        value = getattr(owner, name)
        if not value or (isinstance(value, str) and not value.strip()):
            yield Finding("missing", f"{where}{name}", _("This must be filled in."))


def _characters(terms: Terms) -> Iterator[Finding]:
    for where, text in texts(terms):
        # Control, bidirectional, surrogate and private-use characters hide or reorder text.
        strange = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"}} - {"\n"}
        if strange:
            yield Finding("hidden_character", where, _("This contains a character nobody can see."))


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside `value` with its path, such as `("parties[0].name", "张伟")`."""
    if isinstance(value, str):
        yield where, str(value)
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from texts(item, f"{where}[{n}]")
    elif is_dataclass(value):
        for field in fields(value):
            path = f"{where}.{field.name}" if where else field.name
            yield from texts(getattr(value, field.name), path)


def _header(terms: Terms) -> Iterator[Finding]:
    yield from _required(terms, "agreement_no case_ref profile dispute_type place_or_online")
    yield from _required(terms.center, "name", "center.")
    yield from _superseded(terms)
    if terms.mediation_ended_on < terms.mediation_started_on:
        message = _("The mediation cannot end before it started.")
        yield Finding("dates_reversed", "mediation_ended_on", message)
    if not terms.mediators:
        yield Finding("missing", "mediators", _("A mediator must be named."))
    for n, mediator in enumerate(terms.mediators):
        yield from _required(mediator, "name", f"mediators[{n}].")


def _superseded(terms: Terms) -> Iterator[Finding]:
    earlier = terms.supersedes
    if earlier is None:
        return
    yield from _required(earlier, "agreement_no", "supersedes.")
    if not SHA256.fullmatch(earlier.sha256):
        message = _("A fingerprint has 64 digits, 0 to 9 and a to f.")
        yield Finding("fingerprint_malformed", "supersedes.sha256", message)
    if earlier.agreement_no == terms.agreement_no:
        message = _("An agreement cannot replace itself.")
        yield Finding("supersedes_itself", "supersedes.agreement_no", message)


def _parties(terms: Terms) -> Iterator[Finding]:
    if len(terms.parties) < AT_LEAST_TWO or {p.role for p in terms.parties} != set(PartyRole):
        message = _("There must be at least one party on each side.")
        yield Finding("one_sided", "parties", message)
    yield from _doubled_ids([p.id for p in terms.parties], "parties")
    for n, party in enumerate(terms.parties):
        where = f"parties[{n}]."
        yield from _required(party, "id name", where)
        if party.kind is PartyKind.ORGANISATION and party.representative is None:
            message = _("Name the person who signs for this organisation.")
            yield Finding("no_representative", f"{where}representative", message)
        if party.representative and party.representative.authority is Authority.GENERAL:
            message = _("Signing a settlement for somebody else needs special authority.")
            yield Finding("authority_too_small", f"{where}representative", message)
        if party.representative:
            yield from _required(party.representative, "name", f"{where}representative.")
            yield from _shown_authority(party.representative, f"{where}representative")


def _shown_authority(representative: Representative, where: str) -> Iterator[Finding]:
    if representative.authority is Authority.SPECIAL and not representative.document.strip():
        message = _("Say what shows the authority, such as a power of attorney and its date.")
        yield Finding("no_authority_document", where, message, Severity.WARNING)


def _doubled_ids(ids: list[str], where: str) -> Iterator[Finding]:
    for doubled in (name for name, count in Counter(ids).items() if count > 1):
        yield Finding("doubled", f"{where}.{doubled}", _("Two entries have the same identifier."))


def _body(terms: Terms) -> Iterator[Finding]:
    yield from _required(terms, "facts_summary issues obligations settles")
    yield from _doubled_ids([o.id for o in terms.obligations], "obligations")
    if terms.scope is Scope.PARTIAL and not terms.unresolved_items:
        message = _("A partial settlement lists what stays open.")
        yield Finding("missing", "unresolved_items", message)
    if terms.scope is Scope.FULL and terms.unresolved_items:
        message = _("Something is listed as open although everything is said to be settled.")
        yield Finding("contradiction", "unresolved_items", message)


def _obligations(terms: Terms) -> Iterator[Finding]:
    known = {party.id for party in terms.parties}
    for n, obligation in enumerate(terms.obligations):
        where = f"obligations[{n}]."
        for check in OBLIGATION_CHECKS:
            yield from check(obligation, where)
        yield from _in_time(obligation, where, terms.mediation_ended_on)
        for role in ("debtor", "creditor"):
            if getattr(obligation, role) not in known:
                yield Finding("unknown_party", f"{where}{role}", _("This names no party."))


def _blanks(obligation: Obligation, where: str) -> Iterator[Finding]:
    for path, text in texts(obligation):
        if BLANK.search(text):
            message = _("Something in brackets is left. Fill it in, or take the brackets away.")
            yield Finding("blank", f"{where}{path}", message)


def _in_time(obligation: Obligation, where: str, agreed_on: date) -> Iterator[Finding]:
    days = [part.due_on for part in obligation.instalments]
    days += [obligation.due_on] if obligation.due_on else []
    if days and min(days) < agreed_on:
        message = _("This day is over. If it was done already, say so in the text.")
        yield Finding("due_in_the_past", f"{where}due_on", message, Severity.WARNING)


def _who_and_what(obligation: Obligation, where: str) -> Iterator[Finding]:
    yield from _required(obligation, "id debtor creditor description", where)
    if obligation.debtor and obligation.debtor == obligation.creditor:
        yield Finding(
            "owes_itself", f"{where}creditor", _("Nobody can owe something to themselves.")
        )
    if VAGUE.search(f"{obligation.description} {obligation.condition}"):
        message = _("This may be too vague to be carried out. Say exactly what and by when.")
        yield Finding("vague", f"{where}description", message, Severity.WARNING)


def _by_when(obligation: Obligation, where: str) -> Iterator[Finding]:
    # A waiver and a promise not to do something hold from now on; everything else has a day.
    timeless = obligation.kind in {ObligationKind.WAIVE, ObligationKind.REFRAIN}
    dated = obligation.due_on or obligation.condition.strip() or obligation.instalments
    if not timeless and not dated:
        yield Finding(
            "no_due_date", f"{where}due_on", _("Say by which day, or on which condition.")
        )


def _how_much(obligation: Obligation, where: str) -> Iterator[Finding]:
    amount, currency = obligation.amount, obligation.currency
    if amount is None:
        if obligation.kind is ObligationKind.PAY:
            yield Finding("missing", f"{where}amount", _("Say how much is to be paid."))
        if obligation.instalments:
            yield Finding("missing", f"{where}amount", _("Say how much the parts add up to."))
        return
    yield from _is_money(amount, currency, where)


def _is_money(amount: Decimal, currency: str, where: str) -> Iterator[Finding]:
    if amount <= 0:
        yield Finding("amount_not_positive", f"{where}amount", _("An amount is more than zero."))
    if currency not in current_currencies():
        message = _("Use a currency code such as CNY, EUR or USD.")
        yield Finding("unknown_currency", f"{where}currency", message)
    elif _too_fine(amount, currency):
        message = _("This currency does not have that many decimals.")
        yield Finding("amount_too_fine", f"{where}amount", message)


def _too_fine(amount: Decimal, currency: str) -> bool:
    return amount != round(amount, minor_digits(currency))


def _how(obligation: Obligation, where: str) -> Iterator[Finding]:
    if obligation.kind is ObligationKind.PAY and not obligation.method.strip():
        message = _("Say how it is paid, for example by bank transfer.")
        yield Finding("no_method", f"{where}method", message, Severity.WARNING)


def _in_parts(obligation: Obligation, where: str) -> Iterator[Finding]:
    parts = obligation.instalments
    if not parts:
        return
    if [part.seq for part in parts] != list(range(1, len(parts) + 1)):
        message = _("Parts are numbered 1, 2, 3 in order.")
        yield Finding("instalments_misnumbered", f"{where}instalments", message)
    if any(part.amount <= 0 for part in parts):
        message = _("Every part is more than zero.")
        yield Finding("amount_not_positive", f"{where}instalments", message)
    if obligation.amount is not None and sum(part.amount for part in parts) != obligation.amount:
        message = _("The parts do not add up to the whole amount.")
        yield Finding("instalments_differ", f"{where}instalments", message)
    if [p.due_on for p in parts] != sorted({p.due_on for p in parts}):
        message = _("Each part falls due after the one before.")
        yield Finding("instalments_unordered", f"{where}instalments", message)


ObligationCheck = Callable[[Obligation, str], Iterator[Finding]]
OBLIGATION_CHECKS: tuple[ObligationCheck, ...] = (
    _who_and_what,
    _how_much,
    _in_parts,
    _by_when,
    _how,
    _blanks,
)


def _guarantors(terms: Terms) -> Iterator[Finding]:
    yield from _doubled_ids([one.id for one in terms.guarantors], "guarantors")
    for n, guarantor in enumerate(terms.guarantors):
        where = f"guarantors[{n}]"
        yield from _required(guarantor, "id name obligations", f"{where}.")
        yield from _what_is_guaranteed(terms, guarantor, where)
        yield from _up_to(guarantor, f"{where}.")
        yield from _bound(terms, guarantor, where)


def _what_is_guaranteed(terms: Terms, guarantor: Guarantor, where: str) -> Iterator[Finding]:
    known = {obligation.id: obligation for obligation in terms.obligations}
    if any(name not in known for name in guarantor.obligations):
        message = _("This names a term that does not exist.")
        yield Finding("unknown_obligation", f"{where}.obligations", message)
    parties = {party.id: party.name for party in terms.parties}
    owed = [known[name] for name in guarantor.obligations if name in known]
    if guarantor.name in {parties.get(one.debtor) for one in owed}:
        message = _("Nobody can be the guarantor of what they owe themselves.")
        yield Finding("guarantees_own_debt", f"{where}.name", message)
    if guarantor.name in {parties.get(one.creditor) for one in owed}:
        message = _("Nobody can be the guarantor of what they are owed themselves.")
        yield Finding("guarantees_own_claim", f"{where}.name", message)


def _up_to(guarantor: Guarantor, where: str) -> Iterator[Finding]:
    if guarantor.amount is not None:
        yield from _is_money(guarantor.amount, guarantor.currency, where)


def _bound(terms: Terms, guarantor: Guarantor, where: str) -> Iterator[Finding]:
    """Whoever signs the settlement as a party is bound by that; all others by a paper of theirs,
    and so are parties where nobody signs.
    """
    is_party = guarantor.name in {party.name for party in terms.parties}
    is_signing = is_party and terms.effective_rule is not EffectiveRule.WHEN_AGREED
    if not is_signing and not guarantor.document.strip():
        message = _(
            "A guarantor does not sign here, so this text does not bind them. Have them sign a "
            "written guarantee of their own, add it to the documents of the case, and say here "
            "what it is and its date."
        )
        yield Finding("guarantor_not_bound", f"{where}.document", message)
    if not is_party:
        message = _("The guarantor gets a copy of the settlement too. Agree who hands it over.")
        yield Finding("guarantor_gets_copy", where, message, Severity.WARNING)


def _ending(terms: Terms) -> Iterator[Finding]:
    names = "voluntariness legal_advice no_third_party_harm"
    yield from _required(terms.statements, names, "statements.")
    if not 0 <= terms.cooling_off_days <= MOST_DAYS_TO_THINK:
        message = _("The time to think is at most 30 days.")
        yield Finding("cooling_off_too_long", "cooling_off_days", message)
    for where, text in clauses_of(terms):
        if ASKS_COURT_TO_DECIDE.search(text):
            message = _(
                "A settlement cannot ask a court to decide the dispute when a term is not kept."
            )
            yield Finding("court_clause", where, message)


def _refusals(terms: Terms) -> Iterator[Finding]:
    for where, sign in signs_in(terms):
        yield Finding(sign.code, where, sign.message, Severity.WARNING)
