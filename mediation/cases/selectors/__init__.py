"""Reads of the spine that open sealed text or span tables."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person
from mediation.cases import access
from mediation.cases.enums import (
    NEEDED_TO_TALK,
    CaseState,
    Compartment,
    Need,
    Purpose,
)
from mediation.cases.models import Case, Consent, Invitation, Participant, Side, Statement
from mediation.profiles.selectors import ConsentText, consent_text, period_in
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

ANSWERS = ("summary", "amount", "background", "wishes", "needs")


def open_sealed(row: Model, case: Case, field: str, compartment: str) -> str:
    """The clear text of `row.<field>_sealed`, or "" where nothing was written yet."""
    sealed = bytes(getattr(row, f"{field}_sealed"))
    if not sealed:
        return ""
    place, slot = address(row, case, field, compartment)
    return vault.open_text(place=place, slot=slot, sealed=sealed)


def address(row: Model, case: Case, field: str, compartment: str) -> tuple[Place, Slot]:
    """Where a sealed field lives: its key's place and the row identity it is bound to."""
    return Place(case.pk, compartment), Slot(row._meta.label_lower, row.pk, field)


def kept_until(case: Case, compartment: str) -> date | None:
    """To which day at the latest a hold keeps what is written in this compartment, or None."""
    day = case.kept_until.get(compartment)
    return date.fromisoformat(day) if day else None


def name_of(participant: Participant) -> str:
    """The name a person gave for this case (or was invited under); the side's letter for whoever
    took part and deleted their account.
    """
    if participant.user is None and not participant.name_sealed and participant.joined_at:
        return _name_of_side(participant.side)
    if participant.user is not None and not participant.name_sealed:
        return participant.user.name
    try:
        return open_sealed(participant, participant.case, "name", Compartment.IDENTITY)
    except vault.Restricted:  # so that a list of cases does not fail for one of them
        return participant.user.name if participant.user else ""


def _name_of_side(side: Side | None) -> str:
    return gettext("Side %(letter)s") % {"letter": side.letter} if side else ""


def email_of(participant: Participant) -> str:
    if participant.user is not None:
        return participant.user.email
    return open_sealed(participant, participant.case, "email", Compartment.IDENTITY)


def address_of(participant: Participant) -> str:
    return open_sealed(participant, participant.case, "address", Compartment.IDENTITY)


@dataclass(frozen=True)
class Answers:
    """One side's statement in clear. Empty strings where not answered; `private` is None for
    people who may not read it.
    """

    summary: str
    amount: Decimal | None
    currency: str
    background: str | None
    wishes: str | None
    needs: tuple[str, ...] | None

    @property
    def needs_text(self) -> str:
        """The needs in words, one a line."""
        return "\n".join(str(Need(need).label) for need in self.needs or ())


def statement_for(user: Person, statement: Statement) -> Answers:
    """A statement as this person may read it: the other side never sees the private half."""
    side = statement.side
    case = side.case
    part = access.participant_of(user, case)
    private = part is not None and (part.side_id in {None, side.pk})
    amount = open_sealed(statement, case, "amount", Compartment.JOINT)
    number, _, currency = amount.partition(" ")
    return Answers(
        summary=open_sealed(statement, case, "summary", Compartment.JOINT),
        amount=Decimal(number) if number else None,
        currency=currency,
        background=open_sealed(statement, case, "background", side.caucus) if private else None,
        wishes=open_sealed(statement, case, "wishes", side.caucus) if private else None,
        needs=_needs(statement, case, side) if private else None,
    )


def _needs(statement: Statement, case: Case, side: Side) -> tuple[str, ...]:
    return tuple(open_sealed(statement, case, "needs", side.caucus).split())


def place_of_answer(field: str, side: Side) -> str:
    """The compartment of one answer of a statement."""
    return Compartment.JOINT if field in {"summary", "amount"} else side.caucus


def kept_answers(user: Person, case: Case) -> dict[str, date]:
    """What a party wrote at the start that a hold keeps as it is, and until when at the latest."""
    side = access.require_party(user, case).side
    assert side is not None
    row = Statement.objects.get(side=side)
    kept = {name: kept_until(case, place_of_answer(name, side)) for name in ANSWERS}
    return {name: day for name, day in kept.items() if day and getattr(row, f"{name}_sealed")}


@dataclass(frozen=True)
class SideAccount:
    """What one side wrote at the start, as one reader may read it, or that it is destroyed."""

    who: str
    is_mine: bool
    answers: Answers
    is_destroyed: bool
    private_is_destroyed: bool


def accounts_of(user: Person, case: Case) -> list[SideAccount]:
    """What each side wrote that this person may read: their own side's first."""
    part = access.participant_of(user, case)
    names = {row.side_id: name_of(row) for row in _parties(case)}
    closed = vault.closed_compartments(case_id=case.pk)
    accounts = []
    for row in access.statements_visible_to(user, case):
        is_mine = part is not None and part.side_id == row.side_id
        is_gone, answers = row.side.caucus in closed, statement_for(user, row)
        if is_gone and not is_mine:  # only its own side is told of a private part's end
            answers = replace(answers, background=None, wishes=None, needs=None)
        who, shared_is_gone = (
            names.get(row.side_id) or _name_of_side(row.side),
            Compartment.JOINT in closed,
        )
        accounts.append(SideAccount(who, is_mine, answers, shared_is_gone, is_gone and is_mine))
    return sorted(accounts, key=lambda account: not account.is_mine)


def _parties(case: Case) -> QuerySet[Participant]:
    return case.participants.parties().filter(left_at=None).select_related("case", "user")


@dataclass(frozen=True)
class PersonInCase:
    """A participant as others in the case see them."""

    participant: Participant
    name: str
    is_me: bool
    has_joined: bool


def people_in(user: Person, case: Case) -> list[PersonInCase]:
    """Everybody in the case, by name; only for those who are in it."""
    if access.participant_of(user, case) is None:
        return []
    rows = case.participants.filter(left_at=None).select_related("side", "user", "case")
    return [
        PersonInCase(row, name_of(row), row.user_id == user.pk, row.joined_at is not None)
        for row in rows
    ]


def others_in(user: Person, case: Case) -> str:
    """The names of everybody else in the case: who sees what is said and brought for all."""
    people = [one for one in people_in(user, case) if one.has_joined and not one.is_me]
    return gettext(", ").join(one.name for one in people)


@dataclass(frozen=True)
class ConsentChoice:
    """One purpose on the consent page: the text, and whether it is in force for me."""

    text: ConsentText
    purpose: Purpose
    is_needed: bool
    consent: Consent | None


def consent_choices(user: Person, case: Case) -> list[ConsentChoice]:
    """The purposes a party is asked about on the consent page (a release is asked elsewhere)."""
    part = access.party_of(user, case)
    if part is None:
        return []
    given: dict[str, Any] = {
        row.purpose: row for row in part.consents.filter(subject="", withdrawn_at=None)
    }
    purposes = [purpose for purpose in Purpose if purpose != Purpose.RELEASE]
    return [
        ConsentChoice(
            consent_text(purpose),
            purpose,
            purpose in NEEDED_TO_TALK,
            given.get(purpose),
        )
        for purpose in purposes
    ]


# What follows from a consent, given and taken back, in words that blame nobody.
WITH_CONSENT: dict[str, Promise] = {
    "talk_open": _("Both sides have given what talking needs, so talk is open."),
    "complete": _("Both sides have given what mediation needs."),
    "waiting": _("It goes on when both sides have given the two consents that are needed."),
    Purpose.VIDEO: _("Calls are possible while those who meet all agree to them."),
    Purpose.SIGNING: _("Signing here is possible while both sides agree to it."),
}
WITHOUT_CONSENT: dict[str, Promise] = {
    CaseState.MEDIATING: _(
        "Talk is closed for everybody until you give it again. Messages can still be read."
    ),
    "waiting": _("The mediation cannot go on until you give it again."),
    Purpose.VIDEO: _("There are no calls with you until you give it again."),
    Purpose.SIGNING: _("Nothing can be signed here until you give it again; on paper it can."),
}


def news_of_consent(consent: Consent) -> tuple[str | Promise, str | Promise]:
    """What has just been recorded, and what follows from it."""
    title = consent_title(consent)
    if consent.withdrawn_at is None:
        said = gettext("Recorded: you agree to “%(consent)s”.") % {"consent": title}
    else:
        said = gettext("Recorded: you took “%(consent)s” back.") % {"consent": title}
    case = Case.objects.get(pk=consent.case_id)
    return said, _what_follows(Purpose(consent.purpose), case, given=consent.withdrawn_at is None)


def _what_follows(purpose: Purpose, case: Case, *, given: bool) -> str | Promise:
    if not case.is_open:
        return ""
    words = WITH_CONSENT if given else WITHOUT_CONSENT
    if purpose not in NEEDED_TO_TALK:
        return words[purpose]
    if not given:
        return words[case.state if case.state in words else "waiting"]
    if case.talk_open:
        return words["talk_open"]
    return words["complete" if access.all_sides_consent(case.pk, *NEEDED_TO_TALK) else "waiting"]


def consent_title(consent: Consent) -> str:
    """The heading of the text that was agreed to, in the reader's language."""
    return title_of(consent_text(consent.purpose, consent.text_version))


def title_of(text: ConsentText) -> str:
    """The heading of a text, in the reader's language."""
    return text.title.get(get_language() or "en", text.title["en"])


@dataclass(frozen=True)
class Application:
    """Everything a party told us so far, as they may read it back."""

    category: str
    category_label: str
    answers: Answers
    own_name: str
    own_address: str
    other_name: str
    other_email: str


def application_of(user: Person, case: Case) -> Application:
    """A party's own application or statement. Raises Forbidden for anybody else."""
    part = access.require_party(user, case)
    other = case.participants.parties().select_related("case", "user").exclude(pk=part.pk).first()
    statement = Statement.objects.select_related("side__case").get(side=part.side)
    return Application(
        category=case.category,
        category_label=case.get_category_display(),
        answers=statement_for(user, statement),
        own_name=_given_name(part),
        own_address=address_of(part),
        other_name=name_of(other) if other else "",
        other_email=_invited_email(other) if other else "",
    )


def _given_name(participant: Participant) -> str:
    """The name for this case, or the account's; "" rather than the word for somebody unnamed."""
    if participant.name_sealed or participant.user is None:
        return name_of(participant)
    return participant.user.display_name


def _invited_email(participant: Participant) -> str:
    """The address as the applicant typed it; once the person joined it is theirs alone."""
    return "" if participant.user_id else email_of(participant)


@dataclass(frozen=True)
class Letter:
    """What the invited person reads before they answer. No detail of the dispute."""

    applicant: str
    invited: str
    center: str
    category: str
    expires_at: datetime
    erased_by: datetime
    case: Case


def letter_of(invitation: Invitation) -> Letter:
    """The letter of an open invitation, for whoever holds its secret."""
    case = invitation.case
    applicant = case.participants.select_related("case", "user").get(side__letter="A")
    period = period_in(case.periods, "never_joined", Compartment.IDENTITY)
    return Letter(
        applicant=name_of(applicant),
        invited=name_of(invitation.participant),
        center=case.center.name,
        category=case.get_category_display(),
        expires_at=invitation.expires_at,
        erased_by=invitation.expires_at + period,
        case=case,
    )
