import os
import signal
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import time_machine
from django.conf import settings as heyi
from django.core.management import call_command

from mediation.vault import kek, keyring, ledger, services
from mediation.vault.errors import KeyDestroyed, KeyMissing, KeyringUnavailable
from mediation.vault.keyring import Place, copies, postgresql, reading
from tests.keyrings import IS_ON_A_SERVER, kept_bytes, looking_in

CASE = UUID("11111111-1111-4111-8111-111111111111")
JOINT = Place(CASE, "joint")
CAUCUS = Place(CASE, "caucus:A")


def wrapped_bytes(place):
    with looking_in() as connection:
        ((wrapped,),) = connection.execute(
            "SELECT wrapped FROM data_key WHERE case_id = ? AND compartment = ?", place.named
        ).fetchall()
    return wrapped


def epochs(settings):
    return sorted(path.name for path in Path(settings.KEK_DIR).glob("epoch-*"))


def test_create_key_makes_one_key_and_keeps_it():
    keyring.create_key(place=JOINT)
    first = keyring.key_for(place=JOINT)
    keyring.create_key(place=JOINT)
    keyring.flush()

    assert keyring.key_for(place=JOINT) == first
    assert len(first.secret) == 32
    assert first.secret.hex() not in repr(first)


def test_every_compartment_has_its_own_key():
    keys = {keyring.key_for_sealing(place=place).secret for place in (JOINT, CAUCUS)}
    keys.add(keyring.key_for_sealing(place=Place(uuid4(), "joint")).secret)

    assert len(keys) == 3
    assert keyring.live_compartments(case_id=CASE) == {"joint", "caucus:A"}


def test_a_key_nobody_asks_for_again_does_not_stay_in_memory(monkeypatch):
    now, old, other = [1000.0], Place(uuid4(), "joint"), Place(uuid4(), "joint")
    monkeypatch.setattr(reading.time, "monotonic", lambda: now[0])
    keyring.create_key(place=old)
    keyring.create_key(place=other)
    keyring.key_for(place=old)
    now[0] += 30
    keyring.key_for(place=other)
    assert {old, other} <= reading._readers[0].keys.keys()
    now[0] += 31
    keyring.key_for(place=other)
    assert set(reading._readers[0].keys) & {old, other} == {other}
    now[0] += 30
    keyring.key_for(place=other)  # remembered anew, and so the youngest again
    keyring.key_for(place=old)
    assert list(reading._readers[0].keys)[-2:] == [other, old]


def test_key_for_an_unknown_place_makes_nothing():
    with pytest.raises(KeyMissing):
        keyring.key_for(place=JOINT)

    assert keyring.live_compartments(case_id=CASE) == set()


def test_files_are_ours_alone(settings):
    keyring.create_key(place=JOINT)

    ring = [] if IS_ON_A_SERVER else [settings.KEYRING_PATH]
    for path in (*ring, *Path(settings.KEK_DIR).iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_clear_key_is_in_no_file(own_keys):
    secret = keyring.key_for_sealing(place=JOINT).secret

    assert all(secret not in path.read_bytes() for path in own_keys.rglob("*") if path.is_file())


def test_destroy_leaves_a_ledger_line_and_no_wrapped_bytes(settings):
    key = keyring.key_for_sealing(place=JOINT)
    others = [keyring.key_for_sealing(place=Place(uuid4(), "joint")) for _ in range(40)]
    wrapped = wrapped_bytes(JOINT)
    assert wrapped in kept_bytes()

    (line,) = keyring.destroy(case_id=CASE, compartments=["joint"])

    assert (line.compartment, line.fingerprint) == ("joint", key.fingerprint)
    assert datetime.now(UTC) - line.destroyed_at < timedelta(minutes=1)
    assert wrapped not in kept_bytes()
    assert wrapped[12:] not in kept_bytes()
    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)
    with pytest.raises(KeyDestroyed):
        keyring.key_for_sealing(place=JOINT)
    assert len(others) == 40


def test_wrapped_bytes_are_overwritten_even_if_it_is_killed_before_rewriting(monkeypatch):
    """In a file secure_delete has done it already; on a server the erasure that goes on does it."""
    keyring.create_key(place=JOINT)
    keyring.create_key(place=CAUCUS)
    wrapped = wrapped_bytes(JOINT)
    with monkeypatch.context() as killed:
        killed.setattr(keyring, "rewrite", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keyring.destroy(case_id=CASE, compartments=["joint"])
    if IS_ON_A_SERVER:
        keyring.destroy(case_id=CASE, compartments=["joint"])

    assert wrapped not in kept_bytes()
    assert [line.compartment for line in keyring.destroyed(case_id=CASE)] == ["joint"]


def test_destroy_twice_returns_the_same_lines():
    for place in (JOINT, CAUCUS):
        keyring.create_key(place=place)

    first = keyring.destroy(case_id=CASE, compartments={"joint", "caucus:A"})

    assert len(first) == 2
    assert keyring.destroy(case_id=CASE, compartments={"joint", "caucus:A"}) == first
    assert keyring.destroy(case_id=CASE, compartments=["joint"]) == [first[1]]
    assert keyring.destroyed(case_id=CASE) == first


def test_destroy_spares_other_compartments_and_cases():
    elsewhere = Place(uuid4(), "joint")
    kept = [keyring.key_for_sealing(place=place) for place in (CAUCUS, elsewhere)]
    keyring.create_key(place=JOINT)

    keyring.destroy(case_id=CASE, compartments=["joint"])

    assert [keyring.key_for(place=place) for place in (CAUCUS, elsewhere)] == kept


def test_destroy_closes_a_compartment_that_never_had_a_key():
    assert keyring.destroy(case_id=CASE, compartments=["joint"]) == []

    with pytest.raises(KeyDestroyed):
        keyring.key_for_sealing(place=JOINT)
    assert keyring.destroyed(case_id=CASE) == []
    assert keyring.destroy(case_id=CASE, compartments=["joint"]) == []


def test_create_key_after_destruction_makes_none():
    keyring.create_key(place=JOINT)
    keyring.destroy(case_id=CASE, compartments=["joint"])
    keyring.create_key(place=JOINT)

    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM destroyed",
        "UPDATE destroyed SET fingerprint = 'x'",
        "TRUNCATE destroyed"
        if IS_ON_A_SERVER
        else "INSERT OR REPLACE INTO destroyed SELECT * FROM destroyed",
    ],
)
def test_ledger_refuses_change(statement):
    keyring.create_key(place=JOINT)
    keyring.destroy(case_id=CASE, compartments=["joint"])

    refusal = pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="append-only")
    with looking_in() as connection, refusal:
        connection.execute(statement)


def test_a_wrapped_key_moved_to_another_place_does_not_open():
    keyring.create_key(place=JOINT)
    with looking_in() as connection:
        connection.execute("UPDATE data_key SET compartment = 'caucus:A'")

    with pytest.raises(KeyringUnavailable):
        keyring.key_for(place=CAUCUS)


def test_a_lost_kek_is_a_fault_and_is_not_made_anew(settings):
    keyring.create_key(place=JOINT)
    (lost,) = Path(settings.KEK_DIR).iterdir()
    lost.unlink()
    keyring.flush()

    with pytest.raises(KeyringUnavailable):
        keyring.key_for(place=JOINT)
    with pytest.raises(KeyringUnavailable):
        keyring.create_key(place=CAUCUS)
    assert not lost.exists()


def test_rotate_wraps_anew_and_changes_no_key(settings):
    keys = [keyring.key_for_sealing(place=place) for place in (JOINT, CAUCUS)]
    before = wrapped_bytes(JOINT)

    assert keyring.rotate_kek() == 2

    assert wrapped_bytes(JOINT) != before
    assert before not in kept_bytes()
    assert [keyring.key_for(place=place) for place in (JOINT, CAUCUS)] == keys
    assert epochs(settings) == ["epoch-000001.key", "epoch-000002.key"]


def test_old_epoch_goes_when_the_last_backup_under_it_has_gone(settings):
    settings.KEYRING_BACKUP_DAYS = 7
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(start):
        key = keyring.key_for_sealing(place=JOINT)
        keyring.rotate_kek()
    with time_machine.travel(start + timedelta(days=6, hours=23)):
        keyring.rotate_kek()
    assert "epoch-000001.key" in epochs(settings)
    with time_machine.travel(start + timedelta(days=7, seconds=1)):
        keyring.rotate_kek()

    assert epochs(settings) == ["epoch-000002.key", "epoch-000003.key", "epoch-000004.key"]
    assert keyring.key_for(place=JOINT) == key


def test_the_epoch_is_replaced_when_it_is_thirty_days_old_and_not_before(settings):
    assert services.rotate_kek_when_due() is None  # there is nothing to wrap yet
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        keyring.create_key(place=JOINT)
    with time_machine.travel(start + timedelta(days=30, seconds=-1), tick=False):
        assert services.rotate_kek_when_due() is None
    with time_machine.travel(start + timedelta(days=30), tick=False):
        call_command("rotate_kek", "--when-due")
        call_command("rotate_kek", "--when-due")

    assert epochs(settings) == ["epoch-000001.key", "epoch-000002.key"]
    assert {"rotate_kek --when-due", "scan_orphan_files"} <= heyi.PERIODIC_COMMANDS.keys()


def test_an_expired_epoch_goes_long_before_the_next_rotation(settings):
    settings.KEK_EPOCH_DAYS, settings.KEYRING_BACKUP_DAYS = 30, 7
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(start):
        keyring.create_key(place=JOINT)
        keyring.rotate_kek()
    with time_machine.travel(start + timedelta(days=6)):
        call_command("rotate_kek", "--when-due")
    assert epochs(settings) == ["epoch-000001.key", "epoch-000002.key"]

    with time_machine.travel(start + timedelta(days=7, hours=1)):
        call_command("rotate_kek", "--when-due")

    assert epochs(settings) == ["epoch-000002.key"]
    keyring.key_for(place=JOINT)


@pytest.mark.skipif(not IS_ON_A_SERVER, reason="there is no network to a file")
def test_a_dead_network_holds_nobody_for_long():
    with looking_in() as connection:
        asked = connection._connection.info.get_parameters()
    assert asked["tcp_user_timeout"] == "10000"
    assert [asked[f"keepalives_{name}"] for name in ("idle", "interval", "count")] == [
        *("10", "5", "3")
    ]


def test_rotation_that_died_before_removing_an_epoch_is_finished_by_the_next(settings, monkeypatch):
    settings.KEYRING_BACKUP_DAYS = 0
    keyring.create_key(place=JOINT)
    with monkeypatch.context() as broken:
        broken.setattr(kek, "destroy_epoch", lambda *, epoch: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keyring.rotate_kek()
    assert len(epochs(settings)) == 2

    keyring.rotate_kek()

    assert epochs(settings) == ["epoch-000003.key"]
    keyring.flush()
    keyring.key_for(place=JOINT)


def test_an_old_backup_is_worthless_after_its_epoch(settings):
    settings.KEYRING_BACKUP_DAYS = 0
    keyring.create_key(place=JOINT)
    backup = back_up()
    keyring.rotate_kek()

    copies.load(backup)
    with pytest.raises(KeyringUnavailable):
        keyring.key_for(place=JOINT)


def back_up():
    return list(copies.lines())


def test_a_restored_backup_does_not_bring_a_destroyed_key_back(settings):
    keyring.create_key(place=JOINT)
    kept = keyring.key_for_sealing(place=CAUCUS)
    wrapped = wrapped_bytes(JOINT)
    backup = back_up()
    lines = keyring.destroy(case_id=CASE, compartments=["joint", "evidence"])

    copies.load(backup)
    assert wrapped in kept_bytes()

    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)
    assert wrapped not in kept_bytes()
    assert keyring.destroyed(case_id=CASE) == lines
    assert keyring.key_for(place=CAUCUS) == kept
    with pytest.raises(KeyDestroyed):
        keyring.key_for_sealing(place=Place(CASE, "evidence"))


def test_a_backup_older_than_the_key_does_not_let_it_be_made_again(settings):
    keyring.create_key(place=CAUCUS)
    backup = back_up()
    keyring.create_key(place=JOINT)
    lines = keyring.destroy(case_id=CASE, compartments=["joint"])
    copies.load(backup)

    keyring.create_key(place=JOINT)

    assert keyring.live_compartments(case_id=CASE) == {"caucus:A"}
    assert keyring.destroyed(case_id=CASE) == lines


def test_destruction_that_died_after_its_first_line_is_finished_by_the_next_process(
    settings, monkeypatch, process
):
    key = keyring.key_for_sealing(place=JOINT)
    monkeypatch.setattr(keyring, "_destroy_one", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keyring.destroy(case_id=CASE, compartments=["joint"])
    assert keyring.key_for(place=JOINT) == key

    answer, _ = process(WATCH).communicate("?\n", timeout=20)

    assert answer.strip() == "destroyed"
    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)


def test_a_torn_ledger_line_is_passed_over_and_a_damaged_one_is_not(settings):
    for place in (JOINT, CAUCUS):
        keyring.create_key(place=place)
    file = Path(settings.KEK_DIR) / "destroyed.jsonl"
    file.write_text('{"case_id": "1111')
    keyring.destroy(case_id=CASE, compartments=["joint"])
    keyring.destroy(case_id=CASE, compartments=["caucus:A"])
    assert [line.compartment for line in ledger.read().values()] == ["joint", "caucus:A"]

    file.write_text(file.read_text().replace('"compartment"', '"c'))
    with pytest.raises(KeyringUnavailable):
        ledger.read()


def test_a_restored_key_ring_is_noticed_at_the_next_use():
    keyring.create_key(place=JOINT)
    backup = back_up()
    keyring.create_key(place=CAUCUS)
    keyring.key_for(place=CAUCUS)

    copies.load(backup)

    with pytest.raises(KeyMissing):
        keyring.key_for(place=CAUCUS)


@pytest.mark.skipif(IS_ON_A_SERVER, reason="a file is what can be overwritten in its place")
def test_a_backup_copied_over_the_file_brings_no_destroyed_key_back(settings):
    keyring.create_key(place=JOINT)
    old = settings.KEYRING_PATH.read_bytes()
    keyring.destroy(case_id=CASE, compartments=["joint"])
    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)

    settings.KEYRING_PATH.write_bytes(old)

    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)


def test_what_is_no_copy_replaces_nothing():
    key = keyring.key_for_sealing(place=JOINT)
    for line in (b"", b"{}", b'["destroyed", "x"]', b'["epoch; DROP TABLE epoch"]'):
        with pytest.raises(KeyringUnavailable):
            copies.load([*back_up(), line])

    assert keyring.key_for(place=JOINT) == key


def test_a_copy_is_the_same_again_after_it_was_restored():
    for place in (JOINT, CAUCUS):
        keyring.create_key(place=place)
    keyring.destroy(case_id=CASE, compartments=["joint", "evidence"])
    keyring.restrict(case_id=CASE, compartments=["caucus:A"])
    before = back_up()

    copies.load(before)

    assert back_up() == before


@pytest.mark.skipif(not IS_ON_A_SERVER, reason="a file's connection does not break")
def test_a_broken_connection_is_made_again():
    key = keyring.key_for_sealing(place=JOINT)
    with looking_in() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND application_name = 'heyi key ring' AND datname = current_database()"
        )

    assert keyring.key_for(place=JOINT) == key


def test_threads_racing_for_the_first_key_end_with_one():
    places = [Place(uuid4(), "joint") for _ in range(5)]
    for place in places:
        with ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(lambda _, p=place: keyring.key_for_sealing(place=p), range(16)))
        assert len({key.secret for key in keys}) == 1


RACE = f"""
import sys
from uuid import UUID
from mediation.vault import keyring
from mediation.vault.keyring import Place
sys.stdin.readline()
for number in range(10):
    print(keyring.key_for_sealing(place=Place(UUID("{CASE}"), str(number))).fingerprint)
"""


def test_processes_racing_for_the_first_keys_and_epoch_end_with_the_same(process, settings):
    racers = [process(RACE) for _ in range(4)]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = [racer.communicate(timeout=60)[0].split() for racer in racers]

    assert len(answers[0]) == 10
    assert all(answer == answers[0] for answer in answers)
    assert epochs(settings) == ["epoch-000001.key"]


WATCH = f"""
import sys
from uuid import UUID
from mediation.vault import keyring
from mediation.vault.errors import KeyDestroyed
from mediation.vault.keyring import Place
place = Place(UUID("{CASE}"), "joint")
for line in sys.stdin:
    try:
        print(keyring.key_for(place=place).fingerprint, flush=True)
    except KeyDestroyed:
        print("destroyed", flush=True)
"""


def test_another_process_notices_destruction_at_its_next_use(process):
    key = keyring.key_for_sealing(place=JOINT)
    worker = process(WATCH)

    def ask():
        worker.stdin.write("?\n")
        worker.stdin.flush()
        return worker.stdout.readline().strip()

    assert [ask(), ask()] == [key.fingerprint] * 2
    keyring.destroy(case_id=CASE, compartments=["joint"])
    assert ask() == "destroyed"
    worker.communicate(timeout=20)


ENDLESS = f"""
import itertools, sys
from uuid import UUID
from mediation.vault import keyring
from mediation.vault.keyring import Place
case = UUID("{CASE}")
for number in itertools.count():
    keyring.create_key(place=Place(case, str(number)))
    keyring.destroy(case_id=case, compartments=[str(number - 1)])
    keyring.rotate_kek()
    print(number, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_a_sound_key_ring(process, settings):
    key = keyring.key_for_sealing(place=JOINT)
    for lines in (1, 2, 3):
        worker = process(ENDLESS)
        for _ in range(lines):
            worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
        worker.communicate()

        assert keyring.key_for(place=JOINT) == key
        for compartment in keyring.live_compartments(case_id=CASE):
            keyring.key_for(place=Place(CASE, compartment))
        gone = {line.compartment for line in keyring.destroyed(case_id=CASE)}
        assert gone.isdisjoint(keyring.live_compartments(case_id=CASE))


def test_readers_and_writers_at_once_never_see_a_wrong_key():
    cases = [uuid4() for _ in range(12)]
    keys = {case: keyring.key_for_sealing(place=Place(case, "joint")) for case in cases}

    def work(number):
        case = cases[number % 12]
        if number % 24 == 5:
            keyring.rotate_kek()
        return keyring.key_for(place=Place(case, "joint")) == keys[case]

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(240)))


def test_a_forked_child_works_and_does_not_disturb_its_parent():
    key = keyring.key_for_sealing(place=JOINT)
    child = os.fork()
    if child == 0:
        try:
            keyring.create_key(place=CAUCUS)
            os._exit(0 if keyring.key_for(place=JOINT) == key else 1)
        finally:  # whatever happens, the child must not go on as a second test run
            os._exit(2)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert keyring.key_for(place=JOINT) == key
    assert keyring.live_compartments(case_id=CASE) == {"joint", "caucus:A"}


@pytest.mark.skipif(not IS_ON_A_SERVER, reason="a file is not rewritten while somebody reads it")
def test_a_copy_being_made_holds_a_destruction_up_and_misses_no_key(monkeypatch):
    monkeypatch.setattr(postgresql, "BUSY_MILLISECONDS", 200)
    keyring.create_key(place=JOINT)
    kept = keyring.key_for_sealing(place=CAUCUS)
    wrapped = wrapped_bytes(JOINT)
    lines = copies.lines()
    copied = [next(lines)]
    with pytest.raises(psycopg.errors.LockNotAvailable):
        keyring.destroy(case_id=CASE, compartments=["joint"])
    with pytest.raises(KeyDestroyed):
        keyring.key_for(place=JOINT)
    copied += lines
    assert wrapped.hex().encode() in b"".join(copied)

    keyring.destroy(case_id=CASE, compartments=["joint"])

    assert wrapped not in kept_bytes()
    assert keyring.key_for(place=CAUCUS) == kept


@pytest.mark.skipif(not IS_ON_A_SERVER, reason="a file is not rewritten while somebody reads it")
def test_somebody_elses_old_snapshot_keeps_no_destroyed_key(settings):
    keyring.create_key(place=JOINT)
    wrapped = wrapped_bytes(JOINT)
    with psycopg.connect(settings.KEYRING_DATABASE_URL) as forgotten:
        forgotten.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        forgotten.execute("SELECT number FROM epoch")
        keyring.destroy(case_id=CASE, compartments=["joint"])
        assert wrapped not in kept_bytes()
