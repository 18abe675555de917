"""Reads of settlements that open sealed text or span tables."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import models
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person, User
from mediation.cases.access import is_party
from mediation.cases.enums import Category, Compartment, ParticipantRole, SideRole
from mediation.cases.models import Case, Participant, Side
from mediation.cases.selectors import address_of, name_of, open_sealed
from mediation.profiles.selectors import Profile, profile_named
from mediation.settlements import access
from mediation.settlements.document.completeness import Finding, Severity
from mediation.settlements.document.terms import (
    ORAL_SCHEMA,
    SCHEMA,
    EffectiveRule,
    Enforcement,
    Language,
    MediationCenter,
    Mediator,
    Party,
    PartyKind,
    PartyRole,
    Scope,
    Slot,
    Statements,
    Terms,
    signing_slots,
)
from mediation.settlements.document.terms_json import from_json
from mediation.settlements.models import (
    ChangeRequest,
    Document,
    Revision,
    Settlement,
    Signature,
    Version,
)
from mediation.vault import services as vault

EFFECTIVE = {
    "last_signature": EffectiveRule.LAST_PARTY_SIGNATURE,
    "center_seal": EffectiveRule.ALL_SIGNATURES_AND_SEAL,
}
PARTY_ROLES = {
    SideRole.APPLICANT: PartyRole.APPLICANT,
    SideRole.RESPONDENT: PartyRole.RESPONDENT,
}


@cache
def fixed_text(language: str) -> dict[str, Any]:
    """The sentences every settlement in this language begins with."""
    source = files("mediation.settlements") / "texts" / f"{language}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def latest_settlement(user: Person, case: Case) -> Settlement | None:
    """The newest attempt at a settlement of this case that this person may see."""
    rows = access.settlements_visible_to(user).filter(case=case).select_related("case")
    return rows.order_by("-created_at").first()


# Whole sentences, for a language's name does not fit every sentence in every language.
TEXT_IN: dict[str, Promise] = {
    Language.ENGLISH: _(
        "This text is in English. Ask the mediator for a translation you trust before you "
        "approve or sign."
    ),
    Language.CHINESE: _(
        "This text is in Chinese. Ask the mediator for a translation you trust before you "
        "approve or sign."
    ),
}
READS: dict[str, Promise] = {
    Language.ENGLISH: _("%(name)s reads these pages in English."),
    Language.CHINESE: _("%(name)s reads these pages in Chinese."),
}


def language_warning(user: Person, settlement: Settlement) -> str | Promise:
    """For a party who reads our pages in another language than the text they may sign; else ""."""
    is_same = (translation.get_language() or "en") == settlement.language
    may_sign = settlement.is_unsigned and settlement.case.is_open
    if is_same or not may_sign or not is_party(user, settlement.case):
        return ""
    return TEXT_IN[settlement.language]


def language_note(case: Case, chosen: str) -> str:
    """For the mediator: who reads our pages in which language, "" where all read the chosen one."""
    parties = case.participants.active().parties().select_related("case", "user")
    read = [(name_of(row), row.user.language) for row in parties if row.user is not None]
    if all(language == chosen for _name, language in read):
        return ""
    lines = [str(READS[language]) % {"name": name} for name, language in read]
    end = gettext("Whoever signs a text in another language needs a translation they trust.")
    return "\n".join([*lines, end])


def is_destroyed(case: Case) -> bool:
    """Whether what there was of a settlement is destroyed."""
    return Compartment.SETTLEMENT in vault.closed_compartments(case_id=case.pk)


def new_terms(settlement: Settlement) -> Terms:
    """Terms of a new draft: what the case knows, the fixed sentences, and nothing agreed yet."""
    case, language = settlement.case, Language(settlement.language)
    rules, text = profile_named(case.profile), fixed_text(settlement.language)
    return Terms(
        agreement_no=settlement.number,
        case_ref=case.number,
        profile=rules.name[language],
        language=language,
        dispute_type=_category(case, language),
        mediation_started_on=_started_on(case),
        mediation_ended_on=_today(),
        place_or_online=text["place"],
        parties=_parties(case, {}),
        mediators=_mediators(case),
        center=_center(case, language),
        facts_summary="",
        issues=(),
        obligations=(),
        settles=(),
        scope=Scope.FULL,
        statements=Statements(**text["statements"]),
        enforcement=Enforcement.NONE,
        effective_rule=_effective_rule(rules, settlement),
        costs_clause=text["own_costs"] if rules.fee else text["no_fee"],
    )


def with_facts_of_case(terms: Terms, settlement: Settlement) -> Terms:
    """The same agreement with names, mediator, centre and dates as they are now."""
    case, language = settlement.case, Language(settlement.language)
    rules = profile_named(case.profile)
    return replace(
        terms,
        schema=ORAL_SCHEMA if settlement.is_oral else SCHEMA,
        agreement_no=settlement.number,
        case_ref=case.number,
        profile=rules.name[language],
        dispute_type=_category(case, language),
        mediation_started_on=_started_on(case),
        mediation_ended_on=_today(),
        parties=_parties(case, {party.id: party for party in terms.parties}),
        mediators=_mediators(case),
        center=_center(case, language),
        effective_rule=_effective_rule(rules, settlement),
        statements=_statements(terms.statements, settlement),
    )


def _category(case: Case, language: str) -> str:
    with translation.override(language):
        return str(Category(case.category or Category.OTHER).label)


def _started_on(case: Case) -> date:
    return _day(case.mediation_started_at or case.created_at)


def _today() -> date:
    return _day(timezone.now())


def _day(moment: datetime) -> date:
    """The calendar day on the installation's own clock, whoever's page this is."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def _parties(case: Case, known: dict[str, Party]) -> tuple[Party, ...]:
    sides = case.sides.order_by("letter")
    return tuple(_party(side, known.get(side.letter)) for side in sides)


def _party(side: Side, known: Party | None) -> Party:
    person = party_of_side(side)
    return Party(
        id=side.letter,
        role=PARTY_ROLES[SideRole(side.role)],
        name=name_of(person),
        kind=known.kind if known else PartyKind.PERSON,
        address=address_of(person),
        representative=known.representative if known else None,
    )


def party_of_side(side: Side) -> Participant:
    """The party who answers and signs for a side; the last one who did, where nobody is left."""
    people = side.participants.filter(role=ParticipantRole.PARTY)
    rows = people.select_related("user", "case", "side")
    found = rows.order_by(models.F("left_at").desc(nulls_first=True)).first()
    assert found is not None
    return found


def _mediators(case: Case) -> tuple[Mediator, ...]:
    rows = case.participants.mediators().active().select_related("user", "case")
    return tuple(Mediator(name=name_of(row)) for row in rows)


def _center(case: Case, language: str) -> MediationCenter:
    center = case.center
    name = center.name_en if language == Language.ENGLISH and center.name_en else center.name
    return MediationCenter(name=name, registration_no=center.registration_no, seat=center.seat)


def _effective_rule(rules: Profile, settlement: Settlement) -> EffectiveRule:
    return EffectiveRule.WHEN_AGREED if settlement.is_oral else EFFECTIVE[rules.effective_rule]


def _statements(said: Statements, settlement: Settlement) -> Statements:
    """Fixed sentences that speak of signing say something else where nobody signs, and back."""
    text = fixed_text(settlement.language)
    spoken, written = text["oral"], text["statements"]
    now = spoken if settlement.is_oral else written
    fixed = {name for name in spoken if getattr(said, name) in (spoken[name], written[name])}
    return replace(said, **{name: now[name] for name in fixed})


def draft_terms(settlement: Settlement) -> Terms:
    """The terms being written. Raises KeyDestroyed after the erasure."""
    text = open_sealed(settlement, settlement.case, "draft", Compartment.SETTLEMENT)
    return from_json(text.encode())


def version_terms(version: Version) -> Terms:
    """The terms of a frozen version."""
    case = version.settlement.case
    return from_json(open_sealed(version, case, "terms", Compartment.SETTLEMENT).encode())


def current_version(settlement: Settlement) -> Version | None:
    """The newest frozen version."""
    version = settlement.versions.order_by("-number").first()
    if version is not None:
        version.settlement = settlement
    return version


def version_before(version: Version) -> Version | None:
    """The version this one followed, in the same attempt."""
    settlement = version.settlement
    before = settlement.versions.filter(number__lt=version.number).order_by("-number").first()
    if before is not None:
        before.settlement = settlement
    return before


def sides_that_approved(version: Version) -> set[str]:
    """The letters of the sides whose party, still in the case, approved this version."""
    approvals = version.approvals.filter(participant__left_at=None)
    return set(approvals.values_list("participant__side__letter", flat=True))


def has_approved(user: User, version: Version) -> bool:
    return version.approvals.filter(participant__user=user).exists()


# What the parts of the terms are called on the page where the mediator mends them.
PLACES = {
    "facts_summary": _("What happened"),
    "issues": _("Points in dispute"),
    "obligations": _("What is agreed"),
    "settles": _("What is settled"),
    "unresolved_items": _("What stays open"),
    "cooling_off_days": _("Time to think"),
    "supersedes": _("The earlier agreement"),
    "default_clause": _("If a term is not kept"),
    "statements": _("What the parties declare"),
    "parties": _("The parties"),
    "mediators": _("The mediator"),
    "center": _("The centre"),
}


@dataclass(frozen=True)
class Remark:
    """Something to mend: where, in words, what, and where the rule is written."""

    place: str
    message: str
    is_blocking: bool
    rule: str


def remarks(terms: Terms, findings: Sequence[Finding]) -> list[Remark]:
    """Findings for people: "Term 4.2" instead of a path."""
    return [
        Remark(
            _in_words(terms, finding.where),
            str(finding.message),
            finding.severity is Severity.ERROR,
            str(finding.rule),
        )
        for finding in findings
    ]


def _in_words(terms: Terms, where: str) -> str:
    part, number = re.match(r"(\w*)(?:\[(\d+)\])?", where).groups()  # type: ignore[union-attr]
    if part == "obligations" and number is not None:
        return str(_("Term 4.%(number)s") % {"number": int(number) + 1})
    if part in {"parties", "guarantors"} and number is not None:
        return str(getattr(terms, part)[int(number)].name or _("A guarantor"))
    return str(PLACES.get(part, _("The case")))


@dataclass(frozen=True)
class Wish:
    """A change somebody asked for, in clear; `who` is their name."""

    who: str
    version: int
    note: str
    asked_at: datetime


def wishes(user: Person, settlement: Settlement) -> list[Wish]:
    """Changes asked for, newest first: all of them for the mediator, one's own for a party."""
    rows = access.change_requests_visible_to(user).filter(version__settlement=settlement)
    rows = rows.select_related("participant__side", "participant__user", "version")
    return [_wish(row, settlement.case) for row in rows.order_by("-asked_at")]


def _wish(row: ChangeRequest, case: Case) -> Wish:
    side = row.participant.side
    assert side is not None
    row.participant.case = case
    note = open_sealed(row, case, "note", side.caucus)
    return Wish(name_of(row.participant), row.version.number, note, row.asked_at)


def document_of(settlement: Settlement) -> Document | None:
    rows = Document.objects.select_related("version__mediator")
    return rows.filter(settlement=settlement).first()


def last_revision(document: Document) -> Revision | None:
    return document.revisions.select_related("file").order_by("-number").first()


@dataclass(frozen=True)
class Signer:
    """One place to sign in the document, who it is for, and whether they have."""

    slot: Slot
    participant: Participant
    signature: Signature | None

    @property
    def name(self) -> str:
        return self.slot.signer

    @property
    def role(self) -> str:
        return str(ParticipantRole(self.participant.role).label)


def signers(document: Document) -> list[Signer]:
    """Everybody who signs, in the order of the document's fields."""
    version = document.version
    slots = signing_slots(version_terms(version))
    signatures = {row.participant_id: row for row in document.signatures.all()}
    people = _people_signing(version)
    return [
        Signer(slot, person, signatures.get(person.pk))
        for slot, person in zip(slots, people, strict=True)
    ]


def _people_signing(version: Version) -> Sequence[Participant]:
    sides = version.settlement.case.sides.order_by("letter")
    return [*(party_of_side(side) for side in sides), version.mediator]


def signer_for(user: Person, document: Document) -> Signer | None:
    """This person's own place in the document."""
    places = signers(document)
    return next((place for place in places if place.participant.user_id == user.pk), None)
