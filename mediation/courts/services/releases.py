"""What leaves for a court: proposed by a side, opened by both, closed by either."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as cases
from mediation.cases.enums import Purpose
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.cases.services.consents import give_consent, withdraw_consent
from mediation.cases.services.receipts import permitting
from mediation.core import jobs
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.courts import access
from mediation.courts.enums import ReleaseState
from mediation.courts.lifecycle import move
from mediation.courts.models import Court, Release


class CourtClosed(InvalidInput):
    """The court takes no packages from this installation."""

    code = "court_closed"
    message = _("This court does not take packages at the moment. Please choose another one.")


@transaction.atomic
def propose_release(*, actor: User, case: Case, court: Court) -> Release:
    """One side names a court. Nothing leaves: each side still says yes or no for itself.

    Raises Forbidden, ConsentMissing, CourtClosed, or WrongState without a sealed settlement,
    where a later agreement took its place, or while another release is under way.
    """
    case = lock(case)
    require(access.can_propose(actor, case))
    cases.require_consents(case)
    settlement = access.settlement_to_release(case)
    if settlement is None or settlement.replaced_by or case.releases.live().exists():
        raise WrongState
    require(court.is_open, CourtClosed)
    part = cases.party_of(actor, case)
    assert part is not None
    release = Release.objects.create(
        case=case,
        settlement=settlement,
        court=court,
        proposed_by=part,
        proposed_at=timezone.now(),
    )
    audit.record(actor=actor, action="release.proposed", target=release, case_id=case.pk)
    _announce(release, "release_proposed")
    return release


@transaction.atomic
def consent_to_release(*, actor: User, release: Release, language: str) -> Release:
    """One side's yes to this release to this court. With the other side's it opens at once.

    Saying yes twice is the same as once. Raises Forbidden, or ConsentMissing when a consent that
    everything needs is no longer in force.
    """
    case, release = _lock(release)
    require(access.can_answer(actor, release))
    cases.require_consents(case)
    subject = str(release.pk)
    give_consent(
        actor=actor, case=case, purpose=Purpose.RELEASE, language=language, subject=subject
    )
    both = cases.all_sides_consent(case.pk, Purpose.RELEASE, subject=subject)
    if release.state == ReleaseState.PROPOSED and both:
        cases.require_consents(case, Purpose.RELEASE, subject=subject)
        allowed_by = permitting(case.pk, Purpose.RELEASE, subject=subject)
        move(release, ReleaseState.RELEASED, actor=actor, at=timezone.now(), **allowed_by)
        _announce(release, "released")
    return release


@transaction.atomic
def withdraw_release(*, actor: User, release: Release) -> Release:
    """Either side takes the release back, or declines it, at once and for both.

    What the court fetched before stays with it and stays listed. Raises Forbidden.
    """
    case, release = _lock(release)
    require(access.can_answer(actor, release))
    subject = str(release.pk)
    part = cases.party_of(actor, case)
    assert part is not None
    if part.consents.filter(purpose=Purpose.RELEASE, subject=subject, withdrawn_at=None).exists():
        withdraw_consent(actor=actor, case=case, purpose=Purpose.RELEASE, subject=subject)
    move(release, ReleaseState.WITHDRAWN, actor=actor, at=timezone.now())
    _announce(release, "release_withdrawn")
    return release


def _lock(release: Release) -> tuple[Case, Release]:
    """The case's row first, as everywhere, then the release as it is now."""
    case = lock(release.case)
    release = Release.objects.select_for_update(of=("self",)).get(pk=release.pk)
    release.case = case
    return case, release


def _announce(release: Release, kind: str) -> None:
    jobs.enqueue("courts.send_news", release_id=str(release.pk), kind=kind)
