"""A centre's own periods: within bounds, for new cases only, on record."""

import json
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.urls import reverse

from mediation.audit.models import EntryDetail
from mediation.cases.models import Case
from mediation.cases.selectors.dates import erasure_dates
from mediation.centers import services
from mediation.centers.enums import CenterRole
from mediation.centers.models import PeriodChange
from mediation.centers.selectors import periods_of
from mediation.centers.services import PeriodNotAllowed
from mediation.core.errors import Forbidden
from mediation.privacy.selectors import policy_sha256
from mediation.profiles.selectors import profile_named
from tests.factories.cast import make_case, person

pytestmark = pytest.mark.django_db
STAGE = "waiting"


@pytest.fixture
def officer(cast):
    user = person("pia")
    services.add_member(center=cast.center, user=user, role=CenterRole.PRIVACY_OFFICER)
    return user


def change(cast, officer, ending="settled", **days):
    return services.change_periods(actor=officer, center=cast.center, periods={ending: days})


def test_a_centre_keeps_what_its_profile_says_until_it_changes_it(cast, officer):
    assert periods_of(cast.center) == profile_named("generic").retention

    change(cast, officer, joint=60)

    assert periods_of(cast.center)["settled"]["joint"] == 60
    assert (
        periods_of(cast.center)["not_settled"] == profile_named("generic").retention["not_settled"]
    )


def test_a_case_keeps_the_periods_it_began_with(cast, officer):
    """A date once shown never moves, neither away nor nearer, by what the centre decides later."""
    before, hashed = erasure_dates(cast.case), policy_sha256(cast.case)

    change(cast, officer, shell=3650)

    old = Case.objects.get(pk=cast.case.pk)
    assert erasure_dates(old) == before
    assert policy_sha256(old) == hashed
    new = make_case(cast, stage="waiting")
    assert new.periods["settled"]["shell"] == 3650
    assert policy_sha256(new) != hashed


@pytest.mark.parametrize(
    ("ending", "days"),
    [
        ("settled", {"joint": 13}),
        ("settled", {"joint": 181}),
        ("settled", {"caucus": 31}),
        ("left", {"caucus": 2}),
        ("never_joined", {"identity": 17}),
        ("given_up", {"joint": 1}),
        ("settled", {"shell": 365}),  # the settlement would be there without its case
    ],
)
def test_what_the_profile_does_not_allow_is_refused(cast, officer, ending, days):
    with pytest.raises(PeriodNotAllowed):
        change(cast, officer, ending, **days)

    assert not PeriodChange.objects.exists()


@pytest.mark.parametrize("who", ["mediator", "coordinator", "party_a", "other_staff", "clerk"])
def test_only_the_privacy_officer_changes_them(cast, who):
    with pytest.raises(Forbidden):
        change(cast, getattr(cast, who), joint=60)


def test_the_officer_of_another_centre_changes_nothing_here(cast, client):
    other = services.open_center(
        name="Far", name_en="", kind="people", registration_no="R-9", seat="Far", profile="generic"
    )
    user = person("otto")
    services.add_member(center=other, user=user, role=CenterRole.PRIVACY_OFFICER)

    with pytest.raises(Forbidden):
        change(cast, user, joint=60)
    client.force_login(user)
    assert client.get(reverse("centers:periods", args=[cast.center.pk])).status_code == 404


def test_a_change_is_on_record_and_the_same_again_is_none(cast, officer):
    assert len(change(cast, officer, joint=60, caucus=30)) == 1
    assert change(cast, officer, joint=60) == []

    found = EntryDetail.objects.filter(actor_id=officer.pk)
    facts = [json.loads(bytes(row.details))["facts"] for row in found]
    assert {"ending": "settled", "compartment": "joint", "days": 60} in facts


def test_a_profile_that_grew_stricter_draws_a_period_back(cast):
    PeriodChange.objects.create(
        center=cast.center,
        outcome_class="settled",
        compartment="caucus",
        days=400,
        changed_at=cast.case.created_at,
    )

    assert periods_of(cast.center)["settled"]["caucus"] == 30


def filled(cast, **changed):
    days = periods_of(cast.center)
    values = {f"{e}-{part}": n for e, named in days.items() for part, n in named.items()}
    return {**values, **changed}


def test_the_page_saves_what_was_changed(cast, officer, client):
    client.force_login(officer)
    path = reverse("centers:periods", args=[cast.center.pk])

    answer = client.post(path, filled(cast, **{"settled-joint": 45}), follow=True)

    assert "45 days" in answer.content.decode()
    assert [row.days for row in PeriodChange.objects.all()] == [45]


@pytest.mark.parametrize(
    ("field", "days"), [("settled-joint", 999), ("settled-joint", "soon"), ("settled-shell", 400)]
)
def test_the_page_says_what_is_not_allowed(cast, officer, client, field, days):
    client.force_login(officer)
    path = reverse("centers:periods", args=[cast.center.pk])

    answer = client.post(path, filled(cast, **{field: days}))

    assert answer.status_code == 200
    assert "govuk-error-message" in answer.content.decode()
    assert not PeriodChange.objects.exists()


def test_the_link_is_there_for_privacy_officers_alone(cast, officer, client):
    path = reverse("centers:periods", args=[cast.center.pk])
    for user, is_there in ((officer, True), (cast.mediator, False)):
        client.force_login(user)
        assert (path in client.get(reverse("rights:desk")).content.decode()) is is_there


def test_the_command_sets_one_period(cast):
    out = StringIO()
    call_command("set_period", "R-1", "not_settled", "joint", "20", stdout=out)

    assert periods_of(cast.center)["not_settled"]["joint"] == 20
    for wrong in (
        ("R-1", "not_settled", "joint", "200"),
        ("R-1", "nowhere", "joint", "20"),
        ("R-0", "not_settled", "joint", "20"),
    ):
        with pytest.raises(CommandError):
            call_command("set_period", *wrong)


def test_cases_begun_before_there_were_own_periods_keep_their_profile(cast):
    Case.objects.update(periods={})
    import_module("mediation.cases.migrations.0004_periods").keep_what_was_promised(apps, None)

    assert Case.objects.get(pk=cast.case.pk).periods == profile_named("generic").retention
