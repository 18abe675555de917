"""Writing down breaches of personal data, and forgetting them (GDPR 33(5), PIPL 57).

What was written down stays changeable until somebody closes it: what is known at first is little.
Who wrote what when is on record; the words are not.
"""

import json
import uuid
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.centers.models import Center
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.rights import access, clock
from mediation.rights.errors import StaleEntry
from mediation.rights.models import Breach
from mediation.rights.selectors.breaches import (
    CASE_NUMBER,
    SCHEMA,
    BreachFacts,
    as_plain,
    breach_place,
    breach_slot,
    facts_of,
    register_of,
    shown_breach,
)
from mediation.vault import services as vault

KEPT = timedelta(days=3 * 365)
MOST_WORDS = 4000  # characters of each text


@transaction.atomic
def record_breach(
    *, actor: User, center: Center, facts: BreachFacts, client_id: UUID | None = None
) -> Breach:
    """Write a breach down. The same `client_id` again is the same breach.

    Raises Forbidden for all but the centre's officers, InvalidInput for what cannot be.
    """
    require(access.officers_centers(actor).filter(pk=center.pk).exists())
    center = Center.objects.select_for_update().get(pk=center.pk)
    made = center.breaches.filter(client_id=client_id).first() if client_id else None
    if made is not None:
        return made
    breach = Breach(
        id=uuid.uuid4(),
        center=center,
        client_id=client_id,
        profile=center.profile,
        recorded_at=timezone.now(),
    )
    _write(breach, facts)
    breach.save(force_insert=True)
    audit.record(actor=actor, action="breach.recorded", target=breach)
    return breach


@transaction.atomic
def change_breach(*, actor: User, breach: Breach, edition: int, facts: BreachFacts) -> Breach:
    """Write down what is known by now. The same facts again change nothing.

    Raises Forbidden, WrongState once it is closed, StaleEntry where `edition` is not the one that
    stands there, InvalidInput for what cannot be, and KeyDestroyed.
    """
    breach = _lock(actor, breach)
    if facts == facts_of(breach):
        return breach
    require(breach.edition == edition, StaleEntry)
    _write(breach, facts)
    breach.edition += 1
    breach.save()
    audit.record(actor=actor, action="breach.changed", target=breach)
    return breach


@transaction.atomic
def close_breach(*, actor: User, breach: Breach) -> Breach:
    """Nothing of it changes any more; three years on it is forgotten. Raises Forbidden, and
    WrongState when it is closed or does not say whether authority and people were told, or why not.
    """
    breach = _lock(actor, breach)
    require(shown_breach(breach).is_decided, WrongState)
    breach.closed_at = timezone.now()
    breach.save(update_fields=["closed_at"])
    audit.record(actor=actor, action="breach.closed", target=breach)
    return breach


def _lock(actor: User, breach: Breach) -> Breach:
    require(access.breaches_visible_to(actor).filter(pk=breach.pk).exists())
    rows = Breach.objects.select_for_update(of=("self",)).select_related("center")
    breach = rows.get(pk=breach.pk)
    require(breach.closed_at is None, WrongState)
    return breach


def _check(facts: BreachFacts) -> None:
    """Nothing is still to come, and nobody was told before the centre knew."""
    now, known, told = timezone.now(), facts.known_at, facts.authority_told_at
    require(known <= now, InvalidInput)
    if told is not None:
        require(told <= now and clock.can_be_told_at(told, known), InvalidInput)
    day = facts.people_told_on
    if day is not None:
        is_past = day <= timezone.localdate(now)
        require(is_past and clock.can_be_told_on(day, known), InvalidInput)
    numbers = facts.words.cases.split()
    require(all(CASE_NUMBER.fullmatch(number) for number in numbers), InvalidInput)
    require(all(len(text) <= MOST_WORDS for text in vars(facts.words).values()), InvalidInput)


def _write(breach: Breach, facts: BreachFacts) -> None:
    _check(facts)
    breach.known_at, breach.harm = facts.known_at, facts.harm
    breach.people_count = facts.people_count
    breach.authority_told_at = facts.authority_told_at
    breach.people_told_on = facts.people_told_on
    breach.words_sealed = vault.seal_text(
        place=breach_place(breach),
        slot=breach_slot(breach),
        text=json.dumps(vars(facts.words), ensure_ascii=False),
    )


@transaction.atomic
def export_register(*, actor: User) -> bytes:
    """The register of the officer's centres as a JSON file for an authority. On record. Raises
    Forbidden.
    """
    centers = list(access.officers_centers(actor))
    require(bool(centers))
    register = register_of(actor)
    said = {
        "schema": SCHEMA,
        "made_at": timezone.now().isoformat(),
        "breaches": [as_plain(row) for row in (*register.waiting, *register.closed)],
    }
    content = json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"
    for center in centers:
        audit.record(actor=actor, action="breach.exported", target=center)
    return content


def forget_breaches() -> int:
    """The clock: destroy what was closed three years ago, key first; returns how many."""
    over = list(Breach.objects.filter(closed_at__lt=timezone.now() - KEPT))
    for breach in over:
        vault.destroy_keys(case_id=breach.pk, compartments={breach_place(breach).compartment})
        breach.delete()
    return len(over)
