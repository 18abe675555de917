"""The public page of the log: its published heads and the means to check them without us."""

import json
import subprocess
import sys
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from mediation.audit import services as audit
from mediation.vault.models import SealedFile
from tests.settlements.test_document_time import elsewhere, time_office

pytestmark = pytest.mark.django_db
ANNA, TARGET, CASE = SealedFile(pk=uuid4()), SealedFile(pk=uuid4()), uuid4()


@pytest.fixture
def published(settings, tmp_path):
    """Two states of which the first is published and stamped; where the second is not yet."""
    roots = tmp_path / "roots.pem"
    roots.write_bytes(elsewhere().root_pem)
    settings.TSA_ROOTS = str(roots)
    with time_office(is_public=True) as (url, _answered):
        settings.AUDIT_TSA_URL = url
        _grow()
        (head,) = audit.publish_heads()
        audit.stamp_heads()
        _grow()
        yield head


def _grow():
    audit.record(actor=ANNA, action="file.shared", target=TARGET, case_id=CASE)
    audit.seal_pending()
    audit.checkpoint()


def page(**headers):
    """What the page says between header and footer."""
    answer = Client().get(reverse("verification:log"), headers=headers)
    return html.fromstring(answer.content).find(".//main").text_content()


def test_the_page_tells_that_nothing_is_published_yet():
    assert "Nothing is published yet" in page()


def test_the_page_shows_the_published_state_and_no_later_one(published):
    shown = page()

    assert published.checkpoint.note.splitlines()[2] in shown
    assert "Outside time stamp" in shown
    audit.record(actor=ANNA, action="file.shared", target=TARGET, case_id=CASE)
    audit.seal_pending()
    audit.checkpoint()
    assert page() == shown, "the page does not grow by the hour"


def test_without_an_authority_the_page_says_so(settings):
    settings.AUDIT_TSA_URL = ""
    assert "asks no outside authority" in page()


def test_all_that_is_offered_fits_together(published, tmp_path):
    """What anybody downloads here is enough to check what is published here."""
    year, size = published.segment, published.checkpoint.size
    wanted = {
        "heyi_log.py": reverse("verification:log_verifier"),
        "log-key.txt": reverse("verification:log_key"),
        "tsa-roots.pem": reverse("verification:log_roots"),
        "checkpoints.jsonl": reverse("verification:log_checkpoints", args=[year]),
        f"stamps/{size:012}.tsr": reverse("verification:log_stamp", args=[year, size]),
    }
    (tmp_path / "stamps").mkdir()
    for name, address in wanted.items():
        answer = Client().get(address)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        (tmp_path / name).write_bytes(answer.content)

    command = [sys.executable, "-I", "heyi_log.py", ".", "--key", "log-key.txt"]
    command += ["--roots", "tsa-roots.pem", "--states", str(year)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "sound")
    assert f"stamped {size} " in done.stdout


def test_what_is_not_there_is_not_found(settings):
    settings.AUDIT_TSA_URL = ""
    for name, values in {
        "log_roots": [],
        "log_checkpoints": [2019],
        "log_stamp": [2019, 3],
    }.items():
        assert Client().get(reverse(f"verification:{name}", args=values)).status_code == 404


def test_only_published_states_are_given_out(published):
    address = reverse("verification:log_checkpoints", args=[published.segment])

    (line,) = Client().get(address).content.decode().splitlines()

    assert json.loads(line)["size"] == published.checkpoint.size
