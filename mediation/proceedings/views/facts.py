"""Facts both sides may agree on: proposing, wording anew, answering."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.proceedings import access, selectors
from mediation.proceedings.forms import FactForm, ReadForm, RewordForm
from mediation.proceedings.models import Fact
from mediation.proceedings.services import facts
from mediation.proceedings.views.cases import around, case_of, done, to_course


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, case_id: UUID) -> HttpResponse:
    case = case_of(request, case_id)
    form = FactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts.propose_fact(actor=person(request.user), case=case, **form.cleaned_data)
        return done(request, case_id, _("Everybody can read the fact now."), "facts")
    if not access.can_add(request.user, case):
        return to_course(case_id, "facts")
    context = {"form": form, **around(request, case)}
    return render(request, "proceedings/new_fact.html", context)


@require_http_methods(["GET", "POST"])
def reword(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    """Another wording, against the one that was shown."""
    fact = _fact(request, case_id, fact_id)
    shown = {"edition": fact.edition, "text": selectors.text_of(fact)}
    form = RewordForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        facts.reword_fact(actor=person(request.user), fact=fact, **form.cleaned_data)
        return done(request, case_id, _("Everybody can read the new wording now."), "facts")
    if not access.can_add(request.user, fact.case):
        return to_course(case_id, "facts")
    context = {"form": form, "fact": fact, **around(request, fact.case)}
    return render(request, "proceedings/reword_fact.html", context)


@require_POST
def agree(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    """Yes to exactly the wording that was shown."""
    fact, form = _fact(request, case_id, fact_id), ReadForm(request.POST)
    if not form.is_valid():
        return to_course(case_id, "facts")
    edition = form.cleaned_data["number"]
    facts.agree_to_fact(actor=person(request.user), fact=fact, edition=edition)
    return done(request, case_id, _("Your yes to this wording is recorded."), "facts")


@require_POST
def disagree(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    """Not like this, in one press."""
    fact, form = _fact(request, case_id, fact_id), ReadForm(request.POST)
    if not form.is_valid():
        return to_course(case_id, "facts")
    edition = form.cleaned_data["number"]
    facts.disagree_with_fact(actor=person(request.user), fact=fact, edition=edition)
    return done(request, case_id, _("Recorded for you alone. You need not say why."), "facts")


@require_POST
def take_back(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    fact = _fact(request, case_id, fact_id)
    facts.take_answer_back(actor=person(request.user), fact=fact)
    return done(request, case_id, _("Your answer is taken back."), "facts")


@require_POST
def remove(request: HttpRequest, case_id: UUID, fact_id: UUID) -> HttpResponse:
    fact = _fact(request, case_id, fact_id)
    facts.remove_fact(actor=person(request.user), fact=fact)
    return done(request, case_id, _("The fact is taken away."), "facts")


def _fact(request: HttpRequest, case_id: UUID, fact_id: UUID) -> Fact:
    rows = access.facts_visible_to(request.user)
    return get_object_or_404(rows, pk=fact_id, case=case_id)
