"""The pages of what was agreed: every line, one line, what a side says about it; reminders, the
calendar file and the certificate. Only the two sides have them.
"""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to
from mediation.core.downloads import as_download
from mediation.performance import selectors
from mediation.performance.calendar import MEDIA_TYPE, calendar_file
from mediation.performance.enums import Says
from mediation.performance.forms import NoteForm, ReportForm, WordForm
from mediation.performance.selectors import LineView
from mediation.performance.services import certificates, reminders, statements
from mediation.settlements.models import Settlement


@require_GET
def tracker(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Every line with its status."""
    settlement = _settlement(request, case_id)
    shown = selectors.tracker_for(person(request.user), settlement)
    context = {"case": settlement.case, "shown": shown}
    return render(request, "performance/tracker.html", context)


@require_GET
def line(request: HttpRequest, case_id: UUID, line_key: str) -> HttpResponse:
    """One line, what both sides said about it, and what this side can say."""
    settlement = _settlement(request, case_id)
    found = _line(request, settlement, line_key)
    return render(request, "performance/line.html", _around(settlement, found))


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, case_id: UUID, line_key: str) -> HttpResponse:
    """The debtor's side says that it is done, or a part of it."""
    settlement = _settlement(request, case_id)
    found = _line(request, settlement, line_key)
    form = ReportForm(
        request.POST or None,
        has_amount=found.line.amount is not None,
        initial={"seen": found.line.seen},
    )
    if request.method == "POST" and form.is_valid():
        return _said(request, settlement, form.draft(line_key, form.chosen()))
    if not found.can_report:
        return redirect("obligations:line", case_id, line_key)
    return render(request, "performance/report.html", _around(settlement, found) | {"form": form})


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, case_id: UUID, line_key: str) -> HttpResponse:
    """The creditor's side confirms that all of it is done: asked once more, for it is final."""
    settlement = _settlement(request, case_id)
    found = _line(request, settlement, line_key)
    form = WordForm(request.POST or None, initial={"seen": found.line.seen})
    if request.method == "POST" and form.is_valid():
        return _said(request, settlement, form.draft(line_key, Says.CONFIRMED))
    if not found.can_confirm:
        return redirect("obligations:line", case_id, line_key)
    return render(request, "performance/confirm.html", _around(settlement, found) | {"form": form})


@require_POST
def confirm_part(request: HttpRequest, case_id: UUID, line_key: str) -> HttpResponse:
    return _say(request, case_id, line_key, Says.PART_CONFIRMED)


@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, case_id: UUID, line_key: str) -> HttpResponse:
    """The creditor's side sees it differently, with words or without."""
    settlement = _settlement(request, case_id)
    found = _line(request, settlement, line_key)
    form = NoteForm(request.POST or None, initial={"seen": found.line.seen})
    if request.method == "POST" and form.is_valid():
        return _said(request, settlement, form.draft(line_key, Says.DISPUTED))
    if not found.can_dispute:
        return redirect("obligations:line", case_id, line_key)
    return render(request, "performance/dispute.html", _around(settlement, found) | {"form": form})


@require_POST
def take_back(request: HttpRequest, case_id: UUID, line_key: str) -> HttpResponse:
    return _say(request, case_id, line_key, Says.TAKEN_BACK)


@require_POST
def remind(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Switch reminders for one's own account on or off."""
    wanted = request.POST.get("wanted") == "on"
    reminders.switch_reminders(
        actor=person(request.user), settlement=_settlement(request, case_id), wanted=wanted
    )
    told = _("We write to you seven days and one day before.") if wanted else _("Switched off.")
    messages.success(request, told)
    return redirect("obligations:tracker", case_id)


@require_GET
def days(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The days that are still to come as a calendar file, with neutral titles."""
    settlement = _settlement(request, case_id)
    content = calendar_file(
        days=selectors.days_of(person(request.user), settlement),
        title=_("A day to remember"),
        url=settings.PUBLIC_URL + reverse("obligations:tracker", args=[case_id]),
        made_at=timezone.now(),
    )
    return as_download(content, name="days.ics", media_type=MEDIA_TYPE)


@require_GET
def certificate(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The signed statement that everything was done."""
    settlement = _settlement(request, case_id)
    signed = certificates.certify_performance(actor=person(request.user), settlement=settlement)
    content = json.dumps(signed, ensure_ascii=False, indent=2).encode() + b"\n"
    name = f"{settlement.number}-performed.json"
    return as_download(content, name=name, media_type="application/json")


def _say(request: HttpRequest, case_id: UUID, line_key: str, says: Says) -> HttpResponse:
    """A word that needs none with it, in one press; a form nobody filled in leads back."""
    settlement = _settlement(request, case_id)
    _line(request, settlement, line_key)
    form = WordForm(request.POST)
    if not form.is_valid():
        return redirect("obligations:line", case_id, line_key)
    return _said(request, settlement, form.draft(line_key, says))


def _said(request: HttpRequest, settlement: Settlement, draft: statements.Draft) -> HttpResponse:
    statements.state_performance(actor=person(request.user), settlement=settlement, draft=draft)
    messages.success(request, _("Noted. The other side is told that there is something new."))
    return redirect("obligations:line", settlement.case_id, draft.line)


def _around(settlement: Settlement, view: LineView) -> dict[str, Any]:
    return {
        "case": settlement.case,
        "view": view,
        "part_form": _in_one_press(view),
        "back_form": _in_one_press(view),
    }


def _in_one_press(view: LineView) -> WordForm:
    """A form of hidden fields only, of which a page may hold several."""
    return WordForm(initial={"seen": view.line.seen}, auto_id=False)


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    case = cases_visible_to(request.user).filter(pk=case_id).first()
    found = selectors.tracked_settlement(request.user, case) if case else None
    if case is None or found is None:
        raise Http404
    return found


def _line(request: HttpRequest, settlement: Settlement, key: str) -> LineView:
    found = selectors.line_view(person(request.user), settlement, key)
    if found is None:
        raise Http404
    return found
