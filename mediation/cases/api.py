"""A party's consents, and leaving, by REST; the same services answer as on the pages."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.cases import access
from mediation.cases.enums import Purpose
from mediation.cases.models import Case, Consent, Participant
from mediation.cases.selectors import consent_choices, news_of_consent
from mediation.cases.serializers import (
    ConsentChoiceSerializer,
    ConsentNewsSerializer,
    EndedSerializer,
    ReadTextSerializer,
    SignedSerializer,
)
from mediation.cases.services import consents, participation, receipts
from mediation.core.api import CONFLICT, REFUSALS, WRONG


class ConsentView(PersonView):
    """A resource for the parties of a case, each about their own consents."""

    def case(self, case_id: UUID) -> Case:
        return get_object_or_404(access.cases_visible_to(self.person()), pk=case_id)

    def part(self, case_id: UUID) -> Participant:
        part = access.party_of(self.person(), self.case(case_id))
        if part is None:
            raise Http404
        return part


class Consents(ConsentView):
    @extend_schema(
        operation_id="listConsents",
        summary="Every purpose with its newest text, and which the caller agreed to",
        responses={200: ConsentChoiceSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        choices = consent_choices(self.person(), self.part(case_id).case)
        return Response(ConsentChoiceSerializer(choices, many=True).data)


class OneConsent(ConsentView):
    @extend_schema(
        operation_id="giveConsent",
        summary="Agree to the text one has read, if it is the newest; twice is the same as once",
        request=ReadTextSerializer,
        responses={200: ConsentNewsSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def put(self, request: Request, case_id: UUID, purpose: str) -> Response:
        case = self.case(case_id)
        written = ReadTextSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        return _news(
            consents.give_consent(
                actor=self.person(),
                case=case,
                purpose=_purpose(purpose),
                language=get_language() or "en",
                read=written.validated_data["text_sha256"],
            )
        )

    @extend_schema(
        operation_id="withdrawConsent",
        summary="Take it back, from now on",
        responses={200: ConsentNewsSerializer, 409: CONFLICT, **REFUSALS},
    )
    def delete(self, request: Request, case_id: UUID, purpose: str) -> Response:
        case = self.case(case_id)
        return _news(
            consents.withdraw_consent(actor=self.person(), case=case, purpose=_purpose(purpose))
        )


def _news(consent: Consent) -> Response:
    recorded, follows = news_of_consent(consent)
    shown = {"consent": consent, "recorded": recorded, "follows": follows}
    return Response(ConsentNewsSerializer(shown).data)


def _purpose(name: str) -> Purpose:
    if name not in Purpose.values or name == Purpose.RELEASE:
        raise Http404  # a release is given where its court is named
    return Purpose(name)


class Ledger(ConsentView):
    @extend_schema(
        operation_id="readConsentLedger",
        summary="Every receipt of the caller's in this case, as one signed file",
        responses={200: SignedSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        return Response(receipts.ledger(part=self.part(case_id)))


class OneReceipt(ConsentView):
    @extend_schema(
        operation_id="readConsentReceipt",
        summary="One of them as it was issued",
        responses={200: SignedSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID, number: int) -> Response:
        link = get_object_or_404(self.part(case_id).receipts, number=number)
        return Response(link.signed)


class Leaving(ConsentView):
    @extend_schema(
        operation_id="leaveCase",
        summary="End the mediation, at once and without a reason; once it has ended, 409",
        request=None,
        responses={200: EndedSerializer, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        left = participation.leave_case(actor=self.person(), case=self.case(case_id))
        return Response(EndedSerializer(left).data)
