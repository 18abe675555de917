"""Promise 1, the other half: "no" costs nothing and is final, and anybody leaves in one press.

V2, V3, V8, V10, V11. Sockets: test_at_sockets.py.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from mediation.cases.enums import CaseOutcome, CaseState, Purpose
from mediation.cases.models import Case, Invitation
from mediation.cases.services import deadlines, invitations
from mediation.rooms.live.turn import LIFETIME_SECONDS
from mediation.settlements.services.clock import lapse_signatures
from tests.factories.cast import make_cast
from tests.promises.story import do_queued_jobs
from tests.promises.tables import SESSIONS, changed, fingerprint
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
FIELD = re.compile(r"<(?:input|select|textarea)[^>]*>")


def forms(page):
    """The fields of every form of the page by its action, without the hidden token."""
    text = page.content.decode()
    return {
        action: [field for field in FIELD.findall(body) if "csrfmiddlewaretoken" not in field]
        for action, body in FORM.findall(text)
    }


# --- No -----------------------------------------------------------------------------------------


@pytest.fixture
def invited():
    return make_cast("invited")


def letter(cast):
    """A browser that has opened the letter, signed in as nobody."""
    client, invitation = client_of(None), Invitation.objects.get(case=cast.case)
    client.post(reverse("cases:invitation"), {"secret": invitations.token_of(invitation)})
    return client


def test_yes_and_no_stand_side_by_side_and_ask_for_nothing(invited):
    page = letter(invited).get(reverse("cases:letter"))
    answers = forms(page)
    assert answers[reverse("cases:accept")] == answers[reverse("cases:decline")] == []
    tone = 'class="govuk-button govuk-button--secondary'
    by_answer = [
        body for action, body in FORM.findall(page.content.decode()) if "/invitation/" in action
    ]
    assert [tone in body for body in by_answer] == [True, True]


def test_no_is_one_press_without_account_or_reason_and_final(invited):
    browser = letter(invited)
    answer = browser.post(reverse("cases:decline"))
    assert answer.status_code == 200
    assert "arbitration or a court" in answer.content.decode()  # V3
    invited.case.refresh_from_db()
    assert (invited.case.state, invited.case.outcome) == (CaseState.CLOSED, CaseOutcome.DECLINED)

    before = fingerprint(SESSIONS)
    again = letter(invited)
    for name in ("accept", "decline"):
        assert again.post(reverse(f"cases:{name}")).status_code in {302, 410}
    with pytest.raises(invitations.InvitationGone):
        invitations.accept_invitation(
            actor=invited.party_b, invitation=Invitation.objects.get(case=invited.case)
        )
    assert changed(before, fingerprint(SESSIONS)) == set()


def test_after_a_no_nothing_more_is_ever_sent_to_them(invited):
    do_queued_jobs()
    letter(invited).post(reverse("cases:decline"))
    mail.outbox.clear()
    for days in range(1, 40, 3):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            deadlines.move_deadlines()
            do_queued_jobs()
    assert [sent.to for sent in mail.outbox if invited.party_b.email in sent.to] == []


def test_a_letter_and_one_reminder_are_the_most_there_ever_is(invited):
    do_queued_jobs()
    for days in range(1, 40):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            deadlines.move_deadlines()
            do_queued_jobs()
    sent = [letter for letter in mail.outbox if invited.party_b.email in letter.to]
    assert len(sent) == 2
    invited.case.refresh_from_db()
    assert invited.case.outcome == CaseOutcome.UNANSWERED


def test_looking_at_the_letter_is_no_answer(invited):
    browser, before = letter(invited), fingerprint(SESSIONS)
    for name in ("invitation", "letter"):
        browser.get(reverse(f"cases:{name}"))
    assert changed(before, fingerprint(SESSIONS)) == set()


def test_the_one_who_asked_learns_only_that_it_will_not_take_place(invited):
    letter(invited).post(reverse("cases:decline"))
    mail.outbox.clear()
    do_queued_jobs()
    (told,) = [one for one in mail.outbox if invited.party_a.email in one.to]
    words = f"{told.subject} {told.body}".lower()
    assert [w for w in ("declin", "refus", "reject", "fault", "unwilling") if w in words] == []


# --- Leaving ------------------------------------------------------------------------------------

OPEN = [
    *((stage, "party_a") for stage in ("waiting", "proposed", "talking", "drafting")),
    *((stage, "party_b") for stage in ("waiting", "talking", "offered", "signing")),
]


@pytest.mark.parametrize(("stage", "who"), OPEN)
def test_leaving_is_one_press_on_the_page_of_the_case(places, stage, who):
    case, browser = places.case[stage], client_of(getattr(places.cast, who))
    leave = reverse("cases:leave", args=[case.pk])
    assert forms(browser.get(reverse("desk:case", args=[case.pk])))[leave] == []

    assert browser.post(leave).status_code == 302

    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.LEFT)
    assert not case.talk_open
    lapse_signatures()
    assert not case.settlements.live().exists()
    ended = browser.get(reverse("desk:case", args=[case.pk])).content.decode()
    assert "arbitration, a court" in ended  # V3
    assert client_of(places.cast.mediator).post(leave).status_code in {403, 404}


@pytest.mark.parametrize("stage", ["invited", "consenting"])
def test_leaving_is_one_press_before_there_is_a_mediator_too(stage):
    cast = make_cast(stage)
    browser = client_of(cast.party_a)
    leave = reverse("cases:leave", args=[cast.case.pk])
    assert forms(browser.get(reverse("desk:case", args=[cast.case.pk])))[leave] == []
    browser.post(leave)
    assert Case.objects.get(pk=cast.case.pk).state == CaseState.CLOSED
    assert not Invitation.objects.filter(case=cast.case, state="open").exists()


def test_nobody_learns_who_left(places):
    case, cast = places.case["talking"], places.cast
    client_of(cast.party_a).post(reverse("cases:leave", args=[case.pk]))
    do_queued_jobs()
    told = {one.to[0]: one.body for one in mail.outbox}
    assert set(told) == {cast.party_a.email, cast.party_b.email, cast.mediator.email}
    assert not any("Ada" in body or "Bo " in body for body in told.values())
    page = client_of(cast.party_b).get(reverse("desk:case", args=[case.pk])).content.decode()
    assert "Ended without a settlement" in page
    assert not re.search(r"(Ada|Applicant|other side)[^<.]* (left|ended)", page)


def test_call_credentials_end_by_themselves_soon():
    assert LIFETIME_SECONDS <= 600


# --- As easily back as given (PIPL 15, GDPR 7(3)) -------------------------------------------------


@pytest.mark.parametrize("purpose", [one for one in Purpose if one != Purpose.RELEASE])
def test_a_consent_is_taken_back_with_as_many_presses_as_it_is_given(purpose):
    cast = make_cast("consenting")
    browser, page = client_of(cast.party_b), reverse("cases:consents", args=[cast.case.pk])
    presses = {}
    for verb in ("give", "withdraw"):
        shown = forms(browser.get(page))
        act = reverse(f"cases:{verb}_consent", args=[cast.case.pk, purpose])
        assert shown[act] == []
        browser.post(act)
        presses[verb] = len(shown[act]) + 1
        given = cast.case.consents.in_force().filter(purpose=purpose).exists()
        assert given == (verb == "give")
    assert presses["withdraw"] <= presses["give"]


def test_no_box_is_ticked_beforehand_and_nothing_is_agreed_to_by_agreeing_to_something_else():
    cast = make_cast("consenting")
    browser, page = client_of(cast.party_b), reverse("cases:consents", args=[cast.case.pk])
    text = browser.get(page).content.decode()
    assert not re.search(r"<input[^>]*\bchecked\b", text)
    browser.post(reverse("cases:give_consent", args=[cast.case.pk, "mediate"]))
    given = cast.case.consents.in_force().values_list("purpose", flat=True)
    assert list(given) == ["mediate"]


def test_refusing_what_is_optional_changes_no_other_feature():
    """V9: with the two needed consents alone people still talk, and settle on paper."""
    cast = make_cast("mediating", purposes=(Purpose.MEDIATE, Purpose.ONLINE))
    assert cast.case.talk_open
    tasks = client_of(cast.party_a).get(reverse("desk:case", args=[cast.case.pk]))
    assert tasks.status_code == 200
    assert cast.case.consents.count() == 4
