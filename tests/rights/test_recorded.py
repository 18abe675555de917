"""What came by letter, by telephone or in person: written down by an officer, answered in time."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mediation.accounts.models import User
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.core.errors import Forbidden, InvalidInput
from mediation.profiles.holidays import Holidays
from mediation.rights import access, clock, selectors
from mediation.rights.enums import Asker, Decision, Light, Right
from mediation.rights.models import RightsRequest
from mediation.rights.services import news
from mediation.rights.services import requests as services
from mediation.rights.services.requests import Recorded
from mediation.vault import services as vault
from mediation.vault.services import KeyDestroyed
from tests.factories.cast import NAMES, make_cast, person

pytestmark = pytest.mark.django_db(transaction=True)
WHO = "relative-canary: her daughter, Elm Street 4; death certificate 12/2026 shown"
WORDS = "request-canary: what did my mother write?"


@pytest.fixture
def cast():
    """Otto is the centre's officer; another centre has one, too."""
    made = make_cast("mediating")
    elsewhere = centers.Center.objects.get(name="Elsewhere")
    for name, center in (("officer", made.center), ("elsewhere", elsewhere)):
        made.extra[name] = person(name)
        centers.add_member(center=center, user=made.extra[name], role=CenterRole.PRIVACY_OFFICER)
    return made


def record(cast, actor=None, days_ago=0, client_id=None):
    day = clock.today() - timedelta(days=days_ago)
    return services.record_request(
        actor=actor or cast.extra["officer"],
        center=cast.center,
        right=Right.ACCESS,
        words=WORDS,
        recorded=Recorded(Asker.RELATIVE, WHO, day),
        client_id=client_id or uuid4(),
    )


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", [*(name for name in NAMES if name != "nobody"), "elsewhere"])
def test_only_an_officer_of_the_centre_writes_one_down(cast, name):
    with pytest.raises(Forbidden):
        record(cast, cast.extra.get(name) or getattr(cast, name))
    assert not RightsRequest.objects.exists()


def test_an_officer_who_is_a_party_there_neither_writes_nor_reads_nor_hears_of_one(cast):
    """It may be the other side's letter: no account tells."""
    centers.add_member(center=cast.center, user=cast.party_b, role=CenterRole.PRIVACY_OFFICER)
    with pytest.raises(Forbidden):
        record(cast, cast.party_b)
    request = record(cast)
    mail.outbox.clear()
    news.tell_officers(request=request)
    assert [letter.to for letter in mail.outbox] == [[cast.extra["officer"].email]]
    page = reverse("rights:officer_request", args=[request.pk])
    assert client_of(cast.party_b).get(page).status_code == 404
    assert client_of(cast.extra["officer"]).get(page).status_code == 200
    form = client_of(cast.party_b).get(reverse("rights:record"))
    assert not form.context["form"].fields["center"].queryset.exists()


def test_the_time_runs_from_the_day_it_came(cast):
    late = record(cast, days_ago=40)
    today = clock.today()
    due = clock.due_on(late.received_at, late.rule, holidays=Holidays())
    assert late.due_on == due < today
    assert timezone.localdate(late.received_at) == today - timedelta(days=40)
    assert selectors.light_of(late, today) == Light.RED


@pytest.mark.parametrize("days_ago", [-1, 366])
def test_a_day_to_come_or_long_past_is_refused(cast, days_ago):
    with pytest.raises(InvalidInput):
        record(cast, days_ago=days_ago)


def test_twice_is_once_and_two_letters_are_two(cast):
    client_id = uuid4()
    assert record(cast, client_id=client_id) == record(cast, client_id=client_id)
    assert record(cast).pk != RightsRequest.objects.get(client_id=client_id).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        RightsRequest.objects.update(client_id=client_id)


def test_it_belongs_to_no_account_and_no_case(cast):
    made = record(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        RightsRequest.objects.filter(pk=made.pk).update(user=cast.party_a)
    for user in (cast.party_a, cast.party_b):
        assert not access.requests_of(user).exists()
        assert client_of(user).get(reverse("rights:request", args=[made.pk])).status_code == 404
    assert access.requests_to(cast.extra["officer"]).get() == made
    assert not access.requests_to(cast.extra["elsewhere"]).exists()


def test_who_asks_is_sealed_and_goes_with_the_words(cast):
    made = record(cast)
    row = RightsRequest.objects.get()
    assert b"canary" not in bytes(row.asker_sealed) + bytes(row.words_sealed)
    assert selectors.shown(row).asker == WHO
    answer(cast, made)
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 + 2), tick=False):
        assert services.forget_requests() == 1
    with pytest.raises(KeyDestroyed):
        vault.open_text(
            place=selectors.place_of(row),
            slot=selectors.slot_of(row, "asker"),
            sealed=bytes(row.asker_sealed),
        )


def answer(cast, request):
    return services.answer_request(
        actor=cast.extra["officer"],
        request=request,
        decision=Decision.GRANTED,
        ground="",
        words="answer-canary",
    )


def test_no_mail_says_what_it_is_about_and_nobody_but_officers_gets_one(cast):
    made = record(cast)
    mail.outbox.clear()
    news.tell_officers(request=made)
    answered = answer(cast, made)
    news.tell_person(request=answered)
    assert [letter.to for letter in mail.outbox] == [[cast.extra["officer"].email]]
    assert "canary" not in str([letter.body for letter in mail.outbox])


def test_an_officer_writes_down_and_answers_what_a_relative_asked(cast):
    client, today = client_of(cast.extra["officer"]), clock.today()
    form = client.get(reverse("rights:record")).context["form"]
    said = {
        "center": cast.center.pk,
        "received_on_day": today.day,
        "received_on_month": today.month,
        "received_on_year": today.year,
        "asker": "relative",
        "who": WHO,
        "right": "access",
        "words": WORDS,
        "client_id": form.fields["client_id"].initial(),
    }
    wrong = client.post(reverse("rights:record"), {**said, "received_on_year": today.year + 1})
    assert "still to come" in wrong.content.decode()
    for _press in range(2):
        page = client.post(reverse("rights:record"), said, follow=True).content.decode()
        assert WHO in page
        assert "A close relative of somebody who has died" in page
        assert "Nobody is told by this service" in page
    request = RightsRequest.objects.get()
    shown = client.post(
        reverse("rights:answer", args=[request.pk]),
        {"decision": "granted", "ground": "", "words": "answer-canary"},
        follow=True,
    )
    assert "Now give or send them what stands below" in shown.content.decode()
    assert "answer-canary" in shown.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_the_page_and_the_api_are_for_officers_alone(cast, name):
    user = getattr(cast, name, None)
    client = client_of(user) if isinstance(user, User) else Client()
    for path in (reverse("rights:record"), reverse("api:officer-requests")):
        assert client.post(path, {}).status_code in {302, 401, 403}
    assert not RightsRequest.objects.exists()


def test_the_api_writes_one_down_once(cast):
    client = client_of(cast.extra["officer"])
    said = {
        "client_id": str(uuid4()),
        "center": str(cast.center.pk),
        "right": "erase",
        "words": WORDS,
        "asked_through": "representative",
        "asker": WHO,
        "received_on": str(clock.today()),
    }
    path = reverse("api:officer-requests")
    answers = [client.post(path, said, content_type="application/json") for _time in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    found = answers[0].json()
    assert (found["asked_by"], found["asked_through"], found["asker"]) == (
        None,
        "representative",
        WHO,
    )
    assert RightsRequest.objects.count() == 1
    later = {**said, "client_id": str(uuid4()), "received_on": "2999-01-01"}
    assert client.post(path, later, content_type="application/json").status_code == 400
    elsewhere = {**said, "center": str(centers.Center.objects.get(name="Elsewhere").pk)}
    assert client.post(path, elsewhere, content_type="application/json").status_code == 404
