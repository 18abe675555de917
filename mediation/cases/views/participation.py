"""Leaving and ending, and the note of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from mediation.accounts.access import person
from mediation.cases import access
from mediation.cases.services import endings, participation
from mediation.core.downloads import as_json_download


@require_POST
def leave(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """End the mediation as a party: one press, at once."""
    case = get_object_or_404(access.cases_visible_to(request.user), pk=case_id)
    participation.leave_case(actor=person(request.user), case=case)
    messages.success(
        request, _("This case has ended. We do not tell the other side who ended it or why.")
    )
    return redirect("desk:case", case.pk)


@require_POST
def end(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """End the mediation as its mediator, without a settlement."""
    case = get_object_or_404(access.cases_visible_to(request.user), pk=case_id)
    participation.end_without_settlement(actor=person(request.user), case=case)
    messages.success(request, _("The mediation has ended without a settlement."))
    return redirect("desk:case", case.pk)


@require_GET
def ending_note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The note that the mediation ended without an agreement, as a signed file."""
    rows = access.cases_visible_to(request.user).select_related("center")
    case = get_object_or_404(rows, pk=case_id)
    signed = endings.note_of_ending(actor=person(request.user), case=case)
    return as_json_download(signed, name=f"heyi-ended-{case.number}.json")
