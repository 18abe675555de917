"""GET /api/v1/packages/…: what both sides released to the court of the token."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mediation.core.api import GONE, ZipView, zip_or
from mediation.core.serializers import RefusalSerializer
from mediation.courts import access, selectors
from mediation.courts.api.authentication import CourtTokenAuthentication, HasScope, TokenThrottle
from mediation.courts.enums import Scope
from mediation.courts.models import ApiToken
from mediation.courts.serializers import (
    PackageDetailSerializer,
    PackageListSerializer,
    PackageQuerySerializer,
)
from mediation.courts.services import packages

REFUSALS = {
    401: OpenApiResponse(RefusalSerializer, "No token, or one that opens nothing (any more)."),
    403: OpenApiResponse(RefusalSerializer, "The token does not have the scope."),
    429: OpenApiResponse(RefusalSerializer, "Too many calls in a minute."),
}
NOT_FOUND = OpenApiResponse(RefusalSerializer, "Not released to this court, or no longer.")


class CourtView(APIView):
    """A resource for court systems, closed to everybody else."""

    authentication_classes = [CourtTokenAuthentication]
    permission_classes = [IsAuthenticated, HasScope]
    throttle_classes = [TokenThrottle]
    required_scope: ClassVar[Scope]

    def token(self) -> ApiToken:
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token


class PackageList(CourtView):
    required_scope = Scope.OUTCOMES

    @extend_schema(
        operation_id="listPackages",
        summary="Packages released to the court of the token, newest first",
        parameters=[PackageQuerySerializer],
        responses={200: PackageListSerializer, 400: RefusalSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        query = PackageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        rows = selectors.with_what_a_court_sees(access.packages_for(self.token()))
        if after := asked.get("released_after"):
            rows = rows.filter(released_at__gt=after)
        page = rows[asked["offset"] : asked["offset"] + asked["limit"]]
        answer = PackageListSerializer({"count": rows.count(), "results": page})
        return Response(answer.data)


class PackageDetail(CourtView):
    required_scope = Scope.OUTCOMES

    @extend_schema(
        operation_id="readPackage",
        summary="One package, with the outcome of its mediation",
        responses={200: PackageDetailSerializer, 404: NOT_FOUND, **REFUSALS},
    )
    def get(self, request: Request, release_id: UUID) -> Response:
        rows = selectors.with_what_a_court_sees(access.packages_for(self.token()))
        release = get_object_or_404(rows, pk=release_id)
        return Response(PackageDetailSerializer(release).data)


class PackageFile(ZipView, CourtView):
    required_scope = Scope.PACKAGES

    @extend_schema(
        operation_id="fetchPackage",
        summary="The package as a ZIP; both sides are told that it was fetched",
        responses=zip_or(
            {
                404: NOT_FOUND,
                409: OpenApiResponse(RefusalSerializer, "Taken back while it was being fetched."),
                410: GONE,
                **REFUSALS,
            }
        ),
    )
    def get(self, request: Request, release_id: UUID) -> HttpResponse:
        token = self.token()
        release = get_object_or_404(access.packages_for(token), pk=release_id)
        package = packages.fetch_package_as_system(token=token, release=release)
        return HttpResponse(package.content, headers=package.headers)
