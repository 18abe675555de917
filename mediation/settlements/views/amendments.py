"""The page on which a signed settlement's change is asked for and answered."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases import access as case_access
from mediation.cases.selectors import name_of
from mediation.settlements import access
from mediation.settlements.enums import BINDING
from mediation.settlements.forms.amendments import AmendmentForm
from mediation.settlements.models import Amendment, Settlement
from mediation.settlements.selectors import party_of_side
from mediation.settlements.selectors.amendments import (
    amendment_to_answer,
    running_amendment,
    successor_for,
)
from mediation.settlements.services import amending


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What a change would mean, and the form to ask for it; or where the asking stands."""
    settlement = _settlement(request, case_id)
    form = AmendmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        amendment = amending.propose_amendment(
            actor=person(request.user), settlement=settlement, wish=form.cleaned_data["wish"]
        )
        messages.success(
            request, _("The other side is asked. Nothing changes before you both sign.")
        )
        return redirect("desk:case", amendment.case_id)
    user, running = person(request.user), running_amendment(settlement)
    waiting = amendment_to_answer(user, settlement)
    context = {
        "case": settlement.case,
        "settlement": settlement,
        "form": form,
        "can_propose": running is None and access.can_propose_amendment(user, settlement),
        "to_answer": waiting,
        "running": running if running and case_access.is_party(user, running.case) else None,
        "successor": successor_for(user, settlement),
        "who": name_of(party_of_side(waiting.case.sides.get(letter="A"))) if waiting else "",
    }
    return render(request, "settlements/change.html", context)


@require_POST
def begin_change(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Yes to talking about it: nothing more."""
    amendment = _to_answer(request, case_id)
    case = amending.accept_amendment(actor=person(request.user), amendment=amendment)
    return redirect("cases:consents", case.pk)


@require_POST
def decline_change(request: HttpRequest, case_id: UUID) -> HttpResponse:
    amendment = _to_answer(request, case_id)
    amending.decline_amendment(actor=person(request.user), amendment=amendment)
    messages.success(request, _("You said no. The settlement stays as it is."))
    return redirect("settlements:read", case_id)


def _to_answer(request: HttpRequest, case_id: UUID) -> Amendment:
    settlement = _settlement(request, case_id)
    running = running_amendment(settlement)
    if running is None:
        raise Http404
    return running


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    """The signed one, for its two sides only."""
    case = get_object_or_404(case_access.cases_visible_to(request.user), pk=case_id)
    rows = access.settlements_visible_to(request.user).filter(case=case, state__in=BINDING)
    settlement = rows.select_related("case__center").first()
    if settlement is None or not case_access.is_party(request.user, case):
        raise Http404
    return settlement
