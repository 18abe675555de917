"""The pages of a case's offers: all of them, one of them, making one, and answering."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, is_mediator_of
from mediation.cases.models import Case
from mediation.cases.selectors import others_in
from mediation.offers import access, selectors, services
from mediation.offers.forms import OfferForm
from mediation.offers.models import Offer


@require_GET
def offers(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Every offer in order, and the latest of each side beside each other."""
    case = _case(request, case_id)
    shown = selectors.offers_page(person(request.user), case)
    return render(request, "offers/list.html", {"shown": shown, **_around(request, case)})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Make an offer to the other side; as the mediator, a proposal to both."""
    case = _case(request, case_id)
    form = OfferForm(
        request.POST or None, sides=selectors.side_names(case), initial=_usual(request, case)
    )
    if request.method == "POST" and form.is_valid():
        made = services.make_offer(actor=person(request.user), case=case, draft=form.draft())
        return _done(request, made, _("Your offer is made. The others are told by e-mail."))
    if not access.can_offer(request.user, case):
        return redirect("offers:list", case_id)
    has_open = access.own_open_offers(request.user, case).exists()
    context = {"form": form, "has_open": has_open, **_around(request, case)}
    return render(request, "offers/new.html", context)


@require_GET
def offer(request: HttpRequest, case_id: UUID, offer_id: UUID) -> HttpResponse:
    """One offer in full, and what this person can do about it."""
    found = _offer(request, case_id, offer_id)
    context = {
        "line": selectors.offer_line(person(request.user), found),
        "can_accept": access.can_accept(request.user, found),
        "can_decline": access.can_decline(request.user, found),
        "can_counter": access.can_counter(request.user, found),
        "can_withdraw": access.can_withdraw(request.user, found),
        **_around(request, found.case),
    }
    return render(request, "offers/offer.html", context)


@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, case_id: UUID, offer_id: UUID) -> HttpResponse:
    """The whole offer once more in words, what a yes means, and the yes."""
    found = _offer(request, case_id, offer_id)
    if request.method == "POST":
        services.accept_offer(actor=person(request.user), offer=found)
        return _done(request, found, _("Your acceptance is recorded. Nothing is binding yet."))
    if not access.can_accept(request.user, found):
        return redirect("offers:offer", case_id, offer_id)
    line = selectors.offer_line(person(request.user), found)
    return render(request, "offers/accept.html", {"line": line, **_around(request, found.case)})


@require_POST
def decline(request: HttpRequest, case_id: UUID, offer_id: UUID) -> HttpResponse:
    """No, in one press."""
    found = _offer(request, case_id, offer_id)
    services.decline_offer(actor=person(request.user), offer=found)
    return _done(request, found, _("Your no is recorded. You do not have to say why."))


@require_http_methods(["GET", "POST"])
def counter(request: HttpRequest, case_id: UUID, offer_id: UUID) -> HttpResponse:
    """Answer with another offer. Only the currency is filled in: the figures are one's own."""
    found = _offer(request, case_id, offer_id)
    line = selectors.offer_line(person(request.user), found)
    form = OfferForm(
        request.POST or None,
        sides=selectors.side_names(found.case),
        initial={"currency": line.terms.currency}
        if line.terms.currency
        else _usual(request, found.case),
    )
    if request.method == "POST" and form.is_valid():
        made = services.counter_offer(actor=person(request.user), offer=found, draft=form.draft())
        return _done(request, made, _("Your offer is made. The others are told by e-mail."))
    if not access.can_counter(request.user, found):
        return redirect("offers:offer", case_id, offer_id)
    has_open = access.own_open_offers(request.user, found.case).exists()
    context = {"form": form, "line": line, "has_open": has_open, **_around(request, found.case)}
    return render(request, "offers/counter.html", context)


@require_POST
def withdraw(request: HttpRequest, case_id: UUID, offer_id: UUID) -> HttpResponse:
    found = _offer(request, case_id, offer_id)
    services.withdraw_offer(actor=person(request.user), offer=found)
    return _done(request, found, _("The offer is taken back."))


def _done(request: HttpRequest, row: Offer, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("offers:offer", row.case_id, row.pk)


def _case(request: HttpRequest, case_id: UUID) -> Case:
    """A case in which there was ever anything to offer."""
    rows = cases_visible_to(request.user).exclude(mediation_started_at=None)
    return get_object_or_404(rows, pk=case_id)


def _offer(request: HttpRequest, case_id: UUID, offer_id: UUID) -> Offer:
    rows = access.offers_visible_to(request.user).select_related("case", "side", "counter_to")
    return get_object_or_404(rows, pk=offer_id, case=case_id)


def _around(request: HttpRequest, case: Case) -> dict[str, Any]:
    names = others_in(person(request.user), case)
    return {"case": case, "is_mediator": is_mediator_of(request.user, case), "names": names}


def _usual(request: HttpRequest, case: Case) -> dict[str, Any]:
    return {"currency": selectors.usual_currency(person(request.user), case)}
