"""Whose clock a page or a letter shows, and how a moment and its zone are told to people."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache

from babel.core import get_global
from babel.dates import get_timezone_location
from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

# Set by static/js/lib/clock.js for this visit; read here, never stored.
COOKIE = "timezone"
BEIJING = "Asia/Shanghai"
LOCAL_ZONES = {"zh-hans": BEIJING}
COMMON_ZONES = [
    *(BEIJING, "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Dubai"),
    *("Europe/London", "Europe/Berlin", "Europe/Madrid"),
    *("America/New_York", "America/Chicago", "America/Los_Angeles", "Australia/Sydney", "UTC"),
]

Choice = tuple[str, str]
ChoiceGroup = tuple[str, list[Choice]]


@cache
def known_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def zone_for(*, chosen: str = "", seen: str = "", language: str = "") -> zoneinfo.ZoneInfo:
    """The zone a person chose, else the one their browser told, else what is usual here."""
    known = (name for name in (chosen, seen) if name in known_zones())
    return zoneinfo.ZoneInfo(next(known, _usual(language)))


def _usual(language: str) -> str:
    """An installation that names no zone still knows where Simplified Chinese is read."""
    if (here := str(settings.TIME_ZONE)) != "UTC":
        return here
    return LOCAL_ZONES.get(language, here)


def in_words(moment: datetime) -> str:
    """Date, time and zone on the clock of the reader."""
    local = timezone.localtime(moment)
    return _("%(time)s %(zone)s") % {
        "time": formats.date_format(local, "DATETIME_FORMAT"),
        "zone": zone_words(local),
    }


def zone_words(local: datetime) -> str:
    """“Beijing time” or “UTC+8”: letters like CST mean another clock in every country."""
    is_beijing = getattr(local.tzinfo, "key", "") == BEIJING
    return _("Beijing time") if is_beijing else _offset(local)


def _offset(local: datetime) -> str:
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    if not hours and not minutes:
        return "UTC"
    sign = "+" if offset > timedelta() else "−"
    return f"UTC{sign}{hours}:{minutes:02d}" if minutes else f"UTC{sign}{hours}"


def zone_label(name: str) -> str:
    """“Berlin (UTC+1)”, with the offset of today, in the language of the reader."""
    local = datetime.now(UTC).astimezone(zoneinfo.ZoneInfo(name))
    return _("%(place)s (%(offset)s)") % {
        "place": _place(name),
        "offset": _offset(local),
    }


def _place(name: str) -> str:
    if name == BEIJING:
        return _("Beijing time")
    if name == "UTC":
        return _("Coordinated Universal Time")
    return _city(name, to_locale(get_language() or "en"))


@cache
def _city(name: str, locale: str) -> str:
    city = get_timezone_location(name, locale=locale, return_city=True)
    return city.rpartition("/")[2]  # “Argentina/Buenos Aires” is not a city


def zone_choices(*, chosen: str = "", seen: str = "") -> list[Choice | ChoiceGroup]:
    """For a select: the clock of the device, the common zones, then the others by name."""
    device = zone_label(zone_for(seen=seen, language=get_language() or "").key)
    first = [name for name in (chosen, seen) if name in known_zones()]
    common = list(dict.fromkeys([*first, *COMMON_ZONES]))
    others = sorted((zone_label(name), name) for name in _all_zones() - set(common))
    return [
        ("", _("As on my device: %(zone)s") % {"zone": device}),
        (_("Common time zones"), [(name, zone_label(name)) for name in common]),
        (_("All other time zones"), [(name, label) for label, name in others]),
    ]


@cache
def _all_zones() -> frozenset[str]:
    """One name for each place: without the old spellings and the bare abbreviations."""
    named = known_zones() & frozenset(get_global("zone_territories"))
    return frozenset(name for name in named if not name.startswith("Etc/"))
