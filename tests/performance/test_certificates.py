"""The signed statement that everything was done: what it says, and that anybody can check it."""

import json

import pytest
from django.utils import timezone

from mediation.core.errors import Forbidden, WrongState
from mediation.performance.enums import Says
from mediation.performance.services.certificates import certify_performance
from mediation.settlements.services import sealing
from mediation.verification.enums import Fact, Finding, Kind, Verdict
from mediation.verification.services import verify
from tests.factories.cast import make_cast
from tests.factories.courts import fresh
from tests.factories.performance import say
from tests.factories.settlements import make_settlement, shown_sha256
from tests.performance.test_access import url
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def performed(cast, settlement):
    say(cast.party_b, settlement, Says.DONE, note="canary-of-a-note")
    say(cast.party_a, settlement, Says.CONFIRMED)
    return settlement


def file_of(cast, user):
    return client_of(user).get(url("certificate", cast.case)).content


def test_there_is_none_before_everything_is_confirmed(cast, settlement):
    for says in (None, Says.DONE):
        if says:
            say(cast.party_b, settlement, says)
        with pytest.raises(WrongState):
            certify_performance(actor=cast.party_b, settlement=settlement)


@pytest.mark.parametrize("who", ["mediator", "coordinator", "clerk", "stranger"])
def test_only_the_sides_get_it(cast, performed, who):
    with pytest.raises(Forbidden):
        certify_performance(actor=getattr(cast, who), settlement=performed)


def test_it_names_the_settlement_and_the_day_and_nothing_of_the_content(cast, performed):
    statement = json.loads(file_of(cast, cast.party_a))["statement"]
    assert set(statement) == {
        *("schema", "agreement_no", "settlement_sha256", "performed_on", "says", "issued_by"),
    }
    assert statement["settlement_sha256"] == performed.document.sha256
    text = json.dumps(statement)
    for content in ("loan", "1200", "Ada", "Bo", "canary"):
        assert content not in text


def test_both_sides_get_the_same_each_time(cast, performed):
    users = (cast.party_a, cast.party_b, cast.party_a)
    assert len({file_of(cast, user) for user in users}) == 1


def test_the_public_check_knows_it_and_every_byte_counts(cast, performed):
    content = file_of(cast, cast.party_a)
    report = verify(content)
    assert (report.kind, report.verdict) == (Kind.PERFORMANCE, Verdict.GENUINE)
    assert dict(report.facts) == {
        Fact.AGREEMENT_NO: performed.number,
        Fact.SETTLEMENT_SHA256: performed.document.sha256,
        Fact.PERFORMED_ON: json.loads(content)["statement"]["performed_on"],
    }
    for place in range(0, len(content), 11):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        assert verify(bytes(changed)).verdict != Verdict.GENUINE, place
    again = json.dumps(json.loads(content), indent=7).encode()
    assert verify(again).findings == (Finding.WRITTEN_DIFFERENTLY,)


def test_the_file_stays_genuine_after_the_settlement_is_destroyed(cast, performed):
    content = file_of(cast, cast.party_a)
    performed.statements.all().delete()
    assert verify(content).verdict == Verdict.GENUINE


def test_after_signing_on_paper_it_names_the_file_that_was_printed():
    cast = make_cast("mediating")
    settlement = make_settlement(cast, stage="signing")
    printed = shown_sha256(settlement)
    sealing.record_paper_signing(
        actor=cast.mediator, settlement=settlement, signed_on=timezone.localdate()
    )
    say(cast.party_b, settlement, Says.DONE)
    say(cast.party_a, settlement, Says.CONFIRMED)
    signed = certify_performance(actor=cast.party_b, settlement=fresh(settlement))
    assert signed["statement"]["settlement_sha256"] == printed
