"""Every URL as the standing cast, and who sees which rows."""

import pytest
from django.urls import reverse

from mediation.cases.models import Consent
from mediation.cases.services import consents, participation
from mediation.proceedings import access
from mediation.proceedings.models import Note
from mediation.proceedings.services.facts import agree_to_fact
from tests.factories import proceedings as make
from tests.factories.cast import NAMES, make_cast
from tests.promises.world import client_of

INSIDE = ("party_a", "party_b", "mediator")
EVERYBODY = dict.fromkeys(INSIDE, 200)
LEADS = {"party_a": 302, "party_b": 302, "mediator": 200}
# Whoever is not named gets 404; what is not listed is opened by POST alone.
READS = {
    "course": EVERYBODY,
    "opening": EVERYBODY,
    "new_point": EVERYBODY,
    "new_fact": EVERYBODY,
    "reword_fact": EVERYBODY,
    "write_opening": LEADS,
    "begin_sitting": LEADS,
    "identity": LEADS,
    "notes": {"mediator": 200},
}
PARTIES_REFUSED = {"party_a": 403, "party_b": 403}
POSTS = {
    "move_stage": PARTIES_REFUSED,
    "write_opening": PARTIES_REFUSED,
    "confirm_opening": {"mediator": 403},
    "move_point": PARTIES_REFUSED,
    "mark_point": PARTIES_REFUSED,
    "remove_point": {"party_b": 403},
    "agree_to_fact": {"mediator": 403},
    "disagree_with_fact": {"mediator": 403},
    "take_answer_back": {"mediator": 403},
    "remove_fact": PARTIES_REFUSED,
    "begin_sitting": PARTIES_REFUSED,
    "note_arrival": PARTIES_REFUSED,
    "note_departure": PARTIES_REFUSED,
    "end_sitting": PARTIES_REFUSED,
    "remove_sitting": PARTIES_REFUSED,
    "identity": PARTIES_REFUSED,
    "notes": dict.fromkeys(("party_a", "party_b"), 404),
    "delete_note": dict.fromkeys(("party_a", "party_b"), 404),
    "delete_notes": dict.fromkeys(("party_a", "party_b"), 404),
}


@pytest.fixture
def course(cast):
    """Something of everything, by name of its id."""
    mediator, case = cast.mediator, cast.case
    opening = make.give_opening(mediator, case)
    rows = {
        "point_id": make.add_point(cast.party_a, case),
        "fact_id": make.propose_fact(mediator, case),
        "sitting_id": make.begin_sitting(mediator, case, cast.party_a),
        "note_id": make.write_note(mediator, case),
    }
    cast.extra = {"opening": opening, **rows}
    return {name: row.pk for name, row in rows.items()}


def url(name, cast, course):
    wanted = {
        "point": "point_id",
        "fact": "fact_id",
        "sitting": "sitting_id",
        "note": "note_id",
    }
    route = {
        **dict.fromkeys(("move_point", "mark_point", "remove_point"), "point"),
        **dict.fromkeys(
            ("reword_fact", "agree_to_fact", "disagree_with_fact", "take_answer_back"), "fact"
        ),
        "remove_fact": "fact",
        **dict.fromkeys(("note_arrival", "note_departure", "end_sitting"), "sitting"),
        "remove_sitting": "sitting",
        "delete_note": "note",
    }
    ids = {"case_id": cast.case.pk}
    if name in route:
        ids[wanted[route[name]]] = course[wanted[route[name]]]
    return reverse(f"proceedings:{name}", kwargs=ids)


def fields_for(cast):
    """Good answers to every form at once."""
    who = make.part_of(cast.party_a, cast.case).pk
    opening = {"number": 1, "edition": 1, "statement": "S", "rules": "R"}
    choices = {"stage": "issues", "is_up": "down", "is_dealt_with": "yes", "method": "known"}
    return {**opening, **choices, "text": "Words", "title": "A point", "person": who}


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_every_page_as_everybody(cast, course, who):
    client = client_of(cast.everybody[who])
    for page, expected in READS.items():
        answer = client.get(url(page, cast, course))
        if who == "nobody":
            assert reverse("account_request_login_code") in answer.headers["Location"], page
        else:
            assert answer.status_code == expected.get(who, 404), page


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_every_button_as_everybody_whose_it_is_not(cast, course, who):
    client = client_of(cast.everybody[who])
    for page, refused in POSTS.items():
        if who in INSIDE and who not in refused:
            continue
        answer = client.post(url(page, cast, course), fields_for(cast))
        if who == "nobody":
            assert reverse("account_request_login_code") in answer.headers["Location"], page
        else:
            assert answer.status_code == refused.get(who, 404), page


@pytest.mark.parametrize("page", sorted(set(POSTS) - set(READS)))
def test_a_button_is_no_page(cast, course, page):
    for name in INSIDE:
        assert client_of(getattr(cast, name)).get(url(page, cast, course)).status_code == 405


def test_rows_are_for_the_people_in_the_case(cast, course):
    shared = (
        *(access.openings_visible_to, access.points_visible_to, access.facts_visible_to),
        *(access.sittings_visible_to, access.stage_moves_visible_to),
    )
    client_of(cast.mediator).post(url("move_stage", cast, course), {"stage": "issues"})
    for name, user in cast.everybody.items():
        for visible_to in shared:
            assert visible_to(user).exists() == (name in INSIDE), (name, visible_to)


def test_a_note_is_for_its_author_alone(cast, course):
    seen = {name for name, user in cast.everybody.items() if access.notes_visible_to(user).exists()}
    assert seen == {"mediator"}


def test_how_an_identity_was_confirmed_is_for_that_person_and_the_mediator(cast):
    make.confirm_identity(cast.mediator, cast.case, cast.party_a)
    seen = {
        name
        for name, user in cast.everybody.items()
        if access.identity_checks_visible_to(user).exists()
    }
    assert seen == {"party_a", "mediator"}
    knows = {name for name, user in cast.everybody.items() if access.identified_in(user, cast.case)}
    assert knows == set(INSIDE)


def test_rows_under_another_cases_address_are_not_found(cast, course):
    client = client_of(cast.mediator)
    elsewhere = cast.case.center_id
    for name, key in (
        ("remove_point", "point_id"),
        ("remove_fact", "fact_id"),
        ("end_sitting", "sitting_id"),
        ("delete_note", "note_id"),
    ):
        path = reverse(f"proceedings:{name}", args=[elsewhere, course[key]])
        assert client.post(path).status_code == 404


def test_the_course_stays_readable_after_the_case_and_nothing_else(cast, course):
    participation.leave_case(actor=cast.party_b, case=cast.case)
    for name in INSIDE:
        client = client_of(getattr(cast, name))
        page = client.get(url("course", cast, course))
        assert page.status_code == 200
        assert b"<form method" not in page.content.partition(b"<main")[2].partition(b"</main")[0]
        assert client.get(url("opening", cast, course)).status_code == 200
        found = {client.get(url(name, cast, course)).status_code for name in READS if "_" in name}
        assert found == {302}
    notes = client_of(cast.mediator).get(url("notes", cast, course)).content.decode()
    assert "Ask about the receipt." in notes
    assert "Delete now" in notes
    assert "Keep this note" not in notes


def test_without_a_consent_nothing_can_be_added_and_everything_read(cast, course):
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose="online")
    for name in INSIDE:
        client, user = client_of(getattr(cast, name)), getattr(cast, name)
        assert client.get(url("course", cast, course)).status_code == 200
        assert client.get(url("new_fact", cast, course)).status_code == 302
        assert not access.can_add(user, cast.case)
        assert not access.can_lead(user, cast.case)
    assert not access.can_confirm(cast.party_a, cast.extra["opening"])


def test_whoever_left_sees_nothing_any_more(cast, course):
    agree_to_fact(actor=cast.party_b, fact=cast.extra["fact_id"], edition=1)
    cast.case.participants.filter(user=cast.party_b).update(left_at=cast.case.state_since)
    assert not access.facts_visible_to(cast.party_b).exists()
    assert not access.answers_visible_to(cast.party_b).exists()
    assert client_of(cast.party_b).get(url("course", cast, course)).status_code == 404


def test_the_next_mediator_leads_on_and_reads_no_note_of_the_last(cast, course):
    from django.db import transaction

    from mediation.cases.lifecycle import lock

    with transaction.atomic():
        case = participation.end_mediator(actor=cast.mediator, case=lock(cast.case))
        case = participation.begin_mediation(
            actor=cast.coordinator, case=case, mediator=cast.coordinator
        )
    assert Note.objects.exists()
    assert not access.notes_visible_to(cast.coordinator).exists()
    assert not access.notes_visible_to(cast.mediator).exists()
    cast.case.refresh_from_db()
    assert access.can_lead(cast.coordinator, cast.case)
    assert access.is_maker(cast.coordinator, cast.extra["fact_id"])
    assert not access.is_maker(cast.mediator, cast.extra["fact_id"])
    assert Consent.objects.in_force().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["draft", "invited", "consenting", "waiting"])
def test_there_is_no_page_before_the_mediation(stage):
    cast = make_cast(stage)
    page = reverse("proceedings:course", args=[cast.case.pk])
    assert client_of(cast.party_a).get(page).status_code == 404
