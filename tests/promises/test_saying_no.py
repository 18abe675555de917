"""Promise 1: "no" is as prominent as "yes", costs nothing and is final (V3, V10, N5)."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from mediation.cases.enums import CaseOutcome, CaseState
from mediation.cases.models import Invitation
from mediation.cases.services import deadlines, invitations
from tests.factories.cast import make_cast
from tests.promises.forms import FORM, forms
from tests.promises.story import do_queued_jobs
from tests.promises.tables import SESSIONS, changed, fingerprint
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


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
