"""Who is there when, as the mediator notes it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.models import Participant
from mediation.proceedings import access, selectors
from mediation.proceedings.forms import PersonForm, SittingForm
from mediation.proceedings.models import Sitting
from mediation.proceedings.services import sittings
from mediation.proceedings.views.cases import around, case_of, done, to_course


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who is here now."""
    case, user = case_of(request, case_id), person(request.user)
    people = selectors.named_parts(user, case, but_mediators=True)
    sent = request.POST if request.method == "POST" else None  # also with nobody ticked
    form = SittingForm(sent, people=people)
    if form.is_valid():
        found = list(case.participants.filter(pk__in=form.cleaned_data["present"]))
        sittings.begin_sitting(actor=user, case=case, present=found)
        return done(request, case_id, _("The sitting is noted from now on."), "sittings")
    if not access.can_lead(user, case):
        return to_course(case_id, "sittings")
    context = {"form": form, **around(request, case)}
    return render(request, "proceedings/begin_sitting.html", context)


@require_POST
def came(request: HttpRequest, case_id: UUID, sitting_id: UUID) -> HttpResponse:
    sitting = _sitting(request, case_id, sitting_id)
    who = _person(request, sitting)
    sittings.note_arrival(actor=person(request.user), sitting=sitting, participant=who)
    return to_course(case_id, "sittings")


@require_POST
def went(request: HttpRequest, case_id: UUID, sitting_id: UUID) -> HttpResponse:
    sitting = _sitting(request, case_id, sitting_id)
    who = _person(request, sitting)
    sittings.note_departure(actor=person(request.user), sitting=sitting, participant=who)
    return to_course(case_id, "sittings")


@require_POST
def end(request: HttpRequest, case_id: UUID, sitting_id: UUID) -> HttpResponse:
    sitting = _sitting(request, case_id, sitting_id)
    sittings.end_sitting(actor=person(request.user), sitting=sitting)
    return done(request, case_id, _("The end of the sitting is noted."), "sittings")


@require_POST
def remove(request: HttpRequest, case_id: UUID, sitting_id: UUID) -> HttpResponse:
    sitting = _sitting(request, case_id, sitting_id)
    sittings.remove_sitting(actor=person(request.user), sitting=sitting)
    return done(request, case_id, _("The sitting is struck out."), "sittings")


def _sitting(request: HttpRequest, case_id: UUID, sitting_id: UUID) -> Sitting:
    rows = access.sittings_visible_to(request.user)
    return get_object_or_404(rows, pk=sitting_id, case=case_id)


def _person(request: HttpRequest, sitting: Sitting) -> Participant:
    """Whom the button is about."""
    form = PersonForm(request.POST)
    chosen = form.cleaned_data["person"] if form.is_valid() else None
    return get_object_or_404(sitting.case.participants, pk=chosen)
