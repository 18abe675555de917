"""Who calls the API: a court's own system, by its token (RFC 6750)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from mediation.courts.models import ApiToken
from mediation.courts.services.tokens import find_token


@dataclass(frozen=True)
class CourtSystem:
    """What DRF calls the user: not a person, and nothing but its token."""

    token: ApiToken

    @property
    def is_authenticated(self) -> bool:
        return True


class CourtTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer heyi_…`. One answer for every token that does not work."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[CourtSystem, ApiToken] | None:
        kind, _space, presented = get_authorization_header(request).partition(b" ")
        if kind.lower() != self.keyword.lower().encode():
            return None
        token = find_token(presented=presented.decode("latin-1").strip())
        if token is None:
            raise AuthenticationFailed(_("This token does not open anything (any more)."))
        return CourtSystem(token), token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class HasScope(BasePermission):
    """The token carries the view's `required_scope`."""

    message = _("This token may not read this.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = getattr(view, "required_scope", None)
        return isinstance(request.auth, ApiToken) and scope in request.auth.scopes


class TokenThrottle(SimpleRateThrottle):
    """So many calls a minute for each token."""

    scope = "token"
    rate = "120/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        token = request.auth
        return f"throttle:token:{token.pk}" if isinstance(token, ApiToken) else None


class CourtTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = "mediation.courts.api.authentication.CourtTokenAuthentication"
    name = "courtToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A court's API token, made by the operator with make_court_token.",
        }
