"""The page on which a signed settlement's change is asked for and answered."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.selectors import name_of
from mediation.settlements.forms.amendments import AmendmentForm
from mediation.settlements.models import Amendment, Settlement
from mediation.settlements.selectors import party_of_side
from mediation.settlements.selectors.amendments import (
    amendment_to_answer,
    change_for,
    running_amendment,
    settlement_to_change,
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
    user = person(request.user)
    shown, waiting = change_for(user, settlement), amendment_to_answer(user, settlement)
    context = {
        "case": settlement.case,
        "settlement": settlement,
        "form": form,
        "can_propose": shown.can_propose,
        "to_answer": waiting,
        "running": shown.running,
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
    settlement = settlement_to_change(request.user, case_id)
    if settlement is None:
        raise Http404
    return settlement
