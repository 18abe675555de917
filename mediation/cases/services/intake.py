"""Asking for mediation: a draft that is saved at every step, then the invitation."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import (
    CaseOutcome,
    CaseState,
    Category,
    Compartment,
    ParticipantRole,
    SideRole,
)
from mediation.cases.lifecycle import lock, move
from mediation.cases.models import Case, Participant, Side, Statement
from mediation.cases.selectors import ANSWERS, place_of_answer
from mediation.cases.services.invitations import create_invitation
from mediation.cases.services.sealing import write_over
from mediation.centers.models import Center
from mediation.centers.selectors import periods_of
from mediation.core.errors import DomainError, InvalidInput, require
from mediation.profiles.selectors import profile_named

OPEN_DRAFTS = 5
# Each stage of a case ends by itself; together they bound its end from the first minute.
STAGES = ("draft", "invitation", "consent", "waiting", "mediation")


class OwnAddress(InvalidInput):
    """Nobody invites themselves."""

    code = "own_address"
    message = _("This is your own address. Enter the other side's.")


class Incomplete(DomainError):
    """The application lacks an answer it cannot do without."""

    code = "incomplete"
    title = _("Something is still missing")
    message = _("Please answer the questions marked as missing before you send the invitation.")


class TooManyDrafts(DomainError):
    """One person keeps only a few unfinished applications."""

    code = "too_many_drafts"
    message = _("You have several unfinished applications. Finish or delete one first.")


@transaction.atomic
def start_case(*, actor: User, center: Center, language: str) -> Case:
    """Begin an application at a centre. Only the applicant sees it until they send it."""
    drafts = access.cases_visible_to(actor).filter(state=CaseState.DRAFT)
    require(drafts.count() < OPEN_DRAFTS, TooManyDrafts)
    now = timezone.now()
    rules = profile_named(center.profile)
    case = Case.objects.create(
        center=center,
        profile=center.profile,
        periods=periods_of(center),
        language=language,
        deadline_at=now + rules.deadline("draft"),
        ends_by=now + sum((rules.deadline(stage) for stage in STAGES), timedelta()),
    )
    _add_side(case, "A", SideRole.APPLICANT, user=actor)
    _add_side(case, "B", SideRole.RESPONDENT, user=None)
    audit.record(actor=actor, action="case.started", target=case, case_id=case.pk)
    return case


def _add_side(case: Case, letter: str, role: SideRole, user: User | None) -> None:
    side = Side.objects.create(case=case, letter=letter, role=role)
    Statement.objects.create(side=side)
    Participant.objects.create(
        case=case,
        side=side,
        user=user,
        role=ParticipantRole.PARTY,
        joined_at=timezone.now() if user else None,
    )


@transaction.atomic
def save_category(*, actor: User, case: Case, category: Category) -> Case:
    """What the dispute is about, in one of a few words."""
    case = _locked_draft(actor, case)
    case.category = category
    case.save(update_fields=["category"])
    return case


@transaction.atomic
def save_own_name(*, actor: User, case: Case, name: str, address: str) -> Participant:
    """How the applicant is called in this case, and where a court would reach them (optional).

    Raises Held, as everything does that writes over what a hold keeps.
    """
    case = _locked_draft(actor, case)
    person = case.participants.get(side__role=SideRole.APPLICANT)
    fields = [
        write_over(person, case, "name", Compartment.IDENTITY, name),
        write_over(person, case, "address", Compartment.IDENTITY, address),
    ]
    person.save(update_fields=fields)
    return person


@transaction.atomic
def save_other_side(
    *, actor: User, case: Case, name: str, email: str, address: str = ""
) -> Participant:
    """Who is invited. `address` only where an agreement of both names it. Raises OwnAddress or
    Held.
    """
    case = _locked_draft(actor, case)
    require(email.lower() != actor.email.lower(), OwnAddress)
    person = case.participants.get(side__role=SideRole.RESPONDENT)
    fields = [
        write_over(person, case, "name", Compartment.IDENTITY, name),
        write_over(person, case, "email", Compartment.IDENTITY, email.lower()),
        write_over(person, case, "address", Compartment.IDENTITY, address),
    ]
    person.save(update_fields=fields)
    return person


@transaction.atomic
def save_statement(*, actor: User, case: Case, answers: Mapping[str, Any]) -> Statement:
    """Save some of: summary, amount with currency, background, wishes, needs of one's own side.

    The applicant does so while writing; either side may until the mediation ends. Raises Held
    where a hold keeps an answer as it was written.
    """
    case = lock(case)
    part = access.require_party(actor, case)
    require(case.is_open)
    require(access.can_write_statement(actor, case), ConsentMissing)
    statement = Statement.objects.select_related("side").get(side=part.side_id)
    fields = [
        write_over(
            statement, case, name, place_of_answer(name, statement.side), _as_text(name, answers)
        )
        for name in ANSWERS
        if name in answers
    ]
    statement.save(update_fields=fields)
    return statement


def _as_text(field: str, answers: Mapping[str, Any]) -> str:
    value = answers[field]
    if field == "amount":
        return f"{Decimal(value):f} {answers['currency']}" if value is not None else ""
    if field == "needs":
        return " ".join(value)
    return str(value).strip()


@transaction.atomic
def send_application(*, actor: User, case: Case, is_amendment: bool = False) -> Case:
    """Finish the draft: the other side is invited, to mediation or, with `is_amendment`, to talk
    about an agreement of both. Raises Incomplete or TooMany.
    """
    case = _locked_draft(actor, case)
    require(not missing_answers(case), Incomplete)
    rules = profile_named(case.profile)
    deadline = timezone.now() + rules.deadline("invitation")
    create_invitation(actor=actor, case=case, expires_at=deadline, is_amendment=is_amendment)
    return move(case, CaseState.INVITED, actor=actor, deadline_at=deadline)


def missing_answers(case: Case) -> list[str]:
    """The steps of the application that still need an answer."""
    applicant = case.participants.get(side__role=SideRole.APPLICANT)
    respondent = case.participants.get(side__role=SideRole.RESPONDENT)
    statement = Statement.objects.get(side__case=case, side__role=SideRole.APPLICANT)
    answered = {
        "category": bool(case.category),
        "name": bool(applicant.name_sealed),
        "other": bool(respondent.name_sealed and respondent.email_sealed),
        "summary": bool(statement.summary_sealed),
    }
    return [step for step, done in answered.items() if not done]


@transaction.atomic
def discard_draft(*, actor: User, case: Case) -> Case:
    """Give up an unfinished application; the next sweep, within minutes, destroys it."""
    case = _locked_draft(actor, case)
    return move(case, CaseState.CLOSED, actor=actor, outcome=CaseOutcome.ABANDONED)


def _locked_draft(actor: User, case: Case) -> Case:
    case = lock(case)
    require(access.can_write_application(actor, case))
    return case
