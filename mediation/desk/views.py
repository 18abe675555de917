from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from mediation.accounts.access import person
from mediation.cases import access
from mediation.cases.enums import CaseState
from mediation.cases.selectors import people_in
from mediation.cases.services.looking import Look, note_look, note_looks
from mediation.desk import selectors
from mediation.desk.next_steps import tasks_for


def cases(request: HttpRequest) -> HttpResponse:
    """My cases."""
    user = person(request.user)
    rows = selectors.my_cases(user)
    note_looks(actor=user, cases=[row.case for row in rows], look=Look.CASE)
    return render(request, "desk/list.html", {"rows": rows})


def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case: where it stands, what I can do, who is in it, when it is destroyed."""
    found = get_object_or_404(
        access.cases_visible_to(request.user).select_related("center"), pk=case_id
    )
    user = person(request.user)
    part = access.require_participant(user, found)
    if found.state == CaseState.DRAFT:
        return redirect("cases:check", found.pk)
    note_look(actor=user, case=found, look=Look.CASE)
    context = {
        "case": found,
        "tasks": tasks_for(part),
        "people": people_in(user, found),
        "dates": selectors.dates_of(user, part),
        "status": selectors.status_of(found),
        "tone": selectors.tone_of(found),
        "can_leave": access.can_leave(user, found),
        "can_end": access.can_end_without_settlement(user, found),
    }
    return render(request, "desk/case.html", context)
