import json
from datetime import UTC, datetime
from enum import Enum
from importlib import import_module
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import TextChoices

from mediation.audit import leaf, merkle, note, proofs, services
from mediation.audit.errors import AppendOnly
from mediation.audit.models import (
    CaseSalt,
    Checkpoint,
    Entry,
    EntryDetail,
    Leaf,
    Pending,
    TreeHead,
)
from mediation.audit.selectors import history_for_case
from mediation.audit.services import InclusionProof, NotYetSealed
from mediation.vault.models import SealedFile

pytestmark = pytest.mark.django_db

CASE = UUID("11111111-1111-4111-8111-111111111111")
ANNA = SealedFile(pk=UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"))  # any stored row can act
BEN = SealedFile(pk=UUID("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"))
TARGET = SealedFile(pk=UUID("cccccccc-cccc-4ccc-8ccc-cccccccccccc"))
triggers = import_module("mediation.audit.migrations.0002_append_only")
later = import_module("mediation.audit.migrations.0004_append_only")
latest = import_module("mediation.audit.migrations.0005_dropped_under_a_checkpoint")


class State(TextChoices):
    OPEN = "open"
    WORDY = "Some words", "Some words"


class Level(Enum):
    TWO = 2


def record(**changes):
    known = {"actor": ANNA, "action": "file.shared", "target": TARGET, "case_id": CASE}
    return services.record(**{**known, **changes})


def seal():
    services.seal_pending()
    return services.checkpoint()


def said(entry):
    return json.loads(bytes(entry.leaf))


# --- Recording -------------------------------------------------------------------------------


def test_leaf_holds_codes_time_and_pseudonyms_only():
    with time_machine.travel(datetime(2026, 3, 1, 8, 30, 15, 999999, tzinfo=UTC), tick=False):
        entry = record(pages=3)
    leaf_ = said(entry)

    assert leaf_.pop("commitment") == leaf.commitment(
        salt=bytes(entry.detail.salt), details=bytes(entry.detail.details)
    )
    assert (len(leaf_.pop("actor")), len(leaf_.pop("case"))) == (32, 32)
    assert leaf_ == {
        "v": 1,
        "time": "2026-03-01T08:30:15Z",
        "action": "file.shared",
        "object": "vault.sealedfile",
    }
    for identifier in (CASE, ANNA.pk, TARGET.pk):
        assert str(identifier).encode() not in bytes(entry.leaf)
        assert identifier.hex.encode() not in bytes(entry.leaf)


def test_details_hold_who_what_and_the_facts():
    entry = record(
        pages=3, is_final=True, state=State.OPEN, level=Level.TWO, room=BEN.pk, way="e-mail"
    )

    assert json.loads(bytes(entry.detail.details)) == {
        "actor": f"vault.sealedfile:{ANNA.pk}",
        "case": str(CASE),
        "target": f"vault.sealedfile:{TARGET.pk}",
        "facts": {
            "pages": 3, "is_final": True, "state": "open", "level": 2, "room": str(BEN.pk),
            "way": "e-mail",
        },
    }  # fmt: skip


def test_pseudonyms_are_steady_in_a_case_and_unlike_in_another():
    one, two, other = record(), record(actor=BEN), record(case_id=uuid4())

    assert said(one)["case"] == said(two)["case"]
    assert said(one)["actor"] == said(record())["actor"]
    assert said(one)["actor"] != said(two)["actor"]
    assert said(one)["actor"] != said(other)["actor"]
    assert said(one)["case"] != said(other)["case"]


def test_entries_outside_cases_cannot_be_linked_by_their_pseudonyms():
    one, two = record(case_id=None), record(case_id=None)

    assert said(one)["case"] is None
    assert said(one)["actor"] != said(two)["actor"]


def test_the_clock_is_named_as_such():
    entry = services.record_system(action="case.expired", target=TARGET, case_id=CASE, days=14)

    assert said(entry)["actor"] == "system"
    assert entry.detail.actor_id is None


@pytest.mark.parametrize(
    "value",
    ["Anna Li", "anna@heyi.example", "", "x" * 65, "路", "a\nb", 1.5, None, b"x", ["a"], {"a": 1},
     datetime(2026, 1, 1, tzinfo=UTC), State.WORDY],
)  # fmt: skip
def test_facts_that_could_be_free_text_are_refused_without_repeating_them(value):
    with pytest.raises(TypeError) as refused:
        record(remark=value)

    assert not Entry.objects.exists()
    assert not isinstance(value, str) or len(value) < 3 or value not in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [{"actor": None}, {"actor": "anna"}, {"actor": SealedFile}, {"target": None},
     {"case_id": str(CASE)}, {"action": "closed"}, {"action": "Case.Closed"},
     {"action": "case.closed\n"}, {"target": Entry()}],
)  # fmt: skip
def test_record_refuses_what_is_not_an_actor_action_target_or_case(changes):
    with pytest.raises(TypeError):
        record(**changes)


def test_record_rolls_back_with_its_caller():
    with transaction.atomic():
        record()
        transaction.set_rollback(True)

    assert not any(model.objects.exists() for model in (Entry, EntryDetail, Pending, CaseSalt))


def test_history_tells_a_case_in_order_and_nothing_of_others():
    with time_machine.travel(datetime(2026, 3, 1, 8, 0, tzinfo=UTC), tick=False):
        record(pages=3)
        record(case_id=uuid4())
        services.record_system(action="case.expired", target=TARGET, case_id=CASE)

    first, second = history_for_case(CASE)

    assert (first.action, first.actor_id, first.facts) == ("file.shared", ANNA.pk, {"pages": 3})
    assert first.at == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    assert (second.action, second.actor_id, second.facts) == ("case.expired", None, {})


def test_history_takes_one_query(django_assert_num_queries):
    for _ in range(3):
        record()

    with django_assert_num_queries(1):
        history_for_case(CASE)


# --- Sealing ---------------------------------------------------------------------------------


def test_sealing_gives_every_entry_the_next_place():
    entries = [record() for _ in range(5)]

    assert services.seal_pending() == 5
    assert services.seal_pending() == 0

    places = list(Leaf.objects.order_by("leaf_index").values_list("entry_id", "leaf_index"))
    assert places == [(entry.pk, index) for index, entry in enumerate(entries)]
    assert not Pending.objects.exists()
    assert services.check_log() == []


def test_sealing_goes_on_where_it_stopped_whatever_the_batch(monkeypatch):
    monkeypatch.setattr("mediation.audit.sequencer.BATCH", 3)
    for count in (1, 2, 7, 3):
        for _ in range(count):
            record()
        assert services.seal_pending() == count

    head = TreeHead.objects.get()
    leaves = [merkle.leaf_hash(bytes(entry.leaf)) for entry in Entry.objects.order_by("pk")]
    assert head.size == 13
    assert merkle.root_of(leaves) == merkle.root_of(proofs._hashes(head.segment, 13))
    assert services.check_log() == []


def test_each_year_has_its_own_tree():
    for year in (2026, 2027):
        with time_machine.travel(datetime(year, 6, 1, tzinfo=UTC), tick=False):
            entry = record()
            (made,) = seal()
            assert made.note.splitlines()[:2] == [f"heyi.example/audit/{year}", "1"]
            assert services.verify_inclusion(proof=services.inclusion_proof(entry=entry))

    assert list(TreeHead.objects.values_list("segment", "size").order_by("segment")) == [
        (2026, 1),
        (2027, 1),
    ]
    assert services.check_log() == []


def test_a_sequencer_that_dies_in_the_middle_leaves_everything_for_the_next(monkeypatch):
    entries = [record() for _ in range(4)]
    with monkeypatch.context() as broken:
        broken.setattr(TreeHead, "save", lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.seal_pending()
    assert not Leaf.objects.exists()
    assert Pending.objects.count() == 4

    seal()

    assert services.check_log() == []
    assert all(
        services.verify_inclusion(proof=services.inclusion_proof(entry=entry)) for entry in entries
    )


def test_command_seals_and_signs(capsys):
    record()
    call_command("seal_audit")
    call_command("seal_audit")
    call_command("check_audit")

    assert capsys.readouterr().out.splitlines() == [
        "1 entries sealed, 1 checkpoints signed",
        "0 entries sealed, 0 checkpoints signed",
    ]


# --- Checkpoints and proofs ------------------------------------------------------------------


def test_checkpoint_is_a_signed_note():
    record()
    (made,) = seal()

    origin, size, _root, empty, signature = made.note.splitlines()
    assert (size, empty) == ("1", "")
    assert signature.startswith("— heyi.example/audit ")
    head = note.read(made.note, verifier_key=note.verifier_key())
    assert head == note.Head(origin, 1, bytes(made.root))


def test_a_note_signed_elsewhere_reads_here():
    """The published example of Go's golang.org/x/mod/sumdb/note."""
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
        "pRZb6KE6RyyBwJnAM="
    )
    name, key = note._parse_verifier_key(
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    )

    assert note._signs(line, text, name, key)
    assert not note._signs(line, text.upper(), name, key)


def test_every_entry_can_be_proven_to_somebody_else():
    entries = [record() for _ in range(9)]
    seal()
    key = note.verifier_key()

    for index, entry in enumerate(entries):
        packed = json.loads(json.dumps(services.inclusion_proof(entry=entry).as_json()))
        proof = InclusionProof.from_json(packed)
        assert proof.leaf_index == index
        assert services.verify_inclusion(proof=proof, verifier_key=key)


def test_a_proof_of_something_else_does_not_verify(settings, tmp_path):
    entries = [record() for _ in range(5)]
    seal()
    proof = services.inclusion_proof(entry=entries[2])
    parts = {**vars(proof)}
    wrong = [
        {"leaf": proof.leaf.replace(b"file.shared", b"file.hidden")},
        {"leaf_index": 3},
        {"path": proof.path[::-1]},
        {"checkpoint": proof.checkpoint.replace("\n5\n", "\n6\n")},
        {"checkpoint": proof.checkpoint.replace("audit/20", "audit/30")},
        {"checkpoint": proof.checkpoint.splitlines()[0]},
        {"checkpoint": ""},
    ]

    for change in wrong:
        assert not services.verify_inclusion(proof=InclusionProof(**{**parts, **change}))
    settings.SIGNING_DIR = tmp_path / "somebody else"
    assert not services.verify_inclusion(proof=proof)
    assert not services.verify_inclusion(proof=proof, verifier_key="junk")


def test_an_entry_is_proven_only_once_it_is_sealed_and_signed():
    entry = record()
    with pytest.raises(NotYetSealed):
        services.inclusion_proof(entry=entry)
    services.seal_pending()
    with pytest.raises(NotYetSealed):
        services.inclusion_proof(entry=entry)
    services.checkpoint()

    assert services.inclusion_proof(entry=entry).path == []


def test_checkpoints_are_consistent_with_each_other():
    made = []
    for count in (3, 1, 4, 2):
        for _ in range(count):
            record()
        made += seal()

    for first in made:
        for second in made:
            path = proofs.consistency_proof(first=first, second=second)
            is_later = first.size <= second.size
            assert is_later == proofs.verify_consistency(
                first=first.note, second=second.note, path=path
            )


# --- Forgetting ------------------------------------------------------------------------------


def test_forgetting_a_case_leaves_a_sound_tree_that_points_to_nobody():
    mine, other = [record() for _ in range(3)], record(case_id=uuid4())
    seal()
    before = [services.inclusion_proof(entry=entry) for entry in mine]
    roots = list(Checkpoint.objects.values_list("note", flat=True))

    assert services.forget_case(case_id=CASE) == 3

    assert history_for_case(CASE) == []
    assert not CaseSalt.objects.filter(case_id=CASE).exists()
    assert EntryDetail.objects.get().entry_id == other.pk
    assert services.check_log() == []
    assert [services.inclusion_proof(entry=entry) for entry in mine] == before
    assert all(services.verify_inclusion(proof=proof) for proof in before)
    assert list(Checkpoint.objects.values_list("note", flat=True)) == roots
    assert services.forget_case(case_id=CASE) == 0


def test_after_forgetting_no_table_of_the_log_names_the_case_or_person():
    record(room=BEN.pk)
    seal()
    services.forget_case(case_id=CASE)

    for model in (Entry, EntryDetail, CaseSalt, Leaf, Checkpoint, Pending, TreeHead):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            rows = str([[_plain(value) for value in row] for row in cursor.fetchall()])
        for identifier in (CASE, ANNA.pk, BEN.pk, TARGET.pk):
            assert str(identifier) not in rows
            assert identifier.hex not in rows


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_a_case_forgotten_before_it_is_sealed_is_sealed_all_the_same():
    entry = record()
    services.forget_case(case_id=CASE)
    seal()

    assert services.verify_inclusion(proof=services.inclusion_proof(entry=entry))


def test_forgetting_a_person_spares_cases_and_other_people():
    record(case_id=None)
    kept = [record(case_id=None, actor=BEN), record()]

    assert services.forget_person(user_id=ANNA.pk) == 1

    assert {detail.entry_id for detail in EntryDetail.objects.all()} == {e.pk for e in kept}


# --- Append-only -----------------------------------------------------------------------------


def sealed_rows():
    entry = record()
    (made,) = seal()
    return [entry, Leaf.objects.get(), made]


def test_python_refuses_change_and_removal():
    for row in sealed_rows():
        found = type(row).objects.filter(pk=row.pk)
        for attempt in (
            row.save,
            row.delete,
            found.delete,
            lambda found=found: found.update(pk=9),
            lambda found=found, row=row: found.bulk_update([row], ["pk"]),
        ):
            with pytest.raises(AppendOnly):
                attempt()


@pytest.mark.parametrize("table", triggers.NEVER_CHANGED)
def test_database_refuses_change(table):
    sealed_rows()
    column = {"audit_entry": "leaf", "audit_leaf": "segment", "audit_checkpoint": "note"}
    name = column.get(table, "salt")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"UPDATE {table} SET {name} = {name}")


@pytest.mark.parametrize("table", triggers.NEVER_DELETED)
def test_database_refuses_removal(table):
    sealed_rows()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"DELETE FROM {table}")
    if connection.vendor == "postgresql":
        connection.check_constraints()  # or TRUNCATE would fail for another reason
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(f"TRUNCATE {table} CASCADE")
    else:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_every_table_of_the_log_is_placed():
    """A new table must be put into one of the trigger lists, or here, on purpose."""
    from django.apps import apps

    tables = {model._meta.db_table for model in apps.get_app_config("audit").get_models()}

    placed = {*triggers.NEVER_CHANGED, *later.NEW}
    assert tables - placed == {"audit_pending", "audit_treehead"}


# --- An insider with the database's keys -----------------------------------------------------


@pytest.fixture
def insider():
    """Somebody who may drop the triggers: the log cannot stop them, only tell on them."""
    for migration in (latest, later, triggers):
        migration.remove(None, SimpleNamespace(connection=connection))

    def run(statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return run


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_entry SET leaf = %s WHERE id = %s", "not the hash of its entry"),
        ("UPDATE audit_leaf SET hash = %s WHERE entry_id = %s", "not the hash of its entry"),
        ("UPDATE audit_entrydetail SET details = %s WHERE entry_id = %s", "not what the leaf"),
    ],
)
def test_a_changed_row_is_found(insider, statement, fault):
    entries = [record() for _ in range(4)]
    seal()
    forged = bytes(entries[2].leaf).replace(b"shared", b"hidden")
    insider(statement, forged, entries[1].pk)

    assert any(fault in line for line in services.check_log())
    with pytest.raises(CommandError):
        call_command("check_audit")


def test_a_removed_or_exchanged_leaf_is_found(insider):
    entries = [record() for _ in range(4)]
    seal()
    insider("UPDATE audit_leaf SET leaf_index = 99 WHERE entry_id = %s", entries[1].pk)
    insider("UPDATE audit_leaf SET leaf_index = 1 WHERE entry_id = %s", entries[2].pk)
    insider("UPDATE audit_leaf SET leaf_index = 2 WHERE entry_id = %s", entries[1].pk)
    assert any("signs another tree" in line for line in services.check_log())
    insider("DELETE FROM audit_leaf WHERE entry_id = %s", entries[2].pk)
    assert any("out of its place" in line for line in services.check_log())
    assert any("lost from the outbox" in line for line in services.check_log())


def test_a_rewritten_log_betrays_itself_by_its_old_checkpoints(insider):
    for _ in range(4):
        record()
    seal()
    last = Leaf.objects.order_by("leaf_index").last()
    insider("DELETE FROM audit_leaf WHERE entry_id = %s", last.pk)
    leaves = proofs._hashes(last.segment, 3)
    tree = merkle.CompactRange()
    for each in leaves:
        tree.append(each)
    TreeHead.objects.update(size=3, peaks=b"".join(tree.peaks))

    assert any("signs another tree" in line for line in services.check_log())


def test_a_dropped_year_that_lost_its_last_checkpoint_is_found(insider):
    with time_machine.travel(datetime(2018, 6, 1, tzinfo=UTC), tick=False):
        record(case_id=None)
        seal()
        record(case_id=None)
        services.seal_pending()
    insider("INSERT INTO audit_droppedsegment VALUES (%s, %s)", 2018, datetime.now(UTC))

    faults = services.check_log()

    assert "segment 2018: dropped without its last checkpoint" in faults
    assert "segment 2018: dropped, and yet there are leaves" in faults


def test_an_entry_that_went_with_a_year_that_never_was_is_found(insider):
    entry = record(case_id=None)
    insider("INSERT INTO audit_leaf VALUES (%s, 1999, 0, %s)", entry.pk, b"x" * 32)
    assert "segment 1999: leaf without a head" in services.check_log()
    insider("INSERT INTO audit_droppedsegment VALUES (%s, %s)", 1999, datetime.now(UTC))
    for table, column in (
        ("pending", "entry_id"),
        ("entrydetail", "entry_id"),
        ("leaf", "entry_id"),
        ("entry", "id"),
    ):
        insider(f"DELETE FROM audit_{table} WHERE {column} = %s", entry.pk)

    assert services.check_log() == ["segment 1999: dropped, and never was in the log"]


def test_a_checkpoint_of_a_year_that_never_was_is_found():
    Checkpoint.objects.create(segment=1999, size=1, root=b"x" * 32, note="")

    assert services.check_log() == ["segment 1999: checkpoint without a head"]


def test_an_entry_taken_out_of_the_outbox_is_missed(insider):
    entry = record()
    Pending.objects.all().delete()

    assert services.check_log() == [f"lost from the outbox: {entry.uuid}"]
