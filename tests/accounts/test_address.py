"""Signing in with another address: two mailboxes, and no hint at who has an account."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mediation.accounts import services
from mediation.accounts.models import ConfirmationCode, User
from mediation.accounts.services import AddressTaken, WrongCode
from mediation.audit.models import EntryDetail
from mediation.cases.access import cases_visible_to
from mediation.core.errors import InvalidInput, TooMany
from mediation.rights.selectors import my_data
from mediation.rights.services.copy import _about
from mediation.settlements.services.signing import METHOD
from tests.factories.cast import make_cast, person
from tests.keyrings import own_keyring

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "ada.new@people.example"
SIGN_IN_CODE = re.compile(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b")


def browser(user=None):
    client = Client(headers={"host": "127.0.0.1"})
    if user:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def ask(user, email=NEW):
    """What is in the two letters: the code each reader finds, or None."""
    mail.outbox.clear()
    services.ask_for_another_address(actor=user, email=email)
    old, new = mail.outbox
    assert (old.to, new.to) == ([user.email], [email.lower()])
    return [found and found[1] for found in (code_in(old), code_in(new))]


def code_in(letter):
    return re.search(r"^\s+(\d{6})$", letter.body, re.MULTILINE)


def other_than(code):
    return "000000" if code != "000000" else "111111"


def change(user, old, new, email=NEW):
    return services.confirm_and_change_address(actor=user, email=email, old_code=old, new_code=new)


def sign_in(client, email):
    client.post(reverse("account_request_login_code"), {"email": email})
    code = SIGN_IN_CODE.search(mail.outbox[-1].body)[1]
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def is_signed_in(client):
    return client.get(reverse("accounts:profile")).status_code == 200


# --- The change -------------------------------------------------------------------------------


def test_both_codes_change_the_address_and_nothing_else():
    user = person("ada")
    change(user, *ask(user, "Ada.New@People.example"))
    now = User.objects.get(pk=user.pk)
    assert (now.email, now.display_name, now.language) == (NEW, user.display_name, user.language)
    assert not now.has_usable_password()
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == (NEW, True, True)
    assert services.has_proven_address(user=now, email=NEW)
    assert not services.has_proven_address(user=now, email="ada@people.example")


def test_one_signs_in_with_the_new_address_and_finds_everything():
    cast = make_cast()
    change(cast.party_a, *ask(cast.party_a))
    client = browser()
    sign_in(client, NEW)
    assert client.get(f"/cases/{cast.case.pk}/").status_code == 200
    stranger = browser()
    sign_in(stranger, "ada@people.example")  # who reads the old mailbox begins anew, with nothing
    assert stranger.get(f"/cases/{cast.case.pk}/").status_code == 404
    newcomer = User.objects.get(email="ada@people.example")
    assert newcomer != cast.party_a
    assert not cases_visible_to(newcomer).exists()


@pytest.mark.parametrize(("old", "new"), [(False, True), (True, False), (False, False)])
def test_one_code_is_not_enough_and_a_right_one_is_kept(old, new):
    user = person("ada")
    codes = ask(user)
    tried = [
        code if right else other_than(code) for code, right in zip(codes, (old, new), strict=True)
    ]
    with pytest.raises(WrongCode) as refused:
        change(user, *tried)
    assert refused.value.purposes == {
        name for name, is_right in (("old_address", old), ("new_address", new)) if not is_right
    }
    user.refresh_from_db()
    assert user.email == "ada@people.example"
    assert change(user, *codes).email == NEW


def test_codes_serve_for_the_address_they_were_asked_for_and_once():
    user = person("ada")
    codes = ask(user)
    with pytest.raises(WrongCode):
        change(user, *codes, email="elsewhere@people.example")
    with pytest.raises(WrongCode):
        change(person("bo"), *codes)
    change(user, *codes)
    with pytest.raises(WrongCode):
        change(User.objects.get(pk=user.pk), *codes)


def test_codes_of_the_two_mailboxes_are_not_interchangeable():
    user = person("ada")
    old, new = ask(user)
    with pytest.raises(WrongCode):
        change(user, new if new != old else other_than(old), old)


def test_codes_end_after_ten_minutes_and_five_tries():
    user = person("ada")
    old, new = ask(user)
    later = timezone.now() + timedelta(minutes=10, seconds=1)
    with time_machine.travel(later, tick=False), pytest.raises(WrongCode):
        change(user, old, new)
    for _try in range(5):
        with pytest.raises(WrongCode):
            change(user, other_than(old), new)
    with pytest.raises(WrongCode) as refused:
        change(user, old, new)
    assert refused.value.purposes == {services.OLD_ADDRESS}


def test_the_present_address_is_no_new_one():
    with pytest.raises(InvalidInput):
        services.ask_for_another_address(actor=person("ada"), email="Ada@people.example")


def test_it_can_be_asked_five_times_a_day(settings):
    user = person("ada")
    for number in range(services.NEW_ADDRESSES_PER_DAY):
        ask(user, f"{number}@people.example")
        ConfirmationCode.objects.update(created_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(TooMany):
        services.ask_for_another_address(actor=user, email=NEW)


# --- Who has an account -----------------------------------------------------------------------


def test_whoever_asks_cannot_tell_an_address_with_an_account():
    """The same pages, as many letters and rows, and as many steps to the database."""
    person("bo")
    user, seen = person("ada"), []
    for email in ("bo@people.example", "nobody@people.example"):
        client = browser(user)
        mail.outbox.clear()
        with CaptureQueriesContext(connection) as asking:
            asked = client.post(reverse("accounts:address"), {"email": email})
        codes = {"old_code": code_in(mail.outbox[0])[1], "new_code": "123456"}
        with CaptureQueriesContext(connection) as trying:
            tried = client.post(reverse("accounts:address_codes"), codes)
        page = tried.content.decode().replace(email, "X").replace(codes["old_code"], "Y")
        page = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)
        steps = len(asking), len(trying), len(mail.outbox)
        seen.append((asked.status_code, asked.headers["Location"], steps, page))
    assert seen[0] == seen[1]
    assert "id_new_code_error" in seen[0][-1]
    assert ConfirmationCode.objects.count() == 4


def test_the_owner_of_a_taken_address_is_told_what_is_true_in_their_language():
    owner = person("bo")
    owner.language = "zh-hans"
    owner.save()
    user = person("ada")
    old, new = ask(user, owner.email)
    letter = mail.outbox[-1]
    assert (letter.to, new) == ([owner.email], None)
    assert not re.search(r"\d{6}", letter.body)
    assert "ada" not in letter.body + letter.subject
    assert "您" in letter.body
    for guess in ("000000", "999999"):
        with pytest.raises(WrongCode):
            change(user, old, guess, email=owner.email)
    owner.refresh_from_db()
    assert owner.email == "bo@people.example"


def test_an_account_nobody_came_into_does_not_stand_in_the_way():
    """Else anybody could keep an address from its owner by typing it at the sign-in."""
    services.find_or_create_person(email=NEW, language="en")
    user = person("ada")
    change(user, *ask(user))
    assert list(User.objects.filter(email=NEW)) == [user]


def test_an_account_made_between_asking_and_answering_is_not_taken_over():
    user = person("ada")
    codes = ask(user)
    services.find_or_create_person(email=NEW, language="en")
    sign_in(browser(), NEW)
    with pytest.raises(AddressTaken):
        change(user, *codes)
    user.refresh_from_db()
    assert user.email == "ada@people.example"


# --- What ends --------------------------------------------------------------------------------


def test_everybody_else_is_signed_out_and_the_browser_that_asked_is_not():
    user, other = person("ada"), person("bo")
    here, elsewhere, others = browser(user), browser(user), browser(other)
    assert all(is_signed_in(client) for client in (here, elsewhere, others))
    mail.outbox.clear()
    here.post(reverse("accounts:address"), {"email": NEW})
    old, new = (code_in(letter)[1] for letter in mail.outbox)
    before = here.session.session_key
    done = here.post(
        reverse("accounts:address_codes"), {"old_code": old, "new_code": new}, follow=True
    )
    assert done.redirect_chain == [(reverse("accounts:profile"), 302)]
    assert NEW in done.content.decode()
    assert [is_signed_in(client) for client in (here, elsewhere, others)] == [True, False, True]
    assert here.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert "new_address" not in here.session
    assert here.get(reverse("accounts:address_codes")).headers["Location"] == reverse(
        "accounts:address"
    )


def test_a_session_begun_while_it_changes_does_not_live():
    """Its row may be written after all that were there have been deleted."""
    user = person("ada")
    late = browser(user)
    row = Session.objects.get()
    change(user, *ask(user))
    row.save(force_insert=True)
    assert not is_signed_in(late)


def test_a_sign_in_code_in_the_old_mailbox_signs_nobody_in_any_more():
    user = person("ada")
    thief = browser()
    thief.post(reverse("account_request_login_code"), {"email": user.email})
    code = SIGN_IN_CODE.search(mail.outbox[-1].body)[1]
    change(user, *ask(user))
    refused = thief.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)
    assert "This code no longer works" in refused.content.decode()
    assert not is_signed_in(thief)


def test_a_code_for_signing_in_the_old_mailbox_is_void_and_the_next_goes_to_the_new_one():
    """A signature says `METHOD`: the code it rests on went to the signer's own address."""
    assert METHOD == "One-time code sent to own e-mail,"
    user = person("ada")
    services.send_confirmation_code(actor=user, purpose="sign", subject="a" * 64)
    code = code_in(mail.outbox[-1])[1]
    user = change(user, *ask(user))
    with pytest.raises(WrongCode):
        services.check_confirmation_code(actor=user, purpose="sign", subject="a" * 64, code=code)
    services.send_confirmation_code(actor=user, purpose="sign", subject="a" * 64)
    assert mail.outbox[-1].to == [NEW]


# --- What is told, and what is on record ------------------------------------------------------


def test_the_old_mailbox_is_told_and_learns_neither_the_new_address_nor_a_way_back():
    user = person("ada")
    codes = ask(user)
    change(user, *codes)
    letter = mail.outbox[-1]
    assert letter.to == ["ada@people.example"]
    assert NEW not in letter.body + letter.subject
    assert "http" not in letter.body
    assert "write to us at once" in letter.body


def test_a_mail_server_that_is_away_does_not_undo_it(settings):
    user = person("ada")
    codes = ask(user)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert change(user, *codes).email == NEW


def test_an_address_no_mail_reaches_is_said_so_on_the_page(settings):
    client = browser(person("ada"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = client.post(reverse("accounts:address"), {"email": NEW}).content.decode()
    assert page.count("We could not write to this address.") == 2


def test_the_record_has_the_act_and_no_address():
    user = person("ada")
    change(user, *ask(user))
    rows = EntryDetail.objects.select_related("entry")
    kept = b"".join(bytes(row.details) + bytes(row.entry.leaf) for row in rows)
    assert kept.count(b"address.changed") == 1
    assert b"@" not in kept


def test_ones_copy_has_the_address_one_signs_in_with(settings, tmp_path):
    with own_keyring(settings, tmp_path):
        user = person("ada")
        user = change(user, *ask(user))
        assert _about(my_data(user))["account"]["email"] == NEW


# --- The pages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter your e-mail address."),
        ("ada at home", "Enter an e-mail address like name@example.com."),
        ("ADA@people.example", "You sign in with this address already."),
    ],
)
def test_nonsense_is_refused_in_words(typed, told):
    client = browser(person("ada"))
    page = client.post(reverse("accounts:address"), {"email": typed}).content.decode()
    assert page.count(told) == 2  # in the summary and at the field
    assert not ConfirmationCode.objects.exists()


def test_a_wrong_code_is_told_at_its_field():
    client = browser(person("ada"))
    mail.outbox.clear()
    client.post(reverse("accounts:address"), {"email": NEW})
    old, new = (code_in(letter)[1] for letter in mail.outbox)
    url = reverse("accounts:address_codes")
    page = client.post(url, {"old_code": old, "new_code": other_than(new)}).content.decode()
    assert 'id="id_new_code_error"' in page
    assert 'id="id_old_code_error"' not in page
    page = client.post(url, {"old_code": "12", "new_code": ""}).content.decode()
    assert page.count("Enter the six digits from the e-mail.") == 4


def test_nobody_changes_anything_without_signing_in():
    for name in ("accounts:address", "accounts:address_codes"):
        answer = browser().post(reverse(name), {"email": NEW})
        assert answer.headers["Location"].startswith("/sign-in/")
    assert mail.outbox == []
