"""The mediator's pages: the draft, its obligations, and offering it."""

import re
from collections.abc import Callable, Sequence
from functools import partial
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
from mediation.cases.services.looking import Look, note_look
from mediation.offers.selectors import accepted_lines
from mediation.settlements import access
from mediation.settlements.document.clauses import Clause, clauses_for
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.document.terms import Obligation, PartyKind, Terms
from mediation.settlements.forms import answers
from mediation.settlements.forms import drafts as forms
from mediation.settlements.forms.guarantors import GuarantorForm
from mediation.settlements.forms.parts import EditionOnlyForm
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import (
    current_version,
    draft_terms,
    fixed_text,
    language_note,
    remarks,
    version_terms,
    wishes,
)
from mediation.settlements.selectors.comments import Thread, threads
from mediation.settlements.services import drafting, offering
from mediation.settlements.services.looking import note_text_look


def start(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Begin a draft: the only question is its language."""
    case = get_object_or_404(case_access.cases_visible_to(request.user), pk=case_id)
    if not case_access.is_mediator_of(request.user, case):
        raise Http404
    form = answers.StartForm(request.POST or None, initial={"language": case.language})
    if request.method == "POST" and form.is_valid():
        drafting.start_draft(actor=person(request.user), case=case, **form.cleaned_data)
        return redirect("settlements:draft", case.pk)
    note_look(actor=person(request.user), case=case, look=Look.OFFERS)
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
        save = partial(
            drafting.save_draft,
            actor=person(request.user),
            settlement=settlement,
            edition=form.cleaned_data["edition"],
            changes=form.changes(fixed_text(settlement.language)["statements"]),
        )
        if not _saved(request, save, _("The draft is saved.")):
            return draft(request, case_id)
        return redirect("settlements:draft", case_id)
    context = {**_around(request, settlement, terms), "form": form}
    return _page(request, settlement, "settlements/draft.html", context)


def _saved(request: HttpRequest, save: Callable[[], object], told: str) -> bool:
    """False where somebody else saved at the same moment: the page is then to be made anew, which
    shows what was typed beside the text of the other.
    """
    try:
        save()
    except drafting.StaleEdit:
        return False
    messages.success(request, told)
    return True


def _around(request: HttpRequest, settlement: Settlement, terms: Terms) -> dict[str, Any]:
    """What the draft page shows beside the form; what both sides wrote at the start is part."""
    note_look(actor=person(request.user), case=settlement.case, look=Look.STATEMENTS)
    noted = remarks(terms, offering.all_findings(terms, settlement.case))
    return {
        "terms": terms,
        "sheet": lay_out(terms),
        "obligations": list(zip(terms.obligations, lay_out(terms).obligations, strict=True)),
        "guarantors": list(zip(terms.guarantors, lay_out(terms).guarantors, strict=True)),
        "blocking": [remark for remark in noted if remark.is_blocking],
        "warnings": [remark for remark in noted if not remark.is_blocking],
        "wishes": wishes(request.user, settlement),
        "threads": _threads(request, settlement),
        "accounts": accounts_of(request.user, settlement.case),
        "language_note": language_note(settlement.case, settlement.language),
        "can_be_oral": access.can_be_oral(settlement.case),
    }


def _threads(request: HttpRequest, settlement: Settlement) -> list[Thread]:
    """What both sides said about the version that was offered last."""
    version = current_version(settlement)
    if version is None:
        return []
    found = threads(person(request.user), version, version_terms(version))
    return [thread for thread in found if thread.comments]


def preview(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The draft as the sides would read it."""
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    context = {"terms": terms, "sheet": lay_out(terms)}
    return _page(request, settlement, "settlements/preview.html", context)


def add_obligation(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return _obligation_page(request, case_id, "")


def edit_obligation(request: HttpRequest, case_id: UUID, obligation_id: str) -> HttpResponse:
    return _obligation_page(request, case_id, obligation_id)


def _obligation_page(request: HttpRequest, case_id: UUID, obligation_id: str) -> HttpResponse:
    """A term, or with an empty id a new one."""
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    known = {obligation.id: obligation for obligation in terms.obligations}.get(obligation_id)
    _require_found(request, obligation_id, known)
    ready = clauses_for(settlement.case.category, terms.language) if known is None else ()
    form = forms.ObligationForm(
        request.POST or None,
        initial=_first_values(known, ready, request.GET.get("clause", "")),
        parties=terms.parties,
        current=settlement.edition,
    )
    if request.method == "POST" and form.is_valid():
        save = partial(
            drafting.save_obligation,
            actor=person(request.user),
            settlement=settlement,
            edition=form.cleaned_data["edition"],
            obligation=form.obligation(obligation_id or drafting.next_obligation_id(terms)),
        )
        if not _saved(request, save, _("The term is saved.")):
            return _obligation_page(request, case_id, obligation_id)
        return redirect("settlements:draft", case_id)
    context = {
        "form": form,
        "obligation": known,
        "clauses": ready,
        "language": terms.language,
    }
    return _page(request, settlement, "settlements/obligation.html", context)


def _require_found(request: HttpRequest, id_in_draft: str, known: object) -> None:
    """404 for what is not in the draft; but what somebody was writing while another took it out is
    shown again, and saving it puts it back.
    """
    if known is None and id_in_draft:
        was_there = request.method == "POST" and re.fullmatch(r"[og]\d{1,3}", id_in_draft)
        if not was_there:
            raise Http404


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


def add_guarantor(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return _guarantor_page(request, case_id, "")


def edit_guarantor(request: HttpRequest, case_id: UUID, guarantor_id: str) -> HttpResponse:
    return _guarantor_page(request, case_id, guarantor_id)


def _guarantor_page(request: HttpRequest, case_id: UUID, guarantor_id: str) -> HttpResponse:
    """A guarantor, or with an empty id a new one."""
    settlement = _draft(request, case_id)
    terms = draft_terms(settlement)
    known = {guarantor.id: guarantor for guarantor in terms.guarantors}.get(guarantor_id)
    _require_found(request, guarantor_id, known)
    form = GuarantorForm(
        request.POST or None,
        initial=GuarantorForm.initial_from(known) if known else {},
        terms=terms,
        current=settlement.edition,
    )
    if request.method == "POST" and form.is_valid():
        save = partial(
            drafting.save_guarantor,
            actor=person(request.user),
            settlement=settlement,
            edition=form.cleaned_data["edition"],
            guarantor=form.guarantor(guarantor_id or drafting.next_guarantor_id(terms)),
        )
        if not _saved(request, save, _("The guarantor is saved.")):
            return _guarantor_page(request, case_id, guarantor_id)
        return redirect("settlements:draft", case_id)
    context = {"form": form, "guarantor": known}
    return _page(request, settlement, "settlements/guarantor.html", context)


@require_POST
def remove_guarantor(request: HttpRequest, case_id: UUID, guarantor_id: str) -> HttpResponse:
    settlement = _draft(request, case_id)
    drafting.remove_guarantor(
        actor=person(request.user),
        settlement=settlement,
        edition=_edition(request),
        guarantor_id=guarantor_id,
    )
    messages.success(request, _("The guarantor is taken out."))
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
        save = partial(
            drafting.save_party,
            actor=person(request.user),
            settlement=settlement,
            edition=form.cleaned_data["edition"],
            party_id=party_id,
            kind=PartyKind(form.cleaned_data["kind"]),
            representative=form.representative_named(),
        )
        if not _saved(request, save, _("The draft is saved.")):
            return edit_party(request, case_id, party_id)
        return redirect("settlements:draft", case_id)
    context = {"form": form, "party": party}
    return _page(request, settlement, "settlements/party.html", context)


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
def choose_oral(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Switch between signing and agreeing orally."""
    settlement = _draft(request, case_id)
    drafting.choose_oral(
        actor=person(request.user),
        settlement=settlement,
        is_oral=request.POST.get("oral") == "yes",
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


def _page(
    request: HttpRequest, settlement: Settlement, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page that shows what is in the draft; a change that is refused or done shows nothing."""
    note_text_look(actor=person(request.user), settlement=settlement, look=Look.DRAFT)
    about = {"case": settlement.case, "settlement": settlement}
    return render(request, template, {**about, **context})


def _as_mediator(request: HttpRequest, case_id: UUID) -> Settlement:
    rows = access.settlements_visible_to(request.user).live().select_related("case__center")
    settlement = get_object_or_404(rows, case_id=case_id)
    if not case_access.is_mediator_of(request.user, settlement.case):
        raise Http404
    return settlement


def _edition(request: HttpRequest) -> int:
    """The edition a one-button form was shown with; without one it is an outdated page."""
    form = EditionOnlyForm(request.POST)
    return form.cleaned_data["edition"] if form.is_valid() else 0
