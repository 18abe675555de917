"""The machine-readable terms of a settlement, schema `heyi-settlement-3`, or of the record of what
is agreed orally, `heyi-oral-record-1`.

Fields follow docs/settlement.md: what 人民调解法 29 asks of a mediation agreement, plus concrete
obligations (who, what, how much, by when, how) because an unclear term is a ground for refusing
judicial confirmation (民诉法解释 358(5)). Amounts are exact decimals in the currency's main unit;
dates are calendar days without a time zone.

A document stays readable for ever: what a later schema added says so (`since`), and is no part of
the terms of an earlier one.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

SCHEMAS = {"heyi-settlement-1": 1, "heyi-settlement-2": 2, "heyi-settlement-3": 3}
SCHEMA = "heyi-settlement-3"
# A record has the fields of a settlement, and is never a document: what checks documents does not
# know it, and no document says `when_agreed`.
ORAL_SCHEMA = "heyi-oral-record-1"
# Every schema that terms can have, and the version of the fields it has.
VERSIONS = {**SCHEMAS, ORAL_SCHEMA: 3}
MOST_DAYS_TO_THINK = 30


class Language(StrEnum):
    """The language the document is written in; the signed text exists in this one only."""

    ENGLISH = "en"
    CHINESE = "zh-hans"


class PartyRole(StrEnum):
    """Who asked for mediation and who was invited; there is no claimant and no defendant."""

    APPLICANT = "applicant"
    RESPONDENT = "respondent"


class PartyKind(StrEnum):
    """A human being, or a company, committee or other body acting through somebody."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Authority(StrEnum):
    """What a representative may do; only special authority suffices to settle (民诉法解释 147)."""

    LEGAL = "legal"
    SPECIAL = "special"
    GENERAL = "general"


class ObligationKind(StrEnum):
    """What somebody undertakes."""

    PAY = "pay"
    DELIVER = "deliver"
    DO = "do"
    REFRAIN = "refrain"
    APOLOGISE = "apologise"
    TRANSFER = "transfer"
    RETURN = "return"
    WAIVE = "waive"


class Scope(StrEnum):
    """Whether the whole dispute is settled or a part of it."""

    FULL = "full"
    PARTIAL = "partial"


class Enforcement(StrEnum):
    """Which way of making the settlement enforceable the parties chose, if any."""

    NONE = "none"
    JUDICIAL_CONFIRMATION = "judicial_confirmation"
    NOTARY = "notary"
    CONSENT_AWARD = "consent_award"
    PAYMENT_ORDER = "payment_order"
    COURT_ORDER = "court_order"


class EffectiveRule(StrEnum):
    """When the settlement takes effect; the profile decides (规则 19 against 人民调解法 29)."""

    LAST_PARTY_SIGNATURE = "last_party_signature"
    ALL_SIGNATURES_AND_SEAL = "all_signatures_and_seal"
    # 人民调解法 30. Of what is agreed orally no document is made, so only a record's schema has it.
    WHEN_AGREED = "when_agreed"


@dataclass(frozen=True, kw_only=True)
class Representative:
    """Whoever signs for a party; `special` or `legal` authority is needed to settle."""

    name: str
    authority: Authority
    # What shows the authority, such as a power of attorney and its date.
    document: str = field(default="", metadata={"since": 2})


@dataclass(frozen=True, kw_only=True)
class Party:
    """One side of the dispute. `id` is a short letter or word that obligations point to."""

    id: str
    role: PartyRole
    name: str
    kind: PartyKind
    address: str = ""
    contact: str = ""
    representative: Representative | None = None


@dataclass(frozen=True, kw_only=True)
class Mediator:
    """Who mediated; `reference` is the number on the centre's list, if there is one."""

    name: str
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class MediationCenter:
    """The organisation that mediated; its registration is needed for judicial confirmation."""

    name: str
    registration_no: str
    seat: str


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """One part of a payment in parts."""

    seq: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """Who owes whom what, how much, by when (a day or a condition), how and where."""

    id: str
    debtor: str
    creditor: str
    kind: ObligationKind
    description: str
    amount: Decimal | None = None
    currency: str = ""
    due_on: date | None = None
    condition: str = ""
    method: str = ""
    place: str = ""
    instalments: tuple[Instalment, ...] = ()
    # How it will be seen that it was done.
    evidence: str = field(default="", metadata={"since": 2})


@dataclass(frozen=True, kw_only=True)
class Guarantor:
    """Somebody who answers for obligations of a party (民事调解规定 9). Nobody is bound by what
    they did not sign: `document` names the guarantor's own written guarantee (民法典 685). An
    amount is the most they answer for; without one it is the whole.
    """

    id: str
    name: str
    obligations: tuple[str, ...]
    amount: Decimal | None = None
    currency: str = ""
    address: str = ""
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class Superseded:
    """An earlier sealed agreement that this one replaces, named by its number and its bytes."""

    agreement_no: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Statements:
    """What the parties declare, in full sentences; empty optional ones are left out."""

    voluntariness: str
    legal_advice: str
    no_third_party_harm: str
    confidentiality: str = ""
    non_admission: str = ""
    binding: str = ""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Everything the document says, as data. The signed JSON is the canonical form of this."""

    agreement_no: str
    case_ref: str
    profile: str
    language: Language
    dispute_type: str
    mediation_started_on: date
    mediation_ended_on: date
    place_or_online: str
    parties: tuple[Party, ...]
    mediators: tuple[Mediator, ...]
    center: MediationCenter
    facts_summary: str
    issues: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    settles: tuple[str, ...]
    scope: Scope
    statements: Statements
    enforcement: Enforcement
    effective_rule: EffectiveRule
    governing_law: str = ""
    unresolved_items: tuple[str, ...] = ()
    default_clause: str = ""
    costs_clause: str = ""
    guarantors: tuple[Guarantor, ...] = field(default=(), metadata={"since": 3})
    # So many days to think lie between the making of the document and the first signature.
    cooling_off_days: int = field(default=0, metadata={"since": 3})
    supersedes: Superseded | None = field(default=None, metadata={"since": 3})
    schema: str = SCHEMA

    def party(self, party_id: str) -> Party:
        """The party obligations call `party_id`. Raises KeyError when there is none."""
        for party in self.parties:
            if party.id == party_id:
                return party
        raise KeyError(party_id)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One place to sign: the PDF field, who signs there, and for which body (may be empty)."""

    field: str
    signer: str
    organisation: str
    on_behalf_of: str


def signing_slots(terms: Terms) -> tuple[Slot, ...]:
    """Every signature the document needs, parties first in their order, then mediators."""
    parties = [_party_slot(f"sign-{n}", p) for n, p in enumerate(terms.parties, start=1)]
    mediators = [
        Slot(
            field=f"mediator-{n}",
            signer=m.name,
            organisation=terms.center.name,
            on_behalf_of="",
        )
        for n, m in enumerate(terms.mediators, start=1)
    ]
    return (*parties, *mediators)


def _party_slot(name: str, party: Party) -> Slot:
    signer = party.representative.name if party.representative else party.name
    organisation = party.name if party.kind is PartyKind.ORGANISATION else ""
    behalf = party.name if party.representative else ""
    return Slot(field=name, signer=signer, organisation=organisation, on_behalf_of=behalf)
