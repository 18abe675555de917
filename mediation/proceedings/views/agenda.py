"""The agenda: adding a point, and what the mediator does with the list."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.proceedings import access
from mediation.proceedings.forms import MarkForm, MoveForm, PointForm
from mediation.proceedings.models import AgendaPoint
from mediation.proceedings.services import agenda
from mediation.proceedings.views.cases import around, case_of, done, to_course


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, case_id: UUID) -> HttpResponse:
    case = case_of(request, case_id)
    form = PointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agenda.add_point(actor=person(request.user), case=case, **form.cleaned_data)
        return done(request, case_id, _("The point is on the agenda."), "agenda")
    if not access.can_add(request.user, case):
        return to_course(case_id, "agenda")
    context = {"form": form, **around(request, case)}
    return render(request, "proceedings/new_point.html", context)


@require_POST
def move(request: HttpRequest, case_id: UUID, point_id: UUID) -> HttpResponse:
    """One place up or down."""
    point, form = _point(request, case_id, point_id), MoveForm(request.POST)
    if form.is_valid():
        agenda.move_point(actor=person(request.user), point=point, **form.cleaned_data)
    return to_course(case_id, "agenda")


@require_POST
def mark(request: HttpRequest, case_id: UUID, point_id: UUID) -> HttpResponse:
    """Dealt with, or open again."""
    point, form = _point(request, case_id, point_id), MarkForm(request.POST)
    if form.is_valid():
        agenda.mark_point(actor=person(request.user), point=point, **form.cleaned_data)
    return to_course(case_id, "agenda")


@require_POST
def remove(request: HttpRequest, case_id: UUID, point_id: UUID) -> HttpResponse:
    point = _point(request, case_id, point_id)
    agenda.remove_point(actor=person(request.user), point=point)
    return done(request, case_id, _("The point is off the agenda."), "agenda")


def _point(request: HttpRequest, case_id: UUID, point_id: UUID) -> AgendaPoint:
    rows = access.points_visible_to(request.user)
    return get_object_or_404(rows, pk=point_id, case=case_id)
