"""The links at the top of every page, for whoever is signed in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from mediation.accounts.models import User
from mediation.centers.access import roles_of
from mediation.centers.enums import CenterRole
from mediation.courts.access import is_clerk
from mediation.holds.access import FOUR_EYES


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` (list of {label, url, current}) and where to get help."""
    user = getattr(request, "user", None)
    everywhere = {"contact_email": settings.CONTACT_EMAIL, "is_demo": settings.DEMO}
    if not isinstance(user, User):
        return {"navigation": [], **everywhere}
    links, roles = [(_("My cases"), reverse("desk:list"))], roles_of(user)
    if CenterRole.MEDIATOR in roles:
        links.append((_("Mediators' queue"), reverse("matching:queue")))
    if is_clerk(user):
        links.append((_("Court"), reverse("courts:packages")))
    if CenterRole.PRIVACY_OFFICER in roles:
        links.append((_("Privacy desk"), reverse("rights:desk")))
    elif not roles.isdisjoint(FOUR_EYES):
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
