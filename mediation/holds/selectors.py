"""What is held, in words, for those who decide and for those it is about."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant
from mediation.cases.selectors.dates import erasure_dates, may_know
from mediation.holds import access
from mediation.holds.enums import HoldGround, HoldState
from mediation.holds.models import Hold, Restriction
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

LONGEST = timedelta(days=183)  # six months
WARNED_BEFORE = timedelta(days=14)
PROPOSAL_STANDS = timedelta(days=7)
# What can be held, besides a talk by invitation. That there is one is known to those on its list
# alone; so it is not offered, and whoever wants it held has its reference from one of them.
IN_WORDS: dict[str, Promise] = {
    Compartment.SETTLEMENT: _("The settlement"),
    Compartment.JOINT: _("Joint talks and statements"),
    Compartment.EVIDENCE: _("Documents"),
    Compartment.IDENTITY: _("Names and addresses"),
    Compartment.NOTES: _("The mediator's notes"),
    "caucus:A": _("Side A's private talks with the mediator"),
    "caucus:B": _("Side B's private talks with the mediator"),
}

TALK = Compartment.ROOM.value
# As whoever proposes a hold chooses: a talk is named by its reference besides.
PARTS = [*IN_WORDS.items(), (TALK, _("One talk by invitation"))]


def talk_named(case: Case, reference: str) -> str | None:
    """The compartment of the talk by invitation of this case that has this reference."""
    keys = filter(access.is_talk, vault.compartments_with_keys(case_id=case.pk))
    found = [name for name in keys if reference_of_talk(name) == reference.strip().upper()]
    return found[0] if len(found) == 1 else None


def reference_of_talk(compartment: str) -> str:
    """How people of a talk by invitation name it to the centre: eight hexadecimal digits."""
    return compartment.rpartition(":")[2][:8].upper()


def can_be_held(case: Case, compartment: str) -> bool:
    """Whether there is, or was, such a part in the case."""
    if compartment in IN_WORDS:
        return True
    known = vault.compartments_with_keys(case_id=case.pk) | set(
        vault.closed_compartments(case_id=case.pk)
    )
    return access.is_talk(compartment) and compartment in known


def in_words(compartment: str) -> str | Promise:
    """What is held, for those who decide and for the people of a talk by invitation."""
    if not access.is_talk(compartment):
        return IN_WORDS[compartment]
    reference = reference_of_talk(compartment)
    return _("A talk by invitation, reference %(reference)s") % {"reference": reference}


def reference_place(case: Case) -> Place:
    return Place(case.pk, Compartment.SHELL.value)


def reference_slot(hold: Hold) -> Slot:
    return Slot("holds.hold", hold.pk, "reference")


def reference_of(hold: Hold) -> str:
    """The order's number and who gave it, in clear. Raises KeyDestroyed after the erasure."""
    place, sealed = reference_place(hold.case), bytes(hold.reference_sealed)
    return vault.open_text(place=place, slot=reference_slot(hold), sealed=sealed)


def last_review_day(today: date) -> date:
    """The latest day a hold placed on `today` may be reviewed on."""
    return today + LONGEST


@dataclass(frozen=True)
class HoldTold:
    """A hold in force as the people in the case read of it."""

    what: str | Promise
    ground: str | Promise
    until: date


def told_of(part: Participant, talks: Collection[str]) -> list[HoldTold]:
    """The holds in force that this person is told of; `talks` are those by invitation they are on
    the list of, which come from above, where rooms are known.
    """
    own = part.side.caucus if part.side else ""
    return [
        HoldTold(
            _("Your private talks with the mediator")
            if hold.compartment == own
            else in_words(hold.compartment),
            HoldGround(hold.ground).label,
            hold.review_on,
        )
        for hold in Hold.objects.keeping().filter(case=part.case_id)
        if hold.compartment in talks or concerns(hold, part)
    ]


def concerns(hold: Hold, part: Participant) -> bool:
    """Whether a person in the case may know of the hold: of a private part its own side alone. Who
    is in a talk by invitation is known above.
    """
    if access.is_talk(hold.compartment):
        return False
    return may_know(hold.compartment, part.side.letter if part.side else "")


def holds_keeping(case_id: UUID) -> dict[str, list[tuple[str, datetime]]]:
    """For each compartment of the case that is kept, by a hold on what and until when at the
    latest. Nobody is to be told of a hold that does not concern them (`may_know`).
    """
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for hold in Hold.objects.keeping().filter(case=case_id):
        end = timezone.make_aware(datetime.combine(hold.review_on, time.min))
        for name in access.kept_by(hold.compartment):
            found[name].append((hold.compartment, end))
    return found


def to_keep_apart(case: Case) -> set[str]:
    """The compartments that are to be kept and not used now: what a person asked for, and what is
    held beyond its date.
    """
    held = access.held_compartments(case.pk) - {str(Compartment.SHELL.value)}
    asked = Restriction.objects.filter(case=case, ended_at=None)
    wanted = held & past_their_date(case) | set(asked.values_list("compartment", flat=True))
    return wanted - set(vault.closed_compartments(case_id=case.pk))


def past_their_date(case: Case) -> set[str]:
    """The compartments of an ended case that its schedule has destroyed by now, or would have."""
    if case.closed_at is None:
        return set()
    now = timezone.now()
    talks = filter(access.is_talk, vault.compartments_with_keys(case_id=case.pk))
    return {line.compartment for line in erasure_dates(case, talks) if line.at <= now}


@dataclass(frozen=True)
class HoldLine:
    """A hold as the two people who decide see it."""

    hold: Hold
    what: str | Promise
    can_answer: bool
    can_propose_release: bool
    can_answer_release: bool
    is_due: bool

    @property
    def part(self) -> str:
        """One of PARTS."""
        return TALK if access.is_talk(self.hold.compartment) else self.hold.compartment

    @property
    def talk(self) -> str:
        """The reference of the talk by invitation that is held; empty for other parts."""
        return reference_of_talk(self.hold.compartment) if self.part == TALK else ""

    @property
    def waits_for_me(self) -> bool:
        """Whether this person can be the second of the two."""
        return self.can_answer or self.can_answer_release


def hold_line(user: User, hold: Hold) -> HoldLine:
    """One hold, with what this person can do about it."""
    return HoldLine(
        hold=hold,
        what=in_words(hold.compartment),
        can_answer=access.can_answer(user, hold),
        can_propose_release=access.can_propose_release(user, hold),
        can_answer_release=access.can_answer_release(user, hold),
        is_due=hold.ended_at is None and hold.review_on - WARNED_BEFORE <= timezone.localdate(),
    )


def hold_lines(user: User) -> list[HoldLine]:
    """Every hold of the person's centres that is not over, the next to be reviewed first."""
    rows = access.holds_visible_to(user).filter(ended_at=None).order_by("review_on")
    return [hold_line(user, row) for row in rows]


def holds_to_end(today: date) -> QuerySet[Hold]:
    """Those whose review date has come, and proposals that nobody confirmed within a week."""
    stale = Q(state=HoldState.PROPOSED, proposed_at__lt=timezone.now() - PROPOSAL_STANDS)
    rows = Hold.objects.filter(Q(review_on__lte=today) | stale, ended_at=None)
    return rows.select_related("case")
