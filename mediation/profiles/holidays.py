"""Days off by law, kept current by the operator: one TOML file a rule profile in HOLIDAYS_DIR.

    off = [2027-02-06, 2027-02-08]     # no working days, whatever the weekday
    works = [2027-02-20]               # Saturdays and Sundays that are working days (调休)

Whoever decrees them does so a year at a time, so they are no part of the rules we ship. Where none
are known, Monday to Friday are working days: a date is then too early at worst, never too late.
"""

import logging
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from mediation.profiles.selectors import profile_names

logger = logging.getLogger(__name__)
SATURDAY = 5
NAMES = {"off", "works"}


class HolidaysUnreadable(ValueError):
    """The file does not say what it should; `args[0]` says what is wrong, for the operator."""


@dataclass(frozen=True)
class Holidays:
    """What differs from Monday to Friday."""

    off: frozenset[date] = frozenset()
    works: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day in self.works or (day.weekday() < SATURDAY and day not in self.off)

    def knows(self, year: int) -> bool:
        """Whether anything is known of this year; no place is without a public holiday."""
        return any(day.year == year for day in self.off)


def holidays_of(profile: str) -> Holidays:
    """The days off under a rule profile, as the file says now. A file that cannot be read counts as
    none and is an error in the log: a person's request does not wait for the operator.
    """
    path = path_of(profile)
    try:
        edited = path.stat().st_mtime_ns
    except FileNotFoundError:
        return Holidays()
    except OSError:
        logger.exception("the public holidays in %s cannot be reached and are not counted", path)
        return Holidays()
    return _remembered(path, edited)


def path_of(profile: str) -> Path:
    return Path(settings.HOLIDAYS_DIR) / f"{profile}.toml"


@lru_cache(maxsize=64)
def _remembered(path: Path, _edited: int) -> Holidays:
    try:
        return read(path)
    except HolidaysUnreadable:
        logger.exception("the public holidays in %s cannot be read and are not counted", path.name)
        return Holidays()


def read(path: Path) -> Holidays:
    """The file's days. Raises HolidaysUnreadable."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HolidaysUnreadable(str(error)) from error
    if found.keys() - NAMES:
        raise HolidaysUnreadable("it may only say: off, works")
    made = Holidays(_days(found.get("off", [])), _days(found.get("works", [])))
    if made.off & made.works:
        raise HolidaysUnreadable("a day is both off and working")
    return made


def _days(found: object) -> frozenset[date]:
    days = found if isinstance(found, list) else [found]
    if not all(isinstance(day, date) and not isinstance(day, datetime) for day in days):
        raise HolidaysUnreadable("days are written like 2027-02-06, without quotes")
    return frozenset(days)


def unreadable() -> dict[str, str]:
    """By name each file in the folder that counts for nothing, and why; not what an editor leaves
    beside the one it has open.
    """
    wrong = {}
    for path in sorted(Path(settings.HOLIDAYS_DIR).glob("[!.]*[!~]")):
        try:
            if path.suffix != ".toml" or path.stem not in profile_names():
                raise HolidaysUnreadable("no rule profile is called so: it is PROFILE.toml")
            read(path)
        except HolidaysUnreadable as error:
            wrong[path.name] = str(error)
    return wrong
