"""A mediator's own notes. For everybody else the page is not there."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.cases.access import is_mediator_of
from mediation.cases.models import Case
from mediation.proceedings import access, selectors
from mediation.proceedings.forms import NoteForm
from mediation.proceedings.services.notes import delete_note, delete_notes, write_note
from mediation.proceedings.views.cases import around, case_of


@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """All one's notes, and room for another."""
    case, user = _case(request, case_id), person(request.user)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        write_note(actor=user, case=case, **form.cleaned_data)
        return _done(request, case, _("Your note is kept. Nobody else can read it."))
    context = {
        "form": form,
        "lines": selectors.note_lines(user, case),
        "can_write": access.can_lead(user, case),
        **around(request, case),
    }
    return render(request, "proceedings/notes.html", context)


@require_POST
def delete(request: HttpRequest, case_id: UUID, note_id: UUID) -> HttpResponse:
    rows = access.notes_visible_to(request.user)
    note = get_object_or_404(rows, pk=note_id, case=case_id)
    delete_note(actor=person(request.user), note=note)
    return _done(request, note.case, _("The note is deleted."))


@require_POST
def delete_all(request: HttpRequest, case_id: UUID) -> HttpResponse:
    case = _case(request, case_id)
    delete_notes(actor=person(request.user), case=case)
    return _done(request, case, _("Your notes are deleted."))


def _case(request: HttpRequest, case_id: UUID) -> Case:
    case = case_of(request, case_id)
    if not is_mediator_of(request.user, case):
        raise Http404
    return case


def _done(request: HttpRequest, case: Case, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("proceedings:notes", case.pk)
