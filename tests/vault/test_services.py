import base64
import io
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from mediation.vault import ledger, services
from mediation.vault.envelope import CHUNK_BYTES
from mediation.vault.models import SealedFile
from mediation.vault.services import (
    KeyDestroyed,
    KeyMissing,
    Place,
    Slot,
    StorageFailure,
    Tampered,
)

CASE = UUID("11111111-1111-4111-8111-111111111111")
JOINT = Place(CASE, "joint")
EVIDENCE = Place(CASE, "evidence")
SLOT = Slot("rooms.message", UUID("22222222-2222-4222-8222-222222222222"), "body")
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def file(db):
    return services.store_file(
        place=EVIDENCE, content=io.BytesIO(CONTENT), media_type="application/pdf"
    )


def read(file):
    return b"".join(services.read_file(file=file))


def test_sealed_text_opens_in_its_slot_only():
    sealed = services.seal_text(place=JOINT, slot=SLOT, text="I would accept 4000")

    assert services.open_text(place=JOINT, slot=SLOT, sealed=sealed) == "I would accept 4000"
    assert services.open_text(place=JOINT, slot=SLOT, sealed=memoryview(sealed))
    for slot in (
        Slot("rooms.message", uuid4(), "body"),
        Slot("rooms.message", SLOT.pk, "title"),
        Slot("rooms.note", SLOT.pk, "body"),
    ):
        with pytest.raises(Tampered):
            services.open_text(place=JOINT, slot=slot, sealed=sealed)


def test_sealed_text_does_not_open_in_another_compartment_or_case():
    sealed = services.seal_text(place=Place(CASE, "caucus:A"), slot=SLOT, text="my limit is 3000")
    services.create_key(place=Place(CASE, "caucus:B"))

    with pytest.raises(Tampered):
        services.open_text(place=Place(CASE, "caucus:B"), slot=SLOT, sealed=sealed)
    with pytest.raises(KeyMissing):
        services.open_text(place=Place(uuid4(), "caucus:A"), slot=SLOT, sealed=sealed)
    assert issubclass(KeyMissing, Tampered)


def test_destroyed_compartment_neither_opens_nor_takes_anything(file):
    sealed = services.seal_text(place=EVIDENCE, slot=SLOT, text="secret")
    services.destroy_keys(case_id=CASE, compartments=["evidence"])

    for attempt in (
        lambda: services.open_text(place=EVIDENCE, slot=SLOT, sealed=sealed),
        lambda: services.seal_text(place=EVIDENCE, slot=SLOT, text="late"),
        lambda: services.derive_secret(place=EVIDENCE, info="invitation"),
        lambda: services.read_file(file=file),
        lambda: services.store_file(place=EVIDENCE, content=[b"late"], media_type="text/plain"),
    ):
        with pytest.raises(KeyDestroyed):
            attempt()
    assert SealedFile.objects.count() == 1
    assert [key.compartment for key in services.destroyed_keys(case_id=CASE)] == ["evidence"]


def test_derived_secret_belongs_to_its_compartment_and_purpose():
    secret = services.derive_secret(place=JOINT, info="invitation:1")

    assert len(secret) == 32
    assert services.derive_secret(place=JOINT, info="invitation:1") == secret
    assert services.derive_secret(place=JOINT, info="invitation:2") != secret
    assert services.derive_secret(place=EVIDENCE, info="invitation:1") != secret


def test_rotating_and_flushing_change_nothing_sealed():
    sealed = services.seal_text(place=JOINT, slot=SLOT, text="x")
    services.rotate_kek()
    services.flush()

    assert services.open_text(place=JOINT, slot=SLOT, sealed=sealed) == "x"
    assert services.compartments_with_keys(case_id=CASE) == {"joint"}


# --- Files -----------------------------------------------------------------------------------


def test_stored_file_comes_back_and_the_storage_holds_no_clear_byte(file):
    with default_storage.open(file.storage_name) as object_:
        stored = object_.read()

    assert read(file) == CONTENT
    assert file.size == len(CONTENT)
    assert bytes(range(32)) not in stored
    assert str(CASE) not in file.storage_name
    assert read(SealedFile.objects.get()) == CONTENT


def test_store_takes_pieces_as_well_as_streams(db):
    file = services.store_file(
        place=EVIDENCE, content=(b"x" * 10 for _ in range(9)), media_type="text/plain"
    )

    assert (file.size, read(file)) == (90, b"x" * 90)


@pytest.mark.parametrize(
    ("field", "value"),
    [("case_id", uuid4()), ("compartment", "joint"), ("media_type", "text/html"), ("pk", uuid4())],
)
def test_a_changed_row_does_not_open_its_file(file, field, value):
    services.create_key(place=JOINT)
    setattr(file, field, value)

    with pytest.raises(Tampered):
        services.read_file(file=file)


def test_a_row_pointed_at_another_file_does_not_open_it(file):
    other = services.store_file(place=EVIDENCE, content=[b"other"], media_type="application/pdf")
    file.storage_name = other.storage_name

    with pytest.raises(Tampered):
        services.read_file(file=file)


def test_a_row_with_another_size_is_noticed_at_the_end(file):
    file.size += 1

    with pytest.raises(Tampered):
        read(file)


def test_a_file_cut_short_in_the_storage_is_noticed(file):
    path = Path(default_storage.path(file.storage_name))
    path.write_bytes(path.read_bytes()[:-1000])

    with pytest.raises(Tampered):
        read(file)


def test_reading_stops_when_the_key_is_destroyed_meanwhile(file):
    pieces = services.read_file(file=file)
    assert len(next(pieces)) == CHUNK_BYTES
    services.destroy_keys(case_id=CASE, compartments=["evidence"])

    with pytest.raises(KeyDestroyed):
        next(pieces)


def test_a_lost_object_is_a_fault_of_the_storage(file):
    default_storage.delete(file.storage_name)

    with pytest.raises(StorageFailure):
        services.read_file(file=file)


def test_delete_files_removes_object_and_row_of_those_compartments_only(file):
    kept = services.store_file(place=JOINT, content=[b"kept"], media_type="text/plain")

    assert services.delete_files(case_id=CASE, compartments=["evidence"]) == 1

    assert list(SealedFile.objects.all()) == [kept]
    assert not default_storage.exists(file.storage_name)
    assert services.delete_files(case_id=CASE, compartments=["evidence"]) == 0


class FailingStorage(FileSystemStorage):
    """A disk that refuses to delete."""

    def delete(self, name):
        raise PermissionError(name)


class ForgetfulStorage(FileSystemStorage):
    """A storage that says yes and keeps the object."""

    def delete(self, name):
        return


@pytest.mark.parametrize("storage", [FailingStorage, ForgetfulStorage])
def test_delete_files_is_never_silent_and_can_be_tried_again(file, settings, storage):
    sound = settings.STORAGES
    backend = f"{__name__}.{storage.__name__}"
    settings.STORAGES = {**sound, "default": {**sound["default"], "BACKEND": backend}}

    with pytest.raises(StorageFailure):
        services.delete_files(case_id=CASE, compartments=["evidence"])
    assert SealedFile.objects.filter(pk=file.pk).exists()

    settings.STORAGES = sound
    assert services.delete_files(case_id=CASE, compartments=["evidence"]) == 1


def test_orphans_are_found_both_ways(file, capsys):
    call_command("scan_orphan_files")
    lost = services.store_file(place=JOINT, content=[b"x"], media_type="text/plain")
    default_storage.delete(lost.storage_name)
    stray = default_storage.save("sealed/ab/abcdef", ContentFile(b"x"))

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        orphans = services.scan_orphan_files()
        with pytest.raises(CommandError, match="2 orphans"):
            call_command("scan_orphan_files")

    assert orphans.objects_without_row == [stray]
    assert orphans.rows_without_object == [lost.pk]
    assert stray in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_upload_is_an_orphan_after_an_hour_and_not_before():
    with transaction.atomic():
        file = services.store_file(place=JOINT, content=[b"x"], media_type="text/plain")
        transaction.set_rollback(True)

    assert services.scan_orphan_files().total == 0
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert services.scan_orphan_files().objects_without_row == [file.storage_name]


# --- Statements ------------------------------------------------------------------------------

STATEMENT = {"kind": "erasure", "文": "销毁", "counts": {"b": 2, "a": 1}, "left": [True, None]}


def test_signed_statement_verifies_with_the_public_key_alone(settings, tmp_path):
    signed = json.loads(json.dumps(services.sign_statement(statement=STATEMENT)))
    pem = services.public_key_pem()

    assert services.verify_statement(signed=signed)
    settings.SIGNING_DIR = tmp_path / "elsewhere"
    assert services.verify_statement(signed=signed, public_key_pem=pem)
    assert not services.verify_statement(signed=signed)


def test_signature_is_over_the_canonical_bytes():
    signed = services.sign_statement(statement=STATEMENT)
    expected = '{"counts":{"a":1,"b":2},"kind":"erasure","left":[true,null],"文":"销毁"}'
    key = load_pem_public_key(services.public_key_pem())

    assert signed["signature"]["algorithm"] == "Ed25519"
    key.verify(base64.b64decode(signed["signature"]["value"]), expected.encode())


def test_anything_else_does_not_verify():
    signed = services.sign_statement(statement=STATEMENT)
    other = services.sign_statement(statement={"kind": "erasure"})
    bad = [
        {**signed, "statement": {**STATEMENT, "kind": "other"}},
        {**signed, "statement": {**STATEMENT, "counts": 1.0}},
        {**signed, "signature": other["signature"]},
        {**signed, "signature": {**signed["signature"], "algorithm": "none"}},
        {**signed, "signature": {**signed["signature"], "key_id": "0" * 32}},
        {**signed, "signature": {**signed["signature"], "value": "!"}},
        {"statement": STATEMENT},
        {},
        [],
        None,
    ]

    assert [services.verify_statement(signed=each) for each in bad] == [False] * len(bad)
    assert not services.verify_statement(signed=signed, public_key_pem=b"junk")


@pytest.mark.parametrize(
    ("value", "error"),
    [(1.5, TypeError), (uuid4(), TypeError), ({1: 2}, TypeError), (2**53, ValueError),
     (b"x", TypeError), ("\ud800", ValueError)],
)  # fmt: skip
def test_what_json_cannot_say_exactly_is_not_signed(value, error):
    with pytest.raises(error):
        services.sign_statement(statement={"value": value})


def test_canonical_json_follows_rfc_8785_on_order_and_escapes():
    """The sorting example of RFC 8785 section 3.2.3, and the escapes of 3.2.2.2."""
    from mediation.vault.signing import canonical_json

    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]
    order = ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    assert list(json.loads(canonical_json(dict.fromkeys(names, 0)))) == order
    assert canonical_json('\x1f\n"\\/\x7f') == b'"\\u001f\\n\\"\\\\/\x7f"'


def test_what_was_removed_one_by_one_is_known_by_kind_and_only_once():
    ids = {uuid4(), uuid4()}
    for _time in range(2):
        services.note_removed(kind="document", ids=ids)
    services.note_removed(kind="message", ids=[other := uuid4()])

    assert sorted(services.removed(kind="document")) == sorted(ids)
    assert services.removed(kind="message") == [other]
    assert [line.compartment for line in ledger.read().values()].count("document") == 2
