"""Promise 4: everything has an end date, shown before it is collected (P3, V7).

That it does end, bytes and backups included: tests/privacy. Here: what people read beforehand.
"""

import re
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from mediation.cases.enums import Compartment
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Invitation
from mediation.cases.selectors import letter_of
from mediation.cases.selectors.dates import erasure_dates
from mediation.cases.services import invitations
from mediation.cases.services.participation import begin_mediation, leave_case
from mediation.centers.selectors import periods_of
from mediation.core.clock import BEIJING
from mediation.privacy.access import talks_of
from mediation.privacy.inventory import TABLE, Fate, Kind
from mediation.profiles.selectors import ENDING_WORDS, profile_named, profile_names
from tests.factories.cast import consent_all, make_cast
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def dates_on(case):
    """Every date of destruction of this case, as pages write them on the clock of the cast."""
    zone = ZoneInfo(BEIJING)
    moments = [timezone.localtime(date.at, zone) for date in erasure_dates(case)]
    return {date_format(moment, "DATE_FORMAT") for moment in moments}


def test_what_is_kept_and_for_how_long_is_public(client):
    """Before anybody gives anything, signed in or not: every period of the rules."""
    text = text_of(client.get(reverse("core:privacy")))
    for key in profile_names():
        rules = profile_named(key)
        for ending in set(rules.retention) - {"given_up"}:
            row = " ".join(str(days) for days in _row(rules.retention, "caucus"))
            assert row in text
            for compartment, days in rules.retention[ending].items():
                assert str(days) in text, (ending, compartment)
                assert str(rules.bounds[ending][compartment][1]) in text


def _row(periods, compartment):
    return [periods[ending][compartment] for ending in ENDING_WORDS]


def test_the_page_where_an_application_begins_says_it(client):
    cast = make_cast("draft")
    page = client_of(cast.party_a).get(reverse("cases:start"))
    assert reverse("core:privacy") in page.content.decode()
    assert re.search(r"\d+ days|What we keep|destroyed", text_of(page))
    for compartment in ("joint", "caucus", "shell"):
        days = _row(periods_of(cast.center), compartment)
        assert " ".join(map(str, days)) in text_of(page)


def test_the_letter_says_it_before_the_invited_person_gives_anything():
    cast = make_cast("invited")
    invitation = Invitation.objects.select_related("case__center", "participant__side")
    invitation = invitation.get(case=cast.case)
    browser = client_of(None)
    browser.post(reverse("cases:invitation"), {"secret": invitations.token_of(invitation)})
    text = text_of(browser.get(reverse("cases:letter")))
    assert date_format(letter_of(invitation).erased_by, "DATE_FORMAT") in text
    for compartment in ("joint", "caucus", "shell"):
        assert " ".join(map(str, _row(cast.case.periods, compartment))) in text
    assert Case.objects.get(pk=cast.case.pk).participants.filter(user=cast.party_b).count() == 0


def test_the_consents_say_it_before_they_are_given():
    cast = make_cast("consenting")
    text = text_of(client_of(cast.party_b).get(reverse("cases:consents", args=[cast.case.pk])))
    dates = dates_on(cast.case)
    assert dates
    assert all(date in text for date in dates)


@pytest.mark.parametrize("who", ["party_a", "party_b", "mediator"])
def test_the_page_of_a_case_says_it_for_every_part(world, who):
    text = text_of(
        client_of(getattr(world.cast, who)).get(reverse("desk:case", args=[world.case.pk]))
    )
    assert all(date in text for date in dates_on(world.case))


def test_every_compartment_of_every_case_has_a_date(world):
    dates = erasure_dates(world.case, talks_of(world.case))
    assert {date.kind for date in dates} == set(Compartment)
    dated = {date.compartment for date in dates}
    assert {side.caucus for side in world.case.sides.all()} <= dated


@pytest.mark.parametrize("key", profile_names())
def test_no_rule_of_place_keeps_anything_for_ever(key):
    rules = profile_named(key)
    for ending in rules.retention:
        shortest = 0 if ending == "given_up" else 1  # what nobody else saw goes at once
        for compartment in Compartment:
            days = rules.period(ending, compartment).days
            assert shortest <= days <= 30 * 366, (ending, compartment)


@pytest.mark.parametrize("key", profile_names())
def test_a_centre_may_change_a_period_only_within_bounds_that_hold_the_usual_one(key):
    """And never so that somebody's private talks stay longer than the rules of the place say."""
    rules = profile_named(key)
    for ending, periods in rules.retention.items():
        for compartment, days in periods.items():
            shortest, longest = rules.bounds[ending][compartment]
            assert shortest <= days <= longest <= 10 * 365
            if compartment in {"caucus", "notes"} or ending == "never_joined":
                assert longest == days or compartment == "shell"


def test_what_has_no_date_is_not_about_people():
    """Kept for as long as the service runs: nothing confidential, nothing about a party."""
    kept = {line.kind for line in TABLE if line.fate is Fate.KEPT}
    assert kept & {Kind.CONTENT, Kind.PERSON, Kind.PART} == set()


def test_what_was_promised_can_only_come_sooner():
    """As a case goes on, its dates move nearer and never further away."""
    cast = make_cast("invited")
    promised = [_dates(cast.case)]
    invitation = Invitation.objects.get(case=cast.case)
    invitations.accept_invitation(actor=cast.party_b, invitation=invitation)
    promised.append(_dates(cast.case))
    consent_all(cast, cast.case)
    promised.append(_dates(cast.case))
    with transaction.atomic():
        begin_mediation(actor=cast.mediator, case=lock(cast.case), mediator=cast.mediator)
    promised.append(_dates(cast.case))
    leave_case(actor=cast.party_b, case=cast.case)
    promised.append(_dates(cast.case))
    for before, after in pairwise(promised):
        assert {name for name, at in after.items() if at > before[name]} == set()


def _dates(case):
    case.refresh_from_db()
    return {date.compartment: date.at for date in erasure_dates(case)}
