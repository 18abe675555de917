"""The days of destruction as a calendar file, and the periods a certificate names the hash of."""

import hashlib
import re
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from mediation.cases.access import participant_of
from mediation.core.clock import BEIJING
from mediation.privacy.models import Certificate
from mediation.privacy.selectors import left_for
from tests.privacy.conftest import run_erasures

pytestmark = pytest.mark.django_db(transaction=True)


def fetched(client, user, name, case):
    client.force_login(user)
    answer = client.get(reverse(name, args=[case.pk]))
    assert answer.status_code == 200
    return answer.content


def days_in(content):
    return re.findall(r"DTSTART;VALUE=DATE:(\d{8})", content.decode())


@pytest.mark.parametrize("who", ["party_a", "mediator"])
def test_each_day_is_in_the_calendar_once(left, client, who):
    user = getattr(left, who)
    content = fetched(client, user, "privacy:dates", left.case)

    part = participant_of(user, left.case)
    days = {f"{timezone.localtime(one.at, ZoneInfo(BEIJING)):%Y%m%d}" for one in left_for(part)}
    assert days_in(content) == sorted(days)


def test_the_calendar_says_nothing_of_the_case(left, client):
    content = fetched(client, left.party_a, "privacy:dates", left.case).decode()

    assert set(re.findall(r"SUMMARY:(.*?)\r", content)) == {"A day to remember"}
    assert "DESCRIPTION" not in content
    assert left.case.number not in content
    assert not re.search(r"caucus|joint|notes|evidence|Ada|Bo\b", content)


def test_the_same_day_is_the_same_entry_at_the_next_download(left, client):
    ids = [
        re.findall(r"UID:(\S+)", fetched(client, left.party_a, "privacy:dates", left.case).decode())
        for _time in range(2)
    ]

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


@pytest.mark.parametrize("name", ["privacy:dates", "privacy:policy"])
def test_nobody_else_gets_the_files(left, client, name):
    path = reverse(name, args=[left.case.pk])
    for who in ("coordinator", "other_staff", "clerk", "stranger"):
        client.force_login(left.everybody[who])
        assert client.get(path).status_code == 404


def test_a_certificate_names_the_hash_of_the_periods_of_the_case(left, client):
    content = fetched(client, left.party_a, "privacy:policy", left.case)
    client.post(reverse("privacy:ask", args=[left.case.pk, "own"]))
    run_erasures(left.case)

    certificate = Certificate.objects.get(erasure__case_id=left.case.pk)
    said = certificate.signed["statement"]["policy"]
    assert said == {"profile": "generic", "sha256": hashlib.sha256(content).hexdigest()}
