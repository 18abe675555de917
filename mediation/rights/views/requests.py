"""A person's own requests to a centre."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.rights import access, selectors
from mediation.rights.enums import Right
from mediation.rights.forms.requests import AskForm
from mediation.rights.services import requests as services


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a centre; what can be done at once is linked instead."""
    actor = person(request.user)
    centers = access.centers_asked_by(actor)
    form = AskForm(request.POST or None, centers=centers)
    if request.method == "POST" and form.is_valid():
        made = services.ask_center(
            actor=actor,
            center=form.cleaned_data["center"],
            right=Right(form.cleaned_data["right"]),
            words=form.cleaned_data["words"],
        )
        messages.success(request, _("Your request is sent. The date of the answer is below."))
        return redirect("rights:request", made.pk)
    return render(request, "rights/ask.html", {"form": form, "centers": centers})


@require_GET
def show(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request, until when it is answered, and the answer."""
    found = get_object_or_404(access.requests_of(request.user), pk=request_id)
    return render(request, "rights/request.html", {"shown": selectors.shown(found)})


@require_POST
def withdraw(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    found = get_object_or_404(access.requests_of(request.user), pk=request_id)
    services.withdraw_request(actor=person(request.user), request=found)
    messages.success(request, _("Your request is taken back."))
    return redirect("rights:data")
