"""The API's one way to say no: `{"code": …, "detail": …}`."""

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from mediation.core.errors import DomainError


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
