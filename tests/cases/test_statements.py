"""What the sides write at the start reaches those it is for, and only under both consents."""

import pytest
from django.test import Client
from django.urls import reverse

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.selectors import accounts_of
from mediation.cases.services import consents, intake
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db
OTHER = {"summary": "I see it differently.", "background": "caucus-B-canary", "needs": []}


@pytest.fixture
def cast(cast):
    intake.save_statement(actor=cast.party_b, case=cast.case, answers=OTHER)
    return cast


def page(cast, user):
    client = Client(headers={"host": "127.0.0.1"})
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(reverse("cases:accounts", args=[cast.case.pk]))


def test_each_side_reads_the_others_summary_and_never_the_private_half(cast):
    text = page(cast, cast.party_b).content.decode()
    assert "A loan was not repaid." in text
    assert "1200.00 EUR" in text
    assert "caucus-B-canary" in text
    assert "caucus-A-canary" not in text
    text = page(cast, cast.party_a).content.decode()
    assert "I see it differently." in text
    assert "caucus-B-canary" not in text


def test_the_mediator_reads_what_is_promised_to_reach_them(cast):
    text = page(cast, cast.mediator).content.decode()
    for written in ("A loan was not repaid.", "caucus-A-canary background", "caucus-B-canary"):
        assert written in text
    assert "Writing only, no calls" in text


def test_nobody_else_finds_the_page(cast):
    for name, user in cast.everybody.items():
        if name not in {"party_a", "party_b", "mediator"}:
            assert page(cast, user).status_code == (302 if user is None else 404), name


def test_one_reads_oneself_first(cast):
    assert [account.is_mine for account in accounts_of(cast.party_b, cast.case)] == [True, False]


def test_after_a_withdrawal_each_reads_only_their_own_and_nothing_is_added(cast):
    consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=Purpose.ONLINE)
    assert [account.is_mine for account in accounts_of(cast.party_b, cast.case)] == [True]
    assert accounts_of(cast.mediator, cast.case) == []
    with pytest.raises(ConsentMissing):
        intake.save_statement(actor=cast.party_b, case=cast.case, answers={"summary": "More"})


def test_before_both_consent_nothing_of_the_other_side_is_shown():
    cast = make_cast("consenting")
    assert [account.is_mine for account in accounts_of(cast.party_b, cast.case)] == [True]
