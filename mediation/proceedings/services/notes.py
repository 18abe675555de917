"""A mediator's own notes. They have a key of their own, which is destroyed first."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.services.sealing import seal_field
from mediation.core.errors import Forbidden, require
from mediation.core.text import in_one_form
from mediation.holds.access import held_compartments, require_not_held
from mediation.proceedings import access
from mediation.proceedings.errors import CourseFull, NothingWritten
from mediation.proceedings.models import Note

MOST_WORDS = 8000
MOST_NOTES = 200


@transaction.atomic
def write_note(*, actor: User, case: Case, client_id: UUID, text: str) -> Note:
    """The mediator notes something for themselves. The same `client_id` again notes nothing.

    Raises Forbidden, ConsentMissing, NothingWritten or CourseFull.
    """
    case = cases.lock(case)
    mediator = access.require_mediator(actor, case)
    access.require_going_on(case)
    written = Note.objects.filter(author=mediator, client_id=client_id).first()
    if written is not None:
        return written
    text = in_one_form(text)
    require(0 < len(text) <= MOST_WORDS, NothingWritten)
    require(case.notes.count() < MOST_NOTES, CourseFull)
    note = Note(case=case, author=mediator, client_id=client_id, written_at=timezone.now())
    seal_field(note, case, "text", Compartment.NOTES, text)
    note.save(force_insert=True)
    audit.record(actor=actor, action="note.written", target=note, case_id=case.pk)
    return note


@transaction.atomic
def delete_note(*, actor: User, note: Note) -> None:
    """Its author deletes a note at once. Raises Forbidden for everybody else, and Held while a duty
    keeps it.
    """
    case = cases.lock(note.case)
    require(access.notes_visible_to(actor).filter(pk=note.pk).exists(), Forbidden)
    require_not_held(case, Compartment.NOTES)
    audit.record(actor=actor, action="note.deleted", target=note, case_id=case.pk)
    Note.objects.filter(pk=note.pk).delete()


@transaction.atomic
def delete_notes(*, actor: User, case: Case) -> int:
    """The mediator deletes all their notes of a case at once; returns how many.

    Raises Forbidden, or Held while a duty keeps them.
    """
    case = cases.lock(case)
    access.require_mediator(actor, case)
    require_not_held(case, Compartment.NOTES)
    own = access.notes_visible_to(actor).filter(case=case)
    for note in own:
        audit.record(actor=actor, action="note.deleted", target=note, case_id=case.pk)
    return Note.objects.filter(pk__in=[note.pk for note in own]).delete()[0]


def forget_left_notes() -> int:
    """Delete the notes of mediators who went out of a case: nobody could read them any more.
    Returns how many. For the clock, and safe to run at any time, in any number of processes.
    """
    left = Note.objects.filter(author__left_at__isnull=False).select_related("case")
    return sum(_forget(note) for note in left)


@transaction.atomic
def _forget(note: Note) -> bool:
    """The case first: a hold that comes at this moment is either seen or comes too late."""
    case = cases.lock(note.case)
    row = Note.objects.filter(pk=note.pk)
    if Compartment.NOTES in held_compartments(case.pk) or not row.exists():
        return False
    audit.record_system(action="note.deleted", target=note, case_id=case.pk)
    row.delete()
    return True
