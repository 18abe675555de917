"""Recording what happened, sealing it into the log, and proving it afterwards."""

import json
import os
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from mediation.audit import leaf, sequencer
from mediation.audit.errors import NotYetSealed
from mediation.audit.models import CaseSalt, Checkpoint, Entry, EntryDetail, Pending
from mediation.audit.proofs import (
    InclusionProof,
    check_log,
    inclusion_proof,
    own_events,
    verify_inclusion,
)
from mediation.audit.segments import drop_segment, export_segment
from mediation.audit.stamps import publish_heads, stamp_heads

__all__ = [
    "InclusionProof",
    "NotYetSealed",
    "check_log",
    "drop_segment",
    "export_segment",
    "inclusion_proof",
    "own_events",
    "publish_heads",
    "stamp_heads",
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


def record_once(
    *, actor: Model, action: str, targets: Mapping[UUID, Model], **facts: leaf.Fact
) -> int:
    """Record `action` for each case (its id to the target), but where the very same, by the same
    person with the same facts, is on record. Returns how many were new. Two at the same moment may
    both record it. Raises TypeError as `record` does.
    """
    who = _reference(actor)
    events = [_event(action, who, target, case_id, facts) for case_id, target in targets.items()]
    rows = EntryDetail.objects.filter(
        actor_id=actor.pk, case_id__in=targets, details__in=[event.details() for event in events]
    ).select_related("entry")
    known = {
        bytes(row.details) for row in rows if json.loads(bytes(row.entry.leaf))["action"] == action
    }
    new = [event for event in events if event.details() not in known]
    for event in new:
        _record(event, actor_id=actor.pk)
    return len(new)


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
