import time

import pytest
from django.core.management.base import CommandError

from mediation.core import jobs, limits
from mediation.core.errors import TooMany
from mediation.core.management.commands.serve import refuse_unsafe
from mediation.core.worker import EmbeddedWorker
from tests.keyrings import own_keyring


def test_unknown_job_is_refused_when_it_is_asked_for():
    with pytest.raises(LookupError):
        jobs.enqueue("cases.no_such_job")
    with pytest.raises(LookupError):
        jobs.enqueue("cases.send_news.__module__")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "heyi.example"])
def test_demonstration_is_never_served_to_others(host):
    with pytest.raises(CommandError):
        refuse_unsafe(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_demonstration_on_this_machine_is_fine(host):
    refuse_unsafe(host)


def test_demo_secret_alone_is_enough_to_refuse(settings):
    settings.DEMO = False
    settings.SECRET_KEY = settings.DEMO_SECRET
    with pytest.raises(CommandError):
        refuse_unsafe("0.0.0.0")


def test_real_installation_may_listen_anywhere(settings):
    settings.DEMO = False
    settings.SECRET_KEY = "something of its own"
    refuse_unsafe("0.0.0.0")


def test_tries_are_counted_per_person():
    for _try in range(3):
        limits.count_try("test", "ada", limit=3, seconds=60)
    with pytest.raises(TooMany):
        limits.count_try("test", "ada", limit=3, seconds=60)
    limits.count_try("test", "bo", limit=3, seconds=60)


def test_the_worker_goes_on_after_whatever_failed(settings, tmp_path, caplog):
    """Without a database every job and one of the commands fail, by no error of Django's."""
    settings.PERIODIC_COMMANDS = {"scan_orphan_files": 0, "rotate_kek": 0}
    with own_keyring(settings, tmp_path):
        worker = EmbeddedWorker()
        worker.start()
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and not (settings.KEK_DIR / "epoch-000002.key").exists():
            time.sleep(0.05)
        worker.stop()
        assert (settings.KEK_DIR / "epoch-000002.key").exists()

    failed = {record.getMessage() for record in caplog.records if record.levelname == "ERROR"}
    assert {"queued jobs failed", "scan_orphan_files failed"} <= failed
