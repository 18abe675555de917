"""The course of a mediation on one page, where it stands, and who is who."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.proceedings import access, selectors
from mediation.proceedings.enums import IdentityMethod, Stage
from mediation.proceedings.forms import IdentityForm, StageForm
from mediation.proceedings.services.identity import confirm_identity
from mediation.proceedings.services.stages import move_stage as move
from mediation.proceedings.views.cases import around, case_of, done, to_course


@require_GET
def course(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Stage, opening, agenda, facts, sittings and who is who."""
    case = case_of(request, case_id)
    shown = selectors.course_page(person(request.user), case)
    context = {"shown": shown, "every_stage": Stage.choices, **around(request, case)}
    return render(request, "proceedings/course.html", context)


@require_POST
def move_stage(request: HttpRequest, case_id: UUID) -> HttpResponse:
    case = case_of(request, case_id)
    form = StageForm(request.POST)
    if not form.is_valid():
        return to_course(case_id)
    stage = Stage(form.cleaned_data["stage"])
    move(actor=person(request.user), case=case, stage=stage)
    return done(request, case_id, _("Everybody sees the new stage now."))


@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Confirm who somebody is; again, to correct it."""
    case, user = case_of(request, case_id), person(request.user)
    people = selectors.named_parts(user, case, but_mediators=True)
    form = IdentityForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        chosen = get_object_or_404(case.participants, pk=form.cleaned_data["person"])
        method = IdentityMethod(form.cleaned_data["method"])
        confirm_identity(actor=user, case=case, participant=chosen, method=method)
        return done(request, case_id, _("Recorded: how and when, and nothing else."), "people")
    if not access.can_lead(user, case):
        return to_course(case_id, "people")
    context = {"form": form, **around(request, case)}
    return render(request, "proceedings/identity.html", context)
