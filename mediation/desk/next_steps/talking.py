"""The rows of the talk: rooms, the course, notes and offers."""

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import (
    CaseState,
    Compartment,
    ParticipantRole,
)
from mediation.cases.models import Participant
from mediation.desk.next_steps.task import Task, Text
from mediation.offers.access import (
    can_offer,
    offers_visible_to,
    offers_waiting_for,
    rounds_visible_to,
    rounds_waiting_for,
)
from mediation.proceedings.access import facts_waiting_for, openings_waiting_for
from mediation.proceedings.selectors import stage_of
from mediation.rooms.access import can_invite, reviews_waiting_for, rooms_visible_to
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Room
from mediation.rooms.selectors import room_name, side_names
from mediation.rooms.selectors.talks import waits_for_answer
from mediation.vault import services as vault


def rooms(part: Participant) -> list[Task]:
    if part.user is None or part.case.state not in {CaseState.MEDIATING, CaseState.CLOSED}:
        return []
    visible = rooms_visible_to(part.user).filter(case=part.case).select_related("side")
    names = side_names(part.case) if part.role == ParticipantRole.MEDIATOR else {}
    return [_room(part, room, room_name(room, names)) for room in visible]


def _room(part: Participant, room: Room, name: str) -> Task:
    is_live = part.case.talk_open
    return Task(
        title=_room_title(part, room, name),
        status=_("Open") if is_live else _("Read only"),
        tone="active" if is_live else "ended",
        url=reverse("rooms:room", args=[part.case_id, room.pk]),
        hint=_room_hint(part, room),
    )


def _room_hint(part: Participant, room: Room) -> Text:
    if part.case.is_open and not part.case.talk_open:
        return _("You can read what was said. Nothing can be written now: a consent is missing.")
    if room.is_caucus and part.side_id is not None:
        return _("Only your side and the mediator see it.")
    return ROOM_HINTS[room.kind]


ROOM_HINTS: dict[str, Text] = {
    RoomKind.JOINT: "",
    RoomKind.CAUCUS: _("Only that side and the mediator see it."),
    RoomKind.MEDIATORS: _("Only the mediators see it."),
    RoomKind.INVITED: _("Only those on its list see it."),
}


def _room_title(part: Participant, room: Room, name: str) -> Text:
    if room.is_invited:
        return gettext("Talk by invitation: %(purpose)s") % {"purpose": name}
    if room.side is None:
        return room.get_kind_display()
    if part.side_id is not None:
        return _("Private talk with the mediator")
    return gettext("Private talk with %(name)s") % {"name": name or room.side.letter}


def talks(part: Participant) -> Task | None:
    """Where somebody is asked, or may ask."""
    if part.user is None or part.case.state != CaseState.MEDIATING:
        return None
    waits = waits_for_answer(part.user, part.case)
    if not waits and not can_invite(part.user, part.case):
        return None
    return Task(
        title=_("Talks by invitation"),
        status=_("Your answer") if waits else _("Possible at any time"),
        tone="action" if waits else "neutral",
        url=reverse("rooms:talks", args=[part.case_id]),
    )


def reviews(part: Participant) -> list[Task]:
    """Where the mediator asks whether to read messages before the others do."""
    if part.user is None or not part.case.talk_open:
        return []
    waiting = reviews_waiting_for(part.user).filter(room__case=part.case)
    return [
        Task(
            title=_("May the mediator read messages first?"),
            status=_("Your answer"),
            tone="action",
            url=reverse("rooms:review", args=[part.case_id, review.room_id]),
            hint=_room_title(part, review.room, room_name(review.room, {})),
        )
        for review in waiting.select_related("room__side", "room__case")
    ]


SEEN_OFFERS = (offers_visible_to, rounds_visible_to)


def course(part: Participant) -> Task | None:
    user, title = part.user, _("The course of the mediation")
    stage = stage_of(user, part.case) if user else None
    if user is None or stage is None or _is_destroyed(part, Compartment.JOINT):
        return None
    url = reverse("proceedings:course", args=[part.case_id])
    if not part.case.is_open:
        return Task(title, _("Look"), "neutral", url)
    where = f"{stage.number}/{stage.total} {stage.label}"
    if facts_waiting_for(user, part.case).exists():
        hint = _("A fact waits for your answer. You need not answer.")
        return Task(title, where, "active", url, hint)
    if openings_waiting_for(user, part.case).exists():
        return Task(title, where, "active", url, _("You can read the mediator's opening."))
    return Task(title, where, "active", url)


def notes(part: Participant) -> Task | None:
    """For the mediator, as long as there may be any."""
    if part.role != ParticipantRole.MEDIATOR or _is_destroyed(part, Compartment.NOTES):
        return None
    url = reverse("proceedings:notes", args=[part.case_id])
    return Task(_("Your private notes"), _("Only you"), "neutral", url)


def _is_destroyed(part: Participant, compartment: Compartment) -> bool:
    return compartment in vault.closed_compartments(case_id=part.case_id)


def offers(part: Participant) -> Task | None:
    user, title = part.user, _("Offers")
    if user is None or part.case.state not in {CaseState.MEDIATING, CaseState.CLOSED}:
        return None
    url = reverse("offers:list", args=[part.case_id])
    if offers_waiting_for(user, part.case).exists():
        hint = _("An offer waits for your answer. No is as good an answer as yes.")
        return Task(title, _("Needs you"), "attention", url, hint)
    if rounds_waiting_for(user, part.case).exists():
        hint = _("A sealed offer waits for you. Nobody has to take part in one.")
        return Task(title, _("Needs you"), "attention", url, hint)
    if any(rows(user).filter(case=part.case).exists() for rows in SEEN_OFFERS):
        return Task(title, _("Look"), "neutral", url)
    if can_offer(user, part.case):
        return Task(title, _("You can make one"), "neutral", url)
    return None
