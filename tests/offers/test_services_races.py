"""Two acts on one offer at the same moment: one after the other, one effect. On PostgreSQL."""

import pytest

from mediation.offers.enums import OfferState as S
from mediation.offers.models import Answer, Offer
from mediation.offers.services import offers as services
from tests.factories.offers import draft, fresh, make_offer
from tests.settlements.test_services_races import at_once

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def test_two_accepts_at_once_are_one(cast):
    offer = make_offer(cast.party_a, cast.case)
    answers = at_once(
        *(lambda: services.accept_offer(actor=cast.party_b, offer=fresh(offer)) for _n in range(3))
    )
    assert [answer.pk for answer in answers] == [offer.pk] * 3
    assert (fresh(offer).state, Answer.objects.count()) == (S.ACCEPTED, 1)


def test_both_sides_answering_a_proposal_at_once_conclude_it_once(cast):
    offer = make_offer(cast.mediator, cast.case)
    at_once(
        *(
            lambda user=user: services.accept_offer(actor=user, offer=fresh(offer))
            for user in (cast.party_a, cast.party_b)
        )
    )
    assert (fresh(offer).state, Answer.objects.count()) == (S.ACCEPTED, 2)


def test_an_accept_and_a_withdrawal_at_once_leave_one_of_them(cast):
    offer = make_offer(cast.party_a, cast.case)
    answers = at_once(
        lambda: services.accept_offer(actor=cast.party_b, offer=fresh(offer)).state,
        lambda: services.withdraw_offer(actor=cast.party_a, offer=fresh(offer)).state,
    )
    assert fresh(offer).state in {S.ACCEPTED, S.WITHDRAWN}
    assert sorted(answers) == sorted(["offer_not_open", fresh(offer).state])
    assert Answer.objects.exists() == (fresh(offer).state == S.ACCEPTED)


def test_one_form_sent_twice_at_once_makes_one_offer(cast):
    once = draft()
    at_once(
        *(
            lambda: services.make_offer(actor=cast.party_a, case=cast.case, draft=once)
            for _n in range(3)
        )
    )
    assert Offer.objects.get().state == S.OPEN


def test_two_offers_of_a_side_at_once_leave_one_open(cast):
    at_once(*(lambda: make_offer(cast.party_a, cast.case) for _n in range(3)))
    assert sorted(Offer.objects.values_list("state", flat=True)) == ["open", *["withdrawn"] * 2]
    assert sorted(Offer.objects.values_list("number", flat=True)) == [1, 2, 3]
