"""What is done with personal data, for the public page; the same registry as `manage.py ropa`."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.privacy.activities import ACTIVITIES, Activity, Kind, Period
from mediation.privacy.inventory import TABLE
from mediation.profiles.selectors import KEPT_WORDS

register = template.Library()


@dataclass(frozen=True)
class Shown:
    """One activity in words: what it is for, and each question people ask about it."""

    purpose: Promise
    answers: list[tuple[str | Promise, list[str | Promise]]]


@register.simple_tag
def activities() -> list[Shown]:
    """Every activity that touches data about people."""
    return [_shown(activity) for activity in ACTIVITIES if activity.persons]


@register.simple_tag
def controller() -> dict[str, str]:
    """Who is responsible, as far as the operator has filled it in."""
    return {
        "name": settings.RECORD_CONTROLLER,
        "officer": settings.RECORD_OFFICER,
        "hoster": settings.RECORD_HOSTER,
        "mail": settings.RECORD_MAIL,
        "transfers": settings.RECORD_TRANSFERS,
        "contact": settings.CONTACT_EMAIL,
    }


def _shown(activity: Activity) -> Shown:
    lines = [line for line in TABLE if line.activity is activity and line.kind != Kind.NONE]
    kinds = dict.fromkeys(line.kind.label for line in lines)
    parts = dict.fromkeys(part for line in lines for part in line.compartments)
    periods = dict.fromkeys(line.period for line in lines if line.period)
    return Shown(
        activity.purpose,
        [
            (_("What data"), list(kinds)),
            (_("Whose data"), [one.label for one in activity.persons]),
            (_("Allowed by"), [one.label for one in activity.bases]),
            (_("Kept until"), [*_dates(list(parts)), *(Period(one).label for one in periods)]),
            (_("Who receives it"), [one.label for one in activity.recipients]),
        ],
    )


def _dates(parts: list[str]) -> list[str | Promise]:
    """A part of a case has its date in the tables above; a talk by invitation is a private talk."""
    named = dict.fromkeys("caucus" if part == "room" else part for part in parts)
    return [
        gettext("the date of: %(part)s") % {"part": label}
        for part, label in KEPT_WORDS.items()
        if part in named
    ]
