"""Placing and releasing holds by REST; the same services answer as on the pages."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.core.api import CONFLICT, GONE, REFUSALS, WRONG
from mediation.core.errors import require
from mediation.holds import access, selectors
from mediation.holds.enums import HoldGround
from mediation.holds.models import Hold
from mediation.holds.serializers import (
    HoldListSerializer,
    HoldSerializer,
    NewHoldSerializer,
    SecondSerializer,
)
from mediation.holds.services import holds as services


class HoldView(PersonView):
    """A resource for the two people at a centre whom a hold takes."""

    def hold(self, hold_id: UUID) -> Hold:
        return get_object_or_404(access.holds_visible_to(self.person()), pk=hold_id)

    def confirms(self) -> bool:
        said = SecondSerializer(data=self.request.data)
        said.is_valid(raise_exception=True)
        return bool(said.validated_data["confirms"])

    def answer(self, hold: Hold, status: int = 200) -> Response:
        line = selectors.hold_line(self.person(), hold)
        shown = {"line": line, "reference": selectors.reference_of(hold)}
        return Response(HoldSerializer(shown).data, status=status)


class HoldList(HoldView):
    @extend_schema(
        operation_id="listHolds",
        summary="Every hold of one's centres that is not over",
        responses={200: HoldListSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        user = self.person()
        require(access.has_a_say(user))
        shown = {"can_propose": access.is_officer(user), "results": selectors.hold_lines(user)}
        return Response(HoldListSerializer(shown).data)

    @extend_schema(
        operation_id="proposeHold",
        summary="Propose a hold; nothing is kept before a second person confirms",
        request=NewHoldSerializer,
        responses={201: HoldSerializer, 400: WRONG, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        user = self.person()
        require(access.is_officer(user))
        written = NewHoldSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        case = get_object_or_404(access.cases_to_hold(user), number=said["case_number"])
        made = services.propose_hold(
            actor=user, case=case, duty=_duty(said), client_id=said["client_id"]
        )
        return self.answer(made, 201)


def _duty(said: dict[str, Any]) -> services.Duty:
    return services.Duty(
        compartment=said["compartment"],
        ground=HoldGround(said["ground"]),
        reference=said["reference"],
        review_on=said["review_on"],
    )


class HoldDetail(HoldView):
    @extend_schema(
        operation_id="readHold",
        summary="One hold, and what one can do about it",
        responses={200: HoldSerializer, 410: GONE, **REFUSALS},
    )
    def get(self, request: Request, hold_id: UUID) -> Response:
        return self.answer(self.hold(hold_id))


class HoldAnswer(HoldView):
    @extend_schema(
        operation_id="answerHold",
        summary="The second person's yes or no; from the yes on the part is kept",
        request=SecondSerializer,
        responses={200: HoldSerializer, 400: WRONG, 409: CONFLICT, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        hold = self.hold(hold_id)
        confirms = self.confirms()
        made = services.answer_hold(actor=self.person(), hold=hold, confirms=confirms)
        return self.answer(made)


class HoldRelease(HoldView):
    @extend_schema(
        operation_id="proposeRelease",
        summary="Say that the duty has ended; a second person confirms",
        request=None,
        responses={200: HoldSerializer, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        hold = self.hold(hold_id)
        return self.answer(services.propose_release(actor=self.person(), hold=hold))


class HoldReleaseAnswer(HoldView):
    @extend_schema(
        operation_id="answerRelease",
        summary="The second person's yes or no to a release; after a yes the schedule applies",
        request=SecondSerializer,
        responses={200: HoldSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        hold = self.hold(hold_id)
        confirms = self.confirms()
        made = services.answer_release(actor=self.person(), hold=hold, confirms=confirms)
        return self.answer(made)
