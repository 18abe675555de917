"""The application: one question a page, saved at every step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from mediation.accounts.access import person
from mediation.accounts.models import User
from mediation.cases import access, forms
from mediation.cases.enums import CaseState
from mediation.cases.models import Case
from mediation.cases.selectors import Application, accounts_of, application_of, kept_answers
from mediation.cases.services import intake, looking
from mediation.cases.services.looking import Look
from mediation.centers.models import Center
from mediation.centers.selectors import periods_of


@dataclass(frozen=True)
class Step:
    """A page of the application: its form, what it shows first, and the service that saves it."""

    title: Promise
    form: type[django_forms.Form]
    initial: Callable[[Application], dict[str, Any]]
    save: Callable[..., Any]


def _save_statement(*, actor: User, case: Case, **answers: Any) -> None:
    intake.save_statement(actor=actor, case=case, answers=answers)


STEPS: dict[str, Step] = {
    "category": Step(
        _("What it is about"),
        forms.CategoryForm,
        lambda known: {"category": known.category},
        intake.save_category,
    ),
    "summary": Step(
        _("The disagreement"),
        forms.SummaryForm,
        lambda known: {"summary": known.answers.summary},
        _save_statement,
    ),
    "background": Step(
        _("For the mediator"),
        forms.BackgroundForm,
        lambda known: {"background": known.answers.background},
        _save_statement,
    ),
    "wishes": Step(
        _("A good outcome"),
        forms.WishesForm,
        lambda known: {"wishes": known.answers.wishes},
        _save_statement,
    ),
    "amount": Step(
        _("Money"),
        forms.AmountForm,
        lambda known: {"amount": known.answers.amount, "currency": known.answers.currency or "CNY"},
        _save_statement,
    ),
    "name": Step(
        _("About you"),
        forms.OwnNameForm,
        lambda known: {"name": known.own_name, "address": known.own_address},
        intake.save_own_name,
    ),
    "other": Step(
        _("The other side"),
        forms.OtherSideForm,
        lambda known: {"name": known.other_name, "email": known.other_email},
        intake.save_other_side,
    ),
    "needs": Step(
        _("What you need"),
        forms.NeedsForm,
        lambda known: {"needs": list(known.answers.needs or ())},
        _save_statement,
    ),
}
NAMES = list(STEPS)


def start(request: HttpRequest) -> HttpResponse:
    """What will happen and what is kept; the button begins a draft."""
    centers = list(Center.objects.filter(is_open=True))
    if request.method == "POST":
        chosen = request.POST.get("center", "")
        center = next((center for center in centers if str(center.pk) == chosen), None)
        if center is None:
            raise Http404
        case = intake.start_case(
            actor=person(request.user), center=center, language=get_language() or "en"
        )
        return redirect("cases:step", case.pk, NAMES[0])
    kept = [(center, periods_of(center)) for center in centers]
    return render(request, "cases/start.html", {"centers": centers, "kept": kept})


def step(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """One question. Saving goes on to the next, or back to the check page when coming from it."""
    case = _draft(request, case_id)
    page = STEPS.get(name)
    if page is None:
        raise Http404
    known = application_of(request.user, case)
    form = page.form(request.POST or None, initial=page.initial(known))
    if request.method == "POST" and form.is_valid() and _is_saved(request, page, case, form):
        return redirect(_after(case, name, back_to_check="check" in request.GET))
    context = {
        "case": case,
        "form": form,
        "title": page.title,
        "number": NAMES.index(name) + 1,
        "total": len(NAMES),
        "back_url": _before(case, name, back_to_check="check" in request.GET),
    }
    return render(request, "cases/step.html", context)


def _is_saved(request: HttpRequest, page: Step, case: Case, form: django_forms.Form) -> bool:
    try:
        page.save(actor=person(request.user), case=case, **form.cleaned_data)
    except intake.OwnAddress as error:
        form.add_error("email", str(error.message))
        return False
    return True


def _after(case: Case, name: str, *, back_to_check: bool) -> str:
    position = NAMES.index(name) + 1
    if back_to_check:
        return reverse("cases:check", args=[case.pk])
    if position == len(NAMES):
        return reverse("evidence:list", args=[case.pk])
    return reverse("cases:step", args=[case.pk, NAMES[position]])


def _before(case: Case, name: str, *, back_to_check: bool) -> str:
    position = NAMES.index(name)
    if back_to_check:
        return reverse("cases:check", args=[case.pk])
    if position == 0:
        return reverse("desk:list")
    return reverse("cases:step", args=[case.pk, NAMES[position - 1]])


def check(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Check your answers, then send the invitation."""
    case = _draft(request, case_id)
    if request.method == "POST":
        intake.send_application(actor=person(request.user), case=case)
        return redirect("cases:sent", case.pk)
    context = {
        "case": case,
        "known": application_of(request.user, case),
        "missing": intake.missing_answers(case),
    }
    return render(request, "cases/check.html", context)


def sent(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The confirmation: a reference, and what happens next."""
    case = get_object_or_404(access.cases_visible_to(request.user), pk=case_id)
    return render(request, "cases/sent.html", {"case": case})


@require_POST
def discard(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give the draft up."""
    intake.discard_draft(actor=person(request.user), case=_draft(request, case_id))
    return redirect("desk:list")


def statement(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One's own account, to be read and changed while the case is open."""
    case = get_object_or_404(access.cases_visible_to(request.user), pk=case_id)
    part = access.party_of(request.user, case)
    if part is None:
        raise Http404
    known = application_of(request.user, case).answers
    initial = {
        "summary": known.summary,
        "background": known.background,
        "wishes": known.wishes,
    }
    kept = kept_answers(request.user, case)
    form = forms.StatementForm(request.POST or None, initial=initial, kept=kept)
    if request.method == "POST" and form.is_valid():
        intake.save_statement(actor=person(request.user), case=case, answers=form.cleaned_data)
        return redirect("desk:case", case.pk)
    return render(request, "cases/statement.html", {"case": case, "form": form})


def accounts(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What each side wrote at the start, as far as this person may read it."""
    case = get_object_or_404(access.cases_visible_to(request.user), pk=case_id)
    looking.note_look(actor=person(request.user), case=case, look=Look.STATEMENTS)
    context = {"case": case, "accounts": accounts_of(request.user, case)}
    return render(request, "cases/accounts.html", context)


def _draft(request: HttpRequest, case_id: UUID) -> Case:
    drafts = access.cases_visible_to(request.user).filter(state=CaseState.DRAFT)
    return get_object_or_404(drafts, pk=case_id)
