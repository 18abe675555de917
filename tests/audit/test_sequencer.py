"""Several writers and several sequencers at once, in real processes on a real database."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from django.db import connection, connections

from mediation.audit import services
from mediation.audit.models import Entry, Leaf, Pending, TreeHead
from mediation.vault.models import SealedFile

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import sys, uuid
import django
from django.conf import settings
from django.db import connections
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.SIGNING_DIR, settings.PUBLIC_URL = sys.argv[3:]
settings.INSTALLED_APPS = ["mediation.audit", "mediation.vault"]
django.setup()
from mediation.audit import services
from mediation.audit.models import CaseSalt
from mediation.vault.models import SealedFile
person = SealedFile(pk=uuid.uuid4())
case = uuid.UUID(sys.argv[2])
def record():
    services.record(actor=person, action="file.shared", target=person, case_id=case)
sys.stdin.readline()
"""
WRITE = PRELUDE + "for _ in range(25): record()"
SEAL = PRELUDE + "import time\nfor _ in range(12): services.seal_pending(); services.checkpoint()"
FOREVER = PRELUDE + "while True: record(); services.seal_pending(); print('.', flush=True)"
CASE = "11111111-1111-4111-8111-111111111111"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def process(settings):
    """Start a Python process on this test's database; it begins when a line comes in."""

    def start(source):
        own = {**os.environ, "DJANGO_SETTINGS_MODULE": "mediation.settings"}
        own["PYTHONPATH"] = str(ROOT)
        place = [str(connection.settings_dict["NAME"]), CASE]
        signer = [str(settings.SIGNING_DIR), settings.PUBLIC_URL]
        return subprocess.Popen(
            [sys.executable, "-c", source, *place, *signer],
            env=own,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    yield start
    connections.close_all()


def release(*processes):
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()


def test_writers_and_sequencers_at_once_give_one_tree_without_gaps(process):
    running = [process(source) for source in (WRITE, WRITE, SEAL, SEAL)]
    release(*running)
    for each in running:
        each.communicate(timeout=120)
    services.seal_pending()
    services.checkpoint()

    assert [each.returncode for each in running] == [0, 0, 0, 0]
    assert Entry.objects.count() == 50
    indexes = Leaf.objects.order_by("leaf_index").values_list("leaf_index", flat=True)
    assert list(indexes) == list(range(50))
    assert TreeHead.objects.get().size == 50
    assert not Pending.objects.exists()
    assert services.check_log() == []


def test_a_process_killed_at_any_moment_leaves_a_sound_log(process):
    for lines in (1, 3, 5):
        worker = process(FOREVER)
        release(worker)
        for _ in range(lines):
            worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
        worker.communicate()

        services.seal_pending()
        services.checkpoint()
        assert services.check_log() == []
    assert Entry.objects.count() >= 9


def test_proving_and_sealing_stay_quick_in_a_long_log():
    """Generous bounds that only a change of complexity would break."""
    person = SealedFile(pk=uuid.uuid4())
    for _ in range(1500):
        entry = services.record(actor=person, action="file.shared", target=person)
    started = time.perf_counter()
    assert services.seal_pending() == 1500
    services.checkpoint()
    sealed = time.perf_counter() - started
    proof = services.inclusion_proof(entry=entry)

    assert len(proof.path) <= 11
    assert sealed < 10
