"""Leaving and ending."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mediation.accounts.access import person
from mediation.cases import access
from mediation.cases.services import participation


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
