"""Bringing a document, opening it, and taking it back."""

import unicodedata
from collections.abc import Collection
from functools import partial
from io import BytesIO
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import require_consents, require_party
from mediation.cases.enums import CaseState
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Participant, Side
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs, realtime
from mediation.core.errors import WrongState, require
from mediation.evidence import access
from mediation.evidence.enums import Audience, FileKind
from mediation.evidence.errors import FileRefused, NoSpaceLeft
from mediation.evidence.models import Document
from mediation.evidence.selectors import bytes_left, compartment_of, file_name
from mediation.evidence.services.inspection import inspect
from mediation.holds.access import held_compartments, require_not_held
from mediation.vault import services as vault
from mediation.vault.services import Place

DOCUMENT = "document"  # as what the ledger knows one that was taken back
MAX_DOCUMENTS = 100  # per side
NAME_LENGTH = 120


def add_document(
    *, actor: User, case: Case, audience: Audience, name: str, content: IO[bytes]
) -> Document:
    """Seal a file into the case for this audience. Raises Forbidden, ConsentMissing, FileRefused
    or NoSpaceLeft.

    The file is read and judged before the case is locked, since that can take a second.
    """
    _require_may_add(actor, case)
    data = read_within_limit(content)
    kind = inspect(name=name, data=data)
    return _store(actor, case, Audience(audience), clean_name(name), (kind, data))


def read_within_limit(content: IO[bytes]) -> bytes:
    """All of a file, never more than we take. Raises FileRefused for a larger one."""
    content.seek(0)
    data = content.read(settings.EVIDENCE_MAX_BYTES + 1)
    if len(data) > settings.EVIDENCE_MAX_BYTES:
        limit = filesizeformat(settings.EVIDENCE_MAX_BYTES)
        raise FileRefused(
            _("This file is too large. It can be up to %(limit)s.") % {"limit": limit}
        )
    return data


def clean_name(name: str) -> str:
    """A file name without folders, invisible characters or tricks of writing direction; the
    ending stays (OWASP ASVS 5.0, 5.4.1).
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip()
    stem, _dot, ending = shown.rpartition(".")
    return f"{stem.strip()[: NAME_LENGTH - len(ending) - 1] or 'document'}.{ending}"


def _require_may_add(actor: User, case: Case) -> Participant:
    part = require_party(actor, case)
    require(case.is_open)
    if case.state == CaseState.MEDIATING:
        require_consents(case)
    return part


@transaction.atomic
def _store(
    actor: User, case: Case, audience: Audience, name: str, file: tuple[FileKind, bytes]
) -> Document:
    case = lock(case)
    part = _require_may_add(actor, case)
    _require_space(access.side_of(part), len(file[1]))
    return _seal(actor, part, audience, name, file)


def _seal(
    actor: User, part: Participant, audience: Audience, name: str, file: tuple[FileKind, bytes]
) -> Document:
    kind, data = file
    case, side = part.case, access.side_of(part)
    place = compartment_of(audience, side)
    document = Document(
        case=case,
        participant=part,
        audience=audience,
        file=vault.store_file(place=Place(case.pk, place), content=BytesIO(data), media_type=kind),
        media_type=kind,
        size=len(data),
        uploaded_at=timezone.now(),
    )
    seal_field(document, case, "name", place, name)
    document.save(force_insert=True)
    _record(actor, document, "added")
    about = {"side": str(side.pk)} if audience == Audience.MEDIATOR else {}
    realtime.publish("document.added", case=str(case.pk), participant=str(part.pk), **about)
    return document


def _require_space(side: Side, size: int) -> None:
    count = Document.objects.filter(participant__side=side).count()
    require(count < MAX_DOCUMENTS and size <= bytes_left(side), NoSpaceLeft)


def _record(actor: User, document: Document, verb: str) -> None:
    """Private documents have actions of their own, so that no history of the case mixes them."""
    is_private = document.audience == Audience.MEDIATOR
    of_side = access.side_of(document.participant).letter.lower() if is_private else None
    audit.record(
        actor=actor,
        action=f"{'caucus_document' if is_private else 'document'}.{verb}",
        target=document,
        case_id=document.case_id,
        **({"side": of_side} if of_side else {}),
    )


@transaction.atomic
def open_document(*, actor: User, document: Document) -> bytes:
    """The document's content, whole and checked. Every opening is on record. Raises Forbidden,
    KeyDestroyed or Tampered.
    """
    require(access.documents_visible_to(actor).filter(pk=document.pk).exists())
    _record(actor, document, "opened")
    return b"".join(vault.read_file(file=document.file))


@transaction.atomic
def withdraw_document(*, actor: User, document: Document) -> None:
    """Take one's own document back: nobody sees it any more, and it is destroyed once this is
    certain. Raises Forbidden, or Held while a duty keeps it.
    """
    case = lock(document.case)
    require(access.can_withdraw_document(actor, document))
    require_not_held(case, document.file.compartment)
    _record(actor, document, "withdrawn")
    _take_away(document)


def _take_away(document: Document) -> None:
    """Hide it now, and destroy it at once after the commit; the job is for the case that the
    storage or this process fails.
    """
    document.withdrawn_at = timezone.now()
    document.save(update_fields=["withdrawn_at"])
    transaction.on_commit(partial(destroy_withdrawn, document_id=document.pk), robust=True)
    jobs.enqueue("evidence.destroy_withdrawn", document_id=str(document.pk))


@transaction.atomic
def take_away_again(*, document: Document) -> bool:
    """After a restore: a document that the ledger knows as gone. False while a duty keeps it."""
    case = lock(document.case)
    if document.file.compartment in held_compartments(case.pk):
        return False
    _take_away(document)
    return True


@transaction.atomic
def release_document(*, actor: User, document: Document) -> Document:
    """Show everybody in the case a document that was for the mediator alone: it is sealed anew with
    an id and a day of its own, and the private one is destroyed. Only by whoever brought it.

    Raises Forbidden, ConsentMissing, or WrongState for one that is not private any more.
    """
    case = lock(document.case)
    part = _require_may_add(actor, case)
    require(access.can_withdraw_document(actor, document))
    own = Document.objects.current().filter(audience=Audience.MEDIATOR)
    require(own.filter(pk=document.pk).exists(), WrongState)
    content = b"".join(vault.read_file(file=document.file))
    name, kind = file_name(document), FileKind(document.media_type)
    withdraw_document(actor=actor, document=document)
    return _seal(actor, part, Audience.ROOM, name, (kind, content))


@transaction.atomic
def destroy_withdrawn(*, document_id: UUID) -> None:
    """Remove a withdrawn document's row and file; nothing to do once it is gone.

    Raises StorageFailure when the file stays; the row then stays too and it can be tried again.
    """
    rows = Document.objects.select_for_update(of=("self",)).select_related("file")
    document = rows.filter(pk=document_id, withdrawn_at__isnull=False).first()
    if document is None:
        return
    file = document.file
    # It shares its key with others, so the ledger is what keeps an old database from showing it.
    vault.note_removed(kind=DOCUMENT, ids=[document.pk])
    document.delete()
    vault.delete_file(file=file)


def forget_documents(*, case: Case, compartments: Collection[str]) -> int:
    """Part of a case's erasure: the rows of these compartments' documents. Their files are the
    vault's to delete, after this. Returns how many rows went.
    """
    doomed = Document.objects.filter(case=case, file__compartment__in=list(compartments))
    return doomed.delete()[0]
