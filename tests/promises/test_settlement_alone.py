"""Promise 5: a settlement stands on its own (E1, E4, E5, X1, X2).

Byte by byte at the engine: tests/settlements/test_document_check.py, test_document_check_forged.py.
"""

import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from django.core.management import call_command

from mediation.settlements.document.sheet import lay_out
from mediation.settlements.document.terms_json import from_json, terms_hash
from mediation.settlements.selectors import current_version, version_terms
from mediation.settlements.services.reading import read_document
from mediation.verification.enums import Verdict
from mediation.verification.services import Anchors, own_anchors, verify

pytestmark = pytest.mark.django_db
NOT_GENUINE = 1


@pytest.fixture
def pdf(story):
    return read_document(actor=story.cast.party_a, settlement=story.settlement).content


@pytest.fixture
def anchors(story, tmp_path):
    """The two public files that everybody can fetch beforehand, as paths."""
    found = own_anchors()
    paths = {"--root": tmp_path / "root.pem", "--key": tmp_path / "key.pem"}
    paths["--root"].write_bytes(found.root_pem)
    paths["--key"].write_bytes(found.key_pem)
    return [str(part) for pair in paths.items() for part in pair]


def elsewhere(tmp_path, settings, *arguments):
    """`manage.py verify` on a machine that has never heard of the installation: no folder of it,
    no database, no network. Exit code and what it said.
    """
    nowhere = tmp_path / "elsewhere"
    nowhere.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "DEMO": "1",
        "VAR_DIR": str(nowhere),
        "DATABASE_URL": f"sqlite:///{nowhere / 'none' / 'none.sqlite3'}",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    kept = [path for path in nowhere.rglob("*") if path.is_file()]
    return done.returncode, done.stdout + done.stderr, kept


def test_it_is_genuine_without_us(story, pdf, anchors, tmp_path, settings):
    path = tmp_path / "settlement.pdf"
    path.write_bytes(pdf)
    code, told, kept = elsewhere(tmp_path, settings, str(path), *anchors, "--json")
    assert code == 0, told
    report = json.loads(told)
    assert (report["kind"], report["verdict"], report["findings"]) == ("settlement", "genuine", [])
    names = {signer[part] for signer in report["signers"] for part in ("name", "organisation")}
    assert {"Ada Applicant", "Bo Respondent", "Mei", story.cast.center.name} <= names
    assert all(signer["signed_at"] for signer in report["signers"])
    assert kept == []  # nor does checking leave anything behind


def test_a_changed_one_is_not_wherever_it_is_checked(pdf, anchors, tmp_path, settings):
    path = tmp_path / "settlement.pdf"
    path.write_bytes(pdf[:7000] + bytes([pdf[7000] ^ 1]) + pdf[7001:])
    assert elsewhere(tmp_path, settings, str(path), *anchors)[0] == NOT_GENUINE


def test_sixty_bytes_anywhere_each_changed_at_random_are_all_noticed(pdf, anchors, tmp_path):
    """Through the command, as anybody would check; the seed changes with the document itself."""
    chance = random.Random(len(pdf))
    path = tmp_path / "settlement.pdf"
    for place in chance.sample(range(len(pdf)), 60):
        path.write_bytes(
            pdf[:place] + bytes([pdf[place] ^ chance.randint(1, 255)]) + pdf[place + 1 :]
        )
        options = dict(zip(["root", "key"], map(Path, anchors[1::2]), strict=True))
        with pytest.raises(SystemExit) as end:
            call_command("verify", str(path), stdout=io.StringIO(), **options)
        assert end.value.code == NOT_GENUINE, place


def test_nobody_elses_anchor_vouches_for_it(pdf):
    mine = own_anchors()
    assert verify(pdf, mine).verdict == Verdict.GENUINE
    assert verify(pdf, Anchors(root_pem=None, key_pem=mine.key_pem)).verdict != Verdict.GENUINE


def attached(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {name: one.get_file().read_bytes() for name, one in document.attachments.items()}


def printed(tmp_path, pdf):
    """The words of the pages, as poppler, which is none of ours, reads them."""
    path = tmp_path / "pages.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


def test_the_terms_as_data_are_the_terms_both_approved(story, pdf):
    (content,) = [one for name, one in attached(pdf).items() if name.endswith(".json")]
    terms, version = from_json(content), current_version(story.settlement)
    assert terms == version_terms(version)
    assert terms_hash(terms) == version.terms_sha256


def test_the_terms_as_text_are_the_terms_as_data(pdf, tmp_path):
    (content,) = [one for name, one in attached(pdf).items() if name.endswith(".json")]
    terms, text = from_json(content), printed(tmp_path, pdf)
    assert terms.agreement_no in text
    for party in terms.parties:
        assert party.name in text
    for obligation in lay_out(terms).obligations:
        assert obligation
    for obligation in terms.obligations:
        assert obligation.description in text
    assert "1,200.00" in text


def test_everything_needed_to_check_it_is_in_it(pdf):
    """Certificates and time stamps inside, nothing fetched: no address to ask is part of it."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert "/DSS" in document.Root
        assert len(document.Root.DSS.Certs) > 0
        pages = document.pages
        links = [a for page in pages for a in page.get("/Annots", []) if "/A" in a]
        assert not [one for one in links if one.A.get("/S") not in {"/URI", None}]
        assert "/OpenAction" not in document.Root
        assert "/JavaScript" not in document.Root.get("/Names", {})
