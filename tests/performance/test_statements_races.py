"""Two words about one line at the same moment: one after the other. On PostgreSQL."""

import pytest

from mediation.performance.enums import LineStatus, Says
from mediation.performance.models import Reminder, Statement
from mediation.performance.services.reminders import switch_reminders
from mediation.performance.services.statements import state_performance
from tests.factories.cast import make_cast
from tests.factories.performance import draft, line_of, say, signed
from tests.settlements.test_services_races import at_once

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def test_what_both_sides_do_at_once_happens_one_after_the_other():
    cast = make_cast("mediating")
    settlement = signed(cast)

    def state(user, sent):
        return lambda: state_performance(actor=user, settlement=settlement, draft=sent).says

    once = draft(Says.PART)
    told = at_once(*(state(cast.party_b, once) for _time in range(3)))
    assert told == [Says.PART] * 3
    assert Statement.objects.count() == 1

    told = at_once(
        state(cast.party_b, draft(Says.DONE, seen=1)),
        state(cast.party_a, draft(Says.CONFIRMED, seen=1)),
    )
    assert "other_word" in told
    assert Statement.objects.count() == 2
    if line_of(cast.party_a, settlement).status != LineStatus.CONFIRMED:
        say(cast.party_a, settlement, Says.CONFIRMED)

    at_once(
        *(
            lambda: switch_reminders(actor=cast.party_a, settlement=settlement, wanted=True)
            for _time in range(3)
        )
    )
    assert Reminder.objects.count() == 1
