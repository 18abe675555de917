"""An operator corrects the address of somebody who lost the mailbox: two answer for it, by name."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse

from mediation.accounts.models import Passkey, User
from mediation.accounts.services import send_confirmation_code
from mediation.audit.models import Entry, EntryDetail
from mediation.cases.access import cases_visible_to
from mediation.cases.services import intake
from mediation.centers import services as centers
from mediation.centers.access import centers_where
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center
from mediation.courts.services import clerks
from mediation.rights.enums import AddressReason
from mediation.rights.services.address import Vouched, correct_address
from tests.factories.cast import NAMES, make_cast, person
from tests.factories.passkeys import give_passkey
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "ada.new@people.example"
MAY = {"coordinator", "officer"}
EVERYBODY = [*(name for name in NAMES if name != "nobody"), "officer", "elsewhere", "former"]


@pytest.fixture
def cast():
    """The centre's officer, one of another centre, and one who is none any more."""
    made = make_cast("mediating")
    elsewhere = Center.objects.get(name="Elsewhere")
    for name, center in (
        ("officer", made.center),
        ("elsewhere", elsewhere),
        ("former", made.center),
    ):
        made.extra[name] = person(name)
        role = CenterRole.PRIVACY_OFFICER
        centers.add_member(center=center, user=made.extra[name], role=role)
    made.extra["former"].memberships.update(ended_at=made.case.created_at)
    mail.outbox.clear()
    return made


def user_of(cast, name):
    return {**cast.everybody, **cast.extra}[name]


def correct(cast, asked="officer", confirmed="coordinator", new=NEW, present=None, reason="lost"):
    call_command(
        "correct_address",
        present or cast.party_a.email,
        new,
        f"--asked-by={user_of(cast, asked).email}",
        f"--confirmed-by={user_of(cast, confirmed).email}",
        f"--reason={reason}",
    )


def entries():
    rows = EntryDetail.objects.select_related("entry").order_by("entry_id")
    found = [(json.loads(bytes(row.entry.leaf))["action"], bytes(row.details)) for row in rows]
    return [json.loads(details) for action, details in found if action == "address.corrected"]


def test_from_now_on_the_person_signs_in_with_the_corrected_address(cast):
    ada = User.objects.get(pk=cast.party_a.pk)
    browser, page = client_of(ada), reverse("rights:data")
    assert browser.get(page).status_code == 200
    correct(cast)
    assert browser.get(page).status_code == 302, "signed out"
    ada.refresh_from_db()
    assert ada.email == NEW
    assert cases_visible_to(ada).get() == cast.case
    (address,) = EmailAddress.objects.filter(user=ada)
    assert (address.email, address.verified) == (NEW, False), "until a code sent there is entered"

    mail.outbox.clear()
    client = client_of(None)
    client.post(reverse("account_request_login_code"), {"email": NEW})
    (letter,) = mail.outbox
    code = re.search(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", letter.body)[1]
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert NEW in client.get(page).content.decode()
    assert EmailAddress.objects.get(user=ada).verified


def test_sessions_codes_and_passkeys_end_and_nobody_elses(cast):
    give_passkey(cast.party_a, name="My phone")
    row = send_confirmation_code(actor=cast.party_a, purpose="x", subject="y")
    other = client_of(cast.party_b)
    correct(cast)
    assert not Passkey.objects.filter(user=cast.party_a).exists()
    row.refresh_from_db()
    assert row.attempts_left == 0
    assert other.get(reverse("rights:data")).status_code == 200
    assert entries()[0]["facts"]["passkeys"] == 1


def test_both_mailboxes_and_both_who_answer_for_it_are_told(cast):
    old = cast.party_a.email
    correct(cast, reason="taken")
    told = {letter.to[0]: letter.subject + letter.body for letter in mail.outbox}
    officer, coordinator = user_of(cast, "officer"), cast.coordinator
    assert set(told) == {old, NEW, officer.email, coordinator.email}
    for reader, text in told.items():
        assert NEW not in text, "whoever reads the old mailbox is not told where the person went"
        assert old not in text
        assert "Ada" not in text
        assert ("somebody used your name" in text) is (reader not in {old, NEW})
    assert "another e-mail address" in told[old]
    assert "from now on you sign in with this one" in told[NEW]


def test_it_is_told_in_the_readers_language(cast):
    User.objects.update(language="zh-hans")
    correct(cast)
    assert len(mail.outbox) == 4
    assert not [letter.subject for letter in mail.outbox if letter.subject.isascii()]


def test_who_asked_who_confirmed_and_why_is_on_record_without_any_address(cast):
    old = cast.party_a.email
    correct(cast, reason="left_work")
    (said,) = entries()
    assert said["facts"] == {
        "asked_by": str(user_of(cast, "officer").pk),
        "confirmed_by": str(cast.coordinator.pk),
        "reason": "left_work",
        "passkeys": 0,
    }
    assert str(cast.party_a.pk) in said["target"]
    kept = b"".join(bytes(row.details) for row in EntryDetail.objects.all())
    assert not [address for address in (old, NEW) if address.encode() in kept]


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("place", ["asked", "confirmed"])
def test_only_whoever_looks_after_the_persons_centre_answers_for_it(cast, name, place):
    other = "coordinator" if name == "officer" else "officer"
    people = {place: name, "confirmed" if place == "asked" else "asked": other}
    if name in MAY:
        correct(cast, **people)
        assert User.objects.get(pk=cast.party_a.pk).email == NEW
        return
    before = Entry.objects.count()
    with pytest.raises(CommandError):
        correct(cast, **people)
    assert User.objects.get(pk=cast.party_a.pk).email == cast.party_a.email
    assert (Entry.objects.count(), mail.outbox) == (before, [])


def test_an_officer_in_a_case_with_the_person_answers_for_nothing(cast):
    for name in ("party_b", "mediator"):
        user = user_of(cast, name)
        centers.add_member(center=cast.center, user=user, role=CenterRole.PRIVACY_OFFICER)
        with pytest.raises(CommandError):
            correct(cast, confirmed=name)


def test_nobody_answers_for_themselves_and_one_is_not_two(cast):
    with pytest.raises(CommandError):
        correct(cast, asked="officer", confirmed="officer")
    with pytest.raises(CommandError):
        correct(cast, present=user_of(cast, "officer").email)
    assert mail.outbox == []


def test_for_somebody_no_centre_knows_any_two_of_one_centre_answer(cast):
    with pytest.raises(CommandError):
        correct(cast, asked="officer", confirmed="elsewhere", present=cast.stranger.email)
    correct(cast, asked="officer", confirmed="coordinator", present=cast.stranger.email)
    assert User.objects.get(pk=cast.stranger.pk).email == NEW


def test_two_of_different_centres_do_not_answer_for_somebody_both_know(cast):
    elsewhere = Center.objects.get(name="Elsewhere")
    intake.start_case(actor=cast.party_a, center=elsewhere, language="en")
    cast.extra["second"] = person("second")
    role = CenterRole.COORDINATOR
    centers.add_member(center=elsewhere, user=cast.extra["second"], role=role)
    with pytest.raises(CommandError, match="one and the same centre"):
        correct(cast, asked="officer", confirmed="elsewhere")
    assert User.objects.get(pk=cast.party_a.pk).email == cast.party_a.email
    correct(cast, asked="second", confirmed="elsewhere")


@pytest.mark.parametrize("role", CenterRole)
def test_for_somebody_who_works_at_a_centre_only_that_centre_answers(cast, role):
    """Whoever was a party here once, and works at another centre now, is not ours to hand over."""
    elsewhere = Center.objects.get(name="Elsewhere")
    theirs = centers.add_member(center=elsewhere, user=cast.party_a, role=role)
    with pytest.raises(CommandError):
        correct(cast)
    ours = centers.add_member(center=cast.center, user=cast.party_a, role=role)
    with pytest.raises(CommandError):
        correct(cast)
    assert User.objects.get(pk=cast.party_a.pk).email == cast.party_a.email
    assert mail.outbox == []
    centers.end_membership(membership=theirs)
    correct(cast)
    assert centers_where(User.objects.get(email=NEW), role).get() == ours.center


def test_nobody_answers_for_a_courts_clerk(cast):
    """Not even where the clerk was a party once: the account opens what the court was given."""
    court = clerks.open_court(code="C-1", name="A court", seat="Heyang")
    post = clerks.add_clerk(court=court, user=cast.party_a)
    with pytest.raises(CommandError, match="court's clerk"):
        correct(cast)
    assert User.objects.get(pk=cast.party_a.pk).email == cast.party_a.email
    clerks.end_clerk(membership=post)
    correct(cast)


@pytest.mark.parametrize("new", ["no address", "ADA@people.example", "taken"])
def test_an_address_that_cannot_be_the_corrected_one(cast, new):
    wrong = {"taken": cast.party_b.email, "ADA@people.example": cast.party_a.email.upper()}
    with pytest.raises(CommandError):
        correct(cast, new=wrong.get(new, new))
    assert User.objects.get(pk=cast.party_a.pk).email == cast.party_a.email
    assert mail.outbox == []


def test_nobody_signs_in_with_it(cast):
    with pytest.raises(CommandError, match="Nobody signs in"):
        correct(cast, present="nobody@people.example")
    assert not User.objects.filter(email=NEW).exists()


def test_an_account_nobody_came_into_gives_way(cast):
    person("empty").emailaddress_set.all().delete()
    User.objects.filter(display_name="Empty").update(email=NEW, last_login=None)
    vouched = Vouched(user_of(cast, "officer"), cast.coordinator, AddressReason.MISSPELT)
    correct_address(user=cast.party_a, email=NEW, vouched=vouched)
    assert User.objects.get(email=NEW) == cast.party_a
