"""Reads of the scan of what was signed on paper, and of what both sides say about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mediation.accounts.models import Person, User
from mediation.cases.access import party_of
from mediation.cases.models import Side
from mediation.cases.selectors import name_of
from mediation.settlements import access
from mediation.settlements.enums import ScanSays, SettlementState
from mediation.settlements.models import Scan, ScanAnswer, Settlement
from mediation.settlements.selectors import party_of_side


def scan_of(settlement: Settlement) -> Scan | None:
    rows = Scan.objects.select_related("file")
    return rows.filter(settlement=settlement).first()


def is_agreed(scan: Scan) -> bool:
    """Whether each side said that this is the paper it signed, so that it stays as it is."""
    said = scan.answers.filter(says=ScanSays.SAME).values("participant__side")
    sides = Side.objects.filter(case__settlements__scan=scan)
    return not sides.exclude(pk__in=said).exists()


@dataclass(frozen=True)
class SideWord:
    """What one side says about the scan; `says` is None until it has said something."""

    letter: str
    name: str
    is_mine: bool
    says: ScanSays | None
    answered_at: datetime | None


def words_on(user: User, scan: Scan, settlement: Settlement) -> list[SideWord]:
    """Each side's word, one's own first. Both sides and the mediator read the same."""
    own = party_of(user, settlement.case)
    answers = {row.participant.side_id: row for row in scan.answers.select_related("participant")}
    sides = settlement.case.sides.order_by("letter")
    words = [_word(side, answers.get(side.pk), own.side_id if own else None) for side in sides]
    return sorted(words, key=lambda word: not word.is_mine)


def _word(side: Side, answer: ScanAnswer | None, own: object) -> SideWord:
    return SideWord(
        letter=side.letter,
        name=name_of(party_of_side(side)),
        is_mine=side.pk == own,
        says=ScanSays(answer.says) if answer else None,
        answered_at=answer.answered_at if answer else None,
    )


def paper_settlement(user: Person, case_id: UUID) -> Settlement | None:
    """The settlement of this case that was signed on paper; everything else has no scan."""
    rows = access.settlements_visible_to(user).filter(case=case_id, state=SettlementState.PAPER)
    return rows.select_related("case").first()


@dataclass(frozen=True)
class ShownScan:
    """The scan there is, what is said about it, and what this person can do now."""

    scan: Scan | None
    is_agreed: bool
    words: list[SideWord]
    can_add: bool
    can_answer: bool


def shown_scan(user: User, settlement: Settlement) -> ShownScan:
    """For the sides and the mediator of what was signed on paper."""
    scan = scan_of(settlement)
    is_final = scan is not None and is_agreed(scan)
    return ShownScan(
        scan=scan,
        is_agreed=is_final,
        words=words_on(user, scan, settlement) if scan else [],
        can_add=access.can_add_scan(user, settlement) and not is_final,
        can_answer=bool(scan) and access.can_answer_scan(user, settlement) and not is_final,
    )


def scan_as_plain(user: User, settlement: Settlement) -> dict[str, Any] | None:
    """The scan and what is said about it in plain values, for the copy of a party's data."""
    scan = scan_of(settlement)
    if scan is None:
        return None
    words = words_on(user, scan, settlement)
    return {
        "sha256": scan.sha256,
        "media_type": scan.media_type,
        "added_at": scan.added_at.isoformat(),
        "said": [
            {
                "from": "me" if word.is_mine else "the other side",
                "says": word.says,
                "at": word.answered_at.isoformat() if word.answered_at else None,
            }
            for word in words
        ],
    }
