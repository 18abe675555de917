"""A talk by invitation is destroyed as private talks are, and proven to those in it alone."""

from datetime import timedelta

import pytest
import time_machine

from mediation.cases.selectors.dates import may_know
from mediation.cases.services.participation import leave_case
from mediation.privacy.access import certificates_visible_to
from mediation.privacy.selectors import left_for
from mediation.privacy.services.certificates import file_of
from mediation.privacy.services.retention import sweep_retention
from mediation.rooms.models import Member, Room
from mediation.rooms.services import inviting, post_message
from mediation.vault import services as vault
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def open_talk(cast: Cast) -> Room:
    ada = cast.case.participants.get(user=cast.party_a)
    talk = inviting.invite_to_talk(
        actor=cast.mediator, case=cast.case, purpose="purpose-canary", people=[ada.pk]
    )
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    client_id = ada.pk
    post_message(actor=cast.party_a, room=talk, client_id=client_id, body="invited-canary")
    return talk


def test_a_talk_goes_with_the_private_talks_and_its_proof_to_those_in_it(mediated):
    cast, talk = mediated, open_talk(mediated)
    name = talk.compartment
    parts = {user: cast.case.participants.get(user=user) for user in (cast.party_a, cast.party_b)}
    left = {user: {date.compartment for date in left_for(part)} for user, part in parts.items()}
    assert name in left[cast.party_a]
    assert not [one for one in left[cast.party_b] if one.startswith("room")]

    leave_case(actor=cast.party_b, case=cast.case)
    cast.case.refresh_from_db()
    with time_machine.travel(cast.case.closed_at + timedelta(days=1, seconds=1)):
        sweep_retention()

    assert not Room.objects.filter(pk=talk.pk).exists()
    assert not Member.objects.exists()
    assert name in vault.closed_compartments(case_id=cast.case.pk)
    assert name not in vault.compartments_with_keys(case_id=cast.case.pk)
    told = {
        user: b"".join(file_of(one) for one in certificates_visible_to(user))
        for user in (cast.party_a, cast.party_b, cast.mediator)
    }
    assert name.encode() in told[cast.party_a]
    assert str(talk.pk).encode() not in told[cast.party_b] + told[cast.mediator]
    assert b'"room:' not in told[cast.party_b]


@pytest.mark.parametrize(
    ("compartment", "knowing"),
    [
        ("joint", {"A", "B", ""}),
        ("caucus:A", {"A"}),
        ("room:A:1", {"A"}),
        ("room:AB:1", {"A", "B"}),
        ("room::1", {""}),
    ],
)
def test_which_side_may_know_of_a_part(compartment, knowing):
    assert {letter for letter in ("A", "B", "") if may_know(compartment, letter)} == knowing
