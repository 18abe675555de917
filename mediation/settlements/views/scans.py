"""The scan of a settlement signed on paper: put here, looked at, answered."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from mediation.accounts.access import person
from mediation.core.downloads import as_download
from mediation.core.errors import require
from mediation.evidence.enums import FileKind
from mediation.evidence.forms import InMemoryUpload
from mediation.settlements import access
from mediation.settlements.enums import ScanSays
from mediation.settlements.forms.scans import ScanAnswerForm, ScanForm
from mediation.settlements.models import Settlement
from mediation.settlements.selectors.scans import paper_settlement, shown_scan
from mediation.settlements.services import scanning


@csrf_exempt  # the check reads the body, so it comes after the choice of where a file goes
@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """What there is, what both sides say about it, and the mediator's form for another one."""
    request.upload_handlers = [InMemoryUpload(request)]
    return _scan(request, case_id)


@csrf_protect
def _scan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    settlement = _settlement(request, case_id)
    if request.method == "POST":
        return _add(request, settlement)
    return _page(request, settlement, None)


def _add(request: HttpRequest, settlement: Settlement) -> HttpResponse:
    require(access.can_add_scan(request.user, settlement))
    form = ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, settlement, form)
    upload = form.cleaned_data["file"]
    scanning.add_scan(
        actor=person(request.user),
        settlement=settlement,
        replaces=form.cleaned_data["replaces"],
        name=upload.name,
        content=upload.file,
    )
    messages.success(request, _("The scan is here. Both sides are told and can look at it."))
    return redirect("settlements:scan", settlement.case_id)


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A party says whether this is the paper they signed."""
    settlement = _settlement(request, case_id)
    form = ScanAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        scanning.answer_scan(
            actor=person(request.user),
            settlement=settlement,
            sha256=form.cleaned_data["sha256"],
            says=ScanSays(form.cleaned_data["says"]),
        )
        messages.success(request, _("Your answer is noted."))
        return redirect("settlements:scan", case_id)
    if request.method == "GET" or not access.can_answer_scan(request.user, settlement):
        return redirect("settlements:scan", case_id)
    return _page(request, settlement, form)


@require_GET
def file(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The scan as it came, to be saved and never shown or run within our pages."""
    copy = scanning.read_scan(actor=person(request.user), settlement=_settlement(request, case_id))
    return as_download(copy.content, name=copy.file_name, media_type=copy.media_type)


def _page(
    request: HttpRequest, settlement: Settlement, form: ScanForm | ScanAnswerForm | None
) -> HttpResponse:
    shown = shown_scan(person(request.user), settlement)
    found = shown.scan
    context = {
        "case": settlement.case,
        "settlement": settlement,
        "scan": found,
        "form": form,
        "kind": FileKind(found.media_type).label if found else "",
        "is_agreed": shown.is_agreed,
        "words": shown.words,
    }
    sha256 = found.sha256 if found else ""
    if shown.can_add:
        is_mine = isinstance(form, ScanForm)
        context["upload"] = form if is_mine else ScanForm(initial={"replaces": sha256})
    if shown.can_answer:
        is_mine = isinstance(form, ScanAnswerForm)
        context["question"] = form if is_mine else ScanAnswerForm(initial={"sha256": sha256})
    return render(request, "settlements/scan.html", context)


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    settlement = paper_settlement(request.user, case_id)
    if settlement is None:
        raise Http404
    return settlement
