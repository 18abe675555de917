"""Talks by invitation: asking, answering, approving of third persons."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, is_mediator_of
from mediation.cases.services.looking import Look, note_look
from mediation.rooms import access
from mediation.rooms.forms import TalkForm
from mediation.rooms.models import Member
from mediation.rooms.selectors.talks import can_be_invited, talks_of
from mediation.rooms.services import inviting


@require_GET
def talks(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The talks by invitation one is asked to, or asked about."""
    case = get_object_or_404(cases_visible_to(request.user), pk=case_id)
    note_look(actor=person(request.user), case=case, look=Look.TALKS)
    lines = talks_of(person(request.user), case)
    can_invite = access.can_invite(request.user, case)
    context = {"case": case, "lines": lines, "can_invite": can_invite}
    return render(request, "rooms/talks.html", context)


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A mediator asks people to a talk of their own. Parties get 404: there is no such page."""
    actor = person(request.user)
    case = get_object_or_404(cases_visible_to(actor), pk=case_id)
    if not is_mediator_of(actor, case):
        raise Http404
    people = can_be_invited(actor, case)
    form = TalkForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        inviting.invite_to_talk(actor=actor, case=case, **form.cleaned_data)
        return redirect("rooms:talks", case_id)
    note_look(actor=actor, case=case, look=Look.CASE)
    context = {"case": case, "form": form}
    return render(request, "rooms/invite.html", context, status=400 if form.errors else 200)


@require_POST
def agree(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """Yes to being in a talk."""
    talk = get_object_or_404(access.talks_visible_to(request.user), pk=room_id, case=case_id)
    inviting.agree_to_talk(actor=person(request.user), room=talk)
    return redirect("rooms:talks", case_id)


@require_POST
def leave(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """No to a talk, or out of it."""
    talk = get_object_or_404(access.talks_visible_to(request.user), pk=room_id, case=case_id)
    inviting.leave_talk(actor=person(request.user), room=talk)
    return redirect("rooms:talks", case_id)


@require_POST
def approve(request: HttpRequest, case_id: UUID, member_id: UUID) -> HttpResponse:
    """A party's yes to a third person's presence."""
    guest = _guest(request, case_id, member_id)
    inviting.approve_presence(actor=person(request.user), guest=guest)
    return redirect("rooms:talks", case_id)


@require_POST
def disapprove(request: HttpRequest, case_id: UUID, member_id: UUID) -> HttpResponse:
    """A party's no to it, at any time."""
    guest = _guest(request, case_id, member_id)
    inviting.disapprove_presence(actor=person(request.user), guest=guest)
    return redirect("rooms:talks", case_id)


def _guest(request: HttpRequest, case_id: UUID, member_id: UUID) -> Member:
    guests = access.guests_visible_to(request.user)
    return get_object_or_404(guests, pk=member_id, room__case=case_id)
