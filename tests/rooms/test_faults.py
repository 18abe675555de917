"""Servers and lines that break in mid-talk: nothing acknowledged is lost or shown twice.

`script/bench faults` breaks each of them twenty times and says how soon everybody had caught up.
"""

import pytest
from django.conf import settings

from tests.rooms.faults import FAULTS, site, try_fault

pytestmark = pytest.mark.skipif(
    settings.ON_SQLITE, reason="it starts its own servers: once, beside the tests that need them"
)
TURNS = 2


@pytest.mark.parametrize("name", FAULTS)
async def test_nothing_is_lost_or_shown_twice(name):
    with site() as where:
        outcome = await try_fault(where, FAULTS[name], TURNS)
    assert outcome.messages
