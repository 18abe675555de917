"""Where the demonstration plays: one centre, its people, one court."""

from dataclasses import dataclass

from mediation.accounts.models import User
from mediation.centers import services as centers
from mediation.centers.enums import CenterKind, CenterRole
from mediation.centers.models import Center
from mediation.courts.models import Court
from mediation.courts.services import clerks
from mediation.demo.services.people import demo_people

MEDIATORS = ("yang", "he", "amy")


@dataclass(frozen=True)
class Place:
    center: Center
    court: Court
    people: dict[str, User]


def open_place(profile: str = "cn-people") -> Place:
    """The centre, court and people, made when missing."""
    people = demo_people()
    center = centers.open_center(
        name="合阳街道人民调解委员会",
        name_en="Heyang Street People's Mediation Committee",
        kind=CenterKind.PEOPLE,
        registration_no="合司调字第 0017 号",
        seat="合阳市文昌路 1 号",
        profile=profile,
    )
    for key in MEDIATORS:
        centers.add_member(center=center, user=people[key], role=CenterRole.MEDIATOR)
    coordinator = people["coordinator"]
    centers.add_member(center=center, user=coordinator, role=CenterRole.COORDINATOR)
    officer = people["officer"]
    centers.add_member(center=center, user=officer, role=CenterRole.PRIVACY_OFFICER)
    court = clerks.open_court(
        name="合阳市人民法院", name_en="Heyang People's Court", code="HY-01", seat="合阳市"
    )
    clerks.add_clerk(court=court, user=people["clerk"])
    return Place(center, court, people)
