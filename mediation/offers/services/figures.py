"""What the two browsers of a sealed round send: the commitment, the figure under a key that only
both of them know, and at last that key. Decision 0011 tells the whole of it.

Until `open_round` nothing in the database, in a backup of it or in memory tells a figure. In
`open_round` both are in the memory of one process for as long as it takes to compare them.
"""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Side
from mediation.cases.selectors import open_sealed
from mediation.cases.services.sealing import seal_field
from mediation.core.errors import InvalidInput, require
from mediation.offers import commitment
from mediation.offers.commitment import NotAsCommitted, NotOpened, Outcome
from mediation.offers.enums import RoundRule, RoundState
from mediation.offers.lifecycle import lock_round, move_round
from mediation.offers.models import SealedFigure, SealedRound
from mediation.offers.selectors import round_terms
from mediation.offers.services.rounds import RoundNotOpen, tell_soon


class OpeningWrong(InvalidInput):
    """What a browser sent does not open what was sealed, or is not what was committed to."""

    code = "opening_wrong"
    message = _("The two figures could not be opened together. Nothing was compared.")


@dataclass(frozen=True)
class Entry:
    """A sealed figure as its browser sends it: the SHA-256 in hex, the rest in base64."""

    commitment: str
    public_key: str
    kept: str


@transaction.atomic
def commit_figure(*, actor: User, row: SealedRound, entry: Entry) -> SealedRound:
    """A side seals its figure, or another one in its place while the other side's is not in. With
    the second side's both are final. Raises Forbidden, ConsentMissing, RoundNotOpen, InvalidInput.
    """
    case, row, side = _begin(actor, row, RoundState.AGREED)
    _require_well_formed(entry)
    row.figures.filter(side=side).delete()
    figure = SealedFigure(
        round=row,
        side=side,
        participant=case_access.require_party(actor, case),
        commitment=entry.commitment,
        public_key=entry.public_key,
        committed_at=timezone.now(),
    )
    seal_field(figure, case, "kept", Compartment.JOINT, entry.kept)
    figure.save(force_insert=True)
    audit.record(actor=actor, action="sealed_round.figure_sealed", target=row, case_id=case.pk)
    if row.figures.count() == case.sides.count():
        move_round(row, RoundState.BOTH_IN, actor=None)
    return row


def _begin(actor: User, row: SealedRound, state: RoundState) -> tuple[Case, SealedRound, Side]:
    """The locked case and round, and the side of whoever asks."""
    case, row = lock_round(row)
    part = case_access.require_party(actor, case)
    assert part.side is not None
    case_access.require_talk(case)
    require(row.state == state and row.is_live, RoundNotOpen)
    return case, row, part.side


def _require_well_formed(entry: Entry) -> None:
    """Nothing but fixed lengths of what cannot be read gets in. Raises InvalidInput."""
    require(_is(commitment.COMMITMENT, entry.commitment), InvalidInput)
    require(_is(commitment.CIPHERTEXT, entry.kept), InvalidInput)
    require(_is(commitment.PUBLIC_KEY, entry.public_key), InvalidInput)
    require(commitment.is_public_key(entry.public_key), InvalidInput)


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


@transaction.atomic
def seal_for_both(*, actor: User, row: SealedRound, opening: str) -> SealedRound:
    """With both figures in, the first browser to notice leaves its own under the key that only the
    two browsers can work out; the other one brings the key. Twice is the same as once.

    Raises Forbidden, ConsentMissing, RoundNotOpen or InvalidInput.
    """
    case, row, side = _begin(actor, row, RoundState.BOTH_IN)
    require(_is(commitment.CIPHERTEXT, opening), InvalidInput)
    mine, theirs = _figures(row, side)
    if mine.opening_sealed:
        return row
    require(not theirs.opening_sealed, RoundNotOpen)
    field = seal_field(mine, case, "opening", Compartment.JOINT, opening)
    mine.save(update_fields=[field])
    tell_soon(row, "offers/round_ready", but=actor)
    return row


def _figures(row: SealedRound, side: Side) -> tuple[SealedFigure, SealedFigure]:
    """Mine and theirs; there are two sides, and while both are in neither is missing."""
    mine = row.figures.select_related("side").get(side=side)
    theirs = row.figures.select_related("side").exclude(side=side).get()
    return mine, theirs


@transaction.atomic
def open_round(*, actor: User, row: SealedRound, opening: str, key: str) -> SealedRound:
    """The other browser brings its own figure under the same key, and the key: both are opened,
    held against their commitments, compared and destroyed. What is stored is whether they overlap
    and, where both agreed to it beforehand and they do, the midpoint.

    Raises Forbidden, ConsentMissing, RoundNotOpen, InvalidInput, and OpeningWrong where the sender
    brings something else than was sealed, which changes nothing.
    """
    case, row, side = _begin(actor, row, RoundState.BOTH_IN)
    require(_is(commitment.CIPHERTEXT, opening) and _is(commitment.KEY, key), InvalidInput)
    mine, theirs = _figures(row, side)
    require(bool(theirs.opening_sealed), RoundNotOpen)
    sealed = open_sealed(theirs, case, "opening", Compartment.JOINT)
    outcome = _compared(mine, theirs, texts=_opened(opening, sealed, key=key))
    if outcome is None:
        move_round(row, RoundState.VOID, actor=None)
    else:
        _conclude(case, row, outcome)
    tell_soon(row, "offers/round_ended", but=actor)
    return row


def _opened(opening: str, sealed: str, *, key: str) -> tuple[str, str]:
    try:
        return commitment.opened(opening, key), commitment.opened(sealed, key)
    except NotOpened:
        raise OpeningWrong from None  # nothing of what was tried may get into a log


def _compared(
    mine: SealedFigure, theirs: SealedFigure, *, texts: tuple[str, str]
) -> Outcome | None:
    """None where the other side had left something else than it committed to. Raises OpeningWrong
    where the sender did.
    """
    try:
        own = _figure_in(mine, texts[0])
    except NotAsCommitted:
        raise OpeningWrong from None
    try:
        other = _figure_in(theirs, texts[1])
    except NotAsCommitted:
        return None
    i_pay = round_terms(mine.round).payer == mine.side.letter
    pays, takes = (own, other) if i_pay else (other, own)
    return commitment.compare(pays=pays, takes=takes)


def _figure_in(figure: SealedFigure, text: str) -> int:
    return commitment.figure_in(
        text,
        commitment=figure.commitment,
        round_id=figure.round_id,
        letter=figure.side.letter,
    )


def _conclude(case: Case, row: SealedRound, outcome: Outcome) -> None:
    if outcome.midpoint is not None and row.rule == RoundRule.MIDPOINT:
        seal_field(row, case, "midpoint", Compartment.JOINT, str(outcome.midpoint))
    to = RoundState.OVERLAP if outcome.overlaps else RoundState.NO_OVERLAP
    move_round(row, to, actor=None)
