"""A case's dates of destruction by REST, as its page has them."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.cases.access import cases_visible_to, require_participant
from mediation.core.api import REFUSALS
from mediation.holds.selectors import told_of
from mediation.privacy import access, selectors
from mediation.privacy.serializers import CaseDatesSerializer
from mediation.rooms.access import own_talks


class CaseDates(PersonView):
    @extend_schema(
        operation_id="readCaseDates",
        summary="What of a case is destroyed when, what is kept longer, and what was destroyed",
        responses={200: CaseDatesSerializer, **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        user = self.person()
        case = get_object_or_404(cases_visible_to(user), pk=case_id)
        part = require_participant(user, case)
        shown = {
            "policy_sha256": selectors.policy_sha256(case),
            "left": selectors.left_lines(part),
            "kept_longer": told_of(part, own_talks(part)),
            "certificates": access.certificates_visible_to(user).filter(erasure__case_id=case.pk),
        }
        return Response(CaseDatesSerializer(shown).data)
