"""The release gate of a restore: nobody is served before what was destroyed is destroyed again."""

import asyncio
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pyrage
import pytest
import time_machine
from django.core import mail
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.utils import timezone

from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.core.errors import WrongState
from mediation.core.lifespan import Lifespan
from mediation.evidence.enums import Audience
from mediation.evidence.models import Document
from mediation.evidence.services.documents import withdraw_document
from mediation.holds.enums import RestrictionReason
from mediation.holds.models import Hold
from mediation.holds.services import apart
from mediation.privacy.enums import Reason, Scope
from mediation.privacy.models import Certificate, Erasure
from mediation.privacy.selectors import left_of
from mediation.privacy.services import rows as row_services
from mediation.privacy.services.checking import check_nothing_remains
from mediation.privacy.services.erasing import begin_erasure, carry_out, try_to_carry_out
from mediation.privacy.services.replaying import replay_destructions, replay_removals
from mediation.privacy.services.requests import ask_erasure
from mediation.privacy.services.retention import sweep_retention
from mediation.rooms import services as rooms
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message
from mediation.settlements.models import Settlement
from mediation.vault import backups, keyring
from mediation.vault import services as vault
from mediation.vault.models import SealedFile
from mediation.vault.services import Restricted
from tests.privacy.conftest import run_erasures, stored_files
from tests.privacy.test_destruction import destroy_everything
from tests.privacy.test_holds import place_hold
from tests.privacy.test_retention import read_caucus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def restore(settings, tmp_path):
    """Back up now; what it gives puts the named parts back as they were."""
    identity = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = [str(identity.to_public())]
    made = {}

    def back_up():
        for part in backups.PARTS:
            made[part] = backups.back_up(folder=tmp_path / "backups", part=part)

    def put_back(*parts):
        paths = [made[part] for part in parts]
        backups.restore(paths=paths, identities=[identity], is_forced=True)

    put_back.back_up = back_up
    return put_back


def start():
    """What a server is told when it asks whether it may begin."""
    said = []

    async def run():
        async def receive():
            return {"type": "lifespan.startup" if not said else "lifespan.shutdown"}

        async def send(message):
            said.append(message["type"])

        await Lifespan()({"type": "lifespan"}, receive, send)

    asyncio.run(run())
    return said[0]


@pytest.mark.parametrize("parts", [("data",), ("keys",), ("keys", "data")])
def test_what_an_old_backup_brings_back_is_gone_before_anybody_is_served(left, restore, parts):
    restore.back_up()
    destroy_everything(left)
    closed = vault.closed_compartments(case_id=left.case.pk)
    letters = len(mail.outbox)
    restore(*parts)
    if "data" in parts:
        assert Message.objects.exists()
        assert SealedFile.objects.exists()
        assert stored_files()

    assert start() == "lifespan.startup.complete"

    assert not Message.objects.exists()
    assert not SealedFile.objects.exists()
    assert stored_files() == []
    check_nothing_remains(case_id=left.case.pk, compartments=closed)
    assert vault.closed_compartments(case_id=left.case.pk) == closed
    assert len(mail.outbox) == letters
    if "data" in parts:
        assert set(Erasure.objects.values_list("reason", flat=True)) == {Reason.RESTORED}
        times = {row.keys_destroyed_at for row in Erasure.objects.all()}
        assert max(times) == max(closed.values())
    assert replay_destructions() == 0


def test_a_case_that_is_wholly_gone_does_not_come_back(left, restore):
    restore.back_up()
    with time_machine.travel(timezone.now() + timedelta(days=1200)):
        sweep_retention()
    assert not Case.objects.exists()

    restore("data")
    call_command("replay_destructions", stdout=StringIO())

    assert not Case.objects.exists()


def test_a_case_that_was_open_in_the_old_backup_is_over(mediated, restore):
    restore.back_up()
    vault.destroy_keys(case_id=mediated.case.pk, compartments=["joint", "caucus:A"])
    restore("data")

    replay_destructions()

    case = Case.objects.get(pk=mediated.case.pk)
    assert (case.is_open, case.talk_open) == (False, False)
    assert {tuple(row.compartments) for row in Erasure.objects.all()} == {
        ("caucus:A",),
        ("joint",),
    }


def test_the_service_does_not_start_while_rows_are_left(left, restore, monkeypatch, caplog):
    restore.back_up()
    destroy_everything(left)
    restore("data")
    monkeypatch.setitem(row_services.ERASERS, "joint", lambda *_: 1 / 0)

    assert start() == "lifespan.startup.failed"
    with pytest.raises(CommandError, match="Do not serve"):
        call_command("replay_destructions")
    assert "canary" not in caplog.text

    monkeypatch.undo()
    assert start() == "lifespan.startup.complete"
    assert not Message.objects.exists()


@pytest.mark.parametrize("together", [set(), {"caucus:A"}])
def test_a_hold_that_came_back_does_not_keep_what_is_destroyed(left, restore, together):
    place_hold(left, "joint")
    restore.back_up()
    vault.destroy_keys(case_id=left.case.pk, compartments={"joint", *together})
    restore("data")

    assert start() == "lifespan.startup.complete"

    assert not Message.objects.filter(room__kind="joint").exists()
    named = {name for row in Erasure.objects.all() for name in row.compartments}
    assert named == {"joint", *together}


@pytest.mark.parametrize("beside", [[], ["settlement"]])
def test_a_shell_that_waits_for_a_file_does_not_stop_the_start(settled, monkeypatch, beside):
    first, shell = ({"evidence"}, {"settlement"}) if beside else ({"evidence", "settlement"}, set())
    rest = given_up_but(settled.case, {*first, *shell, "shell"})
    earlier = begin(settled.case, rest)
    carry_out(erasure=earlier)
    with monkeypatch.context() as away:
        away.setattr(FileSystemStorage, "delete", lambda *_where: None)
        assert not try_to_carry_out(erasure=begin(settled.case, first))
        last = begin(settled.case, {"shell"})
        assert set(last.compartments) == {"shell", *shell}
        assert not try_to_carry_out(erasure=last)
        for _again in range(2):
            assert start() == "lifespan.startup.complete"
        assert Case.objects.exists()
        assert Settlement.objects.exists() is False
    counts = Erasure.objects.get(pk=last.pk).counts
    assert bool(counts.get("settlement", {}).get("settlements")) is bool(beside)

    assert start() == "lifespan.startup.complete"
    assert not Case.objects.exists()
    assert Erasure.objects.get(pk=last.pk).counts["shell"]


def given_up_but(case, kept):
    return {date.compartment for date in left_of(case, ())} - kept


def begin(case, compartments):
    with transaction.atomic():
        return begin_erasure(case=lock(case), compartments=compartments, reason=Reason.SCHEDULE)


def test_key_ring_and_ledger_older_than_the_database_learn_from_it(left, restore, settings):
    """Somebody put the whole key store back as it was: the database still knows."""
    restore.back_up()
    destroy_everything(left)
    closed = set(vault.closed_compartments(case_id=left.case.pk))
    (settings.KEK_DIR / "destroyed.jsonl").unlink()
    restore("keys")
    assert vault.closed_compartments(case_id=left.case.pk) == {}

    assert start() == "lifespan.startup.complete"

    assert set(vault.closed_compartments(case_id=left.case.pk)) == closed
    ledger = (settings.KEK_DIR / "destroyed.jsonl").read_text()
    assert all(f'"{name}"' in ledger for name in closed)


def test_a_lost_ledger_is_written_again_from_the_key_ring(left, settings):
    destroy_everything(left)
    ledger = settings.KEK_DIR / "destroyed.jsonl"
    lines = sorted(ledger.read_text().splitlines())
    ledger.unlink()
    keyring.reading._drop()

    replay_destructions()

    assert sorted(ledger.read_text().splitlines()) == lines


def test_an_ordinary_start_changes_nothing(left):
    ask_erasure(actor=left.party_a, case=left.case, scope=Scope.OWN)
    run_erasures(left.case)
    before = list(Erasure.objects.values())
    certificates = Certificate.objects.count()

    assert start() == "lifespan.startup.complete"

    assert list(Erasure.objects.values()) == before
    assert Certificate.objects.count() == certificates
    assert carry_out(erasure=Erasure.objects.first()).finished_at
    connections.close_all()


def test_what_was_taken_back_one_by_one_does_not_come_back(mediated, restore):
    """A document of each audience, and a message; what others wrote and brought stays."""
    user, case = mediated.party_a, mediated.case
    restore.back_up()
    for document in Document.objects.filter(participant__user=user):
        withdraw_document(actor=user, document=document)
    said = Message.objects.get(participant__user=user, room__kind=RoomKind.JOINT)
    take_back(user, said)
    others = Document.objects.count(), Message.objects.exclude(body_sealed=b"").count()
    files = stored_files()
    restore("data")
    assert Document.objects.filter(participant__user=user).count() == len(Audience)
    assert bytes(Message.objects.get(pk=said.pk).body_sealed)

    assert start() == "lifespan.startup.complete"

    assert not Document.objects.filter(participant__user=user).exists()
    assert sorted(stored_files()) == sorted(files)
    said.refresh_from_db()
    assert (bytes(said.body_sealed), said.retracted_at is None) == (b"", False)
    assert (Document.objects.count(), Message.objects.exclude(body_sealed=b"").count()) == others
    assert case.is_open
    assert replay_removals() == 0


def test_a_hold_that_came_back_keeps_what_was_taken_back_until_it_ends(mediated, restore):
    """The hold had ended by the time they were taken back, and an old database has it again."""
    user = mediated.party_a
    place_hold(mediated, "evidence")
    place_hold(mediated, "joint")
    restore.back_up()
    Hold.objects.all().delete()
    document = Document.objects.get(participant__user=user, audience=Audience.ROOM)
    withdraw_document(actor=user, document=document)
    said = Message.objects.get(participant__user=user, room__kind=RoomKind.JOINT)
    take_back(user, said)
    restore("data")

    assert start() == "lifespan.startup.complete"
    assert Document.objects.current().filter(pk=document.pk).exists()
    assert bytes(Message.objects.get(pk=said.pk).body_sealed)

    Hold.objects.all().delete()
    assert start() == "lifespan.startup.complete"
    assert not Document.objects.filter(pk=document.pk).exists()
    assert not bytes(Message.objects.get(pk=said.pk).body_sealed)


def test_what_a_person_restricted_since_stays_shut_and_can_be_ended(left, restore):
    restore.back_up()
    apart.restrict_own(actor=left.party_a, case=left.case, reason=RestrictionReason.CLAIMS)
    place_hold(left, "evidence")
    restore("keys", "data")
    assert start() == "lifespan.startup.complete"
    apart.follow_all()
    assert not Hold.objects.exists()  # operators are told so
    with pytest.raises(Restricted):
        read_caucus(left.case)
    with pytest.raises(WrongState):
        apart.lift_own(actor=left.party_a, case=left.case)
    apart.restrict_own(actor=left.party_a, case=left.case, reason=RestrictionReason.CLAIMS)
    apart.lift_own(actor=left.party_a, case=left.case)
    assert read_caucus(left.case) == "caucus-A-talk-canary"


def take_back(user, message):
    rooms.retract_message(
        actor=user, room_id=message.room_id, sequence=message.sequence, client_id=uuid4()
    )
