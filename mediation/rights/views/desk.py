"""The privacy officer's desk: what the centre owes people, and until when."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mediation.accounts.access import person
from mediation.core.errors import WrongState, require
from mediation.holds.access import is_officer
from mediation.rights import access, selectors
from mediation.rights.enums import Asker, Decision, Right
from mediation.rights.forms.requests import AnswerForm, ExtendForm, RecordForm
from mediation.rights.models import RightsRequest
from mediation.rights.selectors.breaches import waiting_for, worst_of
from mediation.rights.services import requests as services
from mediation.rights.services.requests import Recorded


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Requests, holds and late destructions, the most pressing first."""
    require(is_officer(request.user))
    user = person(request.user)
    breaches = waiting_for(user)
    context = {
        "desk": selectors.desk_of(user),
        "breaches": breaches,
        "worst_breach": worst_of(breaches),
    }
    return render(request, "rights/desk.html", context)


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """Write down what came by letter, by telephone or in person."""
    require(is_officer(request.user))
    form = RecordForm(request.POST or None, centers=access.recording_centers(request.user))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = services.record_request(
            actor=person(request.user),
            center=said["center"],
            right=Right(said["right"]),
            words=said["words"],
            recorded=Recorded(Asker(said["asker"]), said["who"], said["received_on"]),
            client_id=said["client_id"],
        )
        messages.success(request, _("Written down. The date to answer by is below."))
        return redirect("rights:officer_request", made.pk)
    return render(request, "rights/record.html", {"form": form})


@require_GET
def show(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request, and what can be done about it."""
    found = _request(request, request_id)
    return render(request, "rights/officer_request.html", {"shown": selectors.shown(found)})


@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take more time, with reasons."""
    found = _request(request, request_id)
    require(selectors.shown(found).can_extend, WrongState)
    form = ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.extend_request(
            actor=person(request.user), request=found, reasons=form.cleaned_data["reasons"]
        )
        messages.success(request, _("The person is told. The new date is below."))
        return redirect("rights:officer_request", found.pk)
    return render(request, "rights/extend.html", {"form": form, "request_id": found.pk})


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Answer a request."""
    found = _request(request, request_id)
    require(access.is_open(found), WrongState)
    form = AnswerForm(request.POST or None, grounds=selectors.grounds_for(found))
    if request.method == "POST" and form.is_valid():
        services.answer_request(
            actor=person(request.user),
            request=found,
            decision=Decision(form.cleaned_data["decision"]),
            ground=form.cleaned_data["ground"],
            words=form.cleaned_data["words"],
        )
        if found.asked_through:
            messages.success(request, _("Answered. Now give or send them what stands below."))
            return redirect("rights:officer_request", found.pk)
        messages.success(request, _("Answered. The person is told that there is an answer."))
        return redirect("rights:desk")
    context = {"form": form, "shown": selectors.shown(found)}
    return render(request, "rights/answer.html", context)


def _request(request: HttpRequest, request_id: UUID) -> RightsRequest:
    return get_object_or_404(access.requests_to(request.user), pk=request_id)
