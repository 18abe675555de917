"""The pages of a case's offers and sealed rounds: all of them, one of them, making one, answering;
and what the script on the page of a sealed round sends and asks.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, is_mediator_of
from mediation.cases.models import Case
from mediation.cases.selectors import others_in
from mediation.cases.services.looking import Look, note_look
from mediation.core.errors import InvalidInput, require
from mediation.offers import access, selectors
from mediation.offers.forms import BlindForm, EntryForm, KeyForm, OfferForm, OpeningForm, RoundForm
from mediation.offers.models import Offer, SealedRound
from mediation.offers.services import figures, rounds
from mediation.offers.services import offers as services


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


# --- Sealed rounds ----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def propose_round(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Propose that each side seals a figure which only the service compares."""
    case = _case(request, case_id)
    form = RoundForm(
        request.POST or None, sides=selectors.side_names(case), initial=_usual(request, case)
    )
    if request.method == "POST" and form.is_valid():
        made = rounds.propose_round(actor=person(request.user), case=case, draft=form.draft())
        return _to_round(request, made, _("The sealed offer is proposed. The others are told."))
    if not access.can_propose_round(request.user, case):
        return redirect("offers:list", case_id)
    return render(request, "offers/new_round.html", {"form": form, **_around(request, case)})


@require_GET
def round_page(request: HttpRequest, case_id: UUID, round_id: UUID) -> HttpResponse:
    """One sealed round: what it asks, where it stands, and what this person can do about it."""
    found = _round(request, case_id, round_id)
    context = {
        "line": selectors.round_line(person(request.user), found),
        "can_agree": access.can_agree_to_round(request.user, found),
        "can_decline": access.can_decline_round(request.user, found),
        "can_commit": access.can_commit(request.user, found),
        "can_call_off": access.can_call_off(request.user, found),
        "my_letter": selectors.letter_of(request.user, found.case),
        **_around(request, found.case),
    }
    return render(request, "offers/round.html", context)


@require_POST
def agree_to_round(request: HttpRequest, case_id: UUID, round_id: UUID) -> HttpResponse:
    found = _round(request, case_id, round_id)
    rounds.agree_to_round(actor=person(request.user), row=found)
    return _to_round(request, found, _("You have agreed to the question and the rule."))


@require_POST
def decline_round(request: HttpRequest, case_id: UUID, round_id: UUID) -> HttpResponse:
    """No, in one press."""
    found = _round(request, case_id, round_id)
    rounds.decline_round(actor=person(request.user), row=found)
    return _to_round(request, found, _("Your no is recorded. You do not have to say why."))


@require_POST
def call_off_round(request: HttpRequest, case_id: UUID, round_id: UUID) -> HttpResponse:
    found = _round(request, case_id, round_id)
    rounds.call_off_round(actor=person(request.user), row=found)
    return _to_round(request, found, _("The sealed offer is called off. Nobody learned a figure."))


@require_GET
def round_state(request: HttpRequest, case_id: UUID, round_id: UUID) -> JsonResponse:
    return _told(request, _round(request, case_id, round_id))


@require_POST
def commit_figure(request: HttpRequest, case_id: UUID, round_id: UUID) -> JsonResponse:
    found, form = _round(request, case_id, round_id), EntryForm(request.POST)
    _require_blind(form)
    row = figures.commit_figure(actor=person(request.user), row=found, entry=form.entry())
    return _told(request, row)


@require_POST
def seal_for_both(request: HttpRequest, case_id: UUID, round_id: UUID) -> JsonResponse:
    found, form = _round(request, case_id, round_id), OpeningForm(request.POST)
    _require_blind(form)
    row = figures.seal_for_both(actor=person(request.user), row=found, **form.cleaned_data)
    return _told(request, row)


@require_POST
def open_round(request: HttpRequest, case_id: UUID, round_id: UUID) -> JsonResponse:
    found, form = _round(request, case_id, round_id), KeyForm(request.POST)
    _require_blind(form)
    row = figures.open_round(actor=person(request.user), row=found, **form.cleaned_data)
    return _told(request, row)


def _require_blind(form: BlindForm) -> None:
    """Raise InvalidInput unless the form holds what was asked for, and nothing else."""
    require(form.is_valid(), InvalidInput)


def _told(request: HttpRequest, row: SealedRound) -> JsonResponse:
    return JsonResponse(selectors.browser_state(person(request.user), row))


def _round(request: HttpRequest, case_id: UUID, round_id: UUID) -> SealedRound:
    return get_object_or_404(access.rounds_visible_to(request.user), pk=round_id, case=case_id)


def _to_round(request: HttpRequest, row: SealedRound, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("offers:round", row.case_id, row.pk)


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
    note_look(actor=person(request.user), case=case, look=Look.OFFERS)
    names = others_in(person(request.user), case)
    return {"case": case, "is_mediator": is_mediator_of(request.user, case), "names": names}


def _usual(request: HttpRequest, case: Case) -> dict[str, Any]:
    return {"currency": selectors.usual_currency(person(request.user), case)}
