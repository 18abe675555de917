"""The pages of the two people at a centre who place and release holds."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.core.errors import InvalidInput, require
from mediation.holds import access, selectors
from mediation.holds.forms import HoldForm
from mediation.holds.models import Hold
from mediation.holds.services import holds as services

PLACED = gettext_lazy("The hold is in force. The people it concerns are told.")
NOT_PLACED = gettext_lazy("The hold is not placed. Nothing is kept longer.")
RELEASED = gettext_lazy("The hold is released. The schedule applies again.")
NOT_RELEASED = gettext_lazy("It stays in force. Its release can be proposed again.")


@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """Every hold of one's centres that is not over."""
    require(access.has_a_say(request.user))
    context = {
        "lines": selectors.hold_lines(person(request.user)),
        "can_propose": access.is_officer(request.user),
    }
    return render(request, "holds/list.html", context)


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a hold; nothing is kept before a second person confirms."""
    require(access.is_officer(request.user))
    form = HoldForm(request.POST or None, cases=access.cases_to_hold(request.user))
    if request.method == "POST" and form.is_valid():
        made = services.propose_hold(
            actor=person(request.user), case=form.cleaned_data["number"], duty=form.duty
        )
        messages.success(request, _("Proposed. It takes effect when a second person confirms it."))
        return redirect("holds:hold", made.pk)
    return render(request, "holds/propose.html", {"form": form})


@require_GET
def hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """One hold, and what one can do about it."""
    found = _hold(request, hold_id)
    context = {
        "line": selectors.hold_line(person(request.user), found),
        "reference": selectors.reference_of(found),
    }
    return render(request, "holds/hold.html", context)


@require_POST
def answer(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """The second person's yes or no to a proposed hold."""
    found = _hold(request, hold_id)
    confirms = _says_yes(request)
    services.answer_hold(actor=person(request.user), hold=found, confirms=confirms)
    messages.success(request, PLACED if confirms else NOT_PLACED)
    return redirect("holds:hold", found.pk)


@require_POST
def propose_release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Say that the duty has ended."""
    found = _hold(request, hold_id)
    services.propose_release(actor=person(request.user), hold=found)
    messages.success(request, _("Proposed. It is released when a second person confirms it."))
    return redirect("holds:hold", found.pk)


@require_POST
def answer_release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """The second person's yes or no to a release."""
    found = _hold(request, hold_id)
    confirms = _says_yes(request)
    services.answer_release(actor=person(request.user), hold=found, confirms=confirms)
    messages.success(request, RELEASED if confirms else NOT_RELEASED)
    return redirect("holds:hold", found.pk)


def _says_yes(request: HttpRequest) -> bool:
    """Which of the two buttons was pressed. Raises InvalidInput for neither."""
    said = request.POST.get("answer")
    require(said in {"yes", "no"}, InvalidInput)
    return said == "yes"


def _hold(request: HttpRequest, hold_id: UUID) -> Hold:
    return get_object_or_404(access.holds_visible_to(request.user), pk=hold_id)
