"""One signature: who may give it, on which bytes, after which check.

All begin with a document that waits for its signatures. Nothing here destroys what is sealed.
"""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mediation.accounts.services import WrongCode
from mediation.audit.selectors import history_for_case
from mediation.cases.models import Participant
from mediation.core.errors import Forbidden
from mediation.settlements.models import Revision, Settlement, Signature
from mediation.settlements.selectors import document_of, signers
from mediation.settlements.services import reading, signing
from mediation.vault import services as vault
from tests.factories.cast import Cast
from tests.factories.settlements import mailed_code, prove, shown_sha256, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def settlement(settlement_to_sign: Settlement) -> Settlement:
    return settlement_to_sign


def test_a_code_serves_for_one_document_only(cast: Cast, settlement: Settlement) -> None:
    sha256 = shown_sha256(settlement)
    code = mailed_code(cast.party_b, settlement, sha256)
    sign(cast.party_a, settlement)
    with pytest.raises(signing.OtherDocument):
        signing.confirm_and_sign(
            actor=cast.party_b, settlement=settlement, document_sha256=sha256, code=code
        )
    with pytest.raises(WrongCode):
        signing.confirm_and_sign(
            actor=cast.party_b,
            settlement=settlement,
            document_sha256=shown_sha256(settlement),
            code=code,
        )
    assert Signature.objects.count() == 1


def test_a_wrong_code_signs_nothing(cast: Cast, settlement: Settlement) -> None:
    sha256 = shown_sha256(settlement)
    right = mailed_code(cast.party_a, settlement, sha256)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    with pytest.raises(WrongCode):
        signing.confirm_and_sign(
            actor=cast.party_a, settlement=settlement, document_sha256=sha256, code=wrong
        )
    assert not Signature.objects.exists()


def test_somebody_elses_code_is_no_use(cast: Cast, settlement: Settlement) -> None:
    sha256 = shown_sha256(settlement)
    code = mailed_code(cast.party_a, settlement, sha256)
    with pytest.raises(WrongCode):
        signing.confirm_and_sign(
            actor=cast.party_b, settlement=settlement, document_sha256=sha256, code=code
        )


def test_without_a_fresh_check_the_service_itself_refuses(
    cast: Cast, settlement: Settlement
) -> None:
    sha256 = shown_sha256(settlement)
    with pytest.raises(signing.NotConfirmed):
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        prove(cast.party_a, sha256)
    with pytest.raises(signing.NotConfirmed):
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    prove(cast.party_b, sha256)
    with pytest.raises(signing.NotConfirmed):
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)


def test_a_double_click_signs_once(cast: Cast, settlement: Settlement) -> None:
    sha256 = shown_sha256(settlement)
    prove(cast.party_a, sha256)
    signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    with pytest.raises(signing.AlreadySigned):
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    assert Signature.objects.count() == 1
    actions = [line.action for line in history_for_case(cast.case.pk)]
    assert actions.count("document.signed") == 1


def test_an_old_document_cannot_be_signed_again(cast: Cast, settlement: Settlement) -> None:
    old = shown_sha256(settlement)
    prove(cast.party_b, old)
    sign(cast.party_a, settlement)
    with pytest.raises(signing.OtherDocument):
        signing.sign(actor=cast.party_b, settlement=settlement, document_sha256=old)


@pytest.mark.parametrize("who", ["coordinator", "other_staff", "clerk", "stranger"])
def test_nobody_else_signs_or_refuses(cast: Cast, settlement: Settlement, who: str) -> None:
    sha256 = shown_sha256(settlement)
    user = getattr(cast, who)
    prove(user, sha256)
    with pytest.raises(Forbidden):
        signing.sign(actor=user, settlement=settlement, document_sha256=sha256)
    with pytest.raises(Forbidden):
        signing.send_signing_code(actor=user, settlement=settlement, document_sha256=sha256)
    with pytest.raises(Forbidden):
        signing.refuse_to_sign(actor=user, settlement=settlement)
    with pytest.raises(Forbidden):
        reading.read_document(actor=user, settlement=settlement)


def test_a_mediator_who_came_later_does_not_sign_for_the_first(
    cast: Cast, settlement: Settlement
) -> None:
    cast.case.participants.mediators().update(left_at=timezone.now())
    Participant.objects.create(
        case=cast.case, user=cast.other_staff, role="mediator", joined_at=timezone.now()
    )
    for user in (cast.mediator, cast.other_staff):
        with pytest.raises(Forbidden):
            signing.send_signing_code(
                actor=user, settlement=settlement, document_sha256=shown_sha256(settlement)
            )


def test_a_file_that_was_changed_in_the_storage_is_not_handed_out(
    cast: Cast, settlement: Settlement
) -> None:
    Revision.objects.update(sha256="0" * 64)
    with pytest.raises(vault.Tampered):
        reading.read_document(actor=cast.party_a, settlement=settlement)


def test_reading_is_recorded(cast: Cast, settlement: Settlement) -> None:
    reading.read_document(actor=cast.party_b, settlement=settlement)
    line = history_for_case(cast.case.pk)[-1]
    assert (line.action, line.actor_id) == ("document.read", cast.party_b.pk)


def test_everybody_who_signs_is_listed_by_name(cast: Cast, settlement: Settlement) -> None:
    document = document_of(settlement)
    assert document is not None
    document.version.settlement = settlement
    assert [place.name for place in signers(document)] == ["Ada Applicant", "Bo Respondent", "Mei"]
