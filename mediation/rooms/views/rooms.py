"""A room's page. Without scripts messages go by form, and a link looks for new ones."""

from typing import Any
from uuid import UUID, uuid4

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_permissions_policy.decorators import permissions_policy_override

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, is_party
from mediation.cases.enums import CaseState
from mediation.cases.selectors import others_in
from mediation.core.browser_key import browser_key
from mediation.rooms import access, selectors, services
from mediation.rooms.enums import RoomKind
from mediation.rooms.forms import MessageForm, ReleaseForm
from mediation.rooms.models import Room
from mediation.rooms.readings import share_reading
from mediation.rooms.selectors import Held, RoomPage
from mediation.rooms.selectors.reviews import held_count, text_of
from mediation.rooms.services.looking import note_room_look
from mediation.rooms.services.releasing import release_message, text_sha256

# Browsers differ in whether 'self' includes the socket of the same origin, so it is named.
SOCKET_ORIGIN = settings.PUBLIC_URL.replace("http", "ws", 1)
OPENING_SECONDS = 2
# Which formats of Intl in the browser write a date as the server's templates do.
INTL_LANGUAGES = {"en": "en-GB", "zh-hans": "zh-Hans-CN"}
POLICY: dict[str, str | list[str] | tuple[str]] = {
    **settings.PERMISSIONS_POLICY,
    **{name: ["self"] for name in ("camera", "microphone", "display-capture", "autoplay")},
}


@require_GET
def joint(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The joint room of a case, under an address that needs no room's id. Whoever comes before the
    worker has opened the rooms waits a moment.
    """
    rooms = access.rooms_visible_to(request.user).filter(case=case_id, kind=RoomKind.JOINT)
    mediated = cases_visible_to(request.user).filter(state=CaseState.MEDIATING, pk=case_id)
    found, case = rooms.first(), mediated.first()
    if found is None and case is not None:
        page = render(request, "rooms/opening.html", {"case": case})
        page["Refresh"] = OPENING_SECONDS
        return page
    return redirect("rooms:room", case_id, get_object_or_404(rooms).pk)


@require_http_methods(["GET", "POST"])
@csp_update({"connect-src": [SOCKET_ORIGIN]})  # type: ignore[arg-type]  # typed for no ids
@permissions_policy_override(POLICY)
def room(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """One room. POST sends a message and leads back to it, so that reloading sends nothing."""
    found = get_object_or_404(access.rooms_visible_to(request.user), pk=room_id, case=case_id)
    form = MessageForm(request.POST or None, initial=_again(request, found))
    if request.method == "POST" and form.is_valid():
        actor = person(request.user)
        said = services.post_message(actor=actor, room=found, **form.cleaned_data)
        page = "rooms:review" if isinstance(said, Held) else "rooms:room"
        return redirect(page, case_id, found.pk)
    return _page(request, found, form)


@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, case_id: UUID, room_id: UUID, sequence: int) -> HttpResponse:
    """Correct a message of one's own. The room's page does the same by script."""
    actor = person(request.user)
    found = get_object_or_404(access.rooms_visible_to(actor), pk=room_id, case=case_id)
    written = selectors.own_message(actor, found, sequence)
    if written is None:
        raise Http404
    form = MessageForm(request.POST or None, initial={"body": written.body})
    if request.method == "POST" and form.is_valid():
        services.edit_message(actor=actor, room_id=room_id, sequence=sequence, **form.cleaned_data)
        return redirect("rooms:room", case_id, room_id)
    context = {"case": found.case, "room": found, "message": written, "form": form}
    context["can_release"] = found.is_caucus and is_party(actor, found.case)
    context["can_edit"] = found.case.talk_open and services.can_still_edit(written.sent_at)
    return render(request, "rooms/message.html", context, status=400 if form.errors else 200)


@require_POST
def take_back(request: HttpRequest, case_id: UUID, room_id: UUID, sequence: int) -> HttpResponse:
    """Take back a message of one's own."""
    actor = person(request.user)
    found = get_object_or_404(access.rooms_visible_to(actor), pk=room_id, case=case_id)
    if selectors.own_message(actor, found, sequence) is None:
        raise Http404
    services.retract_message(actor=actor, room_id=room_id, sequence=sequence, client_id=uuid4())
    return redirect("rooms:room", case_id, room_id)


@require_POST
def reading(request: HttpRequest, case_id: UUID, room_id: UUID) -> HttpResponse:
    """Let the others in the room see how far one has read, or not any more."""
    actor = person(request.user)
    found = get_object_or_404(access.rooms_visible_to(actor), pk=room_id, case=case_id)
    share = request.POST.get("share") == "yes"
    share_reading(actor=actor, room=found, share=share)
    return redirect("rooms:room", case_id, room_id)


@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, case_id: UUID, room_id: UUID, sequence: int) -> HttpResponse:
    """Show everybody one's own message from a private talk, after seeing exactly what they get."""
    actor = person(request.user)
    rooms = access.rooms_visible_to(actor).filter(kind=RoomKind.CAUCUS)
    found = get_object_or_404(rooms, pk=room_id, case=case_id)
    written = selectors.own_message(actor, found, sequence)
    if written is None or not is_party(actor, found.case):
        raise Http404
    form = ReleaseForm(request.POST or None, initial={"shown_sha256": text_sha256(written.body)})
    if request.method == "POST" and form.is_valid():
        release_message(actor=actor, room_id=room_id, sequence=sequence, **form.cleaned_data)
        return redirect("rooms:joint", case_id)
    context = {"case": found.case, "room": found, "message": written, "form": form}
    context["names"] = others_in(actor, found.case)
    return render(request, "rooms/release.html", context, status=400 if form.errors else 200)


def _again(request: HttpRequest, found: Room) -> dict[str, str]:
    """The words of a message of one's own that was returned, to be written anew."""
    asked = parse_uuid(request.GET.get("again", ""))
    held = access.held_visible_to(request.user).filter(participant__user=request.user.pk)
    row = held.filter(pk=asked, room=found).first() if asked else None
    return {"body": text_of(row)} if row is not None else {}


def _page(request: HttpRequest, found: Room, form: MessageForm) -> HttpResponse:
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() else None
    note_room_look(actor=person(request.user), room=found)
    shown = selectors.room_page(person(request.user), found, number)
    context = {"shown": shown, "case": found.case, "form": form, "config": _config(request, shown)}
    context["is_newest"] = number is None
    context["held_count"] = held_count(person(request.user), found)
    status = 400 if form.errors else 200
    return render(request, "rooms/room.html", context, status=status)


def parse_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _config(request: HttpRequest, shown: RoomPage) -> dict[str, Any]:
    """What the page's script must know; nothing confidential beyond what the page shows, except the
    key of what the browser keeps for it.
    """
    session_key = request.session.session_key or ""
    return {
        "storageKey": browser_key(session_key, person(request.user).pk, shown.room.case_id),
        "case": shown.room.case_id,
        "room": shown.room.pk,
        "editSeconds": services.EDIT_FOR.seconds,
        "me": shown.me.id,
        "head": shown.head,
        "canBring": shown.can_post and shown.can_bring,
        "readUpTo": shown.read_up_to,
        "readings": {str(reader): sequence for reader, sequence in shown.readings.items()},
        "language": INTL_LANGUAGES.get(get_language() or "", "en-GB"),
        "timeZone": get_current_timezone_name(),
        "members": [one.id for one in shown.members],
        "names": {str(one.id): one.name for one in shown.people.values()},
    }
