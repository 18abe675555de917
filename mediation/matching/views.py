from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.models import Case
from mediation.centers.access import is_mediator
from mediation.core.errors import require
from mediation.matching import access, selectors, services
from mediation.matching.forms import AnswerForm, ClaimForm
from mediation.matching.models import Assignment


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for this mediator, what they offered, what they mediate."""
    require(is_mediator(request.user))
    return render(request, "matching/queue.html", {"queue": selectors.queue_of(request.user)})


@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, pk: str) -> HttpResponse:
    """The little that is known of a waiting case; POST offers to mediate it."""
    case = _waiting_case(request, pk)
    if request.method != "POST":
        return _claim_page(request, case)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, case, form)
    services.claim_case(actor=person(request.user), case=case, **form.declaration)
    messages.success(request, _("You are proposed. Both sides are now asked whether they agree."))
    return redirect("matching:queue")


@require_http_methods(["GET", "POST"])
def names(request: HttpRequest, pk: str) -> HttpResponse:
    """The parties' names, only as the answer to a POST: each look is on record."""
    case = _waiting_case(request, pk)
    if request.method != "POST":  # the address was opened again later
        return redirect("matching:claim", pk=case.pk)
    return _claim_page(request, case, ClaimForm())


def _claim_page(request: HttpRequest, case: Case, form: ClaimForm | None = None) -> HttpResponse:
    shown = services.show_names(actor=person(request.user), case=case) if form else []
    context = {"item": selectors.waiting_case(case), "form": form, "party_names": shown}
    return render(request, "matching/claim.html", context)


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, pk: str) -> HttpResponse:
    """A party sees the proposed mediator and says yes, or asks for somebody else."""
    assignment = _assignment(request, pk)
    require(access.can_answer(request.user, assignment))
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.answer_assignment(
            actor=person(request.user), assignment=assignment, accepts=form.accepts
        )
        messages.success(request, _("Thank you. Your answer is noted."))
        return redirect("desk:case", assignment.case_id)
    proposal = selectors.proposal_seen_by(request.user, assignment)
    return render(request, "matching/answer.html", {"proposal": proposal, "form": form})


@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, pk: str) -> HttpResponse:
    """A party asks for another mediator while mediation goes on."""
    assignment = _assignment(request, pk)
    require(access.can_answer(request.user, assignment))
    if request.method == "POST":
        services.replace_mediator(actor=person(request.user), assignment=assignment)
        messages.success(request, _("Another mediator will be found."))
        return redirect("desk:case", assignment.case_id)
    return render(request, "matching/replace.html", {"assignment": assignment})


@require_POST
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """The mediator takes an offer back."""
    services.withdraw_claim(actor=person(request.user), assignment=_assignment(request, pk))
    messages.success(request, _("Your offer is withdrawn."))
    return redirect("matching:queue")


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: str) -> HttpResponse:
    """The mediator gives a case back."""
    assignment = _assignment(request, pk)
    require(access.is_own(request.user, assignment))
    if request.method == "POST":
        services.end_assignment(actor=person(request.user), assignment=assignment)
        messages.success(request, _("The case is given back and waits for another mediator."))
        return redirect("matching:queue")
    return render(request, "matching/end.html", {"assignment": assignment})


def _waiting_case(request: HttpRequest, pk: str) -> Case:
    return get_object_or_404(access.queue_visible_to(request.user), pk=pk)


def _assignment(request: HttpRequest, pk: str) -> Assignment:
    rows = access.assignments_visible_to(request.user)
    return get_object_or_404(rows.select_related("case__center", "mediator"), pk=pk)
