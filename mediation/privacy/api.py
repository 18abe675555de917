"""A case's dates of destruction, wishes for an earlier one, and one's copy and proofs by REST; the
same services answer as on the page.
"""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.cases.access import cases_visible_to, require_participant, require_party
from mediation.cases.models import Case
from mediation.cases.serializers import SignedSerializer
from mediation.core.api import CONFLICT, GONE, LOCKED, REFUSALS, WRONG, ZipView, zip_or
from mediation.core.downloads import as_download
from mediation.holds.selectors import told_of
from mediation.privacy import access, selectors
from mediation.privacy.enums import Scope
from mediation.privacy.serializers import (
    CaseDatesSerializer,
    NewWishSerializer,
    WishesSerializer,
    WishSerializer,
)
from mediation.privacy.services import requests
from mediation.privacy.services.export import download_data
from mediation.privacy.services.proofs import prove_own_events
from mediation.rooms.access import own_talks


class CaseView(PersonView):
    """A resource about one case, for those who are in it."""

    def case(self, case_id: UUID) -> Case:
        rows = cases_visible_to(self.person()).select_related("center")
        return get_object_or_404(rows, pk=case_id)


class CaseDates(CaseView):
    @extend_schema(
        operation_id="readCaseDates",
        summary="What of a case is destroyed when, what is kept longer, and what was destroyed",
        responses={200: CaseDatesSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        user, case = self.person(), self.case(case_id)
        part = require_participant(user, case)
        shown = {
            "policy_sha256": selectors.policy_sha256(case),
            "left": selectors.left_lines(part),
            "kept_longer": told_of(part, own_talks(part)),
            "certificates": access.certificates_visible_to(user).filter(erasure__case_id=case.pk),
        }
        return Response(CaseDatesSerializer(shown).data)


class Wishes(CaseView):
    @extend_schema(
        operation_id="listWishes",
        summary="What the caller can have destroyed earlier, and their own wishes so far",
        responses={200: WishesSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        part = require_party(self.person(), self.case(case_id))
        return Response(WishesSerializer(selectors.wishes_of(part)).data)

    @extend_schema(
        operation_id="askDestruction",
        summary="Ask for earlier destruction; the same client_id again changes nothing",
        request=NewWishSerializer,
        responses={201: WishSerializer, 400: WRONG, 409: CONFLICT, 423: LOCKED, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.case(case_id)
        require_party(self.person(), case)
        written = NewWishSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        said = written.validated_data
        made = requests.ask_erasure(
            actor=self.person(),
            case=case,
            scope=Scope(said["scope"]),
            client_id=said["client_id"],
        )
        return Response(WishSerializer(made).data, status=201)


class WishWithdraw(PersonView):
    @extend_schema(
        operation_id="withdrawWish",
        summary="Take a wish back that still waits for the other side",
        request=None,
        responses={200: WishSerializer, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, wish_id: UUID) -> Response:
        user = self.person()
        rows = access.requests_visible_to(user).select_related("case")
        wish = get_object_or_404(rows, pk=wish_id)
        made = requests.withdraw_request(actor=user, request=wish)
        return Response(WishSerializer(made).data)


class CaseCopy(ZipView, CaseView):
    @extend_schema(
        operation_id="downloadCaseData",
        summary="A copy of the caller's data in this case as a ZIP, made for this answer",
        request=None,
        responses=zip_or({410: GONE, **REFUSALS}),
    )
    def post(self, request: Request, case_id: UUID) -> HttpResponse:
        case = self.case(case_id)
        content = download_data(actor=self.person(), case=case)
        return as_download(content, name=f"{case.number}-my-data.zip", media_type="application/zip")


class OwnProofs(CaseView):
    @extend_schema(
        operation_id="proveOwnEvents",
        summary="The signed proof of what the caller did in this case, made for this answer",
        request=None,
        responses={200: SignedSerializer, **REFUSALS},
    )
    def post(self, request: Request, case_id: UUID) -> HttpResponse:
        case = self.case(case_id)
        content = prove_own_events(actor=self.person(), case=case)
        name = f"{case.number}-my-events.json"
        return as_download(content, name=name, media_type="application/json")
