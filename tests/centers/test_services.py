import pytest

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
