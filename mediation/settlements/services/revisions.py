"""The document's bytes, revision by revision, each sealed under the settlement's key."""

import hashlib

from django.utils import timezone

from mediation.cases.enums import Compartment
from mediation.core import jobs
from mediation.settlements.enums import RevisionKind
from mediation.settlements.models import (
    Approval,
    Document,
    FreedomConfirmation,
    Revision,
    Scan,
    Settlement,
)
from mediation.settlements.selectors import last_revision
from mediation.vault import services as vault
from mediation.vault.models import SealedFile
from mediation.vault.services import Place

MEDIA_TYPE = "application/pdf"


def sha256_of(content: bytes) -> str:
    """64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def add_revision(document: Document, kind: RevisionKind, content: bytes) -> Revision:
    """Store the document's next bytes. The settlement is locked by the caller."""
    place = Place(document.settlement.case_id, Compartment.SETTLEMENT)
    before = last_revision(document)
    return Revision.objects.create(
        document=document,
        number=before.number + 1 if before else 0,
        kind=kind,
        file=vault.store_file(place=place, content=[content], media_type=MEDIA_TYPE),
        sha256=sha256_of(content),
        made_at=timezone.now(),
    )


def content_of(revision: Revision) -> bytes:
    """The whole file. Raises Tampered where it is not what was stored."""
    content = b"".join(vault.read_file(file=revision.file))
    if sha256_of(content) != revision.sha256:
        raise vault.Tampered
    return content


def drop_document(settlement: Settlement) -> None:
    """Undo what was made for signing, in the caller's transaction: rows now, files by a job that
    is part of the same commit, so that no signature outlives the text it was given for.
    """
    Document.objects.filter(settlement=settlement).delete()
    forget_word_given(settlement)
    jobs.enqueue("settlements.destroy_dropped_files", case_id=str(settlement.case_id))


def forget_word_given(settlement: Settlement) -> None:
    """Undo what one side said on the way to an oral agreement: its yes would have bound it."""
    FreedomConfirmation.objects.filter(version__settlement=settlement).delete()
    if settlement.is_oral:
        Approval.objects.filter(version__settlement=settlement).delete()


def destroy_dropped_files(*, case_id: str) -> int:
    """Destroy the case's settlement files that are no revision of a document and no scan of one;
    returns how many. Safe to run again after a failure of the storage.
    """
    files = SealedFile.objects.filter(case_id=case_id, compartment=Compartment.SETTLEMENT)
    files = files.exclude(pk__in=Revision.objects.values("file"))
    dropped = list(files.exclude(pk__in=Scan.objects.values("file")))
    for file in dropped:
        vault.delete_file(file=file)
    return len(dropped)
