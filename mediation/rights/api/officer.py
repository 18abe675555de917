"""The privacy officer's desk: what the centre owes people, and until when."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.core.api import CONFLICT, REFUSALS, WRONG
from mediation.core.errors import require
from mediation.holds.access import is_officer
from mediation.rights import access, selectors
from mediation.rights.enums import Asker, Decision, Right
from mediation.rights.models import RightsRequest
from mediation.rights.serializers import (
    AnswerSerializer,
    DeskSerializer,
    OfficerRequestSerializer,
    ReasonsSerializer,
    RecordSerializer,
)
from mediation.rights.services import requests as services
from mediation.rights.services.requests import Recorded


class Desk(PersonView):
    @extend_schema(
        operation_id="readDesk",
        summary="Requests to answer, holds and late destructions, the most pressing first",
        responses={200: DeskSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        require(is_officer(self.person()))
        return Response(DeskSerializer(selectors.desk_of(self.person())).data)


class OfficerView(PersonView):
    """A resource about one request to a centre of the officer's."""

    def found(self, request_id: UUID) -> RightsRequest:
        return get_object_or_404(access.requests_to(self.person()), pk=request_id)


class OfficerRequests(PersonView):
    @extend_schema(
        operation_id="recordRequest",
        summary="Write down what was asked by letter, by telephone or in person",
        request=RecordSerializer,
        responses={201: OfficerRequestSerializer, 400: WRONG, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        require(is_officer(self.person()))
        written = RecordSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        centers = access.recording_centers(self.person())
        made = services.record_request(
            actor=self.person(),
            center=get_object_or_404(centers, pk=said["center"]),
            right=Right(said["right"]),
            words=said["words"],
            recorded=Recorded(Asker(said["asked_through"]), said["asker"], said["received_on"]),
            client_id=said["client_id"],
        )
        return _shown(made, status=201)


class OfficerRequest(OfficerView):
    @extend_schema(
        operation_id="readRequest",
        summary="One request, and until when it is to be answered",
        responses={200: OfficerRequestSerializer, **REFUSALS},
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        return _shown(self.found(request_id))


class OfficerRequestExtend(OfficerView):
    @extend_schema(
        operation_id="extendRequest",
        summary="Take more time, once, with reasons the person reads",
        request=ReasonsSerializer,
        responses={200: OfficerRequestSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        found = self.found(request_id)
        written = ReasonsSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        made = services.extend_request(actor=self.person(), request=found, **written.validated_data)
        return _shown(made)


class OfficerRequestAnswer(OfficerView):
    @extend_schema(
        operation_id="answerRequest",
        summary="Answer a request; a refusal names one of the law's grounds",
        request=AnswerSerializer,
        responses={200: OfficerRequestSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        found = self.found(request_id)
        known = {"grounds": selectors.grounds_for(found)}
        written = AnswerSerializer(data=request.data, context=known)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        made = services.answer_request(
            actor=self.person(),
            request=found,
            decision=Decision(said["decision"]),
            ground=said["ground"],
            words=said["words"],
        )
        return _shown(made)


def _shown(found: RightsRequest, *, status: int = 200) -> Response:
    return Response(OfficerRequestSerializer(selectors.shown(found)).data, status=status)
