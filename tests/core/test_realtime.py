import pytest
from django.test import TestCase

from mediation.core import realtime


@pytest.mark.django_db
def test_a_change_is_not_lost_when_nobody_can_be_told():
    """When Redis is away the act stays done; Django writes the failure to the log by this name."""
    with TestCase.captureOnCommitCallbacks() as callbacks:
        realtime.publish("settlement.changed", case="x")
    (callback,) = callbacks
    assert callback.__qualname__
