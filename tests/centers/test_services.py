from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediation.accounts.services import forget_unproven_people
from mediation.centers import access, services
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center, Membership
from tests.factories.cast import make_center, person

pytestmark = pytest.mark.django_db


def test_a_centre_is_opened_once_per_registration_number():
    assert make_center() == make_center()
    assert Center.objects.count() == 1


def test_a_role_is_given_once_and_ends_at_once():
    center, mei = make_center(), person("mei")
    given = services.add_member(center=center, user=mei, role=CenterRole.MEDIATOR)
    assert services.add_member(center=center, user=mei, role=CenterRole.MEDIATOR) == given
    assert access.is_mediator(mei)
    assert access.is_mediator_at(mei, center)
    services.end_membership(membership=given)
    assert not access.is_mediator(mei)
    services.add_member(center=center, user=mei, role=CenterRole.MEDIATOR)
    assert Membership.objects.count() == 2  # what was, stays on record


def test_a_role_in_one_centre_is_none_in_another():
    center, other, mei = make_center(), make_center("Elsewhere", "R-2"), person("mei")
    services.add_member(center=center, user=mei, role=CenterRole.MEDIATOR)
    assert not access.is_mediator_at(mei, other)
    assert not access.is_coordinator(mei)
    assert list(access.centers_where(mei, CenterRole.MEDIATOR)) == [center]


def test_the_operator_opens_a_centre_and_names_a_mediator_by_command():
    call_command("add_center", "Elm Street", "--registration-no", "R-9", "--seat", "Elm")
    call_command("add_member", "R-9", "mei@people.example")
    assert Membership.objects.get().center.name == "Elm Street"
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        forget_unproven_people()  # she has not signed in yet, and stays
    assert Membership.objects.get().user.email == "mei@people.example"
    with pytest.raises(CommandError):
        call_command("add_member", "R-none", "mei@people.example")


def test_the_operator_takes_one_role_away_by_command(capsys):
    center, mei = make_center(), person("mei")
    for role in (CenterRole.MEDIATOR, CenterRole.COORDINATOR):
        services.add_member(center=center, user=mei, role=role)
    told = (center.registration_no, mei.email.upper())
    call_command("end_member", *told, role="mediator")
    assert access.roles_of(mei) == {CenterRole.COORDINATOR}
    assert capsys.readouterr().out.endswith(f"no longer mediator at {center.name}, which has 0\n")
    for args in (told, ("R-none", mei.email), (center.registration_no, "nobody@people.example")):
        with pytest.raises(CommandError):
            call_command("end_member", *args, role="mediator")
    assert access.is_coordinator(mei)
