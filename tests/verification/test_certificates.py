"""A certificate that the real sweep issued, checked as a stranger would."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mediation.cases.services import participation
from mediation.privacy.models import Certificate
from mediation.privacy.services.certificates import file_of
from mediation.privacy.services.retention import sweep_retention
from mediation.verification.enums import Kind, Verdict
from mediation.verification.services import verify
from tests.factories.cast import make_cast


@pytest.mark.django_db(transaction=True)
def test_certificate_of_a_real_destruction_is_genuine_and_every_byte_counts():
    cast = make_cast("mediating")
    participation.leave_case(actor=cast.party_a, case=cast.case)
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        sweep_retention()
    content = file_of(Certificate.objects.filter(letter="A").first())
    report = verify(content)
    assert (report.kind, report.verdict, report.findings) == (
        Kind.CERTIFICATE,
        Verdict.GENUINE,
        (),
    )
    for place in range(0, len(content), 7):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        assert verify(bytes(changed)).verdict != Verdict.GENUINE, place
