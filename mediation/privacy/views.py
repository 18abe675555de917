from datetime import date
from uuid import UUID, uuid5

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, require_participant, require_party
from mediation.cases.models import Case, Participant
from mediation.core.downloads import as_download
from mediation.core.errors import WrongState, require
from mediation.holds.access import restrictions_of
from mediation.holds.selectors import told_of
from mediation.performance.calendar import MEDIA_TYPE, calendar_file
from mediation.privacy import access, selectors
from mediation.privacy.enums import RequestState, Scope
from mediation.privacy.services import requests
from mediation.privacy.services.certificates import FILE_NAME, file_of
from mediation.privacy.services.export import download_data
from mediation.privacy.services.proofs import prove_own_events
from mediation.rooms.access import own_talks
from mediation.vault.signing import canonical_json

SAID = {
    RequestState.OPEN: _("Your wish is noted. The other side is asked whether they agree."),
    RequestState.AGREED: _("It is being destroyed now. The certificate will be on this page soon."),
    RequestState.DONE: _("It has been destroyed. The certificate is on this page."),
}


@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What is destroyed when, what was destroyed, and what one can do about it."""
    found = _case(request, case_id)
    part = require_participant(request.user, found)
    context = {
        "page": selectors.privacy_page(part),
        "holds": told_of(part, own_talks(part)),
        "restricted": restrictions_of(request.user, found).exists(),
    }
    return render(request, "privacy/case.html", context)


@require_GET
def dates(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The days on which something of the case goes, as a calendar file with neutral titles."""
    found = _case(request, case_id)
    part = require_participant(request.user, found)
    content = calendar_file(
        days=_days_of(part),
        title=str(_("A day to remember")),
        url=settings.PUBLIC_URL + reverse("privacy:case", args=[found.pk]),
        made_at=timezone.now(),
    )
    return as_download(content, name="dates.ics", media_type=MEDIA_TYPE)


def _days_of(part: Participant) -> list[tuple[str, date]]:
    """One entry a day, the same one at the next download as long as the day stays."""
    days: dict[date, str] = {}
    for one in selectors.left_for(part):
        days.setdefault(timezone.localtime(one.at).date(), one.compartment)
    return [(str(uuid5(part.pk, name)), day) for day, name in sorted(days.items())]


@require_GET
def policy(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The periods the case began with; the SHA-256 of the file is the one in certificates."""
    found = _case(request, case_id)
    require_participant(request.user, found)
    content = canonical_json(found.policy)
    return as_download(content, name="retention-policy.json", media_type="application/json")


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, case_id: UUID, scope: str) -> HttpResponse:
    """What would be destroyed, to be confirmed; POST asks for it."""
    found = _case(request, case_id)
    require_party(request.user, found)
    wanted = _scope(scope)
    require(access.can_ask_erasure(request.user, found, wanted), WrongState)
    if request.method != "POST":
        return render(request, "privacy/ask.html", {"case": found, "scope": wanted})
    asked = requests.ask_erasure(actor=person(request.user), case=found, scope=wanted)
    messages.success(request, SAID[RequestState(asked.state)])
    return redirect("privacy:case", found.pk)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back a wish that still waits."""
    rows = access.requests_visible_to(request.user).select_related("case")
    wish = get_object_or_404(rows, pk=pk)
    requests.withdraw_request(actor=person(request.user), request=wish)
    messages.success(request, _("Your wish is taken back. Everything stays until its date."))
    return redirect("privacy:case", wish.case_id)


@require_POST
def download(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A ZIP with one's data; made for this answer and not kept."""
    found = _case(request, case_id)
    content = download_data(actor=person(request.user), case=found)
    return as_download(content, name=f"{found.number}-my-data.zip", media_type="application/zip")


@require_POST
def proof(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The proof of what one did oneself; made for this answer and not kept."""
    found = _case(request, case_id)
    content = prove_own_events(actor=person(request.user), case=found)
    name = f"{found.number}-my-events.json"
    return as_download(content, name=name, media_type="application/json")


@require_GET
def certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A certificate in words."""
    found = get_object_or_404(access.certificates_visible_to(request.user), pk=pk)
    context = {"certificate": found, "page": selectors.certificate_page(found)}
    return render(request, "privacy/certificate.html", context)


@require_GET
def certificate_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The certificate as the file that can be checked."""
    found = get_object_or_404(access.certificates_visible_to(request.user), pk=pk)
    return as_download(file_of(found), name=FILE_NAME, media_type="application/json")


def _case(request: HttpRequest, case_id: UUID) -> Case:
    rows = cases_visible_to(request.user).select_related("center")
    return get_object_or_404(rows, pk=case_id)


def _scope(name: str) -> Scope:
    if name not in Scope.values:
        raise Http404
    return Scope(name)
