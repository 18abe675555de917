"""Recording what happened, sealing it into the log, and proving it afterwards."""

import os
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from mediation.audit import leaf, sequencer
from mediation.audit.errors import NotYetSealed
from mediation.audit.models import CaseSalt, Checkpoint, Entry, EntryDetail, Pending
from mediation.audit.proofs import InclusionProof, check_log, inclusion_proof, verify_inclusion

__all__ = [
    "InclusionProof",
    "NotYetSealed",
    "check_log",
    "inclusion_proof",
    "verify_inclusion",
]


def record(
    *, actor: Model, action: str, target: Model, case_id: UUID | None = None, **facts: leaf.Fact
) -> Entry:
    """Write down what `actor` did to `target`, in the caller's transaction.

    Facts are flags, whole numbers, ids, enum values and short codes ([a-z0-9_.:-], 64 at most).
    Raises TypeError for anything else, so that no name, address or free text is ever kept.
    """
    if not isinstance(actor, Model) or not isinstance(actor.pk, UUID):
        raise TypeError("an actor is a stored person; the clock uses record_system")
    return _record(_event(action, _reference(actor), target, case_id, facts), actor_id=actor.pk)


def record_system(
    *, action: str, target: Model, case_id: UUID | None = None, **facts: leaf.Fact
) -> Entry:
    """Write down what the clock, or nobody we know, did to `target`. Otherwise like `record`."""
    return _record(_event(action, leaf.SYSTEM, target, case_id, facts), actor_id=None)


def seal_pending() -> int:
    """Give every waiting entry its place in the tree; returns how many. Safe to run twice at once.

    Must not be called inside a transaction.
    """
    return sequencer.seal_pending()


def checkpoint() -> list[Checkpoint]:
    """Sign the head of every tree that has grown; returns the new checkpoints."""
    return sequencer.sign_heads()


@transaction.atomic
def forget_case(*, case_id: UUID) -> int:
    """Delete what links the case's entries to people and rows; returns how many entries.

    The leaves and every proof about them stay, and point to nobody. Irrevocable.
    """
    count, _ = EntryDetail.objects.filter(case_id=case_id).delete()
    CaseSalt.objects.filter(case_id=case_id).delete()
    return count


@transaction.atomic
def forget_person(*, user_id: UUID) -> int:
    """Delete the details of what the person did outside cases; returns how many entries."""
    count, _ = EntryDetail.objects.filter(case_id=None, actor_id=user_id).delete()
    return count


def _event(
    action: str, actor: str, target: Model, case_id: UUID | None, facts: dict[str, Any]
) -> leaf.Event:
    if case_id is not None and not isinstance(case_id, UUID):
        raise TypeError("a case id is a UUID")
    return leaf.Event(
        action=leaf.checked_action(action),
        actor=actor,
        target=_reference(target),
        case_id=case_id,
        at=timezone.now(),
        facts=leaf.checked_facts(facts),
    )


@transaction.atomic
def _record(event: leaf.Event, *, actor_id: UUID | None) -> Entry:
    salt = os.urandom(leaf.SALT_BYTES)
    key = _pseudonym_key(event.case_id) if event.case_id else salt
    entry: Entry = Entry.objects.create(leaf=event.leaf(pseudonym_key=key, salt=salt))
    EntryDetail.objects.create(
        entry=entry,
        case_id=event.case_id,
        actor_id=actor_id,
        salt=salt,
        details=event.details(),
    )
    Pending.objects.create(entry=entry)
    return entry


def _pseudonym_key(case_id: UUID) -> bytes:
    made, _ = CaseSalt.objects.get_or_create(
        case_id=case_id, defaults={"salt": os.urandom(leaf.SALT_BYTES)}
    )
    return bytes(made.salt)


def _reference(row: Model) -> str:
    if not isinstance(row, Model) or row.pk is None:
        raise TypeError("an audit entry needs a stored row")
    return f"{row._meta.label_lower}:{row.pk}"
