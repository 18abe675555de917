from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mediation.accounts.access import person
from mediation.centers import access, selectors, services
from mediation.centers.enums import CenterRole
from mediation.centers.forms import PeriodsForm


@require_http_methods(["GET", "POST"])
def periods(request: HttpRequest, center_id: UUID) -> HttpResponse:
    """How long the centre keeps what, for its privacy officer to change within bounds."""
    own = access.centers_where(request.user, CenterRole.PRIVACY_OFFICER)
    center = get_object_or_404(own, pk=center_id)
    form = PeriodsForm(center, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_periods(actor=person(request.user), center=center, periods=form.periods)
        messages.success(request, _("Saved. It holds for cases that begin from now on."))
        return redirect("centers:periods", center.pk)
    context = {
        "center": center,
        "form": form,
        "periods": selectors.periods_of(center),
        "changes": selectors.changes_of(center),
        "others": own.exclude(pk=center.pk),
    }
    return render(request, "centers/periods.html", context)
