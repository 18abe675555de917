"""The menu at the top of every page: what somebody is decides what is in it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from mediation.centers.enums import CenterRole
from mediation.centers.models import Membership
from mediation.navigation import navigation
from tests.factories.cast import make_center, person

pytestmark = pytest.mark.django_db
OWN = [reverse("desk:list"), reverse("accounts:profile")]


def menu(user):
    request = RequestFactory().get("/me/passkeys/")
    request.user = user
    return navigation(request)["navigation"]


def member(*roles):
    user, center = person("somebody"), make_center()
    for role in roles:
        Membership.objects.create(user=user, center=center, role=role)
    return user


@pytest.mark.parametrize(
    ("roles", "more"),
    [
        ([], []),
        ([CenterRole.MEDIATOR], ["matching:queue"]),
        ([CenterRole.PRIVACY_OFFICER], ["rights:desk"]),
        ([CenterRole.COORDINATOR], ["holds:list"]),
        ([CenterRole.COORDINATOR, CenterRole.PRIVACY_OFFICER], ["rights:desk"]),
    ],
)
def test_everybody_has_their_own_places_and_no_others(roles, more):
    links = [link["url"] for link in menu(member(*roles))]
    assert links == [OWN[0], *map(reverse, more), OWN[1]]


def test_whoever_is_not_a_member_any_more_has_no_place_left():
    user = member(CenterRole.MEDIATOR)
    Membership.objects.update(ended_at=timezone.now())
    assert [link["url"] for link in menu(user)] == OWN


def test_a_page_below_a_place_is_part_of_it():
    assert [link["url"] for link in menu(member()) if link["current"]] == [OWN[1]]


def test_nobody_who_is_not_signed_in_has_a_menu():
    assert menu(AnonymousUser()) == []


def test_the_menu_takes_two_questions_whatever_somebody_is(django_assert_num_queries):
    user = member(*CenterRole)
    with django_assert_num_queries(2):
        menu(user)
