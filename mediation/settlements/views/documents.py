"""The file itself, and the way of ink and paper."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mediation.accounts.access import person
from mediation.core.downloads import as_download
from mediation.settlements import access
from mediation.settlements.forms import answers as forms
from mediation.settlements.models import Settlement
from mediation.settlements.services import reading, sealing


def pdf(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A copy of the document as it is now, always as a download."""
    copy = reading.read_document(
        actor=person(request.user), settlement=_settlement(request, case_id)
    )
    answer = as_download(copy.content, name=copy.file_name, media_type="application/pdf")
    answer.headers["Content-Digest"] = f"sha-256=:{copy.digest}:"
    return answer


def paper(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The mediator notes that everybody signed the printed document."""
    settlement = _settlement(request, case_id)
    if not access.can_record_paper(request.user, settlement):
        return redirect("settlements:read", case_id)
    form = forms.PaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sealing.record_paper_signing(
            actor=person(request.user),
            settlement=settlement,
            signed_on=form.cleaned_data["signed_on"],
        )
        messages.success(request, _("Noted. The case has ended with a settlement."))
        return redirect("desk:case", case_id)
    context = {"form": form, "case": settlement.case, "settlement": settlement}
    return render(request, "settlements/paper.html", context)


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    rows = access.settlements_visible_to(request.user).filter(case=case_id)
    settlement = rows.select_related("case").order_by("-created_at").first()
    if settlement is None:
        raise Http404
    return settlement
