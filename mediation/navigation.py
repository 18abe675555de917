"""The links at the top of every page, for whoever is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from mediation.accounts.models import User
from mediation.centers.access import is_mediator
from mediation.courts.access import is_clerk
from mediation.holds.access import has_a_say, is_officer


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` (list of {label, url, current}) and where to get help."""
    user = getattr(request, "user", None)
    everywhere = {"contact_email": settings.CONTACT_EMAIL, "is_demo": settings.DEMO}
    if not isinstance(user, User):
        return {"navigation": [], **everywhere}
    links = [(_("My cases"), reverse("desk:list"))]
    if is_mediator(user):
        links.append((_("Mediators' queue"), reverse("matching:queue")))
    if is_clerk(user):
        links.append((_("Court"), reverse("courts:packages")))
    if is_officer(user):
        links.append((_("Privacy desk"), reverse("rights:desk")))
    elif has_a_say(user):
        links.append((_("Holds"), reverse("holds:list")))
    links.append((_("My details"), reverse("accounts:profile")))
    return {
        "navigation": [
            {"label": label, "url": url, "current": _is_below(request.path, url)}
            for label, url in links
        ],
        **everywhere,
    }


def _is_below(path: str, url: str) -> bool:
    """Whether a page belongs to a link of the menu: everything about oneself is below /me/."""
    return path.startswith("/me/" if url == reverse("accounts:profile") else url)
