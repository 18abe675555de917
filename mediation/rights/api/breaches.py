"""The register of breaches by REST; the same services answer as on the pages."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.core.api import CONFLICT, REFUSALS, WRONG
from mediation.core.errors import require
from mediation.holds.access import is_officer
from mediation.rights import access
from mediation.rights.enums import BreachHarm
from mediation.rights.models import Breach
from mediation.rights.selectors import breaches as selectors
from mediation.rights.serializers import (
    BreachSerializer,
    BreachWrittenSerializer,
    NewBreachSerializer,
    RegisterSerializer,
)
from mediation.rights.services import breaches as services


class Breaches(PersonView):
    @extend_schema(
        operation_id="listBreaches",
        summary="The register of the officer's centres, open entries first",
        responses={200: RegisterSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        require(is_officer(self.person()))
        return Response(RegisterSerializer(selectors.register_of(self.person())).data)

    @extend_schema(
        operation_id="recordBreach",
        summary="Write a breach down; the same client_id again changes nothing",
        request=NewBreachSerializer,
        responses={201: BreachSerializer, 400: WRONG, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        user = self.person()
        require(is_officer(user))
        written = NewBreachSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        made = services.record_breach(
            actor=user,
            center=get_object_or_404(access.officers_centers(user), pk=said["center"]),
            facts=_facts(said),
            client_id=said["client_id"],
        )
        return _shown(made, 201)


class OneBreach(PersonView):
    def found(self, breach_id: UUID) -> Breach:
        return get_object_or_404(access.breaches_visible_to(self.person()), pk=breach_id)

    @extend_schema(
        operation_id="readBreach",
        summary="One entry, and until when the authority is to be told",
        responses={200: BreachSerializer, **REFUSALS},
    )
    def get(self, request: Request, breach_id: UUID) -> Response:
        return _shown(self.found(breach_id))

    @extend_schema(
        operation_id="changeBreach",
        summary="Write down what is known by now, all of it; the same again changes nothing",
        request=BreachWrittenSerializer,
        responses={200: BreachSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def put(self, request: Request, breach_id: UUID) -> Response:
        found = self.found(breach_id)
        written = BreachWrittenSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        changed = services.change_breach(
            actor=self.person(), breach=found, edition=said["edition"], facts=_facts(said)
        )
        return _shown(changed)


class BreachClose(OneBreach):
    http_method_names = ["post"]

    @extend_schema(
        operation_id="closeBreach",
        summary="Close an entry that says whether authority and people were told, or why not",
        request=None,
        responses={200: BreachSerializer, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, breach_id: UUID) -> Response:
        return _shown(services.close_breach(actor=self.person(), breach=self.found(breach_id)))


class BreachExport(PersonView):
    @extend_schema(
        operation_id="exportBreaches",
        summary="The register as the file for an authority; on record",
        request=None,
        responses={200: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def post(self, request: Request) -> HttpResponse:
        content = services.export_register(actor=self.person())
        return HttpResponse(content, content_type="application/json")


def _facts(said: dict[str, Any]) -> selectors.BreachFacts:
    names = ("what", "effects", "measures", "authority_why", "people_why")
    return selectors.BreachFacts(
        known_at=said["known_at"],
        harm=BreachHarm(said["harm"]),
        people_count=said["people_count"],
        authority_told_at=said["authority_told_at"],
        people_told_on=said["people_told_on"],
        words=selectors.BreachWords(
            cases="\n".join(said["cases"]), **{name: said[name] for name in names}
        ),
    )


def _shown(breach: Breach, status: int = 200) -> Response:
    return Response(BreachSerializer(selectors.shown_breach(breach)).data, status=status)
