import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from mediation.cases.enums import InvitationState
from mediation.cases.models import Invitation
from mediation.cases.selectors import application_of
from mediation.cases.services import invitations
from tests.factories.cast import make_case, make_cast

pytestmark = pytest.mark.django_db
STAGE = "draft"
CODE = re.compile(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b")


def of(user):
    client = Client()
    client.force_login(user)
    return client


def step(case, name):
    return reverse("cases:step", args=[case.pk, name])


def test_one_s_own_address_is_refused_beside_the_field_with_what_was_typed(cast):
    answer = of(cast.party_a).post(
        step(cast.case, "other"), {"name": "Bo Respondent", "email": cast.party_a.email.upper()}
    )
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "This is your own address" in body
    assert "govuk-error-summary" in body
    assert 'value="Bo Respondent"' in body


def test_nobody_is_called_a_participant_by_pressing_on(cast):
    cast.party_a.display_name = ""
    cast.party_a.save()
    case = make_case(cast, stage="draft")
    case.participants.filter(side__letter="A").update(name_sealed=b"")
    assert application_of(cast.party_a, case).own_name == ""
    page = of(cast.party_a).get(step(case, "name")).content.decode()
    assert "A participant" not in page
    again = of(cast.party_a).post(step(case, "name"), {"name": "", "address": ""})
    assert "govuk-error-summary" in again.content.decode()


def test_the_last_page_of_the_application_leads_on(cast):
    last = of(cast.party_a).post(step(cast.case, "needs"), {"needs": ["more_time"]})
    page = of(cast.party_a).get(last["Location"]).content.decode()
    assert reverse("cases:check", args=[cast.case.pk]) in page
    assert "Nothing has been sent yet" in page


def test_documents_lead_nowhere_else_once_the_invitation_is_out(cast):
    case = make_cast("invited")
    page = of(case.party_a).get(reverse("evidence:list", args=[case.case.pk])).content.decode()
    assert reverse("cases:check", args=[case.case.pk]) not in page


@pytest.fixture
def invited():
    """A browser that holds the letter's link, not signed in."""
    make_cast("invited")
    browser = Client()
    secret = invitations.token_of(Invitation.objects.get())
    browser.post(reverse("cases:invitation"), {"secret": secret})
    return browser


def letter(browser):
    return browser.get(reverse("cases:letter")).content.decode()


def test_a_yes_is_asked_for_once_more_after_the_code_and_says_so(invited):
    assert "One more press" not in letter(invited)
    after = invited.post(reverse("cases:accept"), follow=True)
    email = Invitation.objects.get().participant
    assert "One more press" not in letter(invited)
    back = {"next": reverse("cases:letter")}
    form = {"email": invitations.email_of(email), **back}
    invited.post(after.redirect_chain[-1][0], form)
    code = CODE.search(mail.outbox[-1].body)[1]
    confirm = reverse("account_confirm_login_code")
    signed_in = invited.post(confirm, {"code": code, **back}, follow=True)
    body = signed_in.content.decode()
    assert "One more press: confirm your yes" in body
    assert "uccessfully" not in body  # neither "signed in as" with an id, nor the like
    assert str(Invitation.objects.get().participant_id) not in body
    assert Invitation.objects.get().state == InvitationState.OPEN
    invited.post(reverse("cases:accept"))
    assert Invitation.objects.get().state == InvitationState.ACCEPTED


def test_the_yes_that_is_to_be_confirmed_has_its_no_beside_it(invited):
    session = invited.session
    session["invitation_yes"] = True
    session.save()
    invited.force_login(make_cast("draft").party_b)
    body = letter(invited)
    assert body.count(f'action="{reverse("cases:decline")}"') == 1
    assert body.count(f'action="{reverse("cases:accept")}"') == 1


def test_an_answered_invitation_shows_the_way_to_the_case(invited):
    invitations.decline_invitation(invitation=Invitation.objects.get())
    answer = invited.get(reverse("cases:letter"))
    assert answer.status_code == 410
    assert "sign in to go on with your case" in answer.content.decode()
