from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from mediation.core.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponse]


class RefusalMiddleware:
    """Turns a DomainError that a view let through into a page in plain words."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        return render(request, "errors/refusal.html", {"refusal": error}, status=error.status)


class ConfidentialPagesMiddleware:
    """No page is kept by a browser or proxy, unless its view calls it public, and none may be
    indexed (ASVS 14.3.2).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(f"/{settings.STATIC_URL}"):
            if "public" not in response.headers.get("Cache-Control", ""):
                add_never_cache_headers(response)
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
