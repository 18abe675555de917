"""What every page of the course begins and ends with."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, is_mediator_of
from mediation.cases.models import Case
from mediation.cases.services.looking import Look, note_look


def case_of(request: HttpRequest, case_id: UUID) -> Case:
    """A case in which mediation ever began; 404 for those who are not in it."""
    rows = cases_visible_to(request.user).exclude(mediation_started_at=None)
    return get_object_or_404(rows, pk=case_id)


def around(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What every template needs."""
    note_look(actor=person(request.user), case=case, look=Look.COURSE)
    return {"case": case, "is_mediator": is_mediator_of(request.user, case)}


def done(request: HttpRequest, case_id: UUID, words: str, place: str = "") -> HttpResponse:
    """Back to the course, at a part of it, with a word about what was done."""
    messages.success(request, words)
    return to_course(case_id, place)


def to_course(case_id: UUID, place: str = "") -> HttpResponse:
    answer = redirect("proceedings:course", case_id)
    if place:
        answer["Location"] += f"#{place}"
    return answer
