"""What is stored about the caller, a copy of it, their requests to a centre, and the way out."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.core.api import CONFLICT, GONE, REFUSALS, WRONG, ZipView, zip_or
from mediation.core.downloads import as_download
from mediation.rights import access, selectors
from mediation.rights.enums import Right
from mediation.rights.models import RightsRequest
from mediation.rights.serializers import (
    CodeSerializer,
    DeletionSerializer,
    MyDataSerializer,
    MyRequestsSerializer,
    NewRequestSerializer,
    RequestSerializer,
)
from mediation.rights.services import account
from mediation.rights.services import requests as services
from mediation.rights.services.copy import download_everything


class MyData(PersonView):
    @extend_schema(
        operation_id="readMyData",
        summary="What is stored about the caller, outside the content of their cases",
        responses={200: MyDataSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        return Response(MyDataSerializer(selectors.my_data(self.person())).data)


class MyCopy(ZipView, PersonView):
    @extend_schema(
        operation_id="downloadMyData",
        summary="A copy of everything as a ZIP, made for this answer; five a day",
        request=None,
        responses=zip_or({410: GONE, **REFUSALS}),
    )
    def post(self, request: Request) -> HttpResponse:
        content = download_everything(actor=self.person())
        name = f"heyi-{timezone.localdate():%Y-%m-%d}.zip"
        return as_download(content, name=name, media_type="application/zip")


class MyRequests(PersonView):
    @extend_schema(
        operation_id="listMyRequests",
        summary="The caller's own requests, the newest first, and which centres they can ask",
        responses={200: MyRequestsSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        user = self.person()
        shown = {
            "centers": access.centers_asked_by(user),
            "results": access.requests_of(user).order_by("-received_at"),
        }
        return Response(MyRequestsSerializer(shown).data)

    @extend_schema(
        operation_id="askCenter",
        summary="Ask a centre; the same client_id again changes nothing",
        request=NewRequestSerializer,
        responses={201: RequestSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        user = self.person()
        written = NewRequestSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        made = services.ask_center(
            actor=user,
            center=get_object_or_404(access.centers_asked_by(user), pk=said["center"]),
            right=Right(said["right"]),
            words=said["words"],
            client_id=said["client_id"],
        )
        return _shown(made, 201)


class MyRequest(PersonView):
    @extend_schema(
        operation_id="readMyRequest",
        summary="One of the caller's requests, until when it is answered, and the answer",
        responses={200: RequestSerializer, **REFUSALS},
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        return _shown(get_object_or_404(access.requests_of(self.person()), pk=request_id))


class MyRequestWithdraw(PersonView):
    @extend_schema(
        operation_id="withdrawMyRequest",
        summary="Take a request back that is not answered",
        request=None,
        responses={200: RequestSerializer, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        found = get_object_or_404(access.requests_of(self.person()), pk=request_id)
        return _shown(services.withdraw_request(actor=self.person(), request=found))


def _shown(found: RightsRequest, status: int = 200) -> Response:
    return Response(RequestSerializer(selectors.shown(found)).data, status=status)


class MyDeletion(PersonView):
    @extend_schema(
        operation_id="readMyDeletion",
        summary="Whether the caller's account can be deleted now; if not, why",
        responses={200: DeletionSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        why_not = account.why_not(self.person())
        shown = {"can_delete": not why_not, "why_not": why_not}
        return Response(DeletionSerializer(shown).data)

    @extend_schema(
        operation_id="deleteMyAccount",
        summary="Delete the account, with the code from the mail; the session ends",
        request=CodeSerializer,
        responses={
            204: OpenApiResponse(description="The account is deleted."),
            400: WRONG,
            409: CONFLICT,
            **REFUSALS,
        },
    )
    def post(self, request: Request) -> Response:
        written = CodeSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        account.confirm_and_delete(actor=self.person(), **written.validated_data)
        request.session.flush()
        return Response(status=204)


class MyDeletionCode(PersonView):
    @extend_schema(
        operation_id="sendDeletionCode",
        summary="Mail the code that deleting takes",
        request=None,
        responses={
            204: OpenApiResponse(description="It is on its way."),
            409: CONFLICT,
            **REFUSALS,
        },
    )
    def post(self, request: Request) -> Response:
        account.send_deletion_code(actor=self.person())
        return Response(status=204)
