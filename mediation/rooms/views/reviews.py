"""Reading what is written in a room before it is said: agreeing to it, and judging."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from mediation.accounts.access import person
from mediation.rooms import access
from mediation.rooms.forms import NoteForm
from mediation.rooms.models import HeldMessage, Room
from mediation.rooms.selectors.reviews import review_page
from mediation.rooms.services import reviewing
from mediation.rooms.services.looking import note_held_look


@require_GET
def review(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """Whether a mediator reads first here, who agreed, and what waits for whom."""
    return _page(request, _room(request, case_id, room_id), NoteForm())


@require_POST
def propose(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """A mediator proposes to read first."""
    found = _room(request, case_id, room_id)
    reviewing.propose_review(actor=person(request.user), room=found)
    return redirect("rooms:review", case_id, room_id)


@require_POST
def agree(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """A member's yes."""
    found = _room(request, case_id, room_id)
    reviewing.agree_to_review(actor=person(request.user), room=found)
    return redirect("rooms:review", case_id, room_id)


@require_POST
def end(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """Any member's no, at any time."""
    found = _room(request, case_id, room_id)
    reviewing.end_review(actor=person(request.user), room=found)
    return redirect("rooms:review", case_id, room_id)


@require_POST
def pass_on(request: HttpRequest, case_id: UUID, held_id: UUID) -> HttpResponse:
    """A mediator lets a message be said."""
    held = _held(request, case_id, held_id)
    reviewing.pass_on(actor=person(request.user), held=held)
    return redirect("rooms:review", case_id, held.room_id)


@require_POST
def return_held(request: HttpRequest, case_id: UUID, held_id: UUID) -> HttpResponse:
    """A mediator gives a message back, with a note."""
    held = _held(request, case_id, held_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, held.room, form)
    reviewing.return_message(actor=person(request.user), held=held, **form.cleaned_data)
    return redirect("rooms:review", case_id, held.room_id)


@require_POST
def take_back(request: HttpRequest, case_id: UUID, held_id: UUID) -> HttpResponse:
    """Its author takes back what was not said."""
    held = _held(request, case_id, held_id)
    reviewing.take_back_held(actor=person(request.user), held=held)
    return redirect("rooms:review", case_id, held.room_id)


def _page(request: HttpRequest, found: Room, form: NoteForm) -> HttpResponse:
    note_held_look(actor=person(request.user), room=found)
    shown = review_page(person(request.user), found)
    context = {"case": found.case, "room": found, "shown": shown, "form": form}
    return render(request, "rooms/review.html", context, status=400 if form.errors else 200)


def _room(request: HttpRequest, case_id: UUID, room_id: UUID) -> Room:
    rooms = access.rooms_visible_to(request.user).filter(kind__in=access.REVIEWED)
    return get_object_or_404(rooms, pk=room_id, case=case_id)


def _held(request: HttpRequest, case_id: UUID, held_id: UUID) -> HeldMessage:
    rows = access.held_visible_to(request.user)
    return get_object_or_404(rows, pk=held_id, room__case=case_id)
