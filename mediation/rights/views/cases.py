"""What a party can set right in one case without asking anybody."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, require_party
from mediation.cases.models import Case
from mediation.cases.selectors import address_of, name_of
from mediation.core.errors import WrongState, require
from mediation.holds.access import restrictions_of
from mediation.holds.enums import RestrictionReason
from mediation.holds.services import apart
from mediation.rights.forms.requests import CorrectForm, RestrictForm
from mediation.rights.services.account import can_correct, correct_details


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Correct one's name and address in this case."""
    case = _case(request, case_id)
    part = require_party(request.user, case)
    require(can_correct(case.pk), WrongState)
    form = CorrectForm(
        request.POST or None, initial={"name": name_of(part), "address": address_of(part)}
    )
    if request.method == "POST" and form.is_valid():
        correct_details(actor=person(request.user), case=case, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("privacy:case", case.pk)
    return render(request, "rights/correct.html", {"form": form, "case": case})


@require_http_methods(["GET", "POST"])
def restrict(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Have one's private part kept and not used."""
    case = _case(request, case_id)
    require_party(request.user, case)
    require(not case.is_open, WrongState)
    form = RestrictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = RestrictionReason(form.cleaned_data["reason"])
        apart.restrict_own(actor=person(request.user), case=case, reason=reason)
        messages.success(request, _("From now on nobody can open it, until you say otherwise."))
        return redirect("privacy:case", case.pk)
    context = {"form": form, "case": case, "own": restrictions_of(request.user, case).first()}
    return render(request, "rights/restrict.html", context)


@require_POST
def lift(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Have one's private part used again."""
    case = _case(request, case_id)
    apart.lift_own(actor=person(request.user), case=case)
    messages.success(request, _("Your private part can be opened again."))
    return redirect("privacy:case", case.pk)


def _case(request: HttpRequest, case_id: UUID) -> Case:
    return get_object_or_404(cases_visible_to(request.user), pk=case_id)
