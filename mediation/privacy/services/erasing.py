"""One destruction from its beginning to its certificate: keys, rows, files, and a last look.

Every step is a transaction with the case's row locked, or can be repeated; whoever finds an
erasure unfinished goes on where it stands.
"""

import json
import logging
from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from mediation.audit import services as audit
from mediation.cases.enums import CaseState, Compartment
from mediation.cases.lifecycle import move
from mediation.cases.models import Case
from mediation.holds.access import held_compartments
from mediation.holds.selectors import holds_keeping
from mediation.privacy.enums import ErasureState, Reason, RequestState
from mediation.privacy.models import Erasure, ErasureRequest
from mediation.privacy.selectors import (
    ground_of,
    in_seconds,
    left_of,
    policy_sha256,
)
from mediation.privacy.services.certificates import issue_certificates
from mediation.privacy.services.checking import check_nothing_remains
from mediation.privacy.services.rows import erase_rows
from mediation.vault import services as vault

logger = logging.getLogger(__name__)


def begin_erasure(*, case: Case, compartments: Collection[str], reason: Reason) -> Erasure:
    """Note in the caller's transaction, on a locked case, that these compartments are to be
    destroyed now. The shell takes with it whatever is left.
    """
    if Compartment.SHELL in compartments:
        compartments = {
            date.compartment for date in left_of(case, Erasure.objects.given_up(case.pk))
        }
    # A side's own wish for its private part has an action of its own: no shared history has it.
    action = "caucus_erasure.started" if _is_private(compartments, reason) else "erasure.started"
    entry = audit.record_system(action=action, target=case, case_id=case.pk, reason=reason)
    return Erasure.objects.create(
        case_id=case.pk,
        compartments=sorted(compartments),
        reason=reason,
        case_pseudonym=json.loads(bytes(entry.leaf))["case"],
        policy=case.profile,
        policy_sha256=policy_sha256(case),
        recipients=_recipients(case, compartments, reason),
    )


def _is_private(compartments: Collection[str], reason: Reason) -> bool:
    own = reason == Reason.RESTORED and all(":" in name for name in compartments)
    return own or reason == Reason.OWN_CAUCUS


def _recipients(case: Case, compartments: Collection[str], reason: Reason) -> list[dict[str, str]]:
    """Who gets a certificate: a side for its own private part, else everybody in the case."""
    people = case.participants.active().select_related("side")
    if reason == Reason.OWN_CAUCUS:
        people = people.filter(side__letter__in=[name.partition(":")[2] for name in compartments])
    return [
        {"user": str(person.user_id), "letter": person.side.letter if person.side else ""}
        for person in people
    ]


def try_to_carry_out(*, erasure: Erasure) -> bool:
    """Do what is left of an erasure. A failure is logged without content and noted; the next
    sweep goes on from there. Returns whether it is finished.
    """
    return _is_done(erasure, lambda: carry_out(erasure=erasure))


def try_to_remove_rows(*, erasure: Erasure) -> bool:
    """The same as far as the rows. Returns whether they are gone."""
    return _is_done(erasure, lambda: _remove_rows(erasure))


def _remove_rows(erasure: Erasure) -> None:
    while erasure.state in (ErasureState.DUE, ErasureState.KEYS_DESTROYED):
        erasure = _next_step(erasure)


def try_to_remove_all_but_the_shell(*, erasure: Erasure) -> bool:
    """The same without the case's shell, which has to wait for the files of another erasure. The
    step is repeated later and keeps what this has counted. Returns whether they are gone.
    """
    return _is_done(erasure, lambda: _remove_all_but_the_shell(erasure))


@transaction.atomic
def _remove_all_but_the_shell(seen: Erasure) -> None:
    case = _lock_case(seen)
    erasure = Erasure.objects.select_for_update().get(pk=seen.pk)
    if case is None or erasure.state != ErasureState.KEYS_DESTROYED:
        return
    names = [name for name in erasure.compartments if name != Compartment.SHELL]
    erasure.counts = {**erase_rows(case=case, compartments=names), **erasure.counts}
    erasure.save(update_fields=["counts"])


def _is_done(erasure: Erasure, work: Callable[[], object]) -> bool:
    try:
        work()
    except Exception as error:  # noqa: BLE001 one case's fault must not keep the others'
        _note_failure(erasure, type(error).__name__)
        return False
    return True


def _note_failure(erasure: Erasure, name: str) -> None:
    fresh = Erasure.objects.get(pk=erasure.pk)
    fresh.failed_attempts += 1
    fresh.last_failure = name[:80]
    fresh.save(update_fields=["failed_attempts", "last_failure"])
    logger.error(
        "erasure %s failed after %s, attempt %d: %s",
        fresh.pk, fresh.state, fresh.failed_attempts, name,
    )  # fmt: skip


def carry_out(*, erasure: Erasure) -> Erasure:
    """Take an erasure from where it stands to its certificates. Must not be called inside a
    transaction. Raises whatever a step raises; calling again goes on.
    """
    try:
        while erasure.state != ErasureState.VERIFIED:
            erasure = _next_step(erasure)
    except AllHeld:
        return _give_up(erasure)
    return issue_certificates(erasure=erasure)


def _next_step(erasure: Erasure) -> Erasure:
    work, after = STEPS[ErasureState(erasure.state)]
    if erasure.state == ErasureState.ROWS_DELETED:
        # Outside a transaction: what the storage has removed does not come back.
        vault.delete_files(case_id=erasure.case_id, compartments=erasure.compartments)
    return _step(erasure, work, after)


@transaction.atomic
def _step(seen: Erasure, work: Callable[[Erasure], None], after: ErasureState) -> Erasure:
    """The next step, unless somebody else has just done it."""
    _lock_case(seen)
    erasure = Erasure.objects.select_for_update().get(pk=seen.pk)
    if erasure.state == seen.state:
        work(erasure)
        erasure.state = after
        erasure.save()
    return erasure


def _lock_case(erasure: Erasure) -> Case | None:
    return Case.objects.select_for_update(of=("self",)).filter(pk=erasure.case_id).first()


class AllHeld(Exception):
    """Everything an erasure is about is kept under a duty that came before its first step."""


def _destroy_keys(erasure: Erasure) -> None:
    """The one step that cannot be undone. What is held at this moment, with the case's row locked,
    is left out of the erasure; a hold that comes later is refused. A hold that an old backup
    brought back keeps nothing that is destroyed already.
    """
    gone = vault.closed_compartments(case_id=erasure.case_id)
    held = held_compartments(erasure.case_id) - set(gone)
    names = erasure.compartments = [one for one in erasure.compartments if one not in held]
    if not names:
        raise AllHeld
    destroyed = vault.destroy_keys(case_id=erasure.case_id, compartments=names)
    erasure.keys = [
        {
            "compartment": key.compartment,
            "fingerprint": key.fingerprint,
            "destroyed_at": in_seconds(key.destroyed_at),
        }
        for key in destroyed
    ]
    closed = vault.closed_compartments(case_id=erasure.case_id)
    erasure.keys_destroyed_at = max(closed[name] for name in names)


@transaction.atomic
def _give_up(seen: Erasure) -> Erasure:
    """Forget an erasure that may not begin. The schedule brings it back when the duty has ended; a
    person's wish is taken back for them, since they may wish otherwise by then.
    """
    _lock_case(seen)
    erasure = Erasure.objects.select_for_update().get(pk=seen.pk)
    if erasure.state == ErasureState.DUE and held_compartments(erasure.case_id):
        ErasureRequest.objects.filter(erasure=erasure).update(
            state=RequestState.WITHDRAWN, ended_at=timezone.now(), erasure=None
        )
        erasure.delete()
    return erasure


def _delete_rows(erasure: Erasure) -> None:
    case = Case.objects.get(pk=erasure.case_id)
    erasure.retained = _retained(case)
    erasure.counts = {
        **erase_rows(case=case, compartments=erasure.compartments),
        **erasure.counts,  # what went before the shell could
    }


def _retained(case: Case) -> list[dict[str, Any]]:
    """What stays by the schedule, and the holds that keep it longer: who reads of a hold in a
    certificate depends on the side it is for.
    """
    holds = holds_keeping(case.pk)
    return [
        {
            "compartment": date.compartment,
            "ground": ground_of(date.kind),
            "until": in_seconds(date.at),
            "holds": [
                {"compartment": held, "until": in_seconds(end)}
                for held, end in holds.get(date.compartment, [])
            ],
        }
        for date in left_of(case, Erasure.objects.given_up(case.pk))
    ]


def _nothing_more(erasure: Erasure) -> None:
    """The files went before this transaction."""


def _verify(erasure: Erasure) -> None:
    ErasureRequest.objects.filter(erasure=erasure).update(
        state=RequestState.DONE, ended_at=timezone.now()
    )
    if Compartment.SHELL in erasure.compartments:
        audit.forget_case(case_id=erasure.case_id)
    check_nothing_remains(case_id=erasure.case_id, compartments=erasure.compartments)
    erasure.verified_at = timezone.now()
    _close_the_book(erasure)


def _close_the_book(erasure: Erasure) -> None:
    """With only the shell left, the case is destroyed in everybody's words."""
    case = Case.objects.filter(pk=erasure.case_id, state=CaseState.CLOSED).first()
    if case is not None and {
        date.kind for date in left_of(case, Erasure.objects.given_up(case.pk))
    } == {Compartment.SHELL}:
        move(case, CaseState.ERASED, actor=None)


STEPS: dict[ErasureState, tuple[Callable[[Erasure], None], ErasureState]] = {
    ErasureState.DUE: (_destroy_keys, ErasureState.KEYS_DESTROYED),
    ErasureState.KEYS_DESTROYED: (_delete_rows, ErasureState.ROWS_DELETED),
    ErasureState.ROWS_DELETED: (_nothing_more, ErasureState.FILES_DELETED),
    ErasureState.FILES_DELETED: (_verify, ErasureState.VERIFIED),
}
