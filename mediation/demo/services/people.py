"""Who exists in a demonstration: one centre, its coordinator and privacy officer, three mediators,
a court's clerk, and people in dispute. All fictional.
"""

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from mediation.accounts import services as accounts
from mediation.accounts.models import User

DOMAIN = "demo.heyi.example"


@dataclass(frozen=True)
class DemoPerson:
    """`key` names the person in links and stories."""

    key: str
    name: str
    language: str
    part: str
    zone: str = "Asia/Shanghai"

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


PEOPLE = [
    DemoPerson("coordinator", "周敏 Zhou Min", "zh-hans", "coordinator"),
    DemoPerson("officer", "沈雯 Shen Wen", "zh-hans", "privacy officer"),
    DemoPerson("yang", "杨和 Yang He", "zh-hans", "mediator"),
    DemoPerson("he", "何静 He Jing", "zh-hans", "mediator"),
    DemoPerson("amy", "Amy Schmidt", "en", "mediator", "Europe/Berlin"),
    DemoPerson("clerk", "法院立案人员 Court clerk", "zh-hans", "clerk"),
    DemoPerson("su", "粟敏 Su Min", "zh-hans", "party"),
    DemoPerson("zhang", "张立 Zhang Li", "zh-hans", "party"),
    DemoPerson("lin", "林秀兰 Lin Xiulan", "zh-hans", "party"),
    DemoPerson("chen", "陈建国 Chen Jianguo", "zh-hans", "party"),
    DemoPerson("maria", "Maria Gómez", "en", "party", "Europe/Madrid"),
    DemoPerson("jonas", "Jonas Keller", "en", "party", "Europe/Berlin"),
]


def welcome(*, email: str, name: str, language: str, zone: str = "Asia/Shanghai") -> User:
    """A person with this address who has proven it, as after entering their first code."""
    user = accounts.find_or_create_person(email=email, language=language)
    accounts.update_profile(actor=user, display_name=name, language=language, time_zone=zone)
    EmailAddress.objects.filter(user=user).update(verified=True)
    return user


def demo_people() -> dict[str, User]:
    """All demo people by key, made when missing."""
    return {
        person.key: welcome(
            email=person.email, name=person.name, language=person.language, zone=person.zone
        )
        for person in PEOPLE
    }
