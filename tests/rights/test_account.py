"""Deleting one's account: what goes, what stays and for whom, and what keeps it back."""

import io
import json
import re
import zipfile
from datetime import timedelta

import jsonschema
import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mediation.accounts.models import User
from mediation.accounts.services import WrongCode
from mediation.cases.errors import Held
from mediation.cases.models import Participant
from mediation.cases.selectors import accounts_of, name_of
from mediation.cases.services.participation import leave_case
from mediation.evidence.enums import Audience
from mediation.evidence.models import Document
from mediation.holds.enums import RestrictionReason
from mediation.holds.services import apart
from mediation.privacy.access import can_ask_erasure
from mediation.privacy.enums import ErasureState, Scope
from mediation.privacy.models import Erasure
from mediation.rights.enums import RequestState, Right
from mediation.rights.errors import StillNeeded
from mediation.rights.models import RightsRequest
from mediation.rights.services import account
from mediation.rights.services.requests import ask_center
from mediation.rooms.models import Message
from mediation.vault import services as vault
from mediation.vault.models import SealedFile
from tests.privacy.conftest import run_erasures
from tests.privacy.test_export import schema_of
from tests.privacy.test_holds import place_hold
from tests.privacy.test_retention import SECOND, date_of, sweep_at

pytestmark = pytest.mark.django_db(transaction=True)


def delete(user):
    mail.outbox.clear()
    account.send_deletion_code(actor=user)
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body).group()
    account.confirm_and_delete(actor=user, code=code)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def everything_about(user_id, email):
    """Every table in which the person's id or address stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            said = str(cursor.fetchall()).replace("-", "")
            if email in said or user_id.hex in said:
                found.append(table)
    return found


def test_an_open_case_keeps_an_account(mediated):
    with pytest.raises(StillNeeded):
        account.send_deletion_code(actor=mediated.party_a)


@pytest.mark.parametrize("name", ["mediator", "coordinator", "clerk"])
def test_work_for_a_centre_or_court_keeps_an_account(left, name):
    user = getattr(left, name)
    reason = account.why_not(user)
    if name == "clerk":  # of no court yet
        assert reason == ""
    else:
        assert "privacy officer" in reason


def test_a_hold_keeps_an_account(left):
    place_hold(left)
    with pytest.raises(StillNeeded):
        account.send_deletion_code(actor=left.party_a)


def test_a_hold_on_the_other_sides_private_part_is_neither_told_nor_touched(left):
    place_hold(left, "caucus:B")
    assert account.why_not(left.party_a) == ""
    assert account.why_not(left.party_b) != ""
    delete(left.party_a)
    run_erasures(left.case)
    kept = vault.compartments_with_keys(case_id=left.case.pk)
    assert {"caucus:B", "joint", "shell"} <= set(kept)
    assert "caucus:A" not in kept
    assert Message.objects.filter(room__case=left.case, room__side__letter="B").exists()


def test_own_documents_go_also_after_the_private_part_went_on_its_date(left):
    sweep_at(date_of(left.case, "caucus:A") + SECOND)
    own = Document.objects.current().filter(participant__user=left.party_a)
    assert {row.audience for row in own} == {Audience.ROOM}
    assert can_ask_erasure(left.party_a, left.case, Scope.OWN)
    files = set(own.values_list("file", flat=True))
    delete(left.party_a)
    run_erasures(left.case)
    assert not SealedFile.objects.filter(pk__in=files).exists()
    others = Document.objects.current().filter(participant__user=left.party_b)
    assert {row.audience for row in others} == {Audience.ROOM}


def test_the_words_of_ones_requests_go_with_the_account(left):
    request = ask_center(actor=left.party_a, center=left.center, right=Right.OBJECT, words="x")
    delete(left.party_a)
    request.refresh_from_db()
    assert (bytes(request.words_sealed), request.state) == (b"", RequestState.WITHDRAWN)
    assert not vault.compartments_with_keys(case_id=request.pk)
    with time_machine.travel(timezone.now() + timedelta(days=3 * 365 + 1), tick=False):
        call_command("forget_requests")
    assert not RightsRequest.objects.exists()


def test_the_other_side_keeps_what_was_said_and_knows_whose_it_was(left):
    before = {row.answers.summary for row in accounts_of(left.party_b, left.case)}
    delete(left.party_a)
    said = {row.who: row.answers.summary for row in accounts_of(left.party_b, left.case)}
    assert set(said.values()) == before
    assert said["Side A"] == "A loan was not repaid."
    assert name_of(left.case.participants.get(side__letter="A")) == "Side A"
    assert accounts_of(left.stranger, left.case) == []


def test_held_names_are_not_corrected(left):
    place_hold(left, "identity")
    with pytest.raises(Held):
        account.correct_details(actor=left.party_a, case=left.case, name="Other", address="x")


def test_a_wrong_code_deletes_nothing(left):
    account.send_deletion_code(actor=left.party_a)
    with pytest.raises(WrongCode):
        account.confirm_and_delete(actor=left.party_a, code="000000")
    assert User.objects.filter(pk=left.party_a.pk).exists()


def test_what_was_ones_own_goes_and_what_is_shared_stays_nameless(left):
    pk, email = left.party_a.pk, left.party_a.email
    ask_center(actor=left.party_a, center=left.center, right=Right.OBJECT, words="x")
    delete(left.party_a)
    run_erasures(left.case)

    assert not User.objects.filter(pk=pk).exists()
    assert RightsRequest.objects.get().state == RequestState.WITHDRAWN
    assert "caucus:A" in vault.closed_compartments(case_id=left.case.pk)
    assert "joint" in vault.compartments_with_keys(case_id=left.case.pk)
    # What is left of the id points to nobody: acts in a case that still exists, and its erasures.
    assert set(everything_about(pk, email)) <= {
        "audit_entrydetail",
        "privacy_erasure",
        "mail_dispatch",
        "django_tasks_database_dbtaskresult",
        "django_session",
    }
    page = client_of(left.party_b).get(reverse("privacy:case", args=[left.case.pk]))
    assert "Ada" not in page.content.decode()
    assert "account is deleted" in page.content.decode()
    assert Erasure.objects.get().state == ErasureState.VERIFIED


def test_the_others_still_open_every_page_of_the_case(settled):
    delete(settled.party_a)
    run_erasures(settled.case)
    for user in (settled.party_b, settled.mediator):
        client = client_of(user)
        for name in ("desk:case", "privacy:case", "rooms:joint", "settlements:read"):
            page = client.get(reverse(name, args=[settled.case.pk]), follow=True)
            assert page.status_code in {200, 403}, (name, user)
        assert client.get(reverse("desk:list")).status_code == 200
    copy = client_of(settled.party_b).post(reverse("privacy:download", args=[settled.case.pk]))
    names = zipfile.ZipFile(io.BytesIO(copy.content)).namelist()
    assert [name for name in names if name.startswith("settlement/")]


def test_the_case_is_destroyed_on_its_date_all_the_same(left):
    shell = date_of(left.case, "shell")
    delete(left.party_a)
    run_erasures(left.case)
    sweep_at(shell + SECOND)
    assert not Participant.objects.filter(case_id=left.case.pk).exists()


def test_deleting_both_accounts_leaves_nobody(left):
    for user in (left.party_a, left.party_b):
        delete(user)
    assert not Participant.objects.filter(case=left.case, role="party", user__isnull=False).exists()
    run_erasures(left.case)


def test_the_page_mails_a_code_and_deletes(left):
    client = client_of(left.party_a)
    mail.outbox.clear()
    client.post(reverse("rights:delete_code"))
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body).group()
    assert "six digits" in client.post(reverse("rights:delete"), {"code": "12"}).content.decode()
    gone = client.post(reverse("rights:delete"), {"code": code}, follow=True)
    assert "Your account is deleted" in gone.content.decode()
    assert client.get(reverse("desk:list")).status_code == 302


def test_a_copy_of_everything_holds_ones_own_and_nobody_elses(mediated):
    leave_case(actor=mediated.party_b, case=mediated.case)
    mediated.case.refresh_from_db()
    apart.restrict_own(
        actor=mediated.party_a, case=mediated.case, reason=RestrictionReason.ACCURACY
    )
    copy = client_of(mediated.party_a).post(reverse("rights:download"))
    packed = zipfile.ZipFile(io.BytesIO(copy.content))
    said = json.loads(packed.read("data.json"))
    jsonschema.validate(said, schema_of("heyi-all-data-1"))
    assert said["account"]["email"] == mediated.party_a.email
    assert "index.html" in packed.namelist()
    folder = f"cases/{mediated.case.number}/"
    text = b"".join(packed.read(name) for name in packed.namelist())
    assert json.loads(packed.read(f"{folder}data.json"))["case"]["number"] == mediated.case.number
    assert b"caucus-A-talk-canary" in text
    assert b"caucus-B-talk-canary" not in text


def test_my_page_of_data_opens_for_everybody_who_is_signed_in(mediated):
    for name, user in mediated.everybody.items():
        if user is not None:
            page = client_of(user).get(reverse("rights:data"))
            assert page.status_code == 200, name
            assert user.email in page.content.decode()


def test_a_party_corrects_their_name_and_others_do_not(left):
    url = reverse("rights:correct", args=[left.case.pk])
    said = {"name": "Ada Corrected", "address": "2 Side St"}
    assert client_of(left.party_a).post(url, said).status_code == 302
    page = client_of(left.party_b).get(reverse("desk:case", args=[left.case.pk]))
    assert "Ada Corrected" in page.content.decode()
    assert client_of(left.mediator).post(url, said).status_code == 403
    assert client_of(left.stranger).post(url, said).status_code == 404


def test_every_column_that_points_to_a_person_is_known_here():
    """A new one has to be thought of in `_has_worked` or `_delete`."""
    pointing = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is User
    }
    assert pointing == {
        "account.emailaddress.user",  # deleted with the account
        "accounts.confirmationcode.user",
        "accounts.passkey.user",
        "accounts.passkeychallenge.user",
        "cases.participant.user",  # emptied
        "rights.rightsrequest.user",
        "centers.membership.user",  # keep the account
        "courts.courtmembership.user",
        "courts.delivery.user",
        "matching.assignment.mediator",
        "matching.namecheck.mediator",
        "holds.hold.proposed_by",  # only officers, who have a membership
        "holds.hold.confirmed_by",
        "holds.hold.release_proposed_by",
    }
