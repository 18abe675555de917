"""The question before signing or agreeing: do you know that you are free to say no? Asked and
answered alone.

The answer "I am not sure" shows a page and leaves nothing behind, not even an address of its own.
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mediation.accounts.access import person
from mediation.settlements import access
from mediation.settlements.forms import answers as forms
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import current_version, document_of
from mediation.settlements.services import freedom as services


def freedom(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask; note a yes; to anything else show what one can do."""
    settlement = _settlement(request, case_id)
    terms_sha256 = _terms_sha256(settlement)
    if not terms_sha256 or not access.can_confirm_freedom(request.user, settlement):
        return redirect("settlements:read", case_id)
    form = forms.FreedomForm(request.POST or None, initial={"terms_sha256": terms_sha256})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["answer"] == form.FREE:
            return _confirm(request, settlement, form)
        return _unsure(request, settlement, forms.TellMediatorForm())
    context = {"case": settlement.case, "settlement": settlement, "form": form}
    return render(request, "settlements/freedom.html", context)


def _confirm(request: HttpRequest, settlement: Settlement, form: forms.FreedomForm) -> HttpResponse:
    services.confirm_freedom(
        actor=person(request.user),
        settlement=settlement,
        terms_sha256=form.cleaned_data["terms_sha256"],
    )
    name = "agree" if settlement.is_oral else "sign"
    return redirect(f"settlements:{name}", settlement.case_id)


def _terms_sha256(settlement: Settlement) -> str:
    """Of the terms the question is about: those of the document, or of what is agreed orally."""
    document = document_of(settlement)
    version = current_version(settlement) if settlement.is_oral else document and document.version
    return version.terms_sha256 if version else ""


def tell_mediator(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Somebody who is not sure tells the mediator, in their own words and their private talk."""
    settlement = _settlement(request, case_id)
    if not access.can_confirm_freedom(request.user, settlement):
        return redirect("settlements:read", case_id)
    form = forms.TellMediatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.tell_mediator(
            actor=person(request.user),
            settlement=settlement,
            note=form.cleaned_data["note"],
            client_id=form.cleaned_data["client_id"],
        )
        messages.success(request, _("The mediator can read it in your private talk."))
        return redirect("settlements:read", case_id)
    return _unsure(request, settlement, form)


def _unsure(
    request: HttpRequest, settlement: Settlement, form: forms.TellMediatorForm
) -> HttpResponse:
    context = {"case": settlement.case, "settlement": settlement, "form": form}
    return render(request, "settlements/unsure.html", context)


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    rows = access.settlements_visible_to(request.user).filter(case=case_id)
    settlement = rows.select_related("case").order_by("-created_at").first()
    if settlement is None:
        raise Http404
    return settlement
