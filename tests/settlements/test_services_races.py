"""Two acts at the same moment: one after the other, one effect. On PostgreSQL, where it counts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from mediation.audit.selectors import history_for_case
from mediation.core.errors import DomainError
from mediation.settlements.enums import ScanSays
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import (
    Amendment,
    Approval,
    Revision,
    Scan,
    ScanAnswer,
    Settlement,
    Signature,
)
from mediation.settlements.selectors import current_version
from mediation.settlements.services import amending, offering, oral, scanning, signing
from tests.factories.cast import Cast
from tests.factories.settlements import (
    add_scan,
    agree,
    confirm_freedom,
    make_oral,
    make_paper,
    make_settlement,
    prove,
    shown_sha256,
)

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


def test_two_scans_at_once_are_one(cast: Cast) -> None:
    settlement = make_paper(cast)
    answers = at_once(
        lambda: add_scan(cast, settlement, mark="one"),
        lambda: add_scan(cast, settlement, mark="two"),
        lambda: add_scan(cast, settlement, mark="three"),
    )
    assert answers.count("other_scan") == 2
    assert Scan.objects.count() == 1


def test_an_answer_and_another_scan_at_once(cast: Cast) -> None:
    """Either the answer came first and goes with its scan, or it is told that there is another."""
    settlement = make_paper(cast)
    first = add_scan(cast, settlement)
    answers = at_once(
        lambda: scanning.answer_scan(
            actor=cast.party_a, settlement=settlement, sha256=first.sha256, says=ScanSays.SAME
        ),
        lambda: add_scan(cast, settlement, replaces=first.sha256, mark="two"),
    )
    assert isinstance(answers[0], ScanAnswer) or answers[0] == "other_scan"
    assert isinstance(answers[1], Scan)
    assert not ScanAnswer.objects.exists()


def test_both_sides_asking_for_a_change_at_once_open_one_case(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealed")

    def ask(user) -> Callable[[], object]:
        return lambda: amending.propose_amendment(actor=user, settlement=settlement, wish="A day.")

    answers = at_once(ask(cast.party_a), ask(cast.party_b), ask(cast.party_a))
    assert Amendment.objects.count() == 1
    assert {type(answer).__name__ for answer in answers} <= {"Amendment", "str"}
    assert answers.count("amendment_running") in {1, 2}


def test_yes_and_no_to_a_change_at_once_are_one_answer(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealed")
    amendment = amending.propose_amendment(actor=cast.party_a, settlement=settlement, wish="A day.")
    answers = at_once(
        lambda: amending.accept_amendment(actor=cast.party_b, amendment=amendment),
        lambda: amending.decline_amendment(actor=cast.party_b, amendment=amendment),
    )
    assert sum(isinstance(answer, str) for answer in answers) == 1
    state = Amendment.objects.select_related("case").get().case.state
    assert state in {"consenting", "closed"}


def agreeing_as(user, settlement: Settlement) -> Callable[[], object]:
    version = current_version(settlement)
    assert version is not None
    return lambda: oral.agree_orally(actor=user, version=version, terms_sha256=version.terms_sha256)


def test_both_sides_agreeing_orally_at_once_are_bound_once(cast: Cast) -> None:
    settlement = make_oral(cast, stage="offered")
    for user in (cast.party_a, cast.party_b):
        confirm_freedom(user, settlement)
    at_once(*(agreeing_as(user, settlement) for user in (cast.party_a, cast.party_b)))
    settlement.refresh_from_db()
    assert settlement.state == S.ORAL
    actions = [line.action for line in history_for_case(cast.case.pk)]
    assert (actions.count("version.agreed"), actions.count("settlement.oral")) == (2, 1)


def test_a_no_at_the_moment_of_the_second_yes_leaves_one_of_the_two(cast: Cast) -> None:
    settlement = make_oral(cast, stage="offered")
    agree(cast.party_a, settlement)
    confirm_freedom(cast.party_b, settlement)
    answers = at_once(
        agreeing_as(cast.party_b, settlement),
        lambda: signing.refuse_to_sign(actor=cast.party_a, settlement=settlement),
    )
    settlement.refresh_from_db()
    assert answers.count("wrong_state") == 1
    yeses = Approval.objects.filter(version__settlement=settlement).count()
    assert (settlement.state, yeses) in {(S.ORAL, 2), (S.REFUSED, 0)}
