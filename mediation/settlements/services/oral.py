"""Agreeing without a signature: both sides say yes to what the mediator recorded.

人民调解法 28 and 30. No document is made and nothing is sealed, so each yes is given on a page
that says it binds, after the same private question as a signature (docs/decisions/0034).
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import party_of
from mediation.cases.models import Case
from mediation.cases.services.participation import close
from mediation.core.errors import WrongState, require
from mediation.settlements import access
from mediation.settlements.enums import SettlementState
from mediation.settlements.lifecycle import lock, move
from mediation.settlements.models import Approval, Settlement, Version
from mediation.settlements.selectors import current_version, sides_that_approved
from mediation.settlements.selectors.oral import is_time_to_think
from mediation.settlements.services.freedom import require_freedom
from mediation.settlements.services.news import tell_soon
from mediation.settlements.services.offering import OtherText, answering
from mediation.settlements.services.signing import TimeToThink, outcome_of


class TooEarlyToAgree(TimeToThink):
    """The same of what is agreed orally, where nobody signs anything."""

    code = "too_early_to_agree"
    title = _("It is too early to agree")
    message = _(
        "The text leaves everybody time to think before agreeing, and that time is not over. The "
        "page where you agree says from when on you can."
    )


@transaction.atomic
def agree_orally(*, actor: User, version: Version, terms_sha256: str) -> Approval:
    """A party's yes to the record they read, named by its hash. With the yes of the second side it
    binds both, from then on, and the case ends as settled. Twice is the same as once, also after
    that.

    Raises Forbidden, WrongState for a text that is to be signed, ConsentMissing, OtherText,
    FreedomNotConfirmed or TooEarlyToAgree.
    """
    given = _given_before(actor, version, terms_sha256)
    if given is not None:
        return given
    case, settlement, part = answering(actor, version)
    require(access.can_agree(actor, settlement), WrongState)
    require(version.terms_sha256 == terms_sha256, OtherText)
    version.settlement = settlement
    require_freedom(part, version)
    require(not is_time_to_think(version), TooEarlyToAgree)
    approval, made = Approval.objects.get_or_create(
        version=version, participant=part, defaults={"given_at": timezone.now()}
    )
    if made:
        audit.record(
            actor=actor,
            action="version.agreed",
            target=version,
            case_id=case.pk,
            number=version.number,
        )
        _conclude_when_both_agree(case, settlement, version)
    return approval


def _given_before(actor: User, version: Version, terms_sha256: str) -> Approval | None:
    """This person's yes to what binds by now: sent again, it is answered as before. The case stays
    locked.
    """
    case, settlement = lock(version.settlement)
    part = party_of(actor, case)
    is_it = settlement.state == SettlementState.ORAL and current_version(settlement) == version
    if not is_it or version.terms_sha256 != terms_sha256:
        return None
    return Approval.objects.filter(version=version, participant=part).first() if part else None


def _conclude_when_both_agree(case: Case, settlement: Settlement, version: Version) -> None:
    if sides_that_approved(version) != set(case.sides.values_list("letter", flat=True)):
        return
    settlement.agreed_at = timezone.now()
    settlement.save(update_fields=["agreed_at"])
    move(settlement, SettlementState.ORAL, actor=None)
    tell_soon(settlement, "settlements/agreed_orally")
    close(case, outcome_of(settlement))
