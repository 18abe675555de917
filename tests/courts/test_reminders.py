from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from mediation.courts.services.packages import fetch_package
from mediation.courts.services.reminders import remind_of_confirmation

pytestmark = pytest.mark.django_db


def remind_after(sealed, **passed):
    with time_machine.travel(sealed.settlement.document.effective_at + timedelta(**passed)):
        return remind_of_confirmation()


def test_both_sides_are_told_once_when_five_days_are_left(sealed):
    assert remind_after(sealed, days=24, hours=23) == 0
    assert mail.outbox == []
    for _run in range(3):
        assert remind_after(sealed, days=25) == 1
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [sealed.cast.party_a.email, sealed.cast.party_b.email]
    )
    assert "ask it together" in mail.outbox[0].body


def test_nobody_is_told_when_it_is_too_late(sealed):
    assert remind_after(sealed, days=30) == 0


def test_nobody_is_told_when_a_court_has_the_settlement(sealed, released):
    fetch_package(actor=sealed.cast.clerk, release=released)
    assert remind_after(sealed, days=26) == 0
