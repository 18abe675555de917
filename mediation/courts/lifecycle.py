"""The one table of what a release may become, and the one function that moves it."""

from datetime import datetime
from uuid import UUID

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.core import realtime
from mediation.core.errors import WrongState
from mediation.courts.enums import ReleaseState
from mediation.courts.models import Release

S = ReleaseState
MOVES: dict[ReleaseState, frozenset[ReleaseState]] = {
    S.PROPOSED: frozenset({S.RELEASED, S.WITHDRAWN}),
    S.RELEASED: frozenset({S.DELIVERED, S.WITHDRAWN}),
    S.DELIVERED: frozenset({S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}


def move(
    release: Release, to: ReleaseState, *, actor: User | None, at: datetime, **facts: UUID
) -> Release:
    """Move a release whose case is locked. `actor` None is a court's own system; `facts` go on
    record with it. Raises WrongState for a move not in MOVES.
    """
    before = ReleaseState(release.state)
    if to not in MOVES[before]:
        raise WrongState
    _set(release, to, at)
    action, case_id = f"release.{to}", release.case_id
    said: dict[str, UUID | ReleaseState] = {"before": before, **facts}
    if actor is None:
        audit.record_system(action=action, target=release, case_id=case_id, **said)
    else:
        audit.record(actor=actor, action=action, target=release, case_id=case_id, **said)
    realtime.publish("release.changed", case=str(case_id))
    return release


def _set(release: Release, to: ReleaseState, at: datetime) -> None:
    release.state = to
    if to == S.RELEASED:
        release.released_at = at
    if to == S.WITHDRAWN:
        release.withdrawn_at = at
    release.save(update_fields=["state", "released_at", "withdrawn_at"])
