"""Comments on an offered text, in clear, for whoever may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from mediation.accounts.models import User
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.selectors import name_of, open_sealed
from mediation.settlements import access
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.document.terms import Terms
from mediation.settlements.models import Comment, Version
from mediation.settlements.selectors import version_terms

WHOLE_TEXT = "text"  # in an address, where a term has its id


@dataclass(frozen=True)
class CommentLine:
    """A comment in clear, and who can read it."""

    who: str
    body: str
    is_private: bool
    is_mine: bool
    written_at: datetime


@dataclass(frozen=True)
class Thread:
    """A term of an offered version, as it is called there, and what was said about it."""

    clause: str
    title: str
    comments: Sequence[CommentLine]


def threads(user: User, version: Version, terms: Terms) -> list[Thread]:
    """Every term and then the whole text, with the comments this person may read."""
    said: dict[str, list[CommentLine]] = {}
    rows = access.comments_visible_to(user).filter(version=version)
    for row in rows.select_related("participant__side", "participant__user"):
        said.setdefault(row.clause, []).append(_comment_line(user, row, version.settlement.case))
    cards = zip(terms.obligations, lay_out(terms).obligations, strict=True)
    found = [
        Thread(one.id, f"{card.number} {card.kind}", said.get(one.id, [])) for one, card in cards
    ]
    return [*found, Thread(WHOLE_TEXT, gettext("The whole text"), said.get("", []))]


def _comment_line(user: User, row: Comment, case: Case) -> CommentLine:
    row.participant.case = case
    return CommentLine(
        name_of(row.participant),
        open_sealed(row, case, "body", compartment_of(row)),
        row.is_private,
        row.participant.user_id == user.pk,
        row.written_at,
    )


def compartment_of(comment: Comment) -> str:
    """Whose key a comment is sealed with."""
    side = comment.participant.side
    assert side is not None
    return side.caucus if comment.is_private else Compartment.JOINT.value


def comments_on(user: User, version: Version) -> list[dict[str, Any]]:
    """What this person may read of the comments on a version; for a copy of their own data."""
    return [
        {"about": thread.title, **vars(line)}
        for thread in threads(user, version, version_terms(version))
        for line in thread.comments
    ]
