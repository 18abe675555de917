"""Proof that outlives its certificates: a fresh archive time stamp before the last one ages
(ETSI EN 319 142-1, 5.5: B-LTA is kept up by further document time stamps).
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mediation.audit import services as audit
from mediation.settlements.enums import RevisionKind, SettlementState
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Document, Revision
from mediation.settlements.selectors import last_revision
from mediation.settlements.services import engine
from mediation.settlements.services.revisions import add_revision, content_of, sha256_of

logger = logging.getLogger(__name__)
# An hourly run that many at most: each takes about a second and a request for time. Failures do
# not count, or some that fail for ever would keep all others from their turn.
AT_ONCE = 200


def renew_archives() -> int:
    """Add a time stamp to every sealed document whose newest one is old; returns how many.

    One that fails is left for the next run and named in the log by its id: the old proof still
    holds. Safe to run at any time, in any number of processes.
    """
    renewed = 0
    for document in _due():
        renewed += _renewed_or_logged(document)
        if renewed == AT_ONCE:
            break
    return renewed


def _due() -> list[Document]:
    old = timezone.now() - timedelta(days=settings.ARCHIVE_RENEWAL_DAYS)
    sealed = Document.objects.filter(settlement__state=SettlementState.SEALED)
    newest = sealed.annotate(newest=Max("revisions__made_at")).filter(newest__lte=old)
    return list(newest.select_related("settlement__case").order_by("newest"))


def _renewed_or_logged(document: Document) -> bool:
    try:
        return _renew(document)
    except Exception:
        logger.exception("archive of document %s not renewed", document.pk)
        return False


def _renew(document: Document) -> bool:
    before = last_revision(document)
    assert before is not None
    return _store(document, before, engine.renew(content_of(before)))


@transaction.atomic
def _store(document: Document, before: Revision, content: bytes) -> bool:
    """Whether it was kept: somebody else may have renewed, or the document may be gone."""
    case, settlement = lock(document.settlement)
    kept = Document.objects.filter(pk=document.pk, settlement=settlement).first()
    if kept is None or last_revision(kept) != before:
        return False
    kept.settlement = settlement
    add_revision(kept, RevisionKind.RENEWED, content)
    kept.sha256 = sha256_of(content)
    kept.save(update_fields=["sha256"])
    audit.record_system(action="document.renewed", target=kept, case_id=case.pk)
    return True
