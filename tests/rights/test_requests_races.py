"""One question or one proposal, sent again before the answer came: stored once. On PostgreSQL."""

from uuid import uuid4

import pytest

from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.holds.models import Hold
from mediation.holds.services.holds import propose_hold
from mediation.rights.enums import Right
from mediation.rights.models import RightsRequest
from mediation.rights.services.requests import ask_center
from tests.factories.cast import make_cast, person
from tests.privacy.test_holds import duty
from tests.settlements.test_services_races import at_once

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def test_what_is_sent_three_times_at_once_is_stored_once():
    cast, officer, once = make_cast("consenting"), person("otto"), uuid4()
    centers.add_member(center=cast.center, user=officer, role=CenterRole.PRIVACY_OFFICER)

    def ask():
        return ask_center(
            actor=cast.party_a, center=cast.center, right=Right.ACCESS, words="x", client_id=once
        ).pk

    def propose():
        said = duty("joint")
        return propose_hold(actor=officer, case=cast.case, duty=said, client_id=once).pk

    assert at_once(ask, ask, ask) == [RightsRequest.objects.get().pk] * 3
    assert at_once(propose, propose, propose) == [Hold.objects.get().pk] * 3
