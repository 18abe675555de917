"""The mediator's opening: reading it, saying so, and writing it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.proceedings import access, selectors
from mediation.proceedings.forms import OpeningForm, ReadForm
from mediation.proceedings.services.opening import confirm_opening, give_opening
from mediation.proceedings.views.cases import around, case_of, done, to_course


@require_GET
def opening(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The newest opening in full, and who has read it."""
    case = case_of(request, case_id)
    shown = selectors.opening_shown(person(request.user), case)
    if shown is None:
        return to_course(case_id, "opening")
    context = {"shown": shown, **around(request, case)}
    context["can_lead"] = access.can_lead(request.user, case)
    return render(request, "proceedings/opening.html", context)


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The mediator adapts the text, or leaves it as it is, and gives it to everybody."""
    case, user, language = case_of(request, case_id), person(request.user), get_language() or "en"
    words = selectors.words_to_begin_with(user, case, language)
    form = OpeningForm(request.POST or None, initial=vars(words))
    if request.method == "POST" and form.is_valid():
        give_opening(actor=user, case=case, words=form.words(), language=language)
        return done(request, case_id, _("Everybody can read your opening now."), "opening")
    if not access.can_lead(user, case):
        return to_course(case_id, "opening")
    context = {"form": form, "is_new": not case.openings.exists(), **around(request, case)}
    return render(request, "proceedings/write_opening.html", context)


@require_POST
def confirm(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """ "I have read this", about the text that was shown."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        return redirect("proceedings:opening", case_of(request, case_id).pk)
    rows = access.openings_visible_to(request.user).filter(case=case_id)
    found = get_object_or_404(rows, number=form.cleaned_data["number"])
    confirm_opening(actor=person(request.user), opening=found)
    return done(request, case_id, _("Recorded: you have read the opening."), "opening")
