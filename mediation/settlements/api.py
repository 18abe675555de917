"""Signing with a passkey, the scan of a signed paper and a change of what was signed, by REST; the
same services answer as on the pages.
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.cases.access import cases_visible_to
from mediation.core.api import (
    CONFLICT,
    GONE,
    LOCKED,
    REFUSALS,
    WRONG,
    AnythingAccepted,
    file_or,
)
from mediation.core.downloads import as_download
from mediation.core.errors import require
from mediation.evidence.forms import InMemoryUpload
from mediation.settlements import access
from mediation.settlements.enums import ScanSays
from mediation.settlements.models import Amendment, Settlement
from mediation.settlements.selectors import latest_settlement
from mediation.settlements.selectors.amendments import (
    amendment_with,
    change_for,
    settlement_to_change,
)
from mediation.settlements.selectors.scans import paper_settlement, shown_scan
from mediation.settlements.selectors.signing import signing_for
from mediation.settlements.serializers import (
    ChangeAnswerSerializer,
    ChangeSerializer,
    NewChangeSerializer,
    NewScanSerializer,
    NewScanWordSerializer,
    NewSignatureSerializer,
    ScanSerializer,
    ShownDocumentSerializer,
    SigningSerializer,
)
from mediation.settlements.services import amending, reading, scanning, signing

FILE_REFUSALS = {409: CONFLICT, 410: GONE, 423: LOCKED, **REFUSALS}


# --- Signing ----------------------------------------------------------------------------------


class SigningView(PersonView):
    """A resource for everybody who signs."""

    def settlement(self, case_id: UUID) -> Settlement:
        case = cases_visible_to(self.person()).filter(pk=case_id).first()
        found = latest_settlement(self.person(), case) if case else None
        if found is None:
            raise Http404
        return found

    def shown(self, case_id: UUID, status: int = 200) -> Response:
        now = signing_for(self.person(), self.settlement(case_id))
        return Response(SigningSerializer(now).data, status=status)


class Signing(SigningView):
    @extend_schema(
        operation_id="readSigning",
        summary="Who has signed, the hash of the document, and what the caller needs to sign",
        responses={200: SigningSerializer, 410: GONE, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        return self.shown(case_id)

    @extend_schema(
        operation_id="signWithPasskey",
        summary="Sign the document with this hash; each person signs once",
        request=NewSignatureSerializer,
        responses={201: SigningSerializer, 400: WRONG, 409: CONFLICT, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        name = signing_for(self.person(), settlement).name
        written = NewSignatureSerializer(data=request.data, context={"name": name})
        written.is_valid(raise_exception=True)
        given = {key: written.validated_data[key] for key in ("document_sha256", "drawing")}
        signing.confirm_with_passkey_and_sign(
            actor=self.person(),
            settlement=settlement,
            answer=written.validated_data["answer"],
            **given,
        )
        return self.shown(case_id, status=201)


class SigningPasskey(SigningView):
    @extend_schema(
        operation_id="askSigningPasskey",
        summary="What to ask the caller's passkey with about this document; serves once",
        request=ShownDocumentSerializer,
        responses={200: OpenApiTypes.OBJECT, 400: WRONG, 409: CONFLICT, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        shown = ShownDocumentSerializer(data=request.data)
        shown.is_valid(raise_exception=True)
        options = signing.begin_passkey(
            actor=self.person(), settlement=settlement, **shown.validated_data
        )
        return Response(options)


class SigningDocument(SigningView):
    content_negotiation_class = AnythingAccepted

    @extend_schema(
        operation_id="fetchSettlement",
        summary="The document as it is now: what is signed, with the signatures it has; on record",
        responses=file_or(FILE_REFUSALS, "application/pdf"),
    )
    def get(self, request: Request, case_id: UUID) -> HttpResponse:
        copy = reading.read_document(actor=self.person(), settlement=self.settlement(case_id))
        answer = as_download(copy.content, name=copy.file_name, media_type="application/pdf")
        answer.headers["Content-Digest"] = f"sha-256=:{copy.digest}:"
        return answer


# --- The scan of what was signed on paper -----------------------------------------------------


class ScanView(PersonView):
    """A resource for both sides and the mediator of what was signed on paper."""

    def settlement(self, case_id: UUID) -> Settlement:
        found = paper_settlement(self.person(), case_id)
        if found is None:
            raise Http404
        return found

    def shown(self, settlement: Settlement) -> Response:
        return Response(ScanSerializer(shown_scan(self.person(), settlement)).data)


class OneScan(ScanView):
    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """The file stays in memory: no copy in clear in a temporary folder."""
        request.upload_handlers = [InMemoryUpload(request)]
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        operation_id="readScan",
        summary="The scan of the signed paper, and what both sides say about it",
        responses={200: ScanSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        return self.shown(self.settlement(case_id))

    @extend_schema(
        operation_id="putScan",
        summary="Put the scan here, in the place of the one `replaces` names; twice is once",
        request={"multipart/form-data": NewScanSerializer},
        responses={200: ScanSerializer, 400: WRONG, 409: CONFLICT, 423: LOCKED, **REFUSALS},
    )
    def put(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        require(access.can_add_scan(self.person(), settlement))
        written = NewScanSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        upload = written.validated_data["file"]
        scanning.add_scan(
            actor=self.person(),
            settlement=settlement,
            replaces=written.validated_data["replaces"],
            name=upload.name,
            content=upload.file,
        )
        return self.shown(settlement)


class ScanFile(ScanView):
    content_negotiation_class = AnythingAccepted

    @extend_schema(
        operation_id="fetchScan",
        summary="The scan as it came; on record",
        responses=file_or(FILE_REFUSALS, *(kind.value for kind in scanning.KINDS)),
    )
    def get(self, request: Request, case_id: UUID) -> HttpResponse:
        copy = scanning.read_scan(actor=self.person(), settlement=self.settlement(case_id))
        return as_download(copy.content, name=copy.file_name, media_type=copy.media_type)


class ScanAnswer(ScanView):
    @extend_schema(
        operation_id="answerScan",
        summary="Say whether this is the paper one signed; twice is the same as once",
        request=NewScanWordSerializer,
        responses={200: ScanSerializer, 400: WRONG, 409: CONFLICT, **REFUSALS},
    )
    def put(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        written = NewScanWordSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        scanning.answer_scan(
            actor=self.person(),
            settlement=settlement,
            sha256=written.validated_data["sha256"],
            says=ScanSays(written.validated_data["says"]),
        )
        return self.shown(settlement)


# --- A change of what was signed --------------------------------------------------------------


class ChangeView(PersonView):
    """A resource for the two sides of a settlement that binds them."""

    def settlement(self, case_id: UUID) -> Settlement:
        found = settlement_to_change(self.person(), case_id)
        if found is None:
            raise Http404
        return found

    def asked(self, request: Request, case_id: UUID) -> Amendment:
        settlement = self.settlement(case_id)
        written = ChangeAnswerSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        found = amendment_with(settlement, written.validated_data["asked"])
        if found is None:
            raise Http404
        return found

    def shown(self, case_id: UUID, status: int = 200) -> Response:
        change = change_for(self.person(), self.settlement(case_id))
        return Response(ChangeSerializer(change).data, status=status)


class Change(ChangeView):
    @extend_schema(
        operation_id="readChange",
        summary="Whether a change of the settlement is asked for, and what the caller can do",
        responses={200: ChangeSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        return self.shown(case_id)

    @extend_schema(
        operation_id="proposeChange",
        summary="Ask the other side to talk about a change; the same client_id again is once",
        request=NewChangeSerializer,
        responses={201: ChangeSerializer, 400: WRONG, 409: CONFLICT, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        settlement = self.settlement(case_id)
        written = NewChangeSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        amending.propose_amendment(
            actor=self.person(), settlement=settlement, **written.validated_data
        )
        return self.shown(case_id, status=201)


class ChangeYes(ChangeView):
    @extend_schema(
        operation_id="acceptChange",
        summary="Be willing to talk about it, and join the case opened for it; nothing more",
        request=ChangeAnswerSerializer,
        responses={200: ChangeSerializer, 400: WRONG, 409: CONFLICT, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        amending.accept_amendment(actor=self.person(), amendment=self.asked(request, case_id))
        return self.shown(case_id)


class ChangeNo(ChangeView):
    @extend_schema(
        operation_id="declineChange",
        summary="Say no, without a reason; the settlement stays as it is",
        request=ChangeAnswerSerializer,
        responses={200: ChangeSerializer, 400: WRONG, 409: CONFLICT, 410: GONE, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        amending.decline_amendment(actor=self.person(), amendment=self.asked(request, case_id))
        return self.shown(case_id)
