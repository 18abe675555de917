"""The pages of a sealed round as everybody, and what they take and refuse."""

import re
from base64 import b64encode
from uuid import uuid4

import pytest
from django.urls import reverse

from mediation.cases.access import participant_of
from mediation.desk.next_steps import tasks_for
from mediation.offers.enums import RoundRule
from mediation.offers.enums import RoundState as R
from mediation.offers.models import SealedFigure, SealedRound
from tests.factories.cast import NAMES
from tests.factories.sealed import agreed_round, both_in, browsers, fresh_round, propose
from tests.promises.world import client_of

INSIDE = ("party_a", "party_b", "mediator")
FIELDS = {
    "question": "All claims about the van?",
    "payer": "B",
    "currency": "EUR",
    "rule": "midpoint",
    "valid_days": "7",
}
POSTS = ("agree_to_round", "decline_round", "call_off_round")
BLIND = ("commit_figure", "seal_for_both", "open_round")


def url(name, row):
    return reverse(f"offers:{name}", args=[row.case_id, row.pk])


def new(cast):
    return reverse("offers:propose_round", args=[cast.case.pk])


def text_of(answer):
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


# --- Who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_every_page_of_a_round_as_everybody(cast, who):
    row = agreed_round(cast)
    client = client_of(cast.everybody[who])
    known = 302 if who == "nobody" else 200 if who in INSIDE else 404
    for name in ("round", "round_state"):
        assert client.get(url(name, row)).status_code == known, name
    for name in (*POSTS, *BLIND):
        expected = 302 if who == "nobody" else 405
        assert client.get(url(name, row)).status_code == expected, name
    entry = vars(browsers(cast)[0].entry(row))
    answer = client.post(url("commit_figure", row), entry)
    asked = {"party_a": 200, "party_b": 200, "mediator": 403, "nobody": 302}
    assert answer.status_code == asked.get(who, 404)
    assert SealedFigure.objects.count() == (who in {"party_a", "party_b"})


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_answering_a_proposal_as_everybody(cast, who):
    row = propose(cast.party_a, cast.case)
    client = client_of(cast.everybody[who])
    asked = {"party_a": 403, "party_b": 302, "mediator": 403, "nobody": 302}
    assert client.post(url("decline_round", row)).status_code == asked.get(who, 404)
    assert (fresh_round(row).state == R.DECLINED) == (who == "party_b")


def test_a_round_under_another_cases_address_is_not_found(cast):
    row = agreed_round(cast)
    for name in ("round", "round_state"):
        other = reverse(f"offers:{name}", args=[cast.center.pk, row.pk])
        assert client_of(cast.party_a).get(other).status_code == 404


def test_the_state_has_nothing_of_the_other_side(cast):
    row = agreed_round(cast)
    client = client_of(cast.party_b)
    before = client.get(url("round_state", row)).content
    a, b = browsers(cast)
    a.commit(row)
    assert client.get(url("round_state", row)).content == before
    b.commit(row)
    theirs = SealedFigure.objects.get(side__letter="A")
    told = client.get(url("round_state", row)).content.decode()
    assert theirs.commitment not in told
    assert theirs.public_key.replace("/", "\\/") in told.replace("/", "\\/")


# --- What comes in ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["figure", "amount", "value", "salt", "text"])
def test_a_figure_in_clear_is_refused_and_not_passed_over(cast, name):
    row = agreed_round(cast)
    entry = {**vars(browsers(cast)[0].entry(row)), name: "1250.00"}
    answer = client_of(cast.party_a).post(url("commit_figure", row), entry)
    assert answer.status_code == 400
    assert not SealedFigure.objects.exists()


def test_the_boxes_of_the_page_have_no_names_with_which_a_form_could_send_them(cast):
    row = agreed_round(cast)
    html = client_of(cast.party_a).get(url("round", row)).content.decode()
    form = html.partition("data-med-figure")[2].partition("</form>")[0]
    assert 'id="figure"' in form
    assert " name=" not in form


def test_the_key_is_refused_before_there_is_anything_to_open(cast):
    row, a, _b = both_in(cast)
    fields = {"opening": a.opening(row), "key": b64encode(a.key(row)).decode()}
    client = client_of(cast.party_a)
    assert client.post(url("open_round", row), fields).status_code == 409
    assert client.post(url("seal_for_both", row), fields).status_code == 400
    assert not SealedFigure.objects.exclude(opening_sealed=b"").exists()


# --- What people read -----------------------------------------------------------------------------


def test_a_round_from_the_question_to_the_midpoint(cast):
    client = client_of(cast.party_a)
    answer = client.post(new(cast), {**FIELDS, "client_id": uuid4()}, follow=True)
    assert "The sealed offer is proposed." in text_of(answer)
    row = SealedRound.objects.get()
    page = text_of(client_of(cast.party_b).get(url("round", row)))
    assert "Bo Respondent seals the most it would pay, Ada Applicant the least" in page
    assert "each side can work out the other's" in page
    assert "Waits for your answer" in page
    client_of(cast.party_b).post(url("agree_to_round", row))
    a, b = browsers(cast, takes=90_000, pays=100_001)
    a.commit(row)
    b.commit(row)
    a.seal(row)
    b.open(row)
    for who in INSIDE:
        page = text_of(client_of(getattr(cast, who)).get(url("round", row)))
        assert "The figures overlap. The middle is 950.00 EUR." in page
        assert "Whatever was sealed is destroyed." in page


@pytest.mark.parametrize(
    ("takes", "pays", "rule", "told"),
    [
        (2, 1, RoundRule.MIDPOINT, "The figures do not overlap."),
        (1, 2, RoundRule.OVERLAP, "The figures overlap: the one side would pay at least"),
    ],
)
def test_what_is_told_at_the_end_is_the_same_for_everybody(cast, takes, pays, rule, told):
    row, a, b = both_in(cast, takes=takes, pays=pays, rule=rule)
    b.seal(row)
    a.open(row)
    for who in INSIDE:
        page = text_of(client_of(getattr(cast, who)).get(url("round", row)))
        assert told in page
        assert "0.01" not in page
        assert "0.02" not in page


def test_without_javascript_the_page_says_so_and_offers_the_open_way(cast):
    row = agreed_round(cast)
    html = client_of(cast.party_a).get(url("round", row)).content.decode()
    assert "can only be sealed with JavaScript" in html
    assert reverse("offers:new", args=[cast.case.pk]) in html
    assert "<form data-med-figure hidden" in " ".join(html.split())
    watching = client_of(cast.mediator).get(url("round", row)).content.decode()
    assert "data-med-figure" not in watching


@pytest.mark.parametrize(
    "slip", [{"question": ""}, {"payer": ""}, {"rule": ""}, {"valid_days": "31"}, {"payer": "C"}]
)
def test_a_slip_is_told_and_nothing_is_proposed(cast, slip):
    sent = {**FIELDS, "client_id": uuid4(), **slip}
    answer = client_of(cast.party_a).post(new(cast), sent)
    assert answer.status_code == 200
    assert "Please check the following" in text_of(answer)
    assert not SealedRound.objects.exists()


def test_the_list_leads_to_it_and_says_when_it_waits_for_me(cast):
    listed = reverse("offers:list", args=[cast.case.pk])
    assert new(cast) in client_of(cast.party_a).get(listed).content.decode()
    row = propose(cast.party_a, cast.case)
    page = client_of(cast.party_b).get(listed)
    assert "A sealed offer waits for you." in text_of(page)
    assert url("round", row) in page.content.decode()
    assert new(cast) not in page.content.decode()
    assert "A sealed offer waits for you." not in text_of(client_of(cast.party_a).get(listed))


def test_the_case_page_says_what_is_next_without_telling_of_the_other_side(cast):
    def status(user):
        cast.case.refresh_from_db()
        found = tasks_for(participant_of(user, cast.case))
        return next(str(task.status) for task in found if str(task.title) == "Offers")

    row = agreed_round(cast)
    assert [status(getattr(cast, who)) for who in INSIDE] == ["Needs you", "Needs you", "Look"]
    a, b = browsers(cast)
    a.commit(row)
    assert [status(getattr(cast, who)) for who in INSIDE] == ["Look", "Needs you", "Look"]
    b.commit(row)
    b.seal(row)
    assert [status(getattr(cast, who)) for who in INSIDE] == ["Needs you", "Look", "Look"]
    a.open(row)
    assert [status(getattr(cast, who)) for who in INSIDE] == ["Look"] * 3
