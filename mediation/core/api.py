"""What all of the API has in common: how a signed-in person calls it, and the one way to say no,
`{"code": …, "detail": …}`.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView, exception_handler

from mediation.core.errors import DomainError


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
