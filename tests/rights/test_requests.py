"""Asking a centre about one's data: who may, by when, and what a no must say."""

import io
import json
import zipfile
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit.models import EntryDetail
from mediation.cases.lifecycle import lock
from mediation.cases.services.participation import begin_mediation
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center
from mediation.core.errors import Forbidden, WrongState
from mediation.holds.services import holds
from mediation.privacy.enums import Reason
from mediation.privacy.models import Erasure
from mediation.profiles.holidays import Holidays
from mediation.rights import access, selectors
from mediation.rights.clock import WORKING_DAYS, due_on
from mediation.rights.enums import Decision, Light, RefusalGround, RequestState, Right
from mediation.rights.errors import AskedAlready, TooLateToExtend
from mediation.rights.models import RightsRequest
from mediation.rights.services import news
from mediation.rights.services import requests as services
from mediation.rights.services.copy import download_everything
from mediation.vault import services as vault
from tests.factories.cast import consent_all, make_cast, person
from tests.privacy.test_holds import place_hold

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "request-canary: what do you hold?"


@pytest.fixture
def cast(settings, tmp_path):
    made = make_cast("consenting")
    made.extra["officer"] = person("otto")
    centers.add_member(
        center=made.center, user=made.extra["officer"], role=CenterRole.PRIVACY_OFFICER
    )
    return made


def make_mediated(cast):
    with transaction.atomic():
        consent_all(cast, cast.case)
        begin_mediation(actor=cast.mediator, case=lock(cast.case), mediator=cast.mediator)


def ask(cast, right=Right.ACCESS, user=None):
    return services.ask_center(
        actor=user or cast.party_a, center=cast.center, right=right, words=WORDS
    )


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def answer(cast, request, decision=Decision.GRANTED, ground="", actor=None):
    return services.answer_request(
        actor=actor or cast.extra["officer"],
        request=request,
        decision=decision,
        ground=ground,
        words="answer-canary",
    )


@pytest.mark.parametrize("name", ["coordinator", "other_staff", "clerk", "stranger"])
def test_only_whoever_has_a_case_there_asks_a_centre(cast, name):
    with pytest.raises(Forbidden):
        ask(cast, user=getattr(cast, name))


def test_a_party_who_left_still_asks(cast):
    part = cast.case.participants.get(user=cast.party_a)
    part.left_at = timezone.now()
    part.save()
    assert ask(cast).state == RequestState.RECEIVED


def test_the_same_is_asked_once_at_a_time(cast):
    first = ask(cast)
    with pytest.raises(AskedAlready):
        ask(cast)
    ask(cast, right=Right.OBJECT)
    services.withdraw_request(actor=cast.party_a, request=first)
    ask(cast)


@pytest.mark.parametrize(
    "name", ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
)
def test_only_an_officer_of_the_centre_answers(cast, name):
    request = ask(cast)
    with pytest.raises(Forbidden):
        answer(cast, request, actor=getattr(cast, name))
    with pytest.raises(Forbidden):
        services.extend_request(actor=getattr(cast, name), request=request, reasons="x")


def test_an_officer_does_not_answer_their_own_request_nor_another_centres(cast):
    centers.add_member(center=cast.center, user=cast.party_a, role=CenterRole.PRIVACY_OFFICER)
    request = ask(cast)
    with pytest.raises(Forbidden):
        answer(cast, request, actor=cast.party_a)
    elsewhere = person("ola")
    centers.add_member(
        center=Center.objects.get(name="Elsewhere"),
        user=elsewhere,
        role=CenterRole.PRIVACY_OFFICER,
    )
    assert not access.requests_to(elsewhere).exists()


def test_more_time_only_once_and_only_before_the_first_date(cast):
    request = ask(cast)
    later = time_machine.travel(timezone.now() + timedelta(days=40), tick=False)
    with later, pytest.raises(TooLateToExtend):
        services.extend_request(actor=cast.extra["officer"], request=request, reasons="x")
    extended = services.extend_request(
        actor=cast.extra["officer"], request=request, reasons="reason-canary"
    )
    assert extended.due_on > request.due_on + timedelta(days=50)
    with pytest.raises(TooLateToExtend):
        services.extend_request(actor=cast.extra["officer"], request=extended, reasons="x")


def test_where_the_law_gives_no_more_time_none_is_taken(cast):
    Center.objects.filter(pk=cast.center.pk).update(profile="cn-people")
    cast.center.refresh_from_db()
    request = ask(cast)
    assert request.due_on == due_on(request.received_at, WORKING_DAYS, holidays=Holidays())
    with pytest.raises(TooLateToExtend):
        services.extend_request(actor=cast.extra["officer"], request=request, reasons="x")


def test_a_no_needs_a_ground_and_a_yes_has_none(cast):
    request = ask(cast)
    with pytest.raises(WrongState):
        answer(cast, request, decision=Decision.REFUSED)
    with pytest.raises(WrongState):
        answer(cast, request, ground=RefusalGround.OTHERS)
    answered = answer(cast, request, decision=Decision.PARTLY, ground=RefusalGround.OTHERS)
    with pytest.raises(WrongState):
        answer(cast, answered)
    with pytest.raises(IntegrityError), transaction.atomic():
        RightsRequest.objects.filter(pk=request.pk).update(ground="")


@pytest.mark.parametrize("profile", ["generic", "cn-people"])
def test_a_refusal_says_where_to_complain(cast, profile):
    Center.objects.filter(pk=cast.center.pk).update(profile=profile)
    cast.center.refresh_from_db()
    request = ask(cast)
    answer(cast, request, decision=Decision.REFUSED, ground=RefusalGround.LEGAL_DUTY)
    page = client_of(cast.party_a).get(reverse("rights:request", args=[request.pk]))
    text = page.content.decode()
    assert "answer-canary" in text
    assert ("PIPL 65" if profile == "cn-people" else "GDPR 77") in text


LAWS = {  # of a place's rules: what its grounds quote, and what would be another place's
    "generic": (("GDPR", "2008/52/EC"), ("PIPL", "法")),
    "cn-people": (("PIPL", "法", "条例"), ("GDPR", "/EC")),
}


def quoted(cast, profile, language, ground=RefusalGround.LEGAL_DUTY):
    """What the officer's form, the officer's letter and the person's letter say of a refusal."""
    Center.objects.filter(pk=cast.center.pk).update(profile=profile)
    cast.center.refresh_from_db()
    people = (cast.extra["officer"], cast.party_a)
    for user in people:
        User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
    request = ask(cast)
    form = client_of(people[0]).get(reverse("rights:answer", args=[request.pk]))
    answer(cast, request, decision=Decision.REFUSED, ground=ground)
    # The rules of the request stay its own, also when the centre changes to others.
    Center.objects.filter(pk=cast.center.pk).update(profile="generic")
    letters = (
        client_of(people[0]).get(reverse("rights:officer_request", args=[request.pk])),
        client_of(people[1]).get(reverse("rights:request", args=[request.pk])),
    )
    return [page.content.decode() for page in (form, *letters)]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("profile", LAWS)
def test_grounds_quote_the_law_of_the_place_and_no_other(cast, profile, language):
    own, others = LAWS[profile]
    if language == "zh-hans":  # where laws are called by their Chinese names
        own = own if profile == "generic" else ("个人信息保护法",)
        others = others if profile == "cn-people" else ("个人信息保护法", "人民调解法")
    for text in quoted(cast, profile, language):
        main = text[text.index("<main") : text.index("</main>")]
        assert any(law in main for law in own)
        assert [law for law in others if law in main] == []


@pytest.mark.parametrize("ground", [RefusalGround.UNFOUNDED, RefusalGround.LEGAL_CLAIMS])
def test_a_ground_that_the_rules_do_not_know_is_none(cast, ground):
    Center.objects.filter(pk=cast.center.pk).update(profile="cn-people")
    cast.center.refresh_from_db()
    request = ask(cast)
    with pytest.raises(WrongState):
        answer(cast, request, decision=Decision.REFUSED, ground=ground)
    client, page = client_of(cast.extra["officer"]), reverse("rights:answer", args=[request.pk])
    written = {"decision": "refused", "ground": ground, "words": "x"}
    assert client.post(page, written).status_code == 200
    request.refresh_from_db()
    assert request.state == "received"
    # What was answered on it before the rules said so stays readable, without an article.
    RightsRequest.objects.filter(pk=request.pk).update(
        state="answered", ended_at=timezone.now(), decision="refused", ground=ground
    )
    shown = client_of(cast.party_a).get(reverse("rights:request", args=[request.pk]))
    assert str(ground.label) in shown.content.decode()


def test_the_copy_of_ones_data_says_the_ground_in_words(cast):
    request = ask(cast)
    answer(cast, request, decision=Decision.REFUSED, ground=RefusalGround.OTHERS)
    packed = zipfile.ZipFile(io.BytesIO(download_everything(actor=cast.party_a)))
    (said,) = json.loads(packed.read("data.json"))["requests"]
    words = "It would tell about somebody else (GDPR 15(4), 20(4))"
    assert (said["ground"], said["ground_in_words"]) == ("others", words)
    assert words in packed.read("index.html").decode()


def test_the_lights_are_about_the_time_left(cast):
    request = ask(cast)
    lights = {
        days: selectors.light_of(request, request.due_on - timedelta(days=days))
        for days in (8, 7, 0, -1)
    }
    assert lights == {8: Light.GREEN, 7: Light.AMBER, 0: Light.AMBER, -1: Light.RED}


def test_the_desk_shows_what_waits_for_a_second_person_also_at_the_end(cast):
    hold = place_hold(cast, "joint")
    second = person("oskar")
    centers.add_member(center=cast.center, user=second, role=CenterRole.PRIVACY_OFFICER)
    assert selectors.desk_of(second).holds == []
    holds.propose_release(actor=hold.proposed_by, hold=hold)
    assert [line.hold for line in selectors.desk_of(second).holds] == [hold]
    assert selectors.desk_of(hold.proposed_by).holds == []


def test_words_are_in_no_mail_record_or_table(cast):
    request = ask(cast)
    news.tell_officers(request=request)
    answer(cast, request)
    news.tell_person(request=RightsRequest.objects.get())
    said = "".join(letter.subject + letter.body for letter in mail.outbox)
    said += str(list(EntryDetail.objects.values_list("details", flat=True)))
    said += str(list(RightsRequest.objects.values()))
    assert [letter.to[0] for letter in mail.outbox] == [
        cast.extra["officer"].email,
        cast.party_a.email,
    ]
    assert "canary" not in said


@pytest.mark.parametrize("name", ["party_a", "party_b", "mediator"])
def test_an_officer_in_a_case_with_the_person_neither_reads_nor_hears_of_it(cast, name):
    make_mediated(cast)
    insider = getattr(cast, name)
    centers.add_member(center=cast.center, user=insider, role=CenterRole.PRIVACY_OFFICER)
    request = ask(cast)
    assert not access.requests_to(insider).exists()
    assert access.requests_to(cast.extra["officer"]).get() == request
    mail.outbox.clear()
    news.tell_officers(request=request)
    assert [letter.to[0] for letter in mail.outbox] == [cast.extra["officer"].email]


def test_on_the_last_day_it_is_in_time_wherever_the_officer_is(cast):
    request = ask(cast)
    evening = datetime.combine(request.due_on, time(20), tzinfo=UTC)
    with time_machine.travel(evening, tick=False), timezone.override("Asia/Shanghai"):
        assert selectors.shown(request).light == Light.AMBER
        services.extend_request(actor=cast.extra["officer"], request=request, reasons="x")


def test_words_die_three_years_after_the_end(cast):
    request = answer(cast, ask(cast))
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 - 1), tick=False):
        call_command("forget_requests")
        assert selectors.text_of(request, "words") == WORDS
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 + 1), tick=False):
        call_command("forget_requests")
    assert not RightsRequest.objects.exists()
    with pytest.raises(vault.KeyDestroyed):
        selectors.text_of(request, "words")


def test_the_pages_from_asking_to_the_answer(cast):
    me, officer = client_of(cast.party_a), client_of(cast.extra["officer"])
    page = me.post(reverse("rights:ask"), {"right": "access", "words": ""})
    assert "Say in a few words" in page.content.decode()
    sent = {"center": cast.center.pk, "right": "access", "words": WORDS}
    shown = me.post(reverse("rights:ask"), sent, follow=True)
    assert "Answer due by" in shown.content.decode()
    request = RightsRequest.objects.get()

    assert "In time" in officer.get(reverse("rights:desk")).content.decode()
    assert WORDS in officer.get(
        reverse("rights:officer_request", args=[request.pk])
    ).content.decode().replace("&#x27;", "'")
    officer.post(reverse("rights:extend", args=[request.pk]), {"reasons": "reason-canary"})
    url = reverse("rights:answer", args=[request.pk])
    refused = officer.post(url, {"decision": "refused", "words": "answer-canary"})
    assert "Choose the ground" in refused.content.decode()
    said = {"decision": "refused", "ground": "nothing", "words": "answer-canary"}
    officer.post(url, said)
    text = me.get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "answer-canary" in text
    assert "reason-canary" in text
    for other in (cast.party_b, cast.mediator, cast.stranger):
        client = client_of(other)
        assert client.get(reverse("rights:request", args=[request.pk])).status_code == 404
        assert client.get(reverse("rights:officer_request", args=[request.pk])).status_code == 404
        assert client.get(reverse("rights:desk")).status_code == 403


def test_a_late_destruction_without_a_case_counts_at_every_desk(cast):
    """The case's row went before its files did: only a desk can still say that some are left."""
    Erasure.objects.create(
        case_id=uuid4(),
        compartments=["shell"],
        reason=Reason.SCHEDULE,
        started_at=timezone.now() - timedelta(days=2),
    )
    assert selectors.desk_of(cast.extra["officer"]).late_destructions == 1
    elsewhere = person("ola")
    centers.add_member(
        center=Center.objects.exclude(pk=cast.center.pk).first(),
        user=elsewhere,
        role=CenterRole.PRIVACY_OFFICER,
    )
    assert selectors.desk_of(elsewhere).late_destructions == 1
    Erasure.objects.update(case_id=cast.case.pk)
    assert selectors.desk_of(cast.extra["officer"]).late_destructions == 1
    assert selectors.desk_of(elsewhere).late_destructions == 0
