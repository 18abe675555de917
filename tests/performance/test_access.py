"""Every page and every verb of the API as the standing cast, with a report that waits."""

import pytest
from django.urls import reverse

from mediation.courts.selectors import outcome_for_system
from mediation.performance import access
from mediation.performance.enums import Says
from mediation.performance.models import Statement
from mediation.privacy.selectors import history_of
from mediation.settlements.models import Settlement
from tests.factories.cast import NAMES
from tests.factories.performance import say
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
# What each side gets; everybody else gets 404, and whoever is not signed in is asked to.
READS = {
    "tracker": (200, 200),
    "days": (200, 200),
    "certificate": (409, 409),
    "line": (200, 200),
    "report": (302, 200),
    "confirm": (200, 302),
    "dispute": (200, 302),
}
# With a form nobody filled in.
POSTS = {
    "remind": (302, 302),
    "report": (302, 200),
    "confirm": (200, 302),
    "dispute": (200, 302),
    "confirm_part": (302, 302),
    "take_back": (302, 302),
}
OF_A_LINE = {"line", "report", "confirm", "dispute", "confirm_part", "take_back"}


@pytest.fixture
def reported(cast, settlement):
    say(cast.party_b, settlement, Says.PART, note="canary-of-a-note")
    return settlement


def url(name, case, key="o1"):
    kwargs = {"case_id": case.pk} | ({"line_key": key} if name in OF_A_LINE else {})
    return reverse(f"obligations:{name}", kwargs=kwargs)


@pytest.mark.parametrize("name", sorted(READS))
def test_who_reads_a_page(cast, reported, name):
    expected = dict(zip(("party_a", "party_b"), READS[name], strict=True))
    for who in NAMES:
        answer = client_of(getattr(cast, who)).get(url(name, cast.case))
        assert answer.status_code == expected.get(who, 404), who
    assert client_of(None).get(url(name, cast.case)).status_code == 302


@pytest.mark.parametrize("name", sorted(POSTS))
def test_who_presses_a_button(cast, reported, name):
    expected = dict(zip(("party_a", "party_b"), POSTS[name], strict=True))
    for who in NAMES:
        answer = client_of(getattr(cast, who)).post(url(name, cast.case))
        assert answer.status_code == expected.get(who, 404), who
    assert Statement.objects.count() == 1


@pytest.mark.parametrize("name", sorted(OF_A_LINE))
def test_a_line_that_is_not_there(cast, reported, name):
    method = "post" if name in {"confirm_part", "take_back"} else "get"
    answer = getattr(client_of(cast.party_a), method)(url(name, cast.case, "o9"))
    assert answer.status_code == 404


API = ["obligations", "obligations-reminders", "obligations-certificate", "obligations-said"]


@pytest.mark.parametrize("name", API)
@pytest.mark.parametrize("who", [*NAMES[2:], None])
def test_the_api_is_there_for_the_sides_only(cast, reported, name, who):
    kwargs = {"case_id": cast.case.pk}
    kwargs |= {"line_key": "o1"} if name == "obligations-said" else {}
    method = {"obligations-reminders": "put", "obligations-said": "post"}.get(name, "get")
    client = client_of(getattr(cast, who) if who else None)
    answer = getattr(client, method)(
        reverse(f"api:{name}", kwargs=kwargs),
        **({} if method == "get" else {"data": "{}", "content_type": "application/json"}),
    )
    assert answer.status_code == (404 if who else 401)


@pytest.mark.parametrize("who", NAMES[2:])
def test_no_row_is_there_for_anybody_else(cast, reported, who):
    user = getattr(cast, who)
    assert not access.settlements_tracked_by(user).exists()
    assert not access.statements_visible_to(user).exists()
    assert not access.reminders_of(user).exists()


def test_whoever_left_the_case_sees_nothing_more(cast, reported):
    cast.case.participants.filter(user=cast.party_a).update(left_at=reported.created_at)
    assert client_of(cast.party_a).get(url("tracker", cast.case)).status_code == 404


def test_only_a_signed_settlement_is_tracked(cast, reported):
    for state in ("sealing", "refused", "lapsed"):
        Settlement.objects.filter(pk=reported.pk).update(state=state)
        assert client_of(cast.party_a).get(url("tracker", cast.case)).status_code == 404
    Settlement.objects.filter(pk=reported.pk).update(state="paper", paper_signed_on="2026-11-20")
    assert client_of(cast.party_a).get(url("tracker", cast.case)).status_code == 200


def test_nothing_of_it_is_on_the_mediators_pages(cast, reported):
    client = client_of(cast.mediator)
    for name in ("desk:case", "settlements:read", "privacy:case"):
        page = client.get(reverse(name, args=[cast.case.pk])).content.decode()
        assert "/obligations/" not in page
        assert "canary-of-a-note" not in page


def test_the_history_tells_each_only_of_their_own_words(cast, reported):
    def told(user):
        part = cast.case.participants.get(user=user)
        return [str(line.what) for line in history_of(part) if "agreed" in str(line.what)]

    assert told(cast.party_b) == ["Said something about what was agreed"]
    assert told(cast.party_a) == told(cast.mediator) == []


def test_what_a_court_reads_of_the_outcome_is_the_same(cast, settlement):
    before = outcome_for_system(cast.case, settlement)
    say(cast.party_b, settlement, Says.DONE)
    assert outcome_for_system(cast.case, settlement) == before
