from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from mediation.mail import services
from mediation.mail.models import Dispatch

pytestmark = pytest.mark.django_db


def send(key="k", language="en"):
    return services.send_mail(
        kind="accounts/confirmation_code",
        to="ada@people.example",
        language=language,
        context={"code": "123456"},
        key=key,
    )


def test_sent_once_per_key_and_nothing_of_it_is_kept():
    first, again = send(), send()
    assert first == again
    assert len(mail.outbox) == 1
    row = Dispatch.objects.get()
    stored = " ".join(str(getattr(row, field.attname)) for field in row._meta.fields)
    assert "123456" not in stored
    assert "ada" not in stored


def test_subject_is_the_first_line_and_has_no_line_break():
    send()
    assert "123456" in mail.outbox[0].subject
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].subject not in mail.outbox[0].body


def test_failure_is_noted_and_the_next_try_sends(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    with pytest.raises(services.MailFailed):
        send()
    assert Dispatch.objects.get().failure == "ConnectionRefusedError"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send().attempts == 2
    assert len(mail.outbox) == 1


def test_delivery_metadata_goes_after_thirty_days():
    send()
    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert services.forget_old_dispatches() == 0
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert services.forget_old_dispatches() == 1


@pytest.mark.parametrize(
    ("chosen", "language", "day"),
    [("America/Chicago", "en", "2 March"), ("", "en", "3 March"), ("", "zh-hans", "3月3日")],
)
def test_dates_are_on_the_readers_clock_and_not_on_the_senders(chosen, language, day):
    with timezone.override("Pacific/Kiritimati"):
        services.send_mail(
            kind="courts/confirmation_ends",
            to="ada@people.example",
            language=language,
            time_zone=chosen,
            context={
                "number": "2026-1",
                "case_id": "c",
                "until": datetime(2026, 3, 3, 2, tzinfo=UTC),
            },
            key="k",
        )
    assert day in mail.outbox[0].body
