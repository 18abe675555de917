"""Agreeing without a signature: the page where a yes binds, and the record both sides keep."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mediation.accounts.access import person
from mediation.cases.access import party_of
from mediation.core.downloads import as_download
from mediation.settlements import access
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.forms.answers import AgreeForm
from mediation.settlements.models import Settlement, Version
from mediation.settlements.selectors import (
    current_version,
    has_approved,
    language_warning,
    version_terms,
)
from mediation.settlements.selectors.freedom import has_confirmed_freedom
from mediation.settlements.selectors.oral import agreeing_opens_at, is_time_to_think
from mediation.settlements.services.oral import agree_orally
from mediation.settlements.services.reading import read_record


@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The record once more, and the yes; the private question comes first."""
    settlement = _settlement(request, case_id)
    version = current_version(settlement)
    part = party_of(request.user, settlement.case)
    if version is None or part is None or not access.can_agree(request.user, settlement):
        return redirect("settlements:read", case_id)
    if has_approved(person(request.user), version):
        return redirect("settlements:read", case_id)
    if not has_confirmed_freedom(part, version):
        return redirect("settlements:freedom", case_id)
    return _agree(request, settlement, version)


def _agree(request: HttpRequest, settlement: Settlement, version: Version) -> HttpResponse:
    shown = {"version": version.number, "terms_sha256": version.terms_sha256}
    form = AgreeForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        agree_orally(
            actor=person(request.user),
            version=_shown(settlement, form.cleaned_data["version"]),
            terms_sha256=form.cleaned_data["terms_sha256"],
        )
        messages.success(request, _("You have agreed."))
        return redirect("settlements:read", settlement.case_id)
    terms = version_terms(version)
    context = {
        "case": settlement.case,
        "settlement": settlement,
        "version": version,
        "form": form,
        "terms": terms,
        "sheet": lay_out(terms),
        "opens_at": agreeing_opens_at(version) if is_time_to_think(version) else None,
        "language_warning": language_warning(request.user, settlement),
    }
    return render(request, "settlements/agree.html", context)


def _shown(settlement: Settlement, number: int) -> Version:
    """The version the form was shown for; another one is on offer by now if it is not the last."""
    row = settlement.versions.filter(number=number).first()
    if row is None:
        raise Http404
    row.settlement = settlement
    return row


@require_GET
def record(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What was agreed, as the file whose fingerprint the page shows."""
    copy = read_record(actor=person(request.user), settlement=_settlement(request, case_id))
    answer = as_download(copy.content, name=copy.file_name, media_type="application/json")
    answer.headers["Content-Digest"] = f"sha-256=:{copy.digest}:"
    return answer


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    rows = access.settlements_visible_to(request.user).filter(case=case_id)
    settlement = rows.select_related("case").order_by("-created_at").first()
    if settlement is None:
        raise Http404
    return settlement
