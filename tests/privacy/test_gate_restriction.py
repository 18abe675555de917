"""A restriction keeps what is stored from being used; it keeps no erasure from its end."""

import pytest

from mediation.privacy.enums import Scope
from mediation.privacy.services.checking import Remains, check_nothing_remains
from mediation.privacy.services.requests import ask_erasure
from mediation.rooms.models import Message
from mediation.vault import services as vault
from tests.privacy.conftest import run_erasures, stored_files

pytestmark = pytest.mark.django_db(transaction=True)


def restrict_all(case):
    names = vault.compartments_with_keys(case_id=case.pk)
    vault.restrict(case_id=case.pk, compartments=names)
    return names


def test_what_is_restricted_is_destroyed_like_anything_else(settled):
    restricted = restrict_all(settled.case)
    for user in (settled.party_a, settled.party_b):
        ask_erasure(actor=user, case=settled.case, scope=Scope.WITH_SETTLEMENT)

    erasures = run_erasures(settled.case)

    assert {erasure.state for erasure in erasures} == {"verified"}
    left = vault.compartments_with_keys(case_id=settled.case.pk)
    assert set(vault.restricted_compartments(case_id=settled.case.pk)) == left
    assert restricted - left >= {"joint", "evidence", "settlement"}
    assert stored_files() == []


def test_the_last_look_sees_through_a_restriction(settled):
    """Sealed under a key that is alive, but in a place that it was not sealed for."""
    restrict_all(settled.case)
    check_nothing_remains(case_id=settled.case.pk, compartments=[])

    message = Message.objects.filter(room__case=settled.case).first()
    sealed = bytes(message.body_sealed)
    message.body_sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    message.save(update_fields=["body_sealed"])

    with pytest.raises(Remains, match=r"rooms\.message"):
        check_nothing_remains(case_id=settled.case.pk, compartments=[])
