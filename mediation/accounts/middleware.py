import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from mediation.accounts.models import User


class PersonalPreferencesMiddleware:
    """Shows pages in the clock and, unless they just switched, the language of the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if not isinstance(person, User):
            return self.get_response(request)
        if not _switched_by_hand(request):
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        with timezone.override(_zone(person.time_zone)):
            return self.get_response(request)


def _switched_by_hand(request: HttpRequest) -> bool:
    return "language" in request.COOKIES


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
