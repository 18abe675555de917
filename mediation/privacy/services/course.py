"""The course of a mediation in a party's copy of their data."""

from datetime import datetime
from typing import Any

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.proceedings.selectors import (
    FactLine,
    IdentityLine,
    OpeningShown,
    Person,
    SittingLine,
    course_page,
)


def course_of(actor: User, case: Case) -> dict[str, Any]:
    """What the page of the course shows to this person, with their own side's answers. The
    mediator's notes are on no page of theirs.
    """
    if case.mediation_started_at is None:
        return {}
    page = course_page(actor, case)
    return {
        "stages": [{"stage": line.stage, "since": _time(line.since)} for line in page.stages],
        "opening": _opening(page.opening) if page.opening else None,
        "agenda": [
            {
                "point": line.title,
                "from": _role(line.maker),
                "added_at": _time(line.point.added_at),
                "dealt_with_at": _time(line.point.dealt_with_at),
            }
            for line in page.points
        ],
        "facts": [_fact(line) for line in page.facts],
        "sittings": [_sitting(line) for line in page.sittings],
        "identity": [_identity(line) for line in page.identities],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _role(person: Person) -> str:
    side = person.part.side
    return f"side {side.letter}" if side else person.part.role


def _opening(shown: OpeningShown) -> dict[str, Any]:
    return {
        "number": shown.opening.number,
        "given_at": _time(shown.opening.given_at),
        "statement": shown.words.statement,
        "rules": shown.rules,
        "read_by": {_role(line.person): _time(line.confirmed_at) for line in shown.readings},
    }


def _fact(line: FactLine) -> dict[str, Any]:
    return {
        "number": line.fact.number,
        "wording": line.fact.edition,
        "text": line.text,
        "worded_by": _role(line.author),
        "written_at": _time(line.fact.written_at),
        "agreed_at": _time(line.fact.agreed_at),
        "my_answer": {True: "yes", False: "not like this", None: None}[line.own_answer],
    }


def _sitting(line: SittingLine) -> dict[str, Any]:
    return {
        "started_at": _time(line.sitting.started_at),
        "ended_at": _time(line.ended_at),
        "attended": [
            {"who": _role(person), "from": _time(row.came_at), "until": _time(row.went_at)}
            for person, row in line.attendances
        ],
    }


def _identity(line: IdentityLine) -> dict[str, Any]:
    return {
        "who": _role(line.person),
        "is_confirmed": line.is_confirmed,
        "at": _time(line.checked_at),
        "how": str(line.method) or None,
    }
