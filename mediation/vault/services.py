"""The vault's public face: seal, open, store, restrict, destroy, derive, sign.

Whatever reads or seals raises Restricted while its compartment is restricted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings

from mediation.vault import envelope, files, keyring, signing
from mediation.vault.envelope import DataKey
from mediation.vault.errors import (
    KeyDestroyed,
    KeyMissing,
    KeyringUnavailable,
    KeysChanged,
    Restricted,
    StorageFailure,
    Tampered,
)
from mediation.vault.files import Orphans
from mediation.vault.keyring import DestroyedKey, Place
from mediation.vault.models import SealedFile

__all__ = [
    "DestroyedKey",
    "KeyDestroyed",
    "KeyMissing",
    "KeyringUnavailable",
    "KeysChanged",
    "Orphans",
    "Place",
    "Restricted",
    "Slot",
    "StorageFailure",
    "Tampered",
]


@dataclass(frozen=True)
class Slot:
    """Where sealed text is kept, e.g. `Slot("rooms.message", message.pk, "body")`.

    The primary key must be the row's own, so it is assigned before the text is sealed.
    """

    model: str
    pk: UUID
    field: str


def create_key(*, place: Place) -> None:
    """Make the compartment's key unless it has, or had, one."""
    keyring.create_key(place=place)


def seal_text(*, place: Place, slot: Slot, text: str) -> bytes:
    """`text` sealed for this slot of this compartment. Raises KeyDestroyed.

    The key is made on first use. The sealed bytes (46 more than the text in UTF-8) open nowhere
    else.
    """
    key = keyring.key_for_sealing(place=place)
    return envelope.seal_text(key=key, place=_bound_to(place, slot), text=text)


def seal_texts(*, texts: Sequence[tuple[Place, Slot, str]]) -> list[bytes]:
    """Each text sealed for its slot, as `seal_text` does, in their order. Raises KeyDestroyed."""
    return _sealed(keyring.keys_for_sealing(places={place for place, _, _ in texts}), texts)


@contextmanager
def sealing(*, texts: Sequence[tuple[Place, Slot, str]]) -> Iterator[list[bytes]]:
    """Each text sealed, as `seal_texts` does, to be stored within the block. Whether remembered
    keys may still be used is asked at its beginning and read at its end: nobody waits for it.

    Raises KeyDestroyed at its beginning; and KeysChanged at its end: whatever was stored must be
    undone, and can be tried again.
    """
    with keyring.remembered_keys({place for place, _slot, _text in texts}) as keys:
        yield seal_texts(texts=texts) if keys is None else _sealed(keys, texts)


def _sealed(keys: Mapping[Place, DataKey], texts: Sequence[tuple[Place, Slot, str]]) -> list[bytes]:
    return [
        envelope.seal_text(key=keys[place], place=_bound_to(place, slot), text=text)
        for place, slot, text in texts
    ]


def open_text(*, place: Place, slot: Slot, sealed: bytes) -> str:
    """The text sealed for this slot. Raises KeyDestroyed or Tampered."""
    key = keyring.key_for(place=place)
    return envelope.open_text(key=key, place=_bound_to(place, slot), sealed=bytes(sealed))


def store_file(*, place: Place, content: BinaryIO | Iterable[bytes], media_type: str) -> SealedFile:
    """Seal a file into the storage under a random name. Raises KeyDestroyed.

    If the caller's transaction rolls back, the object stays without a row until the orphan scan.
    """
    return files.store(place=place, content=content, media_type=media_type)


def read_file(*, file: SealedFile) -> Iterator[bytes]:
    """The clear content in pieces. Raises KeyDestroyed, Tampered or StorageFailure at once, and
    KeyDestroyed or Tampered while reading; what was read before is then not to be used.
    """
    return files.read(file=file)


def delete_file(*, file: SealedFile) -> None:
    """Remove one file, object and row. Raises StorageFailure; calling again goes on."""
    files.delete(file=file)


def delete_files(*, case_id: UUID, compartments: Collection[str]) -> int:
    """Remove the compartments' files, object and row; returns how many.

    Raises StorageFailure at the first object that stays; call again to go on from there.
    """
    found = SealedFile.objects.filter(case_id=case_id, compartment__in=compartments)
    doomed = list(found.order_by("created_at"))
    for file in doomed:
        files.delete(file=file)
    return len(doomed)


def scan_orphan_files() -> Orphans:
    """Stored objects without a row, and rows without an object. Both should be none."""
    return files.find_orphans()


def restrict(*, case_id: UUID, compartments: Collection[str]) -> None:
    """Store the compartments and no more: from now on no process reads or writes in them.

    They can still be destroyed. Restricting twice changes nothing.
    """
    keyring.restrict(case_id=case_id, compartments=compartments)


def lift_restriction(*, case_id: UUID, compartments: Collection[str]) -> None:
    """The compartments can be read and written again, unless they were destroyed meanwhile."""
    keyring.lift_restriction(case_id=case_id, compartments=compartments)


def restricted_compartments(*, case_id: UUID) -> dict[str, datetime]:
    """Since when each restricted compartment of the case is; destroyed ones are not among them."""
    return keyring.restricted(case_id=case_id)


def opening_restricted() -> AbstractContextManager[None]:
    """Within it, this thread or task reads and writes restricted compartments as others.

    For what the law lets one do in spite of a restriction: the last look of an erasure, a copy for
    the person whose right it is. A stored file is to be read to its end within it.
    """
    return keyring.opening_restricted()


def destroy_keys(*, case_id: UUID, compartments: Collection[str]) -> list[DestroyedKey]:
    """Destroy the keys for good and return their ledger lines; calling again returns the same.

    A compartment that never had a key is closed too, so that nothing late can be put into it.
    """
    return keyring.destroy(case_id=case_id, compartments=compartments)


def note_removed(*, kind: str, ids: Collection[UUID]) -> None:
    """Write into the ledger that single things are gone that share their key with others, such as
    a document somebody took back. An old database has their rows: `removed` says which go again.
    """
    keyring.close(places={Place(one, kind) for one in ids})


def removed(*, kind: str) -> list[UUID]:
    """The ids of every single thing of this kind that the ledger knows as gone."""
    return [place.case_id for place in keyring.closed_places() if place.compartment == kind]


def destroyed_keys(*, case_id: UUID) -> list[DestroyedKey]:
    """The case's lines of the destruction ledger, oldest first."""
    return keyring.destroyed(case_id=case_id)


def closed_compartments(*, case_id: UUID) -> dict[str, datetime]:
    """Since when each destroyed compartment of the case is gone, also where no key was needed."""
    return keyring.closed(case_id=case_id)


def closed_places() -> set[Place]:
    """Every destroyed compartment of every case. The ledger beside the KEKs is applied first."""
    return keyring.closed_places()


def compartments_with_keys(*, case_id: UUID) -> set[str]:
    """The case's compartments that can still be read."""
    return keyring.live_compartments(case_id=case_id)


def derive_secret(*, place: Place, info: str) -> bytes:
    """32 bytes that only this compartment and `info` give, and that die with its key."""
    key = keyring.key_for_sealing(place=place)
    return envelope.derive(secret=key.secret, info=b"mv1|secret|" + info.encode())


def rotate_kek() -> int:
    """Begin a new epoch of key-encryption keys; returns its number. Nothing sealed changes."""
    return keyring.rotate_kek()


def rotate_kek_when_due() -> int | None:
    """Begin a new epoch if the present one is KEK_EPOCH_DAYS old; its number, or None.

    Due or not, epochs that no backup of the key ring needs any more are destroyed: the time that a
    certificate of destruction names does not wait for the next epoch.
    """
    keyring.destroy_expired_epochs()
    begun_at = keyring.epoch_begun_at()
    age = timedelta(days=settings.KEK_EPOCH_DAYS)
    if begun_at is None or datetime.now(UTC) - begun_at < age:
        return None
    return keyring.rotate_kek()


def flush() -> None:
    """Forget the keys this process remembers; they are read again when needed."""
    keyring.flush()


def sign_statement(*, statement: dict[str, Any]) -> dict[str, Any]:
    """`{"statement": …, "signature": {"algorithm", "key_id", "value"}}`, checkable offline.

    Statements hold text, whole numbers, booleans, None, lists and dicts; else TypeError.
    """
    return signing.sign(statement)


def verify_statement(*, signed: dict[str, Any], public_key_pem: bytes | None = None) -> bool:
    """Whether the statement was signed by this installation, or by the owner of the given key."""
    try:
        key = signing.read_public_key(public_key_pem) if public_key_pem else signing.public_key()
    except ValueError:
        return False
    return signing.is_genuine(signed, key)


def public_key_pem() -> bytes:
    """The installation's public key, for whoever wants to check its statements."""
    return signing.public_pem(signing.public_key())


def _bound_to(place: Place, slot: Slot) -> tuple[str, ...]:
    return (slot.model, str(slot.pk), slot.field, str(place.case_id), place.compartment)
