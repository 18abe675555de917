"""The pages: what they say, what they do, and what they do with a slip."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.cases.access import participant_of
from mediation.desk.next_steps import tasks_for
from mediation.offers.enums import OfferState as S
from mediation.offers.models import Offer
from mediation.offers.selectors import OfferTerms, terms_of
from mediation.offers.services import offers as services
from mediation.rooms.services import open_rooms
from tests.factories.offers import draft, fresh, make_offer
from tests.promises.world import client_of

FIELDS = {
    "amount": "1250.50",
    "currency": "EUR",
    "payer": "A",
    "due_on_day": "31",
    "due_on_month": "1",
    "due_on_year": "2027",
    "words": "Then all is settled.",
    "valid_days": "10",
}


@pytest.fixture
def offer(cast):
    return make_offer(cast.party_a, cast.case)


def url(name, offer):
    return reverse(f"offers:{name}", args=[offer.case_id, offer.pk])


def new(cast):
    return reverse("offers:new", args=[cast.case.pk])


def text_of(answer):
    """What stands on the page, without its marks and blanks."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def listed(cast, user):
    return client_of(user).get(reverse("offers:list", args=[cast.case.pk]))


def test_an_offer_made_by_form_is_read_by_the_other_side(cast):
    sent = {**FIELDS, "client_id": uuid4()}
    client = client_of(cast.party_a)
    for _time in "12":
        answer = client.post(new(cast), sent, follow=True)
        assert answer.status_code == 200
    assert "Your offer is made." in text_of(answer)
    offer = fresh(Offer.objects.get())
    assert terms_of(offer).amount == Decimal("1250.50")
    page = text_of(client_of(cast.party_b).get(url("offer", offer)))
    assert "Ada Applicant pays Bo Respondent 1,250.50 EUR by 31 January 2027." in page
    assert "Then all is settled." in page
    assert "Waits for your answer" in page


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ({"amount": "", "words": ""}, "Enter an amount, or say in words what you offer."),
        ({"payer": ""}, "Say who pays."),
        ({"currency": ""}, "Choose a currency."),
        ({"valid_days": "31"}, "Enter a number of days from 1 to 30."),
        ({"valid_days": ""}, "Enter a number of days from 1 to 30."),
        ({"due_on_year": "2020"}, "Enter a day that is not over yet."),
        ({"amount": "-5"}, "Please check the following"),
        ({"amount": "NaN"}, "Please check the following"),
        ({"payer": "C"}, "Please check the following"),
        ({"words": "x" * 4001}, "Please check the following"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_nothing_is_lost(cast, slip, told):
    sent = {**FIELDS, "client_id": uuid4(), **slip}
    answer = client_of(cast.party_a).post(new(cast), sent)
    assert answer.status_code == 200
    assert told in text_of(answer)
    if "words" not in slip:
        assert "Then all is settled." in answer.content.decode()
    assert not Offer.objects.exists()


def test_accepting_asks_once_with_the_whole_offer_in_words(cast, offer):
    client = client_of(cast.party_b)
    page = text_of(client.get(url("accept", offer)))
    assert "Bo Respondent pays Ada Applicant 900.00 EUR." in page
    assert "In two parts." in page
    assert "not yet a binding settlement" in page
    assert fresh(offer).state == S.OPEN
    answer = client.post(url("accept", offer), follow=True)
    assert fresh(offer).state == S.ACCEPTED
    assert "the mediator drafts the settlement from it" in text_of(answer)


def test_no_is_one_press_and_stands_beside_yes(cast, offer):
    client = client_of(cast.party_b)
    page = client.get(url("offer", offer)).content.decode()
    choice = page.partition('class="heyi-choice"')[2].partition("</div>")[0]
    buttons = re.findall(r'class="(govuk-button[^"]*)"', choice)
    assert buttons == ["govuk-button", "govuk-button"]
    answer = client.post(url("decline", offer), follow=True)
    assert fresh(offer).state == S.DECLINED
    assert "You do not have to say why." in text_of(answer)


def test_a_counter_offer_shows_what_it_answers_and_fills_in_no_figure(cast, offer):
    client = client_of(cast.party_b)
    page = client.get(url("counter", offer))
    assert "Bo Respondent pays Ada Applicant 900.00 EUR." in text_of(page)
    assert 'value="900' not in page.content.decode()
    answer = client.post(url("counter", offer), {**FIELDS, "client_id": uuid4()}, follow=True)
    assert "In answer to offer 1." in text_of(answer)
    assert fresh(offer).state == S.COUNTERED


def test_taking_back_is_one_press(cast, offer):
    answer = client_of(cast.party_a).post(url("withdraw", offer), follow=True)
    assert "The offer is taken back." in text_of(answer)
    assert fresh(offer).state == S.WITHDRAWN


def test_a_late_answer_is_refused_in_words(cast, offer):
    services.withdraw_offer(actor=cast.party_a, offer=offer)
    answer = client_of(cast.party_b).post(url("accept", offer))
    assert answer.status_code == 409
    assert "This offer is no longer open." in text_of(answer)
    assert client_of(cast.party_b).get(url("accept", offer)).status_code == 302


def test_all_offers_stand_in_order_and_the_latest_of_each_side_beside_each_other(cast, offer):
    assert "The latest offer of each side" not in text_of(listed(cast, cast.mediator))
    services.counter_offer(actor=cast.party_b, offer=offer, draft=draft())
    make_offer(cast.party_a, cast.case, terms=OfferTerms(words="Something new."))
    make_offer(cast.mediator, cast.case)
    for user in (cast.party_a, cast.party_b, cast.mediator):
        shown = listed(cast, user).context["shown"]
        assert [line.offer.number for line in shown.lines] == [1, 2, 3, 4]
        assert [line.offer.number for line in shown.compared] == [3, 2]
        assert "The latest offer of each side" in text_of(listed(cast, user))


def test_the_list_takes_the_same_queries_for_one_offer_and_three(cast, offer):
    def queries():
        client = client_of(cast.party_b)
        page = reverse("offers:list", args=[cast.case.pk])
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    one = queries()
    make_offer(cast.party_b, cast.case)
    make_offer(cast.mediator, cast.case)
    assert queries() == one


def test_the_case_page_says_when_an_offer_waits_for_me(cast):
    def row(user):
        cast.case.refresh_from_db()
        found = tasks_for(participant_of(user, cast.case))
        (task,) = [task for task in found if str(task.title) == "Offers"]
        return str(task.status), task.tone

    assert row(cast.party_b) == ("You can make one", "neutral")
    offer = make_offer(cast.party_a, cast.case)
    assert row(cast.party_b) == ("Needs you", "attention")
    assert row(cast.party_a) == row(cast.mediator) == ("Look", "neutral")
    services.decline_offer(actor=cast.party_b, offer=offer)
    assert row(cast.party_b) == ("Look", "neutral")


def test_the_room_leads_to_the_offers(cast):
    joint = open_rooms(case=cast.case)[0]
    page = client_of(cast.party_a).get(reverse("rooms:room", args=[cast.case.pk, joint.pk]))
    assert reverse("offers:list", args=[cast.case.pk]) in page.content.decode()


def test_the_start_of_a_settlement_shows_what_was_accepted(cast, offer):
    page = reverse("settlements:start", args=[cast.case.pk])
    assert "What was accepted" not in text_of(client_of(cast.mediator).get(page))
    services.accept_offer(actor=cast.party_b, offer=offer)
    shown = text_of(client_of(cast.mediator).get(page))
    assert "What was accepted" in shown
    assert "Bo Respondent pays Ada Applicant 900.00 EUR." in shown


def test_words_are_text_and_never_markup(cast):
    offer = make_offer(cast.party_a, cast.case, terms=OfferTerms(words="<b>&amp;</b>"))
    for page in (url("offer", offer), url("accept", offer), url("counter", offer)):
        html = client_of(cast.party_b).get(page).content.decode()
        assert "<b>&amp;</b>" not in html
        assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in html
