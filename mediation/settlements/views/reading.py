"""The page both sides and the mediator share: read the text, say yes or ask for a change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mediation.accounts.access import person
from mediation.accounts.models import User
from mediation.cases import access as case_access
from mediation.settlements import access
from mediation.settlements.document.comparison import compare
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.enums import SettlementState
from mediation.settlements.forms import answers as forms
from mediation.settlements.models import Document, Settlement, Version
from mediation.settlements.selectors import (
    current_version,
    document_of,
    has_approved,
    is_destroyed,
    language_warning,
    latest_settlement,
    sides_that_approved,
    signers,
    version_before,
    version_terms,
    wishes,
)
from mediation.settlements.selectors.amendments import (
    amendment_of,
    amendment_to_answer,
    successor_for,
)
from mediation.settlements.selectors.comments import WHOLE_TEXT, threads
from mediation.settlements.selectors.freedom import (
    FreedomLine,
    freedom_before_agreeing,
    freedom_lines,
)
from mediation.settlements.services import commenting, offering
from mediation.settlements.services.looking import note_text_look

MOST_DIGITS = 6  # of a version's number


def read(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Where the settlement stands, and its text."""
    case = get_object_or_404(case_access.cases_visible_to(request.user), pk=case_id)
    settlement = latest_settlement(request.user, case)
    is_mediator = case_access.is_mediator_of(request.user, case)
    context = {
        "case": case,
        "settlement": settlement,
        "is_mediator": is_mediator,
        "is_destroyed": is_destroyed(case),
        "amends": amendment_of(case),
    }
    version = current_version(settlement) if settlement else None
    if settlement is not None and version is not None:
        settlement.case = case
        note_text_look(actor=person(request.user), settlement=settlement)
        context |= _standing(request, settlement, version) | _text(version)
        context |= _said(request, settlement, version)
    return render(request, "settlements/read.html", context)


def _standing(request: HttpRequest, settlement: Settlement, version: Version) -> dict[str, Any]:
    user, document = person(request.user), document_of(settlement)
    if document is not None:
        document.version.settlement = settlement
    places = signers(document) if document is not None else []
    return {
        "version": version,
        "versions": settlement.versions.all(),
        "approved_sides": sides_that_approved(version),
        "has_approved": has_approved(user, version),
        "can_answer": access.can_answer(user, settlement),
        "can_agree": access.can_agree(user, settlement),
        "can_reopen": access.can_reopen(user, settlement),
        "can_sign": access.can_sign(user, settlement) and not settlement.is_paper_only,
        "can_refuse": access.can_refuse(user, settlement),
        "can_record_paper": access.can_record_paper(user, settlement),
        "document": document,
        "signers": places,
        "freedom": _freedom(user, settlement, version, document),
        "has_signed": any(
            place.signature and place.participant.user_id == user.pk for place in places
        ),
        "wishes": wishes(user, settlement),
        "successor": successor_for(user, settlement),
        "to_answer": amendment_to_answer(user, settlement),
        "language_warning": language_warning(user, settlement),
    }


def _freedom(
    user: User, settlement: Settlement, version: Version, document: Document | None
) -> list[FreedomLine]:
    """For the mediator, while somebody may still sign or agree."""
    if settlement.is_oral and settlement.state == SettlementState.OFFERED:
        return freedom_before_agreeing(user, version)
    return freedom_lines(user, document) if document is not None else []


def _text(version: Version) -> dict[str, Any]:
    terms = version_terms(version)
    shown: dict[str, Any] = {"terms": terms, "sheet": lay_out(terms)}
    before = version_before(version)
    if before is not None:
        shown |= {"before": before, "changes": compare(version_terms(before), terms)}
    return shown


def version(request: HttpRequest, case_id: UUID, number: int) -> HttpResponse:
    """An earlier version, to compare."""
    rows = access.versions_visible_to(request.user).select_related("settlement__case")
    found = rows.filter(settlement__case=case_id, number=number)
    row = found.order_by("-settlement__created_at").first()
    if row is None:
        raise Http404
    note_text_look(actor=person(request.user), settlement=row.settlement)
    context = {
        "case": row.settlement.case,
        "settlement": row.settlement,
        "version": row,
        "language_warning": language_warning(request.user, row.settlement),
    }
    return render(request, "settlements/version.html", context | _text(row))


@require_POST
def approve(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Yes to the text, named by its hash."""
    offering.approve_version(
        actor=person(request.user),
        version=_shown_version(request, case_id),
        terms_sha256=request.POST.get("terms_sha256", ""),
    )
    messages.success(request, _("You approved the text. Nothing is signed yet."))
    return redirect("settlements:read", case_id)


def ask_changes(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask for another text, with a note to the mediator or without."""
    row = _shown_version(request, case_id)
    if not access.can_answer(request.user, row.settlement):
        return redirect("settlements:read", case_id)
    form = forms.WishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        offering.request_changes(
            actor=person(request.user), version=row, note=form.cleaned_data["note"]
        )
        messages.success(request, _("The mediator is told. The draft is open again."))
        return redirect("settlements:read", case_id)
    context = {"form": form, "case": row.settlement.case, "version": row}
    return render(request, "settlements/changes.html", context)


def _said(request: HttpRequest, settlement: Settlement, version: Version) -> dict[str, Any]:
    return {
        "threads": threads(person(request.user), version, version_terms(version)),
        "can_comment": access.can_comment(request.user, settlement),
    }


def comment(request: HttpRequest, case_id: UUID, clause: str) -> HttpResponse:
    """Comment on one term of the offered text, or on the whole of it."""
    row = _shown_version(request, case_id)
    user, terms = person(request.user), version_terms(row)
    thread = next((one for one in threads(user, row, terms) if one.clause == clause), None)
    if thread is None:
        raise Http404
    if not access.can_comment(user, row.settlement):
        return redirect("settlements:read", case_id)
    form = forms.CommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        commenting.write_comment(
            actor=user,
            version=row,
            clause="" if clause == WHOLE_TEXT else clause,
            body=form.cleaned_data["body"],
            is_private=form.cleaned_data["audience"] == form.PRIVATE,
            client_id=form.cleaned_data["client_id"],
        )
        messages.success(request, _("Your comment is there."))
        return redirect("settlements:read", case_id)
    context = {"form": form, "case": row.settlement.case, "version": row, "thread": thread}
    sheet, ids = lay_out(terms), [obligation.id for obligation in terms.obligations]
    context["card"] = sheet.obligations[ids.index(clause)] if clause in ids else None
    context["words"] = sheet.words
    return render(request, "settlements/comment.html", context)


def _shown_version(request: HttpRequest, case_id: UUID) -> Version:
    """The version a form was shown for, or the present one."""
    rows = access.versions_visible_to(request.user).filter(settlement__case=case_id)
    ordered = rows.select_related("settlement__case").order_by("-frozen_at")
    shown = request.POST.get("version", "")
    if shown.isdecimal() and len(shown) < MOST_DIGITS:
        ordered = ordered.filter(number=int(shown))
    row = ordered.first()
    if row is None:
        raise Http404
    return row
