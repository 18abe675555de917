"""The mediator's pages: the draft, its obligations, and offering it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mediation.accounts.access import person
from mediation.cases import access as case_access
from mediation.cases.selectors import accounts_of
from mediation.offers.selectors import accepted_lines
from mediation.settlements import access
from mediation.settlements.document.clauses import Clause, clauses_for
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.document.terms import Obligation, PartyKind, Terms
from mediation.settlements.forms import answers
from mediation.settlements.forms import drafts as forms
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import draft_terms, fixed_text, language_note, remarks, wishes
from mediation.settlements.services import drafting, offering


def start(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Begin a draft: the only question is its language."""
    case = get_object_or_404(case_access.cases_visible_to(request.user), pk=case_id)
    if not case_access.is_mediator_of(request.user, case):
        raise Http404
    form = answers.StartForm(request.POST or None, initial={"language": case.language})
    if request.method == "POST" and form.is_valid():
        drafting.start_draft(actor=person(request.user), case=case, **form.cleaned_data)
        return redirect("settlements:draft", case.pk)
    context = {
        "form": form,
        "case": case,
        "accepted": accepted_lines(person(request.user), case),
        "language_note": language_note(case, form["language"].value()),
    }
    return render(request, "settlements/start.html", context)


def draft(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The whole draft on one page: text, obligations, what is still missing, and the offer."""
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    form = forms.DraftForm(
        request.POST or None,
        initial=forms.DraftForm.initial_from(terms),
        current=settlement.edition,
    )
    if request.method == "POST" and form.is_valid():
        drafting.save_draft(
            actor=person(request.user),
            settlement=settlement,
            edition=form.cleaned_data["edition"],
            changes=form.changes(fixed_text(settlement.language)["statements"]),
        )
        messages.success(request, _("The draft is saved."))
        return redirect("settlements:draft", case_id)
    context = {**_around(request, settlement, terms), "form": form}
    return render(request, "settlements/draft.html", context)


def _around(request: HttpRequest, settlement: Settlement, terms: Terms) -> dict[str, Any]:
    """What the draft page shows beside the form."""
    noted = remarks(terms, offering.all_findings(terms))
    return {
        "case": settlement.case,
        "settlement": settlement,
        "terms": terms,
        "sheet": lay_out(terms),
        "obligations": list(zip(terms.obligations, lay_out(terms).obligations, strict=True)),
        "blocking": [remark for remark in noted if remark.is_blocking],
        "warnings": [remark for remark in noted if not remark.is_blocking],
        "wishes": wishes(request.user, settlement),
        "accounts": accounts_of(request.user, settlement.case),
        "language_note": language_note(settlement.case, settlement.language),
    }


def preview(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The draft as the sides would read it."""
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    context = {
        "case": settlement.case,
        "settlement": settlement,
        "terms": terms,
        "sheet": lay_out(terms),
    }
    return render(request, "settlements/preview.html", context)


def add_obligation(request: HttpRequest, case_id: UUID) -> HttpResponse:
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    return _obligation_page(request, settlement, terms, drafting.next_obligation_id(terms))


def edit_obligation(request: HttpRequest, case_id: UUID, obligation_id: str) -> HttpResponse:
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    if obligation_id not in {obligation.id for obligation in terms.obligations}:
        raise Http404
    return _obligation_page(request, settlement, terms, obligation_id)


def _obligation_page(
    request: HttpRequest, settlement: Settlement, terms: Terms, obligation_id: str
) -> HttpResponse:
    known = {obligation.id: obligation for obligation in terms.obligations}.get(obligation_id)
    ready = clauses_for(settlement.case.category, terms.language) if known is None else ()
    form = forms.ObligationForm(
        request.POST or None,
        initial=_first_values(known, ready, request.GET.get("clause", "")),
        parties=terms.parties,
        current=settlement.edition,
    )
    if request.method == "POST" and form.is_valid():
        drafting.save_obligation(
            actor=person(request.user),
            settlement=settlement,
            edition=form.cleaned_data["edition"],
            obligation=form.obligation(obligation_id),
        )
        messages.success(request, _("The term is saved."))
        return redirect("settlements:draft", settlement.case_id)
    context = {
        "form": form,
        "case": settlement.case,
        "settlement": settlement,
        "obligation": known,
        "clauses": ready,
        "language": terms.language,
    }
    return render(request, "settlements/obligation.html", context)


def _first_values(known: Obligation | None, ready: Sequence[Clause], chosen: str) -> dict[str, Any]:
    if known is not None:
        return forms.ObligationForm.initial_from(known)
    found = [clause for clause in ready if clause.id == chosen]
    return forms.ObligationForm.initial_from_clause(found[0]) if found else {}


@require_POST
def remove_obligation(request: HttpRequest, case_id: UUID, obligation_id: str) -> HttpResponse:
    settlement = _draft(request, case_id)
    drafting.remove_obligation(
        actor=person(request.user),
        settlement=settlement,
        edition=_edition(request),
        obligation_id=obligation_id,
    )
    messages.success(request, _("The term is taken out."))
    return redirect("settlements:draft", case_id)


def edit_party(request: HttpRequest, case_id: UUID, party_id: str) -> HttpResponse:
    """Person or organisation, and who signs for it."""
    settlement = _draft(request, case_id)
    parties = {party.id: party for party in draft_terms(settlement).parties}
    if party_id not in parties:
        raise Http404
    party = parties[party_id]
    form = forms.PartyForm(
        request.POST or None,
        initial=forms.PartyForm.initial_from(party),
        current=settlement.edition,
    )
    if request.method == "POST" and form.is_valid():
        _save_party(request, settlement, party_id, form)
        return redirect("settlements:draft", case_id)
    context = {"form": form, "case": settlement.case, "settlement": settlement, "party": party}
    return render(request, "settlements/party.html", context)


def _save_party(
    request: HttpRequest, settlement: Settlement, party_id: str, form: forms.PartyForm
) -> None:
    drafting.save_party(
        actor=person(request.user),
        settlement=settlement,
        edition=form.cleaned_data["edition"],
        party_id=party_id,
        kind=PartyKind(form.cleaned_data["kind"]),
        representative=form.representative_named(),
    )
    messages.success(request, _("The draft is saved."))


@require_POST
def choose_paper(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Switch between signing here and signing on paper."""
    settlement = _draft(request, case_id)
    drafting.choose_paper(
        actor=person(request.user),
        settlement=settlement,
        is_paper_only=request.POST.get("paper") == "yes",
    )
    return redirect("settlements:draft", case_id)


@require_POST
def offer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Freeze the draft and offer it to both sides."""
    settlement = _draft(request, case_id)
    offering.freeze_version(
        actor=person(request.user), settlement=settlement, edition=_edition(request)
    )
    messages.success(request, _("Both sides can read it now. They are told by e-mail."))
    return redirect("settlements:read", case_id)


@require_POST
def reopen(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take the offered text back."""
    settlement = _as_mediator(request, case_id)
    offering.reopen_draft(actor=person(request.user), settlement=settlement)
    return redirect("settlements:draft", case_id)


def _draft(request: HttpRequest, case_id: UUID) -> Settlement:
    """The settlement being drafted; 404 for everybody but the mediator, refused once offered."""
    settlement = _as_mediator(request, case_id)
    if not access.can_draft(request.user, settlement):
        raise drafting.NotADraft
    return settlement


def _as_mediator(request: HttpRequest, case_id: UUID) -> Settlement:
    rows = access.settlements_visible_to(request.user).live().select_related("case__center")
    settlement = get_object_or_404(rows, case_id=case_id)
    if not case_access.is_mediator_of(request.user, settlement.case):
        raise Http404
    return settlement


def _edition(request: HttpRequest) -> int:
    """The edition a one-button form was shown with; without one it is an outdated page."""
    form = forms.EditionOnlyForm(request.POST)
    return form.cleaned_data["edition"] if form.is_valid() else 0
