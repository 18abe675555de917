"""Passkeys: added after a fresh check, and every answer that proves nothing."""

import json
import logging
import random
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from mediation.accounts.models import Passkey, PasskeyChallenge
from mediation.accounts.services import WrongCode, passkeys
from mediation.accounts.services.passkeys import NotFresh, PasskeyRefused, TooManyPasskeys
from mediation.audit.models import EntryDetail
from mediation.core.errors import Forbidden, InvalidInput
from mediation.privacy.services.traces import forget_traces
from tests.factories.cast import person
from tests.factories.passkeys import FLAG, SESSION, Device, freshly_confirmed, give_passkey

pytestmark = pytest.mark.django_db
DOCUMENT, OTHER_DOCUMENT = "a" * 64, "b" * 64


@pytest.fixture
def ada():
    return person("ada")


@pytest.fixture
def device(ada):
    """Ada's, with a passkey that works."""
    made = Device()
    give_passkey(ada, made)
    return made


def ask(user, subject=DOCUMENT):
    return passkeys.begin_confirmation(actor=user, purpose="sign", subject=subject)


def confirm(user, answer, subject=DOCUMENT):
    passkeys.check_passkey(actor=user, purpose="sign", subject=subject, answer=answer)


def is_confirmed(user, subject=DOCUMENT):
    return passkeys.fresh_answer(actor=user, purpose="sign", subject=subject) is not None


# --- Adding and removing ------------------------------------------------------------------------


def test_add_takes_a_fresh_code_and_tells_by_mail(ada, django_capture_on_commit_callbacks):
    with pytest.raises(NotFresh):
        passkeys.begin_adding(actor=ada, session=SESSION)
    with django_capture_on_commit_callbacks(execute=True):
        row = give_passkey(ada)
    assert (row.name, row.user, row.last_used_at) == ("Phone", ada, None)
    assert "a passkey was added" in mail.outbox[-1].subject
    assert mail.outbox[-1].to == [ada.email]
    rows = EntryDetail.objects.select_related("entry")
    kept = b"".join(bytes(row.details) + bytes(row.entry.leaf) for row in rows)
    assert kept.count(b"passkey.added") == 1


def test_a_code_entered_in_one_session_is_no_check_in_another(ada):
    freshly_confirmed(ada, session="hers")
    assert passkeys.is_fresh(actor=ada, session="hers")
    for user, session in ((ada, "a thief's"), (person("bo"), "hers")):
        assert not passkeys.is_fresh(actor=user, session=session)
    with pytest.raises(NotFresh):
        passkeys.begin_adding(actor=ada, session="a thief's")


def test_the_check_is_fresh_for_ten_minutes(ada, device):
    row = ada.passkeys.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False):
        for change in (
            lambda: passkeys.begin_adding(actor=ada, session=SESSION),
            lambda: passkeys.add_passkey(actor=ada, session=SESSION, name="x", answer="{}"),
            lambda: passkeys.remove_passkey(actor=ada, session=SESSION, passkey=row),
        ):
            with pytest.raises(NotFresh):
                change()


def test_a_wrong_code_is_no_fresh_check(ada):
    passkeys.send_code(actor=ada, session=SESSION)
    with pytest.raises(WrongCode):
        passkeys.confirm(actor=ada, session=SESSION, code="000000x")
    assert not passkeys.is_fresh(actor=ada, session=SESSION)


def test_one_makes_a_passkey_that_is_found_without_an_id_and_always_unlocked(ada, device):
    freshly_confirmed(ada)
    options = passkeys.begin_adding(actor=ada, session=SESSION)
    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert options["attestation"] == "none"
    assert options["rp"]["id"] == "localhost"
    assert len(options["excludeCredentials"]) == 1
    assert [kind["alg"] for kind in options["pubKeyCredParams"]] == [-7, -8, -257]


@pytest.mark.parametrize(
    "changed",
    [
        {"flags": FLAG.UP},  # not unlocked
        {"flags": FLAG.UV},  # nobody there
        {"origin": "https://heyi.evil.example"},
        {"origin": "http://localhost:9000"},
        {"domain": "evil.example"},
        {"credential_id": b""},
        {"credential_id": b"x" * 1024},
    ],
)
def test_no_passkey_comes_of_a_wrong_answer(ada, changed):
    freshly_confirmed(ada)
    options = passkeys.begin_adding(actor=ada, session=SESSION)
    with pytest.raises(PasskeyRefused):
        passkeys.add_passkey(
            actor=ada, session=SESSION, name="x", answer=Device(**changed).make(options)
        )
    assert not Passkey.objects.exists()


def test_an_answer_adds_one_passkey_and_no_second(ada):
    freshly_confirmed(ada)
    answer = Device().make(passkeys.begin_adding(actor=ada, session=SESSION))
    passkeys.add_passkey(actor=ada, session=SESSION, name="x", answer=answer)
    with pytest.raises(PasskeyRefused):
        passkeys.add_passkey(actor=ada, session=SESSION, name="y", answer=answer)


def test_a_passkey_belongs_to_one_person(ada, device):
    with pytest.raises(PasskeyRefused):
        give_passkey(person("bo"), device)
    assert Passkey.objects.get().user == ada


def test_ten_and_no_more(ada):
    for number in range(passkeys.MOST_PASSKEYS - 1):
        Passkey.objects.create(
            user=ada,
            name=str(number),
            credential_id=b"%d" % number,
            public_key=b"",
            sign_count=0,
            created_at=timezone.now(),
        )
    give_passkey(ada)
    with pytest.raises(TooManyPasskeys):
        give_passkey(ada, Device(credential_id=b"one more"))


def test_rename(ada, device):
    row = ada.passkeys.get()
    passkeys.rename_passkey(actor=ada, passkey=row, name="  My   phone ")
    row.refresh_from_db()
    assert row.name == "My phone"
    for wrong in ("  ", "x" * 61):
        with pytest.raises(InvalidInput):
            passkeys.rename_passkey(actor=ada, passkey=row, name=wrong)


def test_what_is_somebody_elses_nobody_changes(ada, device):
    bo, row = person("bo"), ada.passkeys.get()
    freshly_confirmed(bo)
    with pytest.raises(Forbidden):
        passkeys.rename_passkey(actor=bo, passkey=row, name="mine")
    with pytest.raises(Forbidden):
        passkeys.remove_passkey(actor=bo, session=SESSION, passkey=row)
    assert ada.passkeys.get().name == "Phone"


def test_a_removed_passkey_proves_nothing(ada, device, django_capture_on_commit_callbacks):
    confirm(ada, device.answer(ask(ada)))
    options, (challenge_id, to_sign_in) = ask(ada), passkeys.begin_sign_in()
    with django_capture_on_commit_callbacks(execute=True):
        passkeys.remove_passkey(actor=ada, session=SESSION, passkey=ada.passkeys.get())
    assert "a passkey was removed" in mail.outbox[-1].subject
    assert not is_confirmed(ada)  # what it confirmed a moment ago
    with pytest.raises(PasskeyRefused):
        confirm(ada, device.answer(options))
    with pytest.raises(PasskeyRefused):
        passkeys.recognise(challenge_id=challenge_id, answer=device.answer(to_sign_in))
    with pytest.raises(PasskeyRefused):
        ask(ada)


# --- Being recognised ---------------------------------------------------------------------------


def test_sign_in(ada, device):
    challenge_id, options = passkeys.begin_sign_in()
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")  # nothing about anybody
    found = passkeys.recognise(challenge_id=challenge_id, answer=device.answer(options))
    assert found == ada
    assert ada.passkeys.get().last_used_at is not None


def test_nobody_comes_in_twice_by_one_answer_or_by_anothers_challenge(ada, device):
    challenge_id, options = passkeys.begin_sign_in()
    other_id, _other = passkeys.begin_sign_in()
    answer = device.answer(options)
    with pytest.raises(PasskeyRefused):
        passkeys.recognise(challenge_id=other_id, answer=answer)
    passkeys.recognise(challenge_id=challenge_id, answer=answer)
    with pytest.raises(PasskeyRefused):
        passkeys.recognise(challenge_id=challenge_id, answer=answer)


def test_a_closed_account_stays_closed(ada, device):
    ada.is_active = False
    ada.save()
    challenge_id, options = passkeys.begin_sign_in()
    with pytest.raises(PasskeyRefused):
        passkeys.recognise(challenge_id=challenge_id, answer=device.answer(options))


def test_what_confirms_a_signature_signs_nobody_in(ada, device):
    answer = device.answer(ask(ada))
    row = PasskeyChallenge.objects.get(purpose="sign")
    with pytest.raises(PasskeyRefused):
        passkeys.recognise(challenge_id=row.pk, answer=answer)


# --- Confirming one act -------------------------------------------------------------------------


def test_confirm_one_document_once(ada, device):
    answer = device.answer(ask(ada))
    assert not is_confirmed(ada)
    confirm(ada, answer)
    assert is_confirmed(ada)
    assert not is_confirmed(ada, OTHER_DOCUMENT)
    assert not is_confirmed(person("bo"))
    with pytest.raises(PasskeyRefused):
        confirm(ada, answer)


def test_a_confirmation_grows_old(ada, device):
    confirm(ada, device.answer(ask(ada)))
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False):
        assert not is_confirmed(ada)


def test_an_answer_for_one_document_confirms_no_other(ada, device):
    answer = device.answer(ask(ada))
    ask(ada, OTHER_DOCUMENT)
    with pytest.raises(PasskeyRefused):
        confirm(ada, answer, OTHER_DOCUMENT)
    assert not is_confirmed(ada, OTHER_DOCUMENT)


def test_an_answer_to_an_earlier_question_is_too_late(ada, device):
    earlier = device.answer(ask(ada))
    ask(ada)
    with pytest.raises(PasskeyRefused):
        confirm(ada, earlier)


def test_a_challenge_ends_after_five_minutes(ada, device):
    answer = device.answer(ask(ada))
    late = timezone.now() + timedelta(minutes=5, seconds=1)
    with time_machine.travel(late, tick=False), pytest.raises(PasskeyRefused):
        confirm(ada, answer)
    confirm(ada, answer)  # in time it would have been right


def test_anothers_passkey_confirms_nothing(ada, device):
    bo, device_of_bo = person("bo"), Device(credential_id=b"of bo")
    give_passkey(bo, device_of_bo)
    with pytest.raises(PasskeyRefused):
        confirm(ada, device_of_bo.answer(ask(ada)))
    # Bo's key under the id of Ada's passkey
    forged = replace(device_of_bo, credential_id=device.credential_id)
    with pytest.raises(PasskeyRefused):
        confirm(ada, forged.answer(ask(ada)))
    assert not is_confirmed(ada)


@pytest.mark.parametrize(
    "changed",
    [
        {"flags": FLAG.UP},  # its owner was not verified
        {"flags": FLAG.UV},
        {"origin": "https://heyi.evil.example"},
        {"origin": "https://localhost.evil.example"},
        {"domain": "evil.example"},
        {"step": 0},  # it counts no further than when it was added
    ],
)
def test_a_wrong_answer_confirms_nothing_and_uses_the_challenge_up(ada, changed):
    device = Device(count=7)
    give_passkey(ada, device)
    options = ask(ada)
    with pytest.raises(PasskeyRefused):
        confirm(ada, replace(device, **changed).answer(options))
    with pytest.raises(PasskeyRefused):  # no second try at the same challenge
        confirm(ada, device.answer(options))
    assert not is_confirmed(ada)
    confirm(ada, device.answer(ask(ada)))


def test_a_count_that_goes_back_means_there_are_two(ada):
    device = Device(count=7)
    give_passkey(ada, device)
    copy = replace(device)
    confirm(ada, device.answer(ask(ada)))
    for _time in range(2):
        confirm(ada, device.answer(ask(ada)))
    with pytest.raises(PasskeyRefused):
        confirm(ada, copy.answer(ask(ada)))
    assert ada.passkeys.get().sign_count == 10


def test_a_passkey_that_does_not_count_works(ada):
    device = Device(step=0)
    give_passkey(ada, device)
    for _time in range(2):
        confirm(ada, device.answer(ask(ada)))


def test_a_broken_answer_is_refused_and_nothing_else_happens(ada, device):
    """Whatever is changed in a right answer: never an error page, never a proof."""
    dice = random.Random(7)
    for _number in range(150):
        options = passkeys.begin_sign_in()
        answer = device.answer(options[1])
        broken = _broken(dice, answer)
        if _meaning(broken) == _meaning(answer):
            continue
        with pytest.raises(PasskeyRefused):
            passkeys.recognise(challenge_id=options[0], answer=broken)


def _broken(dice, answer):
    found = json.loads(answer)
    place = dice.choice([found, found["response"]])
    name = dice.choice(list(place))
    how = dice.randrange(4)
    if how == 0:
        place[name] = dice.choice([None, 7, [], {}, "", "é", "A" * 9, {"a": 1}, True])
    elif how == 1 and isinstance(place[name], str) and place[name]:
        at = dice.randrange(len(place[name]))
        place[name] = place[name][:at] + dice.choice("AZaz09-_") + place[name][at + 1 :]
    elif how == 2:
        del place[name]
    else:
        text = json.dumps(found)
        return text[: dice.randrange(len(text))]
    return json.dumps(found)


def _meaning(answer):
    """What of an answer is proof; the other parts may be anything."""
    try:
        found = json.loads(answer)
        said = {
            n: found["response"][n] for n in ("clientDataJSON", "authenticatorData", "signature")
        }
        return (found["rawId"], said)
    except (ValueError, LookupError, TypeError):
        return None


# --- What is left of it -------------------------------------------------------------------------


def test_challenges_are_gone_after_a_day(ada, device):
    confirm(ada, device.answer(ask(ada)))
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=6), tick=False):
        forget_traces()
    assert not PasskeyChallenge.objects.exists()
    assert Passkey.objects.exists()


def test_no_log_names_a_passkey(ada, caplog, settings):
    assert settings.LOGGING["loggers"]["fido2"]["level"] == "WARNING"
    caplog.set_level(logging.WARNING, logger="fido2")
    caplog.set_level(logging.DEBUG)
    device = Device(credential_id=b"secret-id")
    give_passkey(ada, device)
    confirm(ada, device.answer(ask(ada)))
    assert device.credential_id.hex() not in caplog.text
    assert "secret-id" not in caplog.text
