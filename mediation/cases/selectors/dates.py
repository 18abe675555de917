"""When each part of a case is destroyed, and who may know of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation.cases.enums import OUTCOME_CLASS, CaseOutcome, Compartment
from mediation.cases.models import Case, Participant
from mediation.profiles.selectors import period_in
from mediation.vault import services as vault


def latest_end(case: Case) -> datetime:
    """When the case ended, or the latest moment at which it can have: fixed when it was begun."""
    return case.closed_at or case.ends_by


@dataclass(frozen=True)
class ErasureDate:
    """When one compartment is destroyed. Before the case ends `at` is the latest possible."""

    compartment: str
    kind: Compartment
    at: datetime
    is_final: bool


def erasure_dates(case: Case, talks: Iterable[str] = ()) -> list[ErasureDate]:
    """Every compartment of the case with its date of destruction, soonest first; those of its
    `talks` by invitation come from above, where rooms are known.
    """
    end, ended = latest_end(case), case.closed_at is not None
    names = [Compartment.IDENTITY, Compartment.JOINT, Compartment.NOTES, Compartment.EVIDENCE]
    names += [Compartment.SETTLEMENT, Compartment.SHELL]
    compartments: list[str] = [*names, *(side.caucus for side in case.sides.all()), *talks]
    dates = [
        ErasureDate(name, Compartment(name.partition(":")[0]), end + _period(case, name), ended)
        for name in compartments
    ]
    return sorted(dates, key=lambda date: (date.at, date.compartment))


def _period(case: Case, compartment: str) -> timedelta:
    if case.closed_at is not None:
        ending = OUTCOME_CLASS[CaseOutcome(case.outcome)]
        return period_in(case.periods, ending, compartment)
    return max(period_in(case.periods, ending, compartment) for ending in case.periods)


def gone_for(part: Participant) -> dict[str, datetime]:
    """What is destroyed and since when, as one person may know it: of a private part only its own
    side is told.
    """
    closed = vault.closed_compartments(case_id=part.case_id)
    letter = part.side.letter if part.side else ""
    return {name: at for name, at in closed.items() if may_know(name, letter)}


def may_know(compartment: str, letter: str) -> bool:
    """Whether a side may know of a part of the case, "" being the mediator's. A private part exists
    for its own side only: not even that it is gone is said to others.
    """
    kind, _colon, rest = compartment.partition(":")
    owners = rest.partition(":")[0]
    if kind == Compartment.ROOM:
        return letter in owners if letter else not owners
    return kind != Compartment.CAUCUS or owners == letter


@dataclass(frozen=True)
class KnownDate:
    """A date of destruction as pages show it; `destroyed_at` once it is done, `proof_url` where
    the reader has a certificate of it.
    """

    compartment: str
    kind: Compartment
    at: datetime
    is_final: bool
    destroyed_at: datetime | None
    proof_url: str = ""


def dates_known_to(part: Participant, talks: Iterable[str] = ()) -> list[KnownDate]:
    """The case's dates of destruction for one person. A party reads of their own private part
    alone, a mediator of each as long as it is there; `talks` are the person's own by invitation.
    """
    closed, own = (
        vault.closed_compartments(case_id=part.case_id),
        part.side.caucus if part.side else "",
    )
    gone = gone_for(part)
    return [
        KnownDate(date.compartment, date.kind, date.at, date.is_final, gone.get(date.compartment))
        for date in erasure_dates(part.case, talks)
        if not _is_private(date.compartment)
        or date.compartment == own
        or (not own and date.compartment not in closed)
    ]


def _is_private(compartment: str) -> bool:
    return compartment.partition(":")[0] == Compartment.CAUCUS
