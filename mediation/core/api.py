"""What all of the API has in common: how a signed-in person calls it, and the one way to say no,
`{"code": …, "detail": …}`.
"""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView, exception_handler

from mediation.core.errors import DomainError
from mediation.core.serializers import RefusalSerializer

# How a resource for people says no; which of them one can give, its schema lists.
REFUSALS = {
    401: OpenApiResponse(RefusalSerializer, "Nobody is signed in."),
    403: OpenApiResponse(RefusalSerializer, "No CSRF token, or not allowed."),
    404: OpenApiResponse(RefusalSerializer, "There is no such thing for this person."),
    429: OpenApiResponse(RefusalSerializer, "Too many calls in a minute."),
}
WRONG = OpenApiResponse(RefusalSerializer, "A field is missing or wrong.")
CONFLICT = OpenApiResponse(RefusalSerializer, "Not possible now; `code` says why.")
GONE = OpenApiResponse(RefusalSerializer, "Destroyed on schedule; it cannot be read again.")
LOCKED = OpenApiResponse(RefusalSerializer, "Kept and not used, or under a duty to be kept.")


class PersonAuthentication(SessionAuthentication):
    """A person's own browser session; what changes something needs the CSRF token as forms do."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"  # without one, DRF would answer 403 to somebody who is not signed in


class PersonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = "mediation.core.api.PersonAuthentication"
    name = "personSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-sid",
            "description": (
                "The browser's session (in a demonstration without TLS the cookie is `sid`); what "
                "changes something needs X-CSRFToken too."
            ),
        }


class PersonThrottle(SimpleRateThrottle):
    """So many calls a minute for each person, as fast as the room's socket lets one write."""

    scope = "person"
    rate = "300/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"throttle:person:{request.user.pk}" if request.user else None


def refuse(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: domain refusals and DRF's own errors in one shape."""
    if isinstance(error, DomainError):
        return Response({"code": error.code, "detail": str(error.message)}, status=error.status)
    response = exception_handler(error, context)
    if response is not None:
        code = error.default_code if isinstance(error, APIException) else "not_found"
        detail = response.data.pop("detail", None) if isinstance(response.data, dict) else None
        response.data = {
            "code": str(code),
            "detail": str(detail or code),
            "errors": response.data or None,
        }
    return response


class ZipRenderer(BaseRenderer):
    """Lets a caller ask for `application/zip`; what is rendered here is only ever a refusal."""

    media_type = "application/zip"
    format = "zip"


class ZipView(APIView):
    """A resource that answers with a ZIP, and with JSON where it refuses."""

    renderer_classes = [JSONRenderer, ZipRenderer]

    def handle_exception(self, exc: Exception) -> Response:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        answer: Any = super().handle_exception(exc)
        assert isinstance(answer, Response)
        return answer


def zip_or(refusals: Mapping[int, OpenApiResponse]) -> dict[tuple[int, str], Any]:
    """The schema of a resource that answers with a ZIP, and with JSON where it refuses."""
    return file_or(refusals, "application/zip")


class AnythingAccepted(DefaultContentNegotiation):
    """Whatever a caller says to accept: it gets the file as it is, or a refusal as JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def file_or(
    refusals: Mapping[int, OpenApiResponse], *media_types: str
) -> dict[tuple[int, str], Any]:
    """The schema of a resource that answers with a file of one of these kinds, and with JSON where
    it refuses.
    """
    said = {(status, "application/json"): refusal for status, refusal in refusals.items()}
    return {**{(200, kind): OpenApiTypes.BINARY for kind in media_types}, **said}
