"""Facts both sides agree on: proposing one, answering it, wording it anew."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant
from mediation.cases.services.sealing import seal_field
from mediation.core.errors import WrongState, require
from mediation.core.text import in_one_form
from mediation.holds.access import require_not_held
from mediation.proceedings import access
from mediation.proceedings.errors import CourseFull, NothingWritten, OtherWording
from mediation.proceedings.models import Fact, FactAnswer
from mediation.proceedings.selectors import text_of

MOST_WORDS = 1000
MOST_FACTS = 50


@transaction.atomic
def propose_fact(*, actor: User, case: Case, client_id: UUID, text: str) -> Fact:
    """A party or the mediator proposes a fact; a party says yes to it by that. The same
    `client_id` again proposes nothing.

    Raises Forbidden, ConsentMissing, NothingWritten or CourseFull.
    """
    case = cases.lock(case)
    part = case_access.require_participant(actor, case)
    access.require_going_on(case)
    proposed = Fact.objects.filter(maker=part, client_id=client_id).first()
    if proposed is not None:
        return proposed
    text = _checked(text)
    require(case.facts.count() < MOST_FACTS, CourseFull)
    last = case.facts.last()
    fact = Fact(
        case=case,
        number=last.number + 1 if last else 1,
        maker=part,
        author=part,
        client_id=client_id,
        written_at=timezone.now(),
    )
    seal_field(fact, case, "text", Compartment.JOINT, text)
    fact.save(force_insert=True)
    _author_agrees(fact, part)
    audit.record(actor=actor, action="fact.proposed", target=fact, case_id=case.pk)
    return fact


@transaction.atomic
def reword_fact(*, actor: User, fact: Fact, edition: int, text: str) -> Fact:
    """Word a fact anew, whoever had proposed it: every yes to the old wording is gone, and a party
    says yes to the new one by writing it. The same words again change nothing.

    Raises Forbidden, ConsentMissing, NothingWritten, OtherWording where `edition` is not the one
    that stands there, or Held while a duty keeps the joint talks.
    """
    case, row = _lock(fact)
    part = case_access.require_participant(actor, case)
    access.require_going_on(case)
    text = _checked(text)
    if text == text_of(row):
        return row
    require(row.edition == edition, OtherWording)
    require_not_held(case, Compartment.JOINT)
    row.answers.all().delete()
    _set_agreed(row, is_agreed=False)
    row.author, row.edition, row.written_at = part, edition + 1, timezone.now()
    field = seal_field(row, case, "text", Compartment.JOINT, text)
    row.save(update_fields=["author", "edition", "written_at", field])
    _author_agrees(row, part)
    audit.record(actor=actor, action="fact.reworded", target=row, case_id=case.pk)
    return row


def _lock(fact: Fact) -> tuple[Case, Fact]:
    """The case's row, then the fact's, locked until the transaction ends. Raises WrongState where
    the fact has been taken away meanwhile.
    """
    case = cases.lock(fact.case)
    row = Fact.objects.select_for_update(of=("self",)).filter(pk=fact.pk).first()
    if row is None:
        raise WrongState
    row.case = case
    return case, row


def _checked(text: str) -> str:
    clean = in_one_form(text)
    require(0 < len(clean) <= MOST_WORDS, NothingWritten)
    return clean


def _author_agrees(fact: Fact, part: Participant) -> None:
    if part.side_id is not None:
        FactAnswer.objects.create(
            fact=fact, participant=part, agrees=True, given_at=fact.written_at
        )


# --- Answers --------------------------------------------------------------------------------------


@transaction.atomic
def agree_to_fact(*, actor: User, fact: Fact, edition: int) -> Fact:
    """A side says yes to exactly this wording. Once every side has, it is an agreed fact. Twice is
    the same as once. Raises Forbidden, ConsentMissing or OtherWording.
    """
    case, row = _lock(fact)
    case_access.require_party(actor, case)
    access.require_going_on(case)
    require(row.edition == edition, OtherWording)
    return _answer(actor, row, agrees=True)


@transaction.atomic
def disagree_with_fact(*, actor: User, fact: Fact, edition: int) -> Fact:
    """A side says "not like this": without a reason, without anybody's consent, and to itself.
    Everybody else reads only that the fact is not agreed. Twice is the same as once.

    Raises Forbidden, OtherWording, or WrongState after the end.
    """
    case, row = _lock(fact)
    case_access.require_party(actor, case)
    require(case.is_open, WrongState)
    require(row.edition == edition, OtherWording)
    return _answer(actor, row, agrees=False)


@transaction.atomic
def take_answer_back(*, actor: User, fact: Fact) -> Fact:
    """A side takes back what it answered, without anybody's consent, for as long as the case goes
    on. Where nothing was answered nothing changes. Raises Forbidden, or WrongState after the end.
    """
    case, row = _lock(fact)
    case_access.require_party(actor, case)
    require(case.is_open, WrongState)
    if _own_answers(actor, row).delete()[0]:
        audit.record(actor=actor, action="fact.answered", target=row, case_id=case.pk)
        _conclude(row)
    return row


def _answer(actor: User, fact: Fact, *, agrees: bool) -> Fact:
    """On a locked fact. Not which answer is recorded: the log would tell what the page keeps to
    itself.
    """
    given = access.answers_visible_to(actor).filter(fact=fact, agrees=agrees)
    if given.exists():
        return fact
    part = case_access.require_party(actor, fact.case)
    _own_answers(actor, fact).delete()
    FactAnswer.objects.create(fact=fact, participant=part, agrees=agrees, given_at=timezone.now())
    audit.record(actor=actor, action="fact.answered", target=fact, case_id=fact.case_id)
    _conclude(fact)
    return fact


def _own_answers(actor: User, fact: Fact) -> QuerySet[FactAnswer]:
    own = access.answers_visible_to(actor).filter(fact=fact).values("pk")
    return FactAnswer.objects.filter(pk__in=list(own.values_list("pk", flat=True)))


def _conclude(fact: Fact) -> None:
    yes = set(fact.answers.filter(agrees=True).values_list("participant__side", flat=True))
    sides = set(fact.case.sides.values_list("pk", flat=True))
    _set_agreed(fact, is_agreed=bool(sides) and sides <= yes)


def _set_agreed(fact: Fact, *, is_agreed: bool) -> None:
    """Recorded as what all answers come to, and not as the last one's act."""
    if is_agreed == (fact.agreed_at is not None):
        return
    fact.agreed_at = timezone.now() if is_agreed else None
    fact.save(update_fields=["agreed_at"])
    action = "fact.agreed" if is_agreed else "fact.reopened"
    audit.record_system(action=action, target=fact, case_id=fact.case_id)


@transaction.atomic
def remove_fact(*, actor: User, fact: Fact) -> None:
    """The side a fact comes from, or the mediator for theirs, takes it away with its answers,
    without anybody's consent. Raises Forbidden, or WrongState after the end.
    """
    case, row = _lock(fact)
    require(access.is_maker(actor, row))
    require(case.is_open, WrongState)
    require_not_held(case, Compartment.JOINT)
    audit.record(actor=actor, action="fact.removed", target=row, case_id=case.pk)
    row.delete()
