import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from mediation.accounts import services
from mediation.accounts.models import ConfirmationCode, User
from mediation.accounts.services import WrongCode
from mediation.core.errors import TooMany
from tests.factories.cast import person

pytestmark = pytest.mark.django_db
SUBJECT = "a" * 64


@pytest.fixture
def ask(django_capture_on_commit_callbacks):
    """Asks for a code and returns the digits from the mail."""

    def do(user, subject=SUBJECT):
        with django_capture_on_commit_callbacks(execute=True):
            services.send_confirmation_code(actor=user, purpose="sign", subject=subject)
        return re.search(r"^\s+(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]

    return do


def check(user, code, subject=SUBJECT):
    services.check_confirmation_code(actor=user, purpose="sign", subject=subject, code=code)


def test_one_person_per_address_whatever_the_case():
    first = services.find_or_create_person(email="Ada@People.example", language="en")
    again = services.find_or_create_person(email="ada@people.EXAMPLE", language="zh-hans")
    assert first == again
    assert again.language == "en"
    assert not services.has_proven_address(user=first, email="ada@people.example")


def test_code_works_once(ask):
    user = person("ada")
    code = ask(user)
    check(user, f" {code} ")
    with pytest.raises(WrongCode):
        check(user, code)


def test_code_is_bound_to_what_it_was_asked_for(ask):  # ASVS 6.6.2, T15
    user = person("ada")
    code = ask(user)
    with pytest.raises(WrongCode):
        check(user, code, subject="b" * 64)
    other = person("bo")
    with pytest.raises(WrongCode):
        check(other, code)


def test_code_ends_after_ten_minutes(ask):  # ASVS 6.5.5
    user = person("ada")
    code = ask(user)
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False),
        pytest.raises(WrongCode),
    ):
        check(user, code)


def test_five_wrong_tries_end_the_code(ask):  # ASVS 6.6.3
    user = person("ada")
    code = ask(user)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        with pytest.raises(WrongCode):
            check(user, wrong)
    with pytest.raises(WrongCode):
        check(user, code)


def test_new_code_ends_the_old_one(ask):
    user = person("ada")
    old, new = ask(user), ask(user)
    if old != new:
        with pytest.raises(WrongCode):
            check(user, old)
    check(user, new)


def test_codes_are_limited_per_hour(ask):
    user = person("ada")
    for _code in range(services.CODES_PER_HOUR):
        ask(user)
    with pytest.raises(TooMany):
        ask(user)


def test_stored_code_cannot_be_read(ask):
    code = ask(person("ada"))
    row = ConfirmationCode.objects.get()
    assert code not in row.code_hash


def test_people_who_never_proved_an_address_are_forgotten():
    services.find_or_create_person(email="typo@people.example", language="en")
    proven = person("ada")
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        services.forget_unproven_people()
    assert list(User.objects.all()) == [proven]
