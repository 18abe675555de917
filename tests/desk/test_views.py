"""The desk: what each person sees of their cases, and what is nobody else's business."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.cases.access import participant_of
from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.desk.next_steps import tasks_for
from mediation.privacy.enums import Scope
from mediation.privacy.services import requests
from mediation.rooms import services as rooms
from tests.factories.cast import STAGES, make_case, make_cast
from tests.factories.settlements import make_settlement

pytestmark = pytest.mark.django_db


def client_of(user):
    client = Client(headers={"host": "127.0.0.1"})
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def titles(user, case, tone=None):
    case.refresh_from_db()
    return [
        str(task.title)
        for task in tasks_for(participant_of(user, case))
        if tone in (None, task.tone)
    ]


def queries_of_list(user):
    client = client_of(user)
    client.get(reverse("desk:list"))
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(reverse("desk:list")).status_code == 200
    return len(captured)


def test_list_takes_the_same_queries_for_one_case_and_three():
    cast = make_cast("mediating")
    one = queries_of_list(cast.party_a)
    make_case(cast, stage="consenting")
    make_case(cast, stage="draft")
    assert queries_of_list(cast.party_a) == one


@pytest.mark.parametrize("stage", STAGES[1:])
def test_case_page_is_for_those_in_the_case(stage):
    cast = make_cast(stage)
    inside = {"party_a"}
    inside |= {"party_b"} if stage != "invited" else set()
    inside |= {"mediator"} if stage == "mediating" else set()
    for name, user in cast.everybody.items():
        response = client_of(user).get(reverse("desk:case", args=[cast.case.pk]))
        expected = 200 if name in inside else 302 if user is None else 404
        assert response.status_code == expected, name


def test_every_page_shows_when_all_is_destroyed():  # promise 4
    cast = make_cast("consenting")
    for user in (cast.party_a, cast.party_b):
        body = client_of(user).get(reverse("desk:case", args=[cast.case.pk])).content.decode()
        assert "Destroyed by, at the latest" in body


def test_missing_consent_needs_exactly_the_one_who_has_not_given_it():
    cast = make_cast("consenting")
    for purpose in (Purpose.MEDIATE, Purpose.ONLINE):
        consents.give_consent(actor=cast.party_a, case=cast.case, purpose=purpose, language="en")
    assert "What you agree to" not in titles(cast.party_a, cast.case, "attention")
    assert "What you agree to" in titles(cast.party_b, cast.case, "attention")


def test_rooms_appear_for_their_members_only():
    cast = make_cast("mediating")
    rooms.open_rooms(case=cast.case)
    assert titles(cast.party_a, cast.case).count("Private talk with the mediator") == 1
    assert not [title for title in titles(cast.party_a, cast.case) if "with Bo" in title]
    private = [title for title in titles(cast.mediator, cast.case) if "Private talk" in title]
    assert private == ["Private talk with Ada Applicant", "Private talk with Bo Respondent"]


def test_whose_turn_it_is_with_the_settlement():
    cast = make_cast("mediating")
    make_settlement(cast, stage="offered")
    assert "Read the settlement" in titles(cast.party_a, cast.case, "attention")
    assert "Read the settlement" in titles(cast.party_b, cast.case, "attention")
    assert "The settlement" in titles(cast.mediator, cast.case, "waiting")


def test_ended_case_tells_no_one_who_ended_it():
    cast = make_cast("mediating")
    participation.leave_case(actor=cast.party_a, case=cast.case)
    page = client_of(cast.party_b).get(reverse("desk:case", args=[cast.case.pk])).content.decode()
    assert "Ended without a settlement" in page
    assert "Ada Applicant left" not in page


def test_leaving_is_one_press_from_the_case_page():  # V2
    cast = make_cast("mediating")
    client = client_of(cast.party_b)
    page = client.get(reverse("desk:case", args=[cast.case.pk])).content.decode()
    action = reverse("cases:leave", args=[cast.case.pk])
    assert f'action="{action}"' in page
    assert client.post(action).status_code == 302
    cast.case.refresh_from_db()
    assert cast.case.state == "closed"


def test_whose_turn_it_is_with_earlier_destruction():
    cast = make_cast("mediating")
    participation.leave_case(actor=cast.party_a, case=cast.case)
    requests.ask_erasure(actor=cast.party_a, case=cast.case, scope=Scope.EVERYTHING)
    row = "Your data: download, destroy, see who looked"
    assert row in titles(cast.party_a, cast.case, "waiting")
    assert row in titles(cast.party_b, cast.case, "attention")
    assert row in titles(cast.mediator, cast.case, "neutral")


def rows(user, case):
    case.refresh_from_db()
    return {str(task.title): task for task in tasks_for(participant_of(user, case))}


def withdraw(cast, purpose=Purpose.ONLINE):
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=purpose)


def test_without_a_needed_consent_rooms_are_to_read_and_the_row_says_who_has_to_act():
    cast = make_cast("mediating")
    rooms.open_rooms(case=cast.case)
    withdraw(cast)
    for user in (cast.party_a, cast.party_b, cast.mediator):
        room = rows(user, cast.case)["Joint room"]
        assert room.status == "Read only"
        assert "Nothing can be written now" in str(room.hint)
    row = "What you agree to"
    assert "until you have given" in str(rows(cast.party_b, cast.case)[row].hint)
    assert "until the other side has given" in str(rows(cast.party_a, cast.case)[row].hint)
    mediators = rows(cast.mediator, cast.case)["What both sides agree to"]
    assert mediators.status == "Waiting for them"
    assert mediators.url == ""


def test_with_the_consents_the_mediator_has_no_row_about_them():
    cast = make_cast("mediating")
    assert "What both sides agree to" not in rows(cast.mediator, cast.case)


@pytest.mark.parametrize("stage", ["offered", "signing"])
def test_an_ended_case_waits_for_nobody(stage):
    cast = make_cast("mediating")
    make_settlement(cast, stage=stage)
    withdraw(cast)
    participation.leave_case(actor=cast.party_a, case=cast.case)
    for user in (cast.party_a, cast.party_b, cast.mediator):
        assert titles(user, cast.case, "attention") == []
        assert titles(user, cast.case, "waiting") == []
    settlement = rows(cast.party_b, cast.case)["The settlement"]
    assert settlement.status == "Not signed"
    page = client_of(cast.party_b).get(settlement.url).content.decode()
    assert "The mediation ended before everybody had signed" in page
    assert "Approving is not signing" not in page


def test_leaving_is_confirmed_and_promises_no_more_than_is_kept():
    cast = make_cast("mediating")
    client = client_of(cast.party_a)
    page = client.get(reverse("desk:case", args=[cast.case.pk])).content.decode()
    assert "learns only" not in page
    assert "We do not tell the other side who ended it or why" in page
    answer = client.post(reverse("cases:leave", args=[cast.case.pk]), follow=True)
    assert "This case has ended. We do not tell" in answer.content.decode()


def test_whoever_works_here_and_is_in_no_case_is_shown_where():
    cast = make_cast("invited")
    work = "You are in no case yourself"
    shown = client_of(cast.mediator).get(reverse("desk:list")).content.decode()
    assert work in shown
    assert shown.count(reverse("matching:queue")) == 2  # in the menu, and here
    assert work not in client_of(cast.stranger).get(reverse("desk:list")).content.decode()
    assert work not in client_of(cast.party_a).get(reverse("desk:list")).content.decode()
