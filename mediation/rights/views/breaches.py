"""The register of breaches of personal data, for the officers of a centre."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.core.downloads import as_download
from mediation.core.errors import WrongState, require
from mediation.holds.access import is_officer
from mediation.rights import access
from mediation.rights.errors import StaleEntry
from mediation.rights.forms.breaches import ChangeBreachForm, NewBreachForm
from mediation.rights.models import Breach
from mediation.rights.selectors import breaches as selectors
from mediation.rights.services import breaches as services


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Those that are not closed, with a light about our own hours, and the others."""
    require(is_officer(request.user))
    context = {"register": selectors.register_of(person(request.user))}
    return render(request, "rights/breaches.html", context)


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """Write a breach down."""
    require(is_officer(request.user))
    form = NewBreachForm(request.POST or None, centers=access.officers_centers(request.user))
    if request.method == "POST" and form.is_valid():
        made = services.record_breach(
            actor=person(request.user),
            center=form.cleaned_data["center"],
            facts=form.facts,
            client_id=form.cleaned_data["client_id"],
        )
        messages.success(request, _("Written down. Until when the authority is told is below."))
        return redirect("rights:breach", made.pk)
    return render(request, "rights/breach_form.html", {"form": form})


@require_GET
def show(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """One breach, and what is still to be done."""
    shown = selectors.shown_breach(_breach(request, breach_id))
    return render(request, "rights/breach.html", {"shown": shown})


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """Write down what is known by now."""
    found = _breach(request, breach_id)
    shown = selectors.shown_breach(found)
    require(shown.can_change, WrongState)
    form = ChangeBreachForm(
        request.POST or None,
        shown=shown,
        centers=access.officers_centers(request.user).filter(pk=found.center_id),
    )
    if request.method == "POST" and form.is_valid():
        edition = form.cleaned_data["edition"]
        try:
            services.change_breach(
                actor=person(request.user), breach=found, edition=edition, facts=form.facts
            )
        except StaleEntry:
            form.say_stale()
        else:
            messages.success(request, _("Saved."))
            return redirect("rights:breach", found.pk)
    context = {"form": form, "breach": found, "shown": shown}
    return render(request, "rights/breach_form.html", context)


@require_POST
def close(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """Nothing of it changes any more."""
    found = _breach(request, breach_id)
    services.close_breach(actor=person(request.user), breach=found)
    messages.success(request, _("Closed. It is kept for three years."))
    return redirect("rights:breaches")


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The register as a file for an authority; made for this answer and not kept."""
    content = services.export_register(actor=person(request.user))
    return as_download(content, name="heyi-breaches.json", media_type="application/json")


def _breach(request: HttpRequest, breach_id: UUID) -> Breach:
    return get_object_or_404(access.breaches_visible_to(request.user), pk=breach_id)
