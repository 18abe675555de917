"""After a restore: delete again, before anybody is served, accounts an old database brought back.

The destruction ledger knows a deleted account by its id. It runs after the destructions of cases.
"""

import logging
from uuid import UUID

from django.db import transaction

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.lifecycle import lock
from mediation.cases.models import Participant
from mediation.centers.models import Membership
from mediation.courts.models import CourtMembership
from mediation.evidence.models import Document
from mediation.evidence.services.documents import withdraw_document
from mediation.holds.access import held_compartments
from mediation.privacy.services.replaying import end_restored, existing
from mediation.rights.services.account import ACCOUNT, empty_part, forget_words
from mediation.vault import services as vault

logger = logging.getLogger(__name__)


def replay_deletions() -> int:
    """Delete every account again that the ledger knows as deleted; returns how many had come back.

    Must not be called inside a transaction. Safe to run at any time, in any number of processes.
    """
    gone = existing(User.objects.only("pk"), vault.removed(kind=ACCOUNT))
    came_back = sum(_delete_again(user.pk) for user in gone)
    if came_back:
        logger.warning("deleted %d accounts again that a restore had brought back", came_back)
    return came_back


@transaction.atomic
def _delete_again(user_id: UUID) -> bool:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        return False  # another process was faster
    parts = Participant.objects.filter(user=user).select_related("case").order_by("case_id")
    for part in parts:
        _leave_again(user, part)
    parts.update(user=None)
    forget_words(user)
    # What would keep an account was over when this one was deleted.
    Membership.objects.filter(user=user).delete()
    CourtMembership.objects.filter(user=user).delete()
    audit.record_system(action="account.deleted", target=user)
    audit.forget_person(user_id=user.pk)
    user.delete()
    return True


def _leave_again(user: User, part: Participant) -> None:
    """A part nobody's name stands in, and no document of theirs but what a duty keeps."""
    case = lock(part.case)
    if part.left_at is None:
        end_restored(case)
        held = held_compartments(case.pk)
        own = Document.objects.current().filter(participant=part)
        for document in own.exclude(file__compartment__in=held):
            withdraw_document(actor=user, document=document)
    empty_part(part)
