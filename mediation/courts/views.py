"""The parties' court page, and the clerk's list of what was released to their court."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, party_of
from mediation.cases.models import Case
from mediation.core.errors import require
from mediation.courts import access, selectors
from mediation.courts.forms import CourtForm
from mediation.courts.models import Release
from mediation.courts.services import releases
from mediation.courts.services.packages import fetch_package

ROWS = 50


def release(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What a court would get, who has agreed to that, and what was fetched."""
    case = _case(request, case_id)
    require(party_of(request.user, case) is not None)
    page = selectors.release_page(person(request.user), case)
    if page is None:
        raise Http404
    form = CourtForm(request.POST or None, courts=selectors.courts_open())
    if request.method == "POST" and form.is_valid():
        releases.propose_release(
            actor=person(request.user), case=case, court=form.cleaned_data["court"]
        )
        return redirect("courts:release", case.pk)
    language = get_language() or "en"
    context = {
        "case": case,
        "page": page,
        "form": form,
        "consent_lines": page.consent_text.body[language].strip().splitlines(),
        "consent_heading": page.consent_text.title[language],
    }
    return render(request, "courts/release.html", context)


@require_POST
def consent(request: HttpRequest, case_id: UUID, release_id: UUID) -> HttpResponse:
    """This side's yes to the release it has just read about."""
    row = _release(request, case_id, release_id)
    row = releases.consent_to_release(
        actor=person(request.user), release=row, language=get_language() or "en"
    )
    if row.released_at:
        messages.success(request, _("Both sides agreed. The court can fetch the settlement now."))
    else:
        messages.success(request, _("You agreed. Nothing is given until the other side agrees."))
    return redirect("courts:release", row.case_id)


@require_POST
def withdraw(request: HttpRequest, case_id: UUID, release_id: UUID) -> HttpResponse:
    """This side takes the release back, or says no to it."""
    row = _release(request, case_id, release_id)
    releases.withdraw_release(actor=person(request.user), release=row)
    messages.success(request, _("Done. The court receives nothing more from us."))
    return redirect("courts:release", row.case_id)


def packages(request: HttpRequest) -> HttpResponse:
    """What both sides released to a court this person works for."""
    require(access.is_clerk(request.user))
    rows = selectors.with_what_a_court_sees(access.packages_visible_to(request.user))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    return render(request, "courts/packages.html", {"page": page})


@require_POST
def download(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """The package. A POST, because the parties are told of every time it is fetched."""
    row = get_object_or_404(access.packages_visible_to(request.user), pk=release_id)
    package = fetch_package(actor=person(request.user), release=row)
    return HttpResponse(package.content, headers=package.headers)


def _case(request: HttpRequest, case_id: UUID) -> Case:
    return get_object_or_404(cases_visible_to(request.user), pk=case_id)


def _release(request: HttpRequest, case_id: UUID, release_id: UUID) -> Release:
    case = _case(request, case_id)
    require(party_of(request.user, case) is not None)
    return get_object_or_404(access.releases_visible_to(request.user), case=case, pk=release_id)
