from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from mediation.accounts.models import User
from mediation.core import clock


class PersonalPreferencesMiddleware:
    """Shows pages in the clock and, unless they just switched, the language of the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user if isinstance(request.user, User) else None
        if person and not _switched_by_hand(request):
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        zone = clock.zone_for(
            chosen=person.time_zone if person else "",
            seen=request.COOKIES.get(clock.COOKIE, ""),
            language=translation.get_language() or "",
        )
        with timezone.override(zone):
            return self.get_response(request)


def _switched_by_hand(request: HttpRequest) -> bool:
    return "language" in request.COOKIES
