"""The note that a mediation ended without an agreement: the same whoever ended it and why."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from mediation.cases.access import participant_of
from mediation.cases.enums import CaseOutcome
from mediation.cases.models import Case
from mediation.cases.services import deadlines, participation
from mediation.cases.services.endings import note_of_ending
from mediation.core.errors import Forbidden, WrongState
from mediation.desk.next_steps import tasks_for
from mediation.verification.enums import Fact, Kind, Verdict
from mediation.verification.services import verify
from tests.factories.cast import NAMES, make_cast
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


def leave(cast):
    participation.leave_case(actor=cast.party_b, case=cast.case)


def end(cast):
    participation.end_without_settlement(actor=cast.mediator, case=cast.case)


def expire(cast):
    Case.objects.filter(pk=cast.case.pk).update(
        outcome=CaseOutcome.EXPIRED, state="closed", closed_at=timezone.now(), talk_open=False
    )


def fetch(cast, user):
    return client_of(user).get(reverse("cases:ending_note", args=[cast.case.pk]))


def statement_after(how, cast):
    how(cast)
    return json.loads(fetch(cast, cast.party_a).content)["statement"]


@pytest.mark.parametrize("how", [leave, end, expire])
def test_it_tells_the_dates_and_the_centre_and_nothing_else(cast, how):
    assert statement_after(how, cast) == {
        "schema": "heyi-ending-note-1",
        "case": cast.case.number,
        "says": "A mediation took place and ended without an agreement.",
        "started_on": f"{timezone.localdate():%Y-%m-%d}",
        "ended_on": f"{timezone.localdate():%Y-%m-%d}",
        "issued_by": {"centre": cast.center.name, "platform": "Heyi 和议"},
    }


def test_both_sides_get_the_same_file_and_it_is_genuine(cast):
    end(cast)
    files = {fetch(cast, user).content for user in (cast.party_a, cast.party_b, cast.party_a)}
    (content,) = files
    report = verify(content)
    assert (report.kind, report.verdict) == (Kind.ENDING, Verdict.GENUINE)
    assert dict(report.facts)[Fact.CASE_NUMBER] == cast.case.number
    for place in range(0, len(content), 5):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        assert verify(bytes(changed)).verdict != Verdict.GENUINE, place


def test_who_gets_it(cast):
    end(cast)
    expected = {"party_a": 200, "party_b": 200, "mediator": 403}
    for who in NAMES:
        assert fetch(cast, getattr(cast, who)).status_code == expected.get(who, 404), who
    with pytest.raises(Forbidden):
        note_of_ending(actor=cast.mediator, case=Case.objects.get(pk=cast.case.pk))


@pytest.mark.parametrize("stage", ["consenting", "waiting", "mediating"])
def test_there_is_none_while_it_goes_on(stage):
    cast = make_cast(stage)
    with pytest.raises(WrongState):
        note_of_ending(actor=cast.party_a, case=cast.case)


def test_there_is_none_where_no_mediation_took_place():
    cast = make_cast("waiting")
    leave(cast)
    assert fetch(cast, cast.party_a).status_code == 409


@pytest.mark.parametrize("outcome", ["settled", "partly_settled"])
def test_there_is_none_after_a_settlement(cast, outcome):
    end(cast)
    Case.objects.filter(pk=cast.case.pk).update(outcome=outcome)
    assert fetch(cast, cast.party_a).status_code == 409


def test_the_case_page_offers_it_to_the_sides(cast):
    def offered(user):
        part = participant_of(user, Case.objects.get(pk=cast.case.pk))
        return [task.url for task in tasks_for(part) if task.url and "ended.json" in task.url]

    assert offered(cast.party_a) == []
    end(cast)
    assert len(offered(cast.party_a)) == len(offered(cast.party_b)) == 1
    assert offered(cast.mediator) == []


def test_a_mediation_whose_time_ran_out_has_one_too(cast):
    with time_machine.travel(cast.case.ends_by + timedelta(days=1)):
        deadlines.move_deadlines()
        assert fetch(cast, cast.party_b).status_code == 200
