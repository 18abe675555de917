"""The court pages as the standing cast."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.courts.models import Release
from mediation.courts.package.check import check_package
from mediation.courts.services import releases
from tests.factories.courts import make_released, propose

pytestmark = pytest.mark.django_db
SIGN_IN = 302
EVERYBODY = [
    "party_a",
    "party_b",
    "mediator",
    "coordinator",
    "other_staff",
    "clerk",
    "stranger",
    "nobody",
]


def client_of(sealed, name):
    client = Client()
    user = sealed.cast.everybody[name]
    if user:
        client.force_login(user)
    return client


def expected(name, **known):
    return known.get(name, SIGN_IN if name == "nobody" else 404)


@pytest.mark.parametrize("name", EVERYBODY)
def test_release_page(sealed, name):
    answer = client_of(sealed, name).get(reverse("courts:release", args=[sealed.case.pk]))
    assert answer.status_code == expected(name, party_a=200, party_b=200, mediator=403)


@pytest.mark.parametrize("name", EVERYBODY)
def test_naming_a_court(sealed, name):
    url = reverse("courts:release", args=[sealed.case.pk])
    answer = client_of(sealed, name).post(url, {"court": sealed.court.pk})
    assert answer.status_code == expected(name, party_a=302, party_b=302, mediator=403)
    assert Release.objects.exists() == name.startswith("party")


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("verb", ["consent", "withdraw"])
def test_agreeing_and_taking_back(sealed, name, verb):
    release = propose(sealed)
    url = reverse(f"courts:{verb}", args=[sealed.case.pk, release.pk])
    answer = client_of(sealed, name).post(url)
    assert answer.status_code == expected(name, party_a=302, party_b=302, mediator=403)
    release.refresh_from_db()
    assert (release.state == "withdrawn") == (verb == "withdraw" and name.startswith("party"))


@pytest.mark.parametrize("name", EVERYBODY)
def test_clerks_list(sealed, released, name):
    answer = client_of(sealed, name).get(reverse("courts:packages"))
    refused = {who: 403 for who in EVERYBODY if who not in {"clerk", "nobody"}}
    assert answer.status_code == expected(name, clerk=200, **refused)


@pytest.mark.parametrize("name", EVERYBODY)
def test_download(sealed, released, name):
    url = reverse("courts:download", args=[released.pk])
    client = client_of(sealed, name)
    answer = client.post(url)
    assert answer.status_code == expected(name, clerk=200)
    assert released.deliveries.count() == (1 if name == "clerk" else 0)
    if name == "clerk":
        assert check_package(answer.content).findings == ()
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "no-store" in answer.headers["Cache-Control"]
        assert client.get(url).status_code == 405


def test_another_courts_clerk_does_not_see_the_package(sealed, released):
    client = Client()
    client.force_login(sealed.other_clerk)
    page = client.get(reverse("courts:packages"))
    assert sealed.settlement.number not in page.content.decode()
    assert client.post(reverse("courts:download", args=[released.pk])).status_code == 404


def test_without_a_release_the_court_does_not_learn_of_the_case(sealed):
    propose(sealed)
    page = client_of(sealed, "clerk").get(reverse("courts:packages")).content.decode()
    assert sealed.case.number not in page
    assert sealed.settlement.number not in page


def test_a_withdrawn_package_is_gone_from_page_and_download(sealed, released):
    client = client_of(sealed, "clerk")
    assert sealed.settlement.number in client.get(reverse("courts:packages")).content.decode()
    releases.withdraw_release(actor=sealed.cast.party_b, release=released)
    assert sealed.settlement.number not in client.get(reverse("courts:packages")).content.decode()
    assert client.post(reverse("courts:download", args=[released.pk])).status_code == 404


def test_release_of_one_case_is_not_reached_through_another(sealed, released):
    other = released.pk
    url = reverse("courts:withdraw", args=[other, released.pk])
    assert client_of(sealed, "party_a").post(url).status_code == 404


def test_parties_read_what_is_given_the_countdown_and_each_sides_answer(sealed):
    release = propose(sealed)
    releases.consent_to_release(actor=sealed.cast.party_a, release=release, language="en")
    url = reverse("courts:release", args=[sealed.case.pk])
    mine = client_of(sealed, "party_a").get(url).content.decode()
    theirs = client_of(sealed, "party_b").get(url).content.decode()
    for page in (mine, theirs):
        assert "within 30 days" in page
        assert "Both of you are applicants" in page
        assert "private talks with the mediator" in page
        assert page.count("Agreed on") == 1
    assert "I agree to this release" not in mine
    assert "Take it back" in mine
    assert "I agree to this release" in theirs
    assert "No, do not release it" in theirs


def test_chinese_readers_get_the_consent_in_chinese(sealed):
    propose(sealed)
    url = reverse("courts:release", args=[sealed.case.pk])
    sealed.cast.party_b.language = "zh-hans"
    sealed.cast.party_b.save()
    page = client_of(sealed, "party_b").get(url, headers={"accept-language": "zh-hans"})
    assert "向法院披露" in page.content.decode()
    assert "和阳县人民法院" in page.content.decode()


def test_choosing_nothing_is_a_plain_error(sealed):
    url = reverse("courts:release", args=[sealed.case.pk])
    answer = client_of(sealed, "party_a").post(url, {"court": ""})
    assert answer.status_code == 200
    assert "Choose a court." in answer.content.decode()


def test_list_takes_as_many_queries_for_three_as_for_one(sealed, released):
    client = client_of(sealed, "clerk")
    client.get(reverse("courts:packages"))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(reverse("courts:packages"))
    for _number in range(2):
        add_case_like(sealed)
    with CaptureQueriesContext(connection) as three:
        page = client.get(reverse("courts:packages"))
    assert page.content.decode().count("/download/") == 3
    assert len(one) == len(three)


def add_case_like(sealed):
    """Another settled case: the drafting of which this test is not about."""
    from copy import copy

    from mediation.settlements.models import Document, Settlement, Version
    from tests.factories.cast import make_case
    from tests.factories.courts import Sealed

    case = make_case(sealed.cast, stage="mediating")
    settlement = Settlement.objects.create(
        case=case, number=f"{case.number}-S1", state="sealed", language="en"
    )
    version = Version.objects.create(
        settlement=settlement,
        number=1,
        mediator=case.participants.mediators().get(),
        terms_sealed=b"",
        terms_sha256="0" * 64,
        frozen_at=case.created_at,
    )
    Document.objects.create(
        settlement=settlement,
        version=version,
        sha256=case.pk.hex * 2,
        prepared_at=case.created_at,
        sealed_at=case.created_at,
        effective_at=case.created_at,
    )
    cast = copy(sealed.cast)
    cast.case = case
    make_released(Sealed(cast, settlement, sealed.court, sealed.other_court, sealed.other_clerk))
