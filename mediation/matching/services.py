"""A mediator offers to mediate; each side agrees or asks for somebody else."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import require_consents, require_party
from mediation.cases.enums import CaseState, Compartment
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.cases.selectors import name_of
from mediation.cases.services.participation import begin_mediation, end_mediator
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs
from mediation.core.errors import DomainError, InvalidInput, WrongState, require
from mediation.mail import services as mail
from mediation.matching import access
from mediation.matching.enums import AssignmentState, DisclosureKind
from mediation.matching.lifecycle import move
from mediation.matching.models import Answer, Assignment, NameCheck
from mediation.matching.working_days import end_of_working_day
from mediation.profiles.holidays import holidays_of
from mediation.profiles.selectors import profile_named


class AlreadyClaimed(DomainError):
    """Another mediator is proposed in this case."""

    code = "already_claimed"
    title = _("Another mediator was a little faster")
    message = _("This case has just been taken. You need not do anything.")


class NamesNotSeen(DomainError):
    """A claim by a mediator who has not looked at the parties' names."""

    code = "names_not_seen"
    title = _("Please look at the names first")
    message = _("You can only say whether you know somebody after you have seen the names.")


@transaction.atomic
def show_names(*, actor: User, case: Case) -> list[str]:
    """The parties' names, by side, for a mediator who checks whether they know one of them. Each
    look is on record. Raises Forbidden, WrongState or ConsentMissing.
    """
    case = lock(case)
    require(access.can_claim(actor, case))
    require(case.state == CaseState.WAITING, WrongState)
    require_consents(case)
    NameCheck.objects.get_or_create(
        case=case, mediator=actor, defaults={"first_at": timezone.now()}
    )
    audit.record(actor=actor, action="identity.read", target=case, case_id=case.pk)
    parties = case.participants.active().parties().select_related("case", "user")
    return [name_of(person) for person in parties.order_by("side__letter")]


@transaction.atomic
def claim_case(
    *,
    actor: User,
    case: Case,
    disclosure_kind: DisclosureKind,
    disclosure_text: str,
    has_no_conflict: bool,
) -> Assignment:
    """Offer to mediate a waiting case, with what must be told beforehand (在线调解规则 13). Both
    sides are asked. Raises Forbidden, WrongState, ConsentMissing, AlreadyClaimed, NamesNotSeen, or
    InvalidInput for a declaration that contradicts itself.
    """
    case = lock(case)
    require(access.can_claim(actor, case))
    require(case.state == CaseState.WAITING, WrongState)
    require_consents(case)
    require(NameCheck.objects.filter(case=case, mediator=actor).exists(), NamesNotSeen)
    text = _declaration(DisclosureKind(disclosure_kind), disclosure_text, has_no_conflict)
    _free_from_absent_mediator(case)
    require(not case.assignments.open().exists(), AlreadyClaimed)
    assignment = _propose(actor, case, DisclosureKind(disclosure_kind), text)
    audit.record(
        actor=actor,
        action="assignment.proposed",
        target=assignment,
        case_id=case.pk,
        disclosure=assignment.disclosure_kind,
    )
    jobs.enqueue("matching.send_proposal", assignment_id=str(assignment.pk))
    return assignment


def _declaration(kind: DisclosureKind, text: str, has_no_conflict: bool) -> str:
    """The disclosure as it is kept: "" exactly when there is none."""
    if has_no_conflict != (kind == DisclosureKind.NONE):
        raise InvalidInput(_("Say either that you have no connection, or which one you have."))
    if kind == DisclosureKind.NONE:
        return ""
    if not text.strip():
        raise InvalidInput(_("Describe the connection, so that both sides can decide."))
    return text.strip()


def _free_from_absent_mediator(case: Case) -> None:
    """A mediator who has left the centre's panel keeps no case waiting."""
    standing = case.assignments.standing().values("pk")
    for assignment in case.assignments.proposed().exclude(pk__in=standing):
        move(assignment, AssignmentState.WITHDRAWN, actor=None)


def _propose(actor: User, case: Case, kind: DisclosureKind, text: str) -> Assignment:
    now = timezone.now()
    days = profile_named(case.profile).deadlines["mediator_answer"]
    assignment = Assignment(
        case=case,
        mediator=actor,
        disclosure_kind=kind,
        proposed_at=now,
        answer_by=end_of_working_day(now, days, holidays=holidays_of(case.profile)),
    )
    seal_field(assignment, case, "disclosure", Compartment.JOINT, text)
    assignment.save(force_insert=True)
    return assignment


@transaction.atomic
def answer_assignment(*, actor: User, assignment: Assignment, accepts: bool) -> Assignment:
    """One side's answer to the proposed mediator. When every side said yes, mediation begins;
    with one "somebody else, please" the case goes on waiting, and nobody is told whose it was.

    Saying yes twice is the same as once; a yes can be taken back until the others said yes.
    Raises Forbidden, WrongState or ConsentMissing.
    """
    case, assignment = _locked(assignment)
    require(access.can_answer(actor, assignment))
    require(case.state == CaseState.WAITING, WrongState)
    require(case.assignments.standing().filter(pk=assignment.pk).exists(), WrongState)
    require_consents(case)
    _write_answer(actor, assignment, accepts)
    if not accepts:
        return _close(assignment, AssignmentState.REFUSED, actor)
    if _is_agreed(assignment):
        move(assignment, AssignmentState.ACCEPTED, actor=actor)
        begin_mediation(actor=actor, case=case, mediator=assignment.mediator)
    return assignment


def _write_answer(actor: User, assignment: Assignment, accepts: bool) -> None:
    part = require_party(actor, assignment.case)
    answer, _made = Answer.objects.update_or_create(
        assignment=assignment,
        side=part.side,
        defaults={"participant": part, "accepts": accepts, "given_at": timezone.now()},
    )
    audit.record(
        actor=actor,
        action="assignment.answered",
        target=answer,
        case_id=assignment.case_id,
        accepts=accepts,
    )


def _is_agreed(assignment: Assignment) -> bool:
    agreed = assignment.answers.filter(accepts=True).values("side")
    return not assignment.case.sides.exclude(pk__in=agreed).exists()


@transaction.atomic
def replace_mediator(*, actor: User, assignment: Assignment) -> Assignment:
    """A party asks for another mediator while mediation goes on (在线调解规则 14). No reason is
    needed; talk pauses until both sides agreed on somebody. Raises Forbidden or WrongState.
    """
    case, assignment = _locked(assignment)
    require(access.can_answer(actor, assignment))
    require(case.state == CaseState.MEDIATING, WrongState)
    _close(assignment, AssignmentState.REFUSED, actor)
    end_mediator(actor=actor, case=case)
    return assignment


@transaction.atomic
def withdraw_claim(*, actor: User, assignment: Assignment) -> Assignment:
    """The mediator takes the offer back before both sides agreed. Raises Forbidden, WrongState."""
    _case, assignment = _locked(assignment)
    require(access.is_own(actor, assignment))
    return _close(assignment, AssignmentState.WITHDRAWN, actor)


@transaction.atomic
def end_assignment(*, actor: User, assignment: Assignment) -> Assignment:
    """The mediator gives a case back; it waits for another one. Raises Forbidden, WrongState."""
    case, assignment = _locked(assignment)
    require(access.is_own(actor, assignment))
    require(case.state == CaseState.MEDIATING, WrongState)
    _close(assignment, AssignmentState.ENDED, actor)
    end_mediator(actor=actor, case=case)
    return assignment


def _locked(assignment: Assignment) -> tuple[Case, Assignment]:
    """Case first, then assignment: the one order of locks."""
    case = lock(assignment.case)
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("mediator")
    fresh = rows.get(pk=assignment.pk)
    fresh.case = case
    return case, fresh


def _close(assignment: Assignment, state: AssignmentState, actor: User) -> Assignment:
    move(assignment, state, actor=actor)
    jobs.enqueue("matching.send_another_mediator", assignment_id=str(assignment.pk))
    return assignment


def send_proposal(*, assignment: Assignment) -> None:
    """Ask both sides by mail whether they agree (the job's work); not once it is over."""
    if assignment.state == AssignmentState.PROPOSED:
        for person in _parties(assignment):
            _send(assignment, person, "matching/mediator_proposed")


def send_another_mediator(*, assignment: Assignment) -> None:
    """Tell both sides alike that another mediator will be found: nobody learns who wished it. The
    mediator is told when it was not they who stepped back.
    """
    people = _parties(assignment)
    if assignment.state == AssignmentState.REFUSED:
        people.append(assignment.mediator)
    for person in people:
        _send(assignment, person, "matching/another_mediator")


def _parties(assignment: Assignment) -> list[User]:
    people = User.objects.filter(participations__in=assignment.case.participants.active().parties())
    return list(people.distinct())


def _send(assignment: Assignment, person: User, kind: str) -> None:
    mail.send_mail(
        kind=kind,
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context={
            "number": assignment.case.number,
            "case_id": assignment.case_id,
            "assignment_id": assignment.pk,
            "is_mediator": person.pk == assignment.mediator_id,
        },
        key=f"{kind}:{assignment.pk}:{person.pk}",
    )


@transaction.atomic
def forget_assignments(*, case: Case) -> int:
    """Part of a case's erasure: who was proposed, who answered and who looked at the names.
    Returns how many rows went.
    """
    answers, _by_model = Answer.objects.filter(assignment__case=case).delete()
    checks, _by_model = NameCheck.objects.filter(case=case).delete()
    assignments, _by_model = Assignment.objects.filter(case=case).delete()
    return answers + checks + assignments
