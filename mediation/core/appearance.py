"""Light or dark, by choice, without JavaScript: a cookie that base.html reads."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

CHOICES = {"light", "dark"}
ONE_YEAR = 365 * 24 * 60 * 60


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the choice on this device; anything else than light or dark forgets it."""
    response = HttpResponseRedirect(_way_back(request))
    chosen = request.POST.get("appearance", "")
    if chosen not in CHOICES:
        response.delete_cookie("appearance")
        return response
    secure = request.is_secure()
    response.set_cookie(
        "appearance", chosen, max_age=ONE_YEAR, secure=secure, httponly=True, samesite="Lax"
    )
    return response


def _way_back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if ours else "/"
