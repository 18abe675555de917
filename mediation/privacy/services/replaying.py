"""After a restore: destroy again, before anybody is served, what an old backup brought back.

Keys, key ring and database are restored apart, and any of them may be older than the others. A key
ring takes care of itself: opening it applies the ledger beside the key-encryption keys. Here the
database and the ledger are compared, both ways.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet

from mediation.cases.enums import CaseOutcome, CaseState, Compartment
from mediation.cases.lifecycle import lock, move
from mediation.cases.models import Case
from mediation.evidence.models import Document
from mediation.evidence.services.documents import DOCUMENT, take_away_again
from mediation.privacy.enums import ErasureState, Reason
from mediation.privacy.models import Erasure
from mediation.privacy.selectors import given_up
from mediation.privacy.services.erasing import (
    begin_erasure,
    try_to_carry_out,
    try_to_remove_all_but_the_shell,
    try_to_remove_rows,
)
from mediation.rooms.models import Message
from mediation.rooms.services.erasing import MESSAGE, take_text_out_again
from mediation.vault import services as vault

logger = logging.getLogger(__name__)
BEFORE_ROWS = (ErasureState.DUE, ErasureState.KEYS_DESTROYED)
# How a case that is open again, although part of it is destroyed, is said to have ended.
OUTCOMES = {
    CaseState.DRAFT: CaseOutcome.ABANDONED,
    CaseState.INVITED: CaseOutcome.UNANSWERED,
}
ROWS = 500  # asked for at once
Row = TypeVar("Row", bound=Model)


class NotReplayed(Exception):
    """Rows of something destroyed are in the database and could not be removed: do not serve."""


def replay_destructions() -> int:
    """Finish every destruction the ledger knows and the database does not, or the other way round.

    Returns how many compartments had come back. Raises NotReplayed while rows of a destroyed
    compartment are left; a file that cannot be removed opens nothing and is the sweep's to repeat.
    Must not be called inside a transaction. Safe to run at any time, in any number of processes.
    """
    _close_again()
    closed: dict[UUID, set[str]] = defaultdict(set)
    for place in vault.closed_places():
        closed[place.case_id].add(place.compartment)
    cases = existing(Case.objects.only("pk"), closed)
    came_back = sum(_destroy_again(case.pk, closed[case.pk]) for case in cases)
    _remove_what_is_left(closed)
    if came_back:
        logger.warning("destroyed %d compartments again that a restore had brought back", came_back)
    return came_back


def replay_removals() -> int:
    """Remove again the single documents and messages that somebody took back and an old database
    has again; returns how many. What a duty keeps meanwhile stays, for the next run.

    Must not be called inside a transaction. Safe to run at any time, in any number of processes.
    """
    documents = Document.objects.select_related("case", "file")
    messages = Message.objects.exclude(body_sealed=b"").select_related("room__case")
    gone = [
        take_away_again(document=document)
        for document in existing(documents, vault.removed(kind=DOCUMENT))
    ]
    gone += [
        take_text_out_again(message=message)
        for message in existing(messages, vault.removed(kind=MESSAGE))
    ]
    if any(gone):
        logger.warning("removed %d things again that a restore had brought back", sum(gone))
    return sum(gone)


def existing(rows: QuerySet[Row], ids: Collection[UUID]) -> list[Row]:
    """Those of the rows that are in the database."""
    wanted, found = list(ids), []
    for start in range(0, len(wanted), ROWS):
        found += list(rows.filter(pk__in=wanted[start : start + ROWS]))
    return found


def _remove_what_is_left(closed: Collection[UUID]) -> None:
    """All rows first: the last look of one erasure sees those another one is to remove."""
    begun = Erasure.objects.filter(case_id__in=closed, state__in=BEFORE_ROWS)
    erasures = list(begun)
    left = sum(not _are_rows_gone(erasure) for erasure in erasures)
    if left:
        raise NotReplayed(f"{left} destructions are not finished")
    for erasure in erasures:
        erasure.refresh_from_db()
        try_to_carry_out(erasure=erasure)


def _are_rows_gone(erasure: Erasure) -> bool:
    """Remove them, if need be after what the case's other erasures have left. Rows of a shell that
    waits for another erasure's files alone do not count: they are what that one is finished by.
    """
    if try_to_remove_rows(erasure=erasure):
        return True
    for other in _others(erasure):
        try_to_carry_out(erasure=other)
    return try_to_remove_rows(erasure=erasure) or _waits_for_files(erasure)


def _waits_for_files(erasure: Erasure) -> bool:
    states = set(_others(erasure).values_list("state", flat=True))
    erasure.refresh_from_db()
    if Compartment.SHELL not in erasure.compartments or erasure.state == ErasureState.DUE:
        return False
    if not states or states & set(BEFORE_ROWS):
        return False
    return try_to_remove_all_but_the_shell(erasure=erasure)


def _others(erasure: Erasure) -> QuerySet[Erasure]:
    return Erasure.objects.unfinished().filter(case_id=erasure.case_id).exclude(pk=erasure.pk)


def _close_again() -> None:
    """What the database knows to be destroyed and the ledger does not: key ring and ledger are
    both older than the database.
    """
    closed = vault.closed_places()
    for erasure in Erasure.objects.exclude(state=ErasureState.DUE):
        names = {
            name
            for name in erasure.compartments
            if vault.Place(erasure.case_id, name) not in closed
        }
        if names:
            vault.destroy_keys(case_id=erasure.case_id, compartments=names)


def _destroy_again(case_id: UUID, closed: Collection[str]) -> int:
    """Note that the case's destroyed compartments are to be removed. Nobody gets a letter about
    what they were told of when it was destroyed.
    """
    if set(closed) <= given_up([case_id])[case_id]:
        return 0
    with transaction.atomic():
        case = lock(Case(pk=case_id))
        names = set(closed) - Erasure.objects.given_up(case_id)
        if not names:
            return 0  # another process was faster
        end_restored(case)
        for part in _apart(names):
            erasure = begin_erasure(case=case, compartments=part, reason=Reason.RESTORED)
            erasure.recipients = []
            erasure.save(update_fields=["recipients"])
    return len(names)


def _apart(names: Collection[str]) -> list[set[str]]:
    """One side's private part by itself, so that the shared history does not speak of it."""
    if Compartment.SHELL in names:
        return [set(names)]
    private = [{name} for name in sorted(names) if ":" in name]
    shared = {name for name in names if ":" not in name}
    return [*private, shared] if shared else private


def end_restored(case: Case) -> None:
    """A case that lost a part is over, whatever the old backup says. Call with its row locked."""
    if case.is_open:
        outcome = OUTCOMES.get(CaseState(case.state), CaseOutcome.EXPIRED)
        move(case, CaseState.CLOSED, actor=None, outcome=outcome)
