"""What a party can set right in one case without asking anybody."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.cases.access import cases_visible_to, require_party
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import address_of, name_of
from mediation.core.api import CONFLICT, GONE, LOCKED, REFUSALS, WRONG
from mediation.core.errors import WrongState, require
from mediation.holds.access import restrictions_of
from mediation.holds.enums import RestrictionReason
from mediation.holds.services import apart
from mediation.rights.serializers import (
    NewRestrictionSerializer,
    OwnDetailsSerializer,
    RestrictionSerializer,
)
from mediation.rights.services.account import can_correct, correct_details


class OwnCaseView(PersonView):
    """A resource for the parties of a case, each about what is theirs."""

    def case(self, case_id: UUID) -> Case:
        found = get_object_or_404(cases_visible_to(self.person()), pk=case_id)
        require_party(self.person(), found)
        return found


class OwnDetails(OwnCaseView):
    @extend_schema(
        operation_id="readOwnDetails",
        summary="The caller's name and address in this case",
        responses={200: OwnDetailsSerializer, 409: CONFLICT, 423: LOCKED, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        case = self.case(case_id)
        require(can_correct(case.pk), WrongState)
        return _details(require_party(self.person(), case))

    @extend_schema(
        operation_id="correctOwnDetails",
        summary="Correct them; what is signed keeps what was signed",
        request=OwnDetailsSerializer,
        responses={
            200: OwnDetailsSerializer,
            400: WRONG,
            409: CONFLICT,
            410: GONE,
            423: LOCKED,
            **REFUSALS,
        },
    )
    def put(self, request: Request, case_id: UUID) -> Response:
        case = self.case(case_id)
        require(can_correct(case.pk), WrongState)
        written = OwnDetailsSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        return _details(
            correct_details(
                actor=self.person(), case=case, name=said["own_name"], address=said["own_address"]
            )
        )


def _details(part: Participant) -> Response:
    shown = {"own_name": name_of(part), "own_address": address_of(part)}
    return Response(OwnDetailsSerializer(shown).data)


class OwnRestriction(OwnCaseView):
    @extend_schema(
        operation_id="readOwnRestriction",
        summary="Whether the caller's private part is kept and not used",
        responses={200: RestrictionSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        row = restrictions_of(self.person(), self.case(case_id)).first()
        shown = {
            "is_restricted": row is not None,
            "reason": row.reason if row else None,
            "since": row.since if row else None,
        }
        return Response(RestrictionSerializer(shown).data)

    @extend_schema(
        operation_id="restrictOwn",
        summary="Have it kept and not used, by anybody, from now on; once the case has ended",
        request=NewRestrictionSerializer,
        responses={
            200: RestrictionSerializer,
            400: WRONG,
            409: CONFLICT,
            410: GONE,
            **REFUSALS,
        },
    )
    def put(self, request: Request, case_id: UUID) -> Response:
        case = self.case(case_id)
        written = NewRestrictionSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        reason = RestrictionReason(written.validated_data["reason"])
        apart.restrict_own(actor=self.person(), case=case, reason=reason)
        return self.get(request, case_id)

    @extend_schema(
        operation_id="liftOwnRestriction",
        summary="Have it used again",
        responses={
            204: OpenApiResponse(description="It can be opened again."),
            409: CONFLICT,
            **REFUSALS,
        },
    )
    def delete(self, request: Request, case_id: UUID) -> Response:
        apart.lift_own(actor=self.person(), case=self.case(case_id))
        return Response(status=204)
