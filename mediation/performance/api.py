"""The tracker's verbs by REST; the same services answer as on the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.cases.access import cases_visible_to
from mediation.core.api import CONFLICT, REFUSALS, WRONG
from mediation.performance import selectors
from mediation.performance.enums import Says
from mediation.performance.lines import Details
from mediation.performance.serializers import (
    CertificateSerializer,
    LineSerializer,
    NewStatementSerializer,
    RemindersSerializer,
    TrackerSerializer,
)
from mediation.performance.services import certificates, reminders, statements
from mediation.settlements.models import Settlement


class TrackerView(PersonView):
    """A resource for the two sides of a signed settlement, by their browser's session."""

    def settlement(self, case_id: UUID) -> Settlement:
        case = cases_visible_to(self.person()).filter(pk=case_id).first()
        found = selectors.tracked_settlement(self.person(), case) if case else None
        if found is None:
            raise Http404
        return found


class Tracker(TrackerView):
    @extend_schema(
        operation_id="getObligations",
        summary="What was agreed, and what both sides said about it",
        responses={200: TrackerSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        shown = selectors.tracker_for(self.person(), settlement)
        return Response(TrackerSerializer(shown).data)


class Statements(TrackerView):
    @extend_schema(
        operation_id="sayOfObligation",
        summary="Say something about one line; the same client_id again changes nothing",
        request=NewStatementSerializer,
        responses={201: LineSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID, line_key: str) -> Response:
        user, settlement = self.person(), self.settlement(case_id)
        if selectors.line_for(user, settlement, line_key) is None:
            raise Http404
        written = NewStatementSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        draft = _draft(line_key, written.validated_data)
        statements.state_performance(actor=user, settlement=settlement, draft=draft)
        line = selectors.line_view(user, settlement, line_key)
        return Response(LineSerializer(line).data, status=201)


def _draft(line: str, values: dict[str, Any]) -> statements.Draft:
    return statements.Draft(
        client_id=values["client_id"],
        line=line,
        says=Says(values["says"]),
        seen=values["seen"],
        details=Details(values["note"], values["amount"], values["done_on"]),
    )


class Reminders(TrackerView):
    @extend_schema(
        operation_id="switchReminders",
        summary="Be reminded of the days by e-mail, or no longer; for one's own account",
        request=RemindersSerializer,
        responses={200: RemindersSerializer, 400: WRONG, **REFUSALS},
    )
    def put(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        asked = RemindersSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        reminders.switch_reminders(
            actor=self.person(), settlement=settlement, **asked.validated_data
        )
        return Response(asked.data)


class Certificate(TrackerView):
    @extend_schema(
        operation_id="getPerformedCertificate",
        summary="The signed statement that everything was done, once it is",
        responses={200: CertificateSerializer, 409: CONFLICT, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        signed = certificates.certify_performance(actor=self.person(), settlement=settlement)
        return Response(signed)
