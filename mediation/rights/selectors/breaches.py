"""The register of breaches: one in clear, all of them at a glance, and all of them as a file."""

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.centers.models import Center
from mediation.profiles.selectors import profile_named
from mediation.rights import access, clock
from mediation.rights.enums import BreachHarm, Light
from mediation.rights.models import Breach
from mediation.rights.selectors import TONES
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

CASE_NUMBER = re.compile(r"[A-Z]{2}-[0-9A-Z]{8}")
SCHEMA = "heyi-breach-register-1"


@dataclass(frozen=True)
class BreachWords:
    """What is sealed. `cases` are numbers of cases, one a line; who they are about is nowhere."""

    what: str
    effects: str = ""
    measures: str = ""
    cases: str = ""
    authority_why: str = ""
    people_why: str = ""


@dataclass(frozen=True)
class BreachFacts:
    """All that somebody writes down of a breach (GDPR 33(5), PIPL 57)."""

    known_at: datetime
    harm: BreachHarm
    words: BreachWords
    people_count: int | None = None
    authority_told_at: datetime | None = None
    people_told_on: date | None = None


def breach_place(breach: Breach) -> Place:
    """The key of one breach."""
    return Place(breach.pk, "breach")


def breach_slot(breach: Breach) -> Slot:
    return Slot("rights.breach", breach.pk, "words")


def words_of(breach: Breach) -> BreachWords:
    """In clear. Raises KeyDestroyed."""
    sealed = bytes(breach.words_sealed)
    text = vault.open_text(place=breach_place(breach), slot=breach_slot(breach), sealed=sealed)
    return BreachWords(**json.loads(text))


def facts_of(breach: Breach) -> BreachFacts:
    """All that is written down of it by now. Raises KeyDestroyed."""
    return BreachFacts(
        known_at=breach.known_at,
        harm=BreachHarm(breach.harm),
        words=words_of(breach),
        people_count=breach.people_count,
        authority_told_at=breach.authority_told_at,
        people_told_on=breach.people_told_on,
    )


def tell_by(breach: Breach) -> datetime:
    """Until when the authority is to be told."""
    hours = profile_named(breach.profile).breach["authority"]
    return clock.tell_authority_by(breach.known_at, hours)


def breach_light(breach: Breach, words: BreachWords, now: datetime) -> Light:
    """About our own duty: green once the authority is told, or it is written down why not."""
    if breach.authority_told_at or words.authority_why:
        return Light.GREEN
    if now > tell_by(breach):
        return Light.RED
    amber = timedelta(hours=profile_named(breach.profile).breach["amber"])
    return Light.AMBER if now >= tell_by(breach) - amber else Light.GREEN


@dataclass(frozen=True)
class BreachShown:
    """One breach in clear, for the officers of its centre; without words once they are destroyed.

    That is so three years after it was closed: a row without them came back with an old database.
    """

    breach: Breach
    words: BreachWords
    tell_by: datetime
    light: Light
    is_destroyed: bool = False
    tone: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tone", TONES[self.light])

    @property
    def what(self) -> str | Promise:
        return _("Its words are destroyed.") if self.is_destroyed else self.words.what

    @property
    def can_change(self) -> bool:
        return self.breach.closed_at is None and not self.is_destroyed

    @property
    def was_told_late(self) -> bool:
        told = self.breach.authority_told_at
        return told is not None and told > self.tell_by

    @property
    def case_numbers(self) -> list[str]:
        return self.words.cases.split()

    @property
    def can_close(self) -> bool:
        return self.breach.closed_at is None and self.is_decided

    @property
    def is_decided(self) -> bool:
        """Whether both questions are answered: were they told, and if not, or late, why."""
        if self.is_destroyed:
            return True
        authority = self.breach.authority_told_at is not None and not self.was_told_late
        people = self.breach.people_told_on is not None
        return (authority or bool(self.words.authority_why)) and (
            people or bool(self.words.people_why)
        )


def shown_breach(breach: Breach) -> BreachShown:
    """All of it in clear, or what is left of it."""
    try:
        words = words_of(breach)
    except vault.KeyDestroyed:
        return BreachShown(breach, BreachWords(""), tell_by(breach), Light.GREEN, is_destroyed=True)
    light = breach_light(breach, words, timezone.now())
    return BreachShown(breach, words, tell_by(breach), light)


@dataclass(frozen=True)
class Register:
    """The breaches at an officer's centres: those to be dealt with first, the newest first."""

    waiting: list[BreachShown]
    closed: list[BreachShown]
    centers: list[Center]


def register_of(user: User) -> Register:
    """The register of one officer."""
    closed = access.breaches_visible_to(user).exclude(closed_at=None)
    return Register(
        waiting=waiting_for(user),
        closed=[shown_breach(row) for row in closed],
        centers=list(access.officers_centers(user)),
    )


def waiting_for(user: User) -> list[BreachShown]:
    """What an officer has still to deal with; the words of no other entry are opened."""
    return [shown_breach(row) for row in access.breaches_visible_to(user).filter(closed_at=None)]


def worst_of(rows: list[BreachShown]) -> BreachShown | None:
    """The one that has waited longest of those whose light is the reddest."""
    order = [Light.RED, Light.AMBER, Light.GREEN]
    return min(rows, key=lambda row: (order.index(row.light), row.tell_by), default=None)


def as_plain(shown: BreachShown) -> dict[str, Any]:
    """One of them as the file for an authority has it."""
    breach = shown.breach
    return {
        "id": str(breach.pk),
        "centre": breach.center.name,
        "known_at": breach.known_at.isoformat(),
        "recorded_at": breach.recorded_at.isoformat(),
        "tell_authority_by": shown.tell_by.isoformat(),
        "harm": breach.harm,
        "people": breach.people_count,
        "authority_told_at": _time(breach.authority_told_at),
        "people_told_on": _time(breach.people_told_on),
        "closed_at": _time(breach.closed_at),
        "words_destroyed": shown.is_destroyed,
        **vars(shown.words),
        "cases": shown.words.cases.split(),
    }


def _time(moment: date | None) -> str | None:
    return moment.isoformat() if moment else None
