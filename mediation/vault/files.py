"""Sealed files in Django's default storage. No clear byte reaches the storage or a disk."""

import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from mediation.vault import envelope, keyring
from mediation.vault.errors import FileMissing, StorageFailure, Tampered
from mediation.vault.keyring import Place
from mediation.vault.models import SealedFile

FOLDER = "sealed"
READ_BYTES = envelope.CHUNK_BYTES
# An upload whose transaction is still open has its object already and its row not yet.
ORPHAN_AGE = timedelta(hours=1)
MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Orphans:
    """What the storage and the table do not agree on."""

    objects_without_row: list[str]
    rows_without_object: list[UUID]

    @property
    def total(self) -> int:
        return len(self.objects_without_row) + len(self.rows_without_object)


def store(*, place: Place, content: BinaryIO | Iterable[bytes], media_type: str) -> SealedFile:
    """Seal `content` chunk by chunk, put it into the storage, and return its new row."""
    file = SealedFile(
        pk=uuid.uuid4(), case_id=place.case_id, compartment=place.compartment,
        media_type=media_type, created_at=timezone.now(),
    )  # fmt: skip
    key = keyring.key_for_sealing(place=place)
    counted = _Counted(content)
    sealer = envelope.new_file(key=key, place=_bound_to(file))
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES) as sealed:
        for piece in sealer.seal(counted):
            sealed.write(piece)
        sealed.seek(0)
        file.storage_name = _save(sealed)
    file.size = counted.size
    file.save(force_insert=True)
    return file


def read(*, file: SealedFile) -> Iterator[bytes]:
    """The clear content in pieces of up to 64 KiB.

    Raises KeyDestroyed, Tampered or StorageFailure here, before the first piece; Tampered also
    later, and KeyDestroyed at the next piece if the key is destroyed while somebody reads.
    """
    pieces = _pieces(file)
    next(pieces)
    return pieces


def delete(*, file: SealedFile) -> None:
    """Object first, then row, so that a failure can be tried again. Raises StorageFailure."""
    try:
        default_storage.delete(file.storage_name)
        is_left = default_storage.exists(file.storage_name)
    except Exception as error:
        raise StorageFailure from error
    if is_left:
        raise StorageFailure
    file.delete()


def find_orphans() -> Orphans:
    """Objects older than an hour without a row, and rows without an object."""
    stored = set(_stored_names())
    rows = dict(SealedFile.objects.values_list("storage_name", "pk"))
    lost = [pk for name, pk in rows.items() if not default_storage.exists(name)]
    strays = sorted(name for name in stored - set(rows) if _is_old(name))
    return Orphans(strays, lost)


def _pieces(file: SealedFile) -> Iterator[bytes]:
    """An empty piece once the head is checked, then the content. Closes the file in every case."""
    key, size = keyring.key_for(place=_place(file)), 0
    with _open(file) as sealed:
        sealer = envelope.known_file(key=key, place=_bound_to(file), sealed=sealed)
        yield b""
        for piece in sealer.open(sealed):
            keyring.key_for(place=_place(file))
            size += len(piece)
            yield piece
    if size != file.size:
        raise Tampered


def _save(sealed: Any) -> str:
    """The name it has in the storage."""
    try:
        return str(default_storage.save(_new_name(), File(sealed)))
    except Exception as error:
        raise StorageFailure from error


def _open(file: SealedFile) -> "File[Any]":
    try:
        sealed = default_storage.open(file.storage_name, "rb")
        sealed.seek(0)  # a bucket's file is fetched only now
    except FileNotFoundError as error:
        raise FileMissing from error
    except Exception as error:
        raise StorageFailure from error
    return sealed


class _Counted:
    """The pieces of a stream or iterable, and how many bytes they were."""

    def __init__(self, content: BinaryIO | Iterable[bytes]) -> None:
        self.content = content
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces():
            self.size += len(piece)
            yield piece

    def _pieces(self) -> Iterable[bytes]:
        read = getattr(self.content, "read", None)
        if read is None:
            return self.content
        return iter(lambda: read(READ_BYTES), b"")


def _place(file: SealedFile) -> Place:
    return Place(file.case_id, file.compartment)


def _bound_to(file: SealedFile) -> tuple[str, ...]:
    return (str(file.pk), str(file.case_id), file.compartment, file.media_type)


def _new_name() -> str:
    name = os.urandom(16).hex()
    return f"{FOLDER}/{name[:2]}/{name}"


def _stored_names() -> Iterator[str]:
    for folder in _listed(FOLDER)[0]:
        for name in _listed(f"{FOLDER}/{folder}")[1]:
            yield f"{FOLDER}/{folder}/{name}"


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _is_old(name: str) -> bool:
    try:
        modified_at = default_storage.get_modified_time(name)
    except FileNotFoundError:  # removed since we listed it
        return False
    return modified_at < timezone.now() - ORPHAN_AGE
