"""The course of a mediation, made by the real services."""

from uuid import uuid4

from mediation.accounts.models import User
from mediation.cases.access import participant_of
from mediation.cases.models import Case, Participant
from mediation.proceedings.enums import IdentityMethod
from mediation.proceedings.models import AgendaPoint, Fact, IdentityCheck, Note, Opening, Sitting
from mediation.proceedings.services import agenda, facts, identity, notes, opening, sittings
from mediation.proceedings.texts import OpeningWords

WORDS = OpeningWords("Welcome to the table.", "Let each other finish.\nNo insults.")


def part_of(user: User, case: Case) -> Participant:
    part = participant_of(user, case)
    assert part is not None
    return part


def give_opening(actor: User, case: Case, words: OpeningWords = WORDS) -> Opening:
    return opening.give_opening(actor=actor, case=case, words=words, language="en")


def add_point(actor: User, case: Case, title: str = "The drain") -> AgendaPoint:
    return agenda.add_point(actor=actor, case=case, client_id=uuid4(), title=title)


def propose_fact(actor: User, case: Case, text: str = "The loan was paid out in May.") -> Fact:
    return facts.propose_fact(actor=actor, case=case, client_id=uuid4(), text=text)


def agree(actor: User, fact: Fact) -> Fact:
    now = fresh(fact)
    return facts.agree_to_fact(actor=actor, fact=now, edition=now.edition)


def begin_sitting(actor: User, case: Case, *present: User) -> Sitting:
    people = [part_of(user, case) for user in present]
    return sittings.begin_sitting(actor=actor, case=case, present=people)


def confirm_identity(
    actor: User, case: Case, who: User, method: IdentityMethod = IdentityMethod.KNOWN
) -> IdentityCheck:
    return identity.confirm_identity(
        actor=actor, case=case, participant=part_of(who, case), method=method
    )


def write_note(actor: User, case: Case, text: str = "Ask about the receipt.") -> Note:
    return notes.write_note(actor=actor, case=case, client_id=uuid4(), text=text)


def fresh(fact: Fact) -> Fact:
    """The row as it is now, as a page would load it."""
    return Fact.objects.select_related("case", "maker").get(pk=fact.pk)
