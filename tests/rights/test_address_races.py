"""Two come to the same address at the same moment: one has it. On PostgreSQL, where it counts."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from django.db import connection, transaction

from mediation.accounts.models import User
from mediation.accounts.services import AddressTaken
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.rights.enums import AddressReason
from mediation.rights.services.address import Vouched, correct_address
from tests.factories.cast import make_cast, person

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
NEW = "ada.new@people.example"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


def test_an_address_somebody_came_to_meanwhile_is_taken():
    cast, officer = make_cast("consenting"), person("otto")
    centers.add_member(center=cast.center, user=officer, role=CenterRole.PRIVACY_OFFICER)
    vouched = Vouched(officer, cast.coordinator, AddressReason.LOST)

    def correct():
        try:
            return correct_address(user=cast.party_a, email=NEW, vouched=vouched)
        except AddressTaken as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            User.objects.filter(pk=cast.stranger.pk).update(email=NEW)
            answer = pool.submit(correct)
            waiting = 0
            while not waiting and not answer.done():  # until it stands at the unique address
                sleep(0.01)
                cursor.execute(WAITING)
                (waiting,) = cursor.fetchone()
        assert answer.result() == "address_taken"
    assert User.objects.get(email=NEW) == cast.stranger
    assert User.objects.get(pk=cast.party_a.pk).email == cast.party_a.email
