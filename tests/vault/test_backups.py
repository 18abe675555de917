"""Backups: whole or not there, for their recipient alone, and keys for their days alone."""

import tempfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from stat import S_IMODE
from uuid import uuid4

import pyrage
import pytest
import time_machine
from django.conf import settings as heyi
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from mediation.vault import backups, keyring
from mediation.vault.backups import archive, databases
from mediation.vault.backups.archive import PIECE_BYTES, BadArchive
from mediation.vault.backups.databases import DatabaseFailure
from mediation.vault.errors import KeyDestroyed, KeyringUnavailable
from mediation.vault.keyring import Place, copies
from tests.keyrings import IS_ON_A_SERVER, kept_bytes

CASE = uuid4()
JOINT = Place(CASE, "joint")


@pytest.fixture
def identity(settings, tmp_path):
    made = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = [str(made.to_public())]
    (tmp_path / "identity").write_text(f"# the operator's\n{made}\n")
    return made


@pytest.fixture
def out(tmp_path):
    return tmp_path / "backups"


def write(path, identity, members):
    archive.write(
        path=path,
        recipients=[str(identity.to_public())],
        members=members,
        about={"part": "data"},
    )


def ages_of_keys(folder):
    for path in folder.glob("heyi-keys-*.age"):
        at = datetime.strptime(path.name[10:-4], backups.AT).replace(tzinfo=UTC)
        yield datetime.now(UTC) - at


def users(model):
    return [one.email for one in model.objects.all()]


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_an_archive_gives_back_what_was_put_in(identity, out, size):
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    put_in = [("database", [content]), ("files/a", iter([b"x", b"y"])), ("files/b", [])]
    write(out / "one.age", identity, put_in)

    archive.check(path=out / "one.age", identities=[identity])
    found = {
        name: b"".join(pieces)
        for name, pieces in archive.members(path=out / "one.age", identities=[identity])
    }
    assert found == {"database": content, "files/a": b"xy", "files/b": b""}


def test_an_archive_opens_for_its_recipient_only_and_only_whole(identity, out):
    path = out / "one.age"
    write(path, identity, [("database", [bytes(300_000)])])
    with pytest.raises(BadArchive):
        archive.check(path=path, identities=[pyrage.x25519.Identity.generate()])

    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], whole[:-40] + bytes(40), b""):
        path.write_bytes(damaged)
        with pytest.raises(BadArchive):
            archive.check(path=path, identities=[identity])


def test_a_manifest_that_says_otherwise_is_refused(identity, out, monkeypatch):
    monkeypatch.setattr(archive, "_sum", lambda piece: ["0" * 64, len(piece)])
    write(out / "one.age", identity, [("database", [b"x"])])
    monkeypatch.undo()

    with pytest.raises(BadArchive):
        archive.check(path=out / "one.age", identities=[identity])


def test_a_backup_that_fails_leaves_no_archive(identity, out):
    def torn():
        yield b"x"
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        write(out / "one.age", identity, [("database", torn())])

    assert list(out.iterdir()) == []


def test_keys_are_wrapped_in_their_archive_and_the_keys_to_them_are_not_in_it(identity, out):
    secret = keyring.key_for_sealing(place=JOINT).secret
    path = backups.back_up(folder=out, part="keys")

    clear = pyrage.decrypt(path.read_bytes(), [identity])
    keks = [file.read_bytes() for file in Path(heyi.KEK_DIR).iterdir()]
    assert str(CASE).encode() in clear
    for never in (secret, *keks):
        assert never not in clear
        assert never.hex().encode() not in clear


def test_archives_of_keys_live_their_days_and_archives_of_data_longer(identity, out, settings):
    settings.KEYRING_BACKUP_DAYS = 7
    lifetime = timedelta(days=7)
    out.mkdir()
    (out / "notes-of-the-operator.age").touch()
    start = datetime(2026, 3, 1, 2, tzinfo=UTC)
    for day in range(9):
        late = timedelta(minutes=50 if day % 2 else 0)
        with time_machine.travel(start + timedelta(days=day) + late, tick=False):
            assert all(age < lifetime for age in ages_of_keys(out))
            backups.back_up(folder=out, part="keys")
            (out / f"heyi-data-202603{day + 1:02}T020000000000Z.age").touch()

    kept = sorted(path.name[:18] for path in out.iterdir())
    assert [name for name in kept if "keys" in name] == [
        f"heyi-keys-202603{day:02}" for day in range(4, 10)
    ]
    assert len(kept) == 6 + 9 + 1


@pytest.mark.usefixtures("db")
def test_backup_without_a_recipient_is_refused(out, settings):
    settings.BACKUP_RECIPIENTS = []
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS"):
        call_command("backup", out=out)
    settings.BACKUP_RECIPIENTS = ["age1nobody"]
    with pytest.raises(CommandError, match="recipient"):
        call_command("backup", out=out)
    assert not out.exists() or list(out.iterdir()) == []


def test_keys_are_restored_only_over_an_empty_key_ring_or_by_force(identity, out, tmp_path):
    key = keyring.key_for_sealing(place=JOINT)
    path = backups.back_up(folder=out, part="keys")
    keyring.create_key(place=Place(CASE, "evidence"))

    with pytest.raises(backups.NotEmpty):
        backups.restore(paths=[path], identities=[identity])
    assert keyring.live_compartments(case_id=CASE) == {"joint", "evidence"}

    backups.restore(paths=[path], identities=[identity], is_forced=True)
    assert keyring.live_compartments(case_id=CASE) == {"joint"}
    assert keyring.key_for(place=JOINT) == key


@pytest.mark.django_db(transaction=True)
def test_data_is_restored_with_every_file(identity, out, tmp_path, django_user_model):
    django_user_model.objects.create(email="ada@heyi.example")
    default_storage.save("sealed/ab/abcd", ContentFile(bytes(100_000)))
    said = StringIO()
    call_command("backup", out=out, part="data", stdout=said)
    path = Path(said.getvalue().strip())

    django_user_model.objects.all().delete()
    default_storage.delete("sealed/ab/abcd")
    call_command("restore", path, identity=tmp_path / "identity", stdout=said)

    assert django_user_model.objects.get().email == "ada@heyi.example"
    with default_storage.open("sealed/ab/abcd") as file:
        assert file.read() == bytes(100_000)
    with pytest.raises(CommandError, match="--force"):
        call_command("restore", path, identity=tmp_path / "identity")


def test_no_key_of_an_archive_is_left_readable_after_its_compartment_was_destroyed(identity, out):
    keyring.create_key(place=JOINT)
    path = backups.back_up(folder=out, part="keys")
    keyring.destroy(case_id=CASE, compartments=["joint"])

    backups.restore(paths=[path], identities=[identity], is_forced=True)

    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)
    clear = pyrage.decrypt(path.read_bytes(), [identity])
    wrapped = [
        bytes.fromhex(part.split(b'"')[0].decode())
        for part in clear.split(b'"hex": "')[1:]
        if len(part.split(b'"')[0]) == 120
    ]
    assert len(wrapped) == 1
    assert wrapped[0] not in kept_bytes()


@pytest.mark.django_db(transaction=True)
def test_of_several_archives_none_is_put_back_unless_all_can_be(identity, out, django_user_model):
    keyring.create_key(place=JOINT)
    keys = backups.back_up(folder=out, part="keys")
    data = backups.back_up(folder=out, part="data")
    keyring.create_key(place=Place(CASE, "evidence"))
    django_user_model.objects.create(email="ada@heyi.example")
    damaged = out / "damaged.age"
    damaged.write_bytes(data.read_bytes()[:-1])

    with pytest.raises(BadArchive):
        backups.restore(paths=[keys, damaged], identities=[identity], is_forced=True)
    assert keyring.live_compartments(case_id=CASE) == {"joint", "evidence"}
    with pytest.raises(backups.NotEmpty):
        backups.restore(paths=[data, keys], identities=[identity])
    assert users(django_user_model) == ["ada@heyi.example"]


@pytest.mark.skipif(IS_ON_A_SERVER, reason="a server keeps its journals itself")
def test_a_restored_key_ring_gets_no_journal_of_the_one_before(identity, out, settings):
    keyring.create_key(place=JOINT)
    path = backups.back_up(folder=out, part="keys")
    ring = Path(settings.KEYRING_PATH)
    ring.with_name(f"{ring.name}-journal").write_bytes(b"half a change of the old one")

    backups.restore(paths=[path], identities=[identity], is_forced=True)

    assert [one.name for one in ring.parent.iterdir()] == [ring.name]


@pytest.mark.skipif(IS_ON_A_SERVER, reason="a server leaves no draft")
def test_what_is_no_copy_of_a_key_ring_leaves_no_draft_of_wrapped_keys(settings):
    copy = list(copies.lines())
    with pytest.raises(KeyringUnavailable):
        copies.load([*copy, b"{}"])
    assert not list(Path(settings.KEYRING_PATH).parent.glob("*.restoring*"))


@pytest.mark.django_db(transaction=True)
def test_a_database_that_holds_a_key_ring_is_neither_dumped_nor_restored(identity, out):
    path = backups.back_up(folder=out, part="data")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE data_key (wrapped TEXT)")
    try:
        with pytest.raises(DatabaseFailure, match="key ring"):
            backups.back_up(folder=out, part="data")
        with pytest.raises(DatabaseFailure, match="key ring"):
            backups.restore(paths=[path], identities=[identity], is_forced=True)
        with pytest.raises(DatabaseFailure, match="key ring"):
            databases.load([])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE data_key")
    assert list(out.iterdir()) == [path]


@pytest.mark.skipif(heyi.ON_SQLITE, reason="SQLite's file is replaced whole")
@pytest.mark.django_db(transaction=True)
def test_a_restore_that_fails_leaves_postgresql_as_it_was(
    identity, out, tmp_path, monkeypatch, django_user_model
):
    django_user_model.objects.create(email="ada@heyi.example")
    path = backups.back_up(folder=out, part="data")
    with pytest.raises(DatabaseFailure, match="pg_restore failed"):
        databases.load([b"no dump " * 500_000])
    assert users(django_user_model) == ["ada@heyi.example"]

    def torn():
        yield from [next(databases.dump())[:4000]]
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        databases.load(torn())
    assert users(django_user_model) == ["ada@heyi.example"]

    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        with pytest.raises(DatabaseFailure, match="pg_restore is missing"):
            backups.restore(paths=[path], identities=[identity], is_forced=True)
        with pytest.raises(DatabaseFailure, match="pg_restore is missing"):
            databases.load([b""])
    assert users(django_user_model) == ["ada@heyi.example"]

    django_user_model.objects.all().delete()
    backups.restore(paths=[path], identities=[identity])
    assert users(django_user_model) == ["ada@heyi.example"]
    with connection.cursor() as cursor:
        cursor.execute(databases.OLD_IS_THERE)
        assert cursor.fetchone() is None


@pytest.mark.skipif(heyi.ON_SQLITE, reason="SQLite has no schemas")
@pytest.mark.django_db(transaction=True)
def test_after_a_restore_that_was_broken_off_the_next_one_asks_for_a_look(identity, out):
    path = backups.back_up(folder=out, part="data")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {databases.OLD}")
    try:
        with pytest.raises(DatabaseFailure, match="broken off"):
            backups.restore(paths=[path], identities=[identity], is_forced=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {databases.OLD}")


@pytest.mark.skipif(not heyi.ON_SQLITE, reason="pg_dump writes no copy to a disk")
@pytest.mark.django_db(transaction=True)
def test_the_copy_of_sqlite_is_beside_it_and_nowhere_else_and_what_was_left_goes():
    database = Path(connection.settings_dict["NAME"])
    left = database.parent / f".{database.name}.backup-killed"
    left.mkdir()
    (left / "database").touch()
    outside = set(Path(tempfile.gettempdir()).glob("heyi-backup-*"))

    dump = databases.dump()
    assert next(dump)

    assert not list(database.parent.glob(f".{database.name}.backup-*"))
    assert set(Path(tempfile.gettempdir()).glob("heyi-backup-*")) == outside
    dump.close()


@pytest.mark.skipif(not heyi.ON_SQLITE, reason="pg_restore writes no copy to a disk")
@pytest.mark.django_db(transaction=True)
def test_a_restore_of_sqlite_leaves_no_draft_and_its_file_is_ours_alone(django_user_model):
    django_user_model.objects.create(email="ada@heyi.example")
    database = Path(connection.settings_dict["NAME"])
    whole = b"".join(databases.dump())

    def torn():
        yield whole[:4096]
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        databases.load(torn())
    assert not database.with_name(f"{database.name}.restoring").exists()
    databases.load([whole])

    assert users(django_user_model) == ["ada@heyi.example"]
    assert S_IMODE(database.stat().st_mode) == 0o600
