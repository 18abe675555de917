"""The tracker lives as long as the settlement: past the talk, and not a day longer."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mediation.cases.enums import Compartment
from mediation.performance.enums import LineStatus, Says
from mediation.performance.models import Reminder, Statement
from mediation.performance.services.reminders import switch_reminders
from mediation.privacy.models import Certificate
from mediation.privacy.services.export import download_data
from mediation.privacy.services.retention import sweep_retention
from mediation.vault import services as vault
from tests.factories.cast import make_cast
from tests.factories.performance import line_of, say, signed
from tests.performance.test_access import url
from tests.promises.world import client_of


def test_a_copy_of_ones_data_has_what_both_said_and_ones_own_reminder(cast, settlement):
    say(cast.party_b, settlement, Says.PART, note="Half of it.")
    say(cast.party_b, settlement, Says.TAKEN_BACK)
    switch_reminders(actor=cast.party_b, settlement=settlement, wanted=True)

    def copy(user):
        content = download_data(actor=user, case=cast.case)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return json.loads(archive.read("data.json"))["performance"]

    (mine,), (theirs,) = copy(cast.party_b), copy(cast.party_a)
    assert mine["reminds_me_since"]
    assert theirs["reminds_me_since"] is None
    said = mine["lines"][0]["said"]
    assert [(word["says"], word["stands"]) for word in said] == [
        ("part", False),
        ("taken_back", False),
    ]
    assert said[0]["note"] == "Half of it."
    assert theirs["lines"] == mine["lines"]


@pytest.mark.django_db(transaction=True)
def test_it_outlives_the_talk_and_ends_with_the_settlement(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    cast = make_cast("mediating")
    settlement = signed(cast)
    say(cast.party_b, settlement, Says.PART, note="Half of it.")
    switch_reminders(actor=cast.party_a, settlement=settlement, wanted=True)

    with time_machine.travel(timezone.now() + timedelta(days=120)):
        sweep_retention()
        gone = vault.closed_compartments(case_id=cast.case.pk)
        assert {Compartment.JOINT, Compartment.IDENTITY} <= gone.keys()
        client = client_of(cast.party_a)
        assert client.get(url("tracker", cast.case)).status_code == 200
        assert "Half of it." in client.get(url("line", cast.case)).content.decode()
        say(cast.party_a, settlement, Says.CONFIRMED)
        assert line_of(cast.party_b, settlement).status == LineStatus.CONFIRMED
        assert client.get(url("certificate", cast.case)).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(days=1096)):
        sweep_retention()
        assert not Statement.objects.exists()
        assert not Reminder.objects.exists()
        assert client_of(cast.party_a).get(url("tracker", cast.case)).status_code == 404
        told = [
            bytes(row.signed) if isinstance(row.signed, memoryview) else row.signed
            for row in Certificate.objects.all()
        ]
        assert "reminder" not in json.dumps(told, default=str)
