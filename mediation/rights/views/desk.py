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
from mediation.rights.enums import Decision
from mediation.rights.forms import AnswerForm, ExtendForm
from mediation.rights.models import RightsRequest
from mediation.rights.selectors.breaches import waiting_for, worst_of
from mediation.rights.services import requests as services


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
        messages.success(request, _("Answered. The person is told that there is an answer."))
        return redirect("rights:desk")
    context = {"form": form, "shown": selectors.shown(found)}
    return render(request, "rights/answer.html", context)


def _request(request: HttpRequest, request_id: UUID) -> RightsRequest:
    return get_object_or_404(access.requests_to(request.user), pk=request_id)
