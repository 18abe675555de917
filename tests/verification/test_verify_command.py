import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from mediation.courts.services.packages import fetch_package
from mediation.settlements.selectors import last_revision
from mediation.settlements.services.revisions import content_of
from mediation.verification.services import own_anchors

pytestmark = pytest.mark.django_db


@pytest.fixture
def pdf(sealed):
    return content_of(last_revision(sealed.settlement.document))


def run(path, **options):
    """Exit code and what was printed."""
    told = StringIO()
    try:
        call_command("verify", str(path), stdout=told, **options)
    except SystemExit as end:
        return end.code, told.getvalue()
    return 0, told.getvalue()


def test_exit_codes_say_genuine_changed_and_not_ours(tmp_path, pdf):
    path = tmp_path / "file"
    path.write_bytes(pdf)
    code, told = run(path)
    assert code == 0
    assert "This file is genuine." in told
    assert "signed: Ada Applicant (party)" in told
    path.write_bytes(pdf[:5000] + bytes([pdf[5000] ^ 1]) + pdf[5001:])
    code, told = run(path)
    assert code == 1
    assert "! " in told
    path.write_bytes(b"something else")
    assert run(path)[0] == 2


def test_the_words_about_a_file_cut_short_agree_with_the_exit_code(tmp_path, pdf):
    path = tmp_path / "file"
    for part, code, words in (
        (0.8, 1, "It may have been damaged or changed."),
        (0.2, 2, "does not show who made it."),
    ):
        path.write_bytes(pdf[: int(len(pdf) * part)])
        ended, told = run(path)
        assert (ended, words in told) == (code, True)
        assert ("damaged" in told) == (code == 1)


def test_json_for_machines(tmp_path, pdf):
    path = tmp_path / "file"
    path.write_bytes(pdf)
    told = json.loads(run(path, json=True)[1])
    assert (told["verdict"], told["kind"]) == ("genuine", "settlement")
    assert told["signers"][1]["name"] == "Ada Applicant"


def test_a_file_that_is_not_there_is_an_error_of_its_own(tmp_path):
    from django.core.management import CommandError

    with pytest.raises(CommandError) as refused:
        run(tmp_path / "nothing")
    assert refused.value.returncode == 3


def test_another_machine_checks_with_root_and_key_alone(tmp_path, settings, sealed, released):
    """A process of its own: other folders, no key of the installation, no database, no network."""
    anchors = own_anchors()
    (tmp_path / "root.pem").write_bytes(anchors.root_pem)
    (tmp_path / "key.pem").write_bytes(anchors.key_pem)
    package = fetch_package(actor=sealed.cast.clerk, release=released).content
    (tmp_path / "package.zip").write_bytes(package)
    (tmp_path / "changed.zip").write_bytes(package[:-1] + bytes([package[-1] ^ 1]))
    environment = {
        "PATH": os.environ["PATH"],
        "DEMO": "1",
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'nowhere' / 'none.sqlite3'}",
        "http_proxy": "http://127.0.0.1:9",
    }
    found = {}
    for name in ("package.zip", "changed.zip"):
        command = [sys.executable, "manage.py", "verify", str(tmp_path / name)]
        command += ["--root", str(tmp_path / "root.pem"), "--key", str(tmp_path / "key.pem")]
        found[name] = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, check=False
        ).returncode
    assert found == {"package.zip": 0, "changed.zip": 1}
    assert not (tmp_path / "var" / "signing").exists()
