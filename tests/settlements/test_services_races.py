"""Two acts at the same moment: one after the other, one effect. On PostgreSQL, where it counts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from mediation.core.errors import DomainError
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Approval, Revision, Settlement, Signature
from mediation.settlements.selectors import current_version
from mediation.settlements.services import offering, signing
from tests.factories.cast import Cast
from tests.factories.settlements import make_settlement, shown_sha256
from tests.settlements.test_services_signing import prove

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act returned, or the code it was refused with, all begun at the same moment."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def signing_as(user, settlement: Settlement, sha256: str) -> Callable[[], object]:
    return lambda: signing.sign(actor=user, settlement=settlement, document_sha256=sha256)


def test_two_people_signing_at_once_sign_one_after_the_other(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    sha256 = shown_sha256(settlement)
    people = [cast.party_a, cast.party_b, cast.mediator]
    for user in people:
        prove(user, sha256)
    answers = at_once(*(signing_as(user, settlement, sha256) for user in people))
    assert sorted(str(type(answer).__name__) for answer in answers) == ["Signature", "str", "str"]
    assert answers.count("other_document") == 2
    assert (Signature.objects.count(), Revision.objects.count()) == (1, 2)


def test_a_double_click_at_the_same_moment_signs_once(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    sha256 = shown_sha256(settlement)
    prove(cast.party_a, sha256)
    act = signing_as(cast.party_a, settlement, sha256)
    answers = at_once(act, act, act)
    assert answers.count("already_signed") == 2
    assert Signature.objects.count() == 1


def test_both_sides_approving_at_once_make_one_document(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    version = current_version(settlement)
    assert version is not None
    at_once(
        *(
            lambda user=user: offering.approve_version(
                actor=user, version=version, terms_sha256=version.terms_sha256
            )
            for user in (cast.party_a, cast.party_b)
        )
    )
    settlement.refresh_from_db()
    assert (settlement.state, Approval.objects.count()) == (S.PREPARING, 2)


def test_signing_and_not_signing_at_once_leave_no_half(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    sha256 = shown_sha256(settlement)
    prove(cast.party_a, sha256)
    at_once(
        signing_as(cast.party_a, settlement, sha256),
        lambda: signing.refuse_to_sign(actor=cast.party_b, settlement=settlement),
    )
    settlement.refresh_from_db()
    assert settlement.state == S.REFUSED
    assert not Signature.objects.exists()
