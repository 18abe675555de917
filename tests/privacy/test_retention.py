"""On time: not a second before, and whole, however often it is interrupted."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from mediation.audit.models import CaseSalt, EntryDetail
from mediation.audit.services import check_log
from mediation.cases.enums import CaseState, Compartment
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import name_of
from mediation.cases.selectors.dates import erasure_dates
from mediation.cases.services.intake import discard_draft
from mediation.cases.services.participation import leave_case
from mediation.evidence.models import Document
from mediation.privacy.enums import ErasureState, Reason
from mediation.privacy.models import Certificate, Erasure, ErasureRequest
from mediation.privacy.services import erasing, rows, traces
from mediation.privacy.services.retention import sweep_retention
from mediation.rooms.models import Message, Room
from mediation.settlements.models import Settlement
from mediation.vault import services as vault
from mediation.vault.models import SealedFile
from mediation.vault.services import KeyDestroyed, Place, Slot
from tests.factories.cast import make_case, make_cast, person
from tests.privacy.conftest import stored_files

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def date_of(case, compartment):
    return next(date.at for date in erasure_dates(case) if date.compartment == compartment)


def sweep_at(moment):
    with time_machine.travel(moment, tick=False):
        return sweep_retention()


def read_caucus(case):
    message = Message.objects.filter(room__case=case, room__side__letter="A").get()
    place = Place(case.pk, "caucus:A")
    slot = Slot("rooms.message", message.pk, "body")
    return vault.open_text(place=place, slot=slot, sealed=bytes(message.body_sealed))


def test_a_second_before_it_is_there_and_a_second_after_it_is_gone(left):
    at = date_of(left.case, "caucus:A")

    assert sweep_at(at - SECOND) == 0
    assert read_caucus(left.case) == "caucus-A-talk-canary"
    assert sweep_at(at + SECOND) == 1

    assert Room.objects.filter(case=left.case).count() == 1
    assert "caucus:A" not in vault.compartments_with_keys(case_id=left.case.pk)
    erasure = Erasure.objects.get()
    assert erasure.compartments == ["caucus:A", "caucus:B", "notes"]
    assert erasure.counts["caucus:A"]["messages"] == 1
    assert erasure.counts["caucus:A"]["files"] == 1


@pytest.mark.parametrize(
    "closed_at",
    [
        datetime(2028, 2, 29, 12, tzinfo=UTC),
        datetime(2026, 3, 28, 23, 30, tzinfo=UTC),  # the clock changes in the next night
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_the_calendar_changes_nothing(left, closed_at, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    Case.objects.filter(pk=left.case.pk).update(closed_at=closed_at)
    left.case.refresh_from_db()
    at = closed_at + timedelta(days=14)

    assert date_of(left.case, "joint") == at
    sweep_at(at - SECOND)
    assert "joint" in vault.compartments_with_keys(case_id=left.case.pk)
    sweep_at(at + SECOND)
    assert "joint" not in vault.compartments_with_keys(case_id=left.case.pk)


def test_a_second_sweep_does_nothing(left):
    at = date_of(left.case, "joint") + SECOND

    assert sweep_at(at) == 1
    assert sweep_at(at) == 0
    assert Erasure.objects.count() == 1


def test_an_open_case_is_left_alone(mediated):
    assert sweep_at(date_of(mediated.case, "joint") - timedelta(days=1)) == 0


def test_the_settlement_outlives_the_rest(settled):
    sweep_at(date_of(settled.case, "joint") + SECOND)

    assert vault.compartments_with_keys(case_id=settled.case.pk) == {"settlement"}
    assert Settlement.objects.count() == 1
    assert Document.objects.count() == 0
    assert Message.objects.count() == 0
    assert {file.compartment for file in SealedFile.objects.all()} == {"settlement"}
    settled.case.refresh_from_db()
    assert settled.case.state == CaseState.CLOSED
    assert name_of(Participant.objects.get(user=settled.party_a)) == settled.party_a.name


def test_with_only_the_shell_left_the_case_is_destroyed(left):
    sweep_at(date_of(left.case, "joint") + SECOND)

    left.case.refresh_from_db()
    assert left.case.state == CaseState.ERASED
    assert stored_files() == []


def test_at_last_the_case_and_its_pseudonyms_go(settled):
    sweep_at(date_of(settled.case, "joint") + SECOND)
    sweep_at(date_of(settled.case, "shell") + SECOND)

    assert not Case.objects.exists()
    assert not CaseSalt.objects.exists()
    assert not EntryDetail.objects.filter(case_id=settled.case.pk).exists()
    assert not SealedFile.objects.exists()
    assert check_log() == []
    last = Erasure.objects.get()
    assert last.compartments == ["settlement", "shell"]
    assert last.certificates.count() == 3


def test_what_is_left_of_the_last_erasure_goes_too(settled):
    gone_at = date_of(settled.case, "shell") + SECOND
    sweep_at(gone_at)

    sweep_at(gone_at + timedelta(days=31))

    assert not Erasure.objects.exists()
    assert not Certificate.objects.exists()


def test_a_case_nobody_sent_goes_as_well(transactional_db):
    case = make_cast("draft").case
    with time_machine.travel(case.deadline_at + SECOND):
        call_command("move_deadlines")
    case.refresh_from_db()

    sweep_at(date_of(case, "shell") + SECOND)

    assert not Case.objects.exists()


STATES = [state for state in ErasureState if state != ErasureState.VERIFIED]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("stage", ["joint", "shell"])
def test_an_interrupted_destruction_goes_on(left, state, stage, monkeypatch):
    at = date_of(left.case, stage) + SECOND
    steps = dict(erasing.STEPS)

    def pulled_the_plug(erasure):
        steps[state][0](erasure)
        raise OSError

    monkeypatch.setitem(erasing.STEPS, state, (pulled_the_plug, steps[state][1]))
    assert sweep_at(at) == 0
    stuck = Erasure.objects.get()
    assert (stuck.state, stuck.failed_attempts, stuck.last_failure) == (state, 1, "OSError")
    monkeypatch.undo()

    assert sweep_at(at) == 1
    done = Erasure.objects.get()
    assert done.state == ErasureState.VERIFIED
    assert done.certificates.count() == 3
    assert {key["compartment"] for key in done.keys} >= {"joint", "identity", "caucus:A"}


def test_a_certificate_that_could_not_be_signed_comes_later(left, monkeypatch):
    at = date_of(left.case, "joint") + SECOND
    with monkeypatch.context() as patch:
        patch.setattr(vault, "sign_statement", lambda **_statement: 1 / 0)
        assert sweep_at(at) == 0
    assert Erasure.objects.get().state == ErasureState.VERIFIED
    assert not Certificate.objects.exists()

    assert sweep_at(at) == 1
    assert Certificate.objects.count() == 3


def test_a_file_that_stays_is_an_alarm_and_no_secret(left, monkeypatch, caplog):
    at = date_of(left.case, "joint") + SECOND
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", lambda *_where: None)
        with caplog.at_level(logging.ERROR):
            assert sweep_at(at) == 0

    assert "StorageFailure" in caplog.text
    assert "canary" not in caplog.text
    assert Erasure.objects.get().state == ErasureState.ROWS_DELETED
    assert sweep_at(at) == 1
    assert stored_files() == []


def test_a_table_somebody_forgot_is_found(left, monkeypatch):
    """The last look does not ask the list the destruction worked from."""
    monkeypatch.setitem(rows.ERASERS, Compartment.CAUCUS, lambda case, compartment: {})
    at = date_of(left.case, "caucus:A") + SECOND

    assert sweep_at(at) == 0
    stuck = Erasure.objects.get()
    assert stuck.state == ErasureState.ROWS_DELETED
    assert stuck.last_failure == "ProtectedError"


def test_a_field_somebody_forgot_is_found(left, monkeypatch):
    monkeypatch.setitem(rows.ERASERS, Compartment.IDENTITY, lambda case, compartment: {})
    sweep_at(date_of(left.case, "identity") + SECOND)

    assert Erasure.objects.get().last_failure == "Remains"


def test_one_case_that_cannot_be_destroyed_keeps_no_other(left, monkeypatch):
    other = make_case(left, stage="mediating")
    leave_case(actor=left.party_b, case=other)
    other.refresh_from_db()
    work, after = erasing.STEPS[ErasureState.DUE]

    def fails_for_one(erasure):
        if erasure.case_id == left.case.pk:
            raise OSError
        work(erasure)

    monkeypatch.setitem(erasing.STEPS, ErasureState.DUE, (fails_for_one, after))
    assert sweep_at(date_of(other, "joint") + SECOND) == 1
    assert Erasure.objects.unfinished().get().case_id == left.case.pk


def test_the_reason_of_the_clock_is_the_schedule(left):
    sweep_at(date_of(left.case, "joint") + SECOND)

    assert Erasure.objects.get().reason == Reason.SCHEDULE
    assert not ErasureRequest.objects.exists()


def test_nothing_late_can_be_put_in(left):
    sweep_at(date_of(left.case, "joint") + SECOND)

    with pytest.raises(KeyDestroyed):
        vault.seal_text(
            place=Place(left.case.pk, "joint"),
            slot=Slot("rooms.message", left.case.pk, "body"),
            text="late",
        )


def test_traces_go_by_themselves(transactional_db, client):
    client.force_login(person("ada"))
    traces.forget_traces()
    assert Session.objects.count() == 1

    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        traces.forget_traces()
    assert Session.objects.count() == 0


def test_the_command_sweeps(left, capsys):
    with time_machine.travel(date_of(left.case, "joint") + SECOND):
        call_command("sweep_retention")

    assert capsys.readouterr().out == "1 erasures finished\n"


def test_a_deleted_draft_is_destroyed_by_the_next_sweep():
    cast = make_cast("draft")
    case = discard_draft(actor=cast.party_a, case=cast.case)
    sweep_at(case.closed_at + SECOND)
    assert not Case.objects.filter(pk=case.pk).exists()
    with pytest.raises(KeyDestroyed):
        vault.open_text(
            place=Place(case.pk, Compartment.JOINT),
            slot=Slot("cases.statement", case.pk, "summary"),
            sealed=b"",
        )
