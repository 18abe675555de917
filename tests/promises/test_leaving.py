"""Promise 1: anybody leaves in one press, and takes a consent back as easily as it was given.

V2, V3, V8, V9, V11. Sockets: test_at_sockets.py.
"""

import re

import pytest
from django.core import mail
from django.urls import reverse

from mediation.cases.enums import CaseOutcome, CaseState, Purpose
from mediation.cases.models import Case, Invitation
from mediation.profiles.selectors import consent_text
from mediation.rooms.live.turn import LIFETIME_SECONDS
from mediation.settlements.services.clock import lapse_signatures
from tests.factories.cast import make_cast
from tests.promises.forms import forms
from tests.promises.story import do_queued_jobs
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


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
        browser.post(act, {"text": consent_text(purpose).sha256})
        presses[verb] = len(shown[act]) + 1
        given = cast.case.consents.in_force().filter(purpose=purpose).exists()
        assert given == (verb == "give")
    assert presses["withdraw"] <= presses["give"]


def test_no_box_is_ticked_beforehand_and_nothing_is_agreed_to_by_agreeing_to_something_else():
    cast = make_cast("consenting")
    browser, page = client_of(cast.party_b), reverse("cases:consents", args=[cast.case.pk])
    text = browser.get(page).content.decode()
    assert not re.search(r"<input[^>]*\bchecked\b", text)
    given = {"text": consent_text(Purpose.MEDIATE).sha256}
    browser.post(reverse("cases:give_consent", args=[cast.case.pk, "mediate"]), given)
    given = cast.case.consents.in_force().values_list("purpose", flat=True)
    assert list(given) == ["mediate"]


def test_refusing_what_is_optional_changes_no_other_feature():
    """V9: with the two needed consents alone people still talk, and settle on paper."""
    cast = make_cast("mediating", purposes=(Purpose.MEDIATE, Purpose.ONLINE))
    assert cast.case.talk_open
    tasks = client_of(cast.party_a).get(reverse("desk:case", args=[cast.case.pk]))
    assert tasks.status_code == 200
    assert cast.case.consents.count() == 4
