"""The page that checks in a browser, as it is served and saved, and the public certificates."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import open_authority
from mediation.settlements.services import engine
from mediation.verification.checker.knowledge import knowledge
from mediation.verification.checker.page import checker_page
from mediation.verification.enums import Finding
from tests.settlements.document_samples import PASSPHRASE

INLINE = re.compile(r"<(script|style)(?: [^>]*)?>(.*?)</\1>", re.DOTALL)
DATA = re.compile(r'<script id="data" type="application/json">(.*?)</script>', re.DOTALL)


@pytest.fixture
def installed():
    """An installation that has its authority."""
    return engine.authority()


@pytest.fixture
def uninstalled(settings, tmp_path):
    """An installation that made no settlement yet."""
    settings.PKI_DIR = str(tmp_path / "none")


def data_in(html):
    return json.loads(DATA.search(html)[1])


def test_the_page_names_everything_that_may_run_and_nothing_else(client, installed):
    response = client.get("/verify/checker.html")
    html = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    texts = [text for _kind, text in INLINE.findall(html) if not text.startswith("{")]
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in texts]

    assert len(texts) == 2
    assert all(f"'sha256-{digest}'" in policy for digest in digests)
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src 'none'" in policy
    assert re.findall(r'(?:src|href|action)="([^"]+)"', html) == []


def test_what_is_saved_holds_the_root_and_keeps_its_policy(client, installed):
    html = client.get("/verify/checker.html").content.decode()

    assert data_in(html)["root"].encode() == installed.root_pem
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;' in html


def test_the_page_speaks_every_language_with_the_same_words(installed):
    words = data_in(checker_page(root_pem=None).html)["words"]

    assert list(words) == [code for code, _name in settings.LANGUAGES]
    assert len({json.dumps(sorted(one)) for one in words.values()}) == 1
    assert words["en"]["findings"]["bytes_changed"] == str(Finding.BYTES_CHANGED.label)


def test_the_same_page_need_not_be_sent_twice(client, installed):
    first = client.get("/verify/checker.html")
    again = client.get("/verify/checker.html", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert "public" in first.headers["Cache-Control"]
    assert "no-store" in client.get("/verify/").headers["Cache-Control"]


def test_without_an_authority_the_page_asks_for_a_root(client, uninstalled):
    assert data_in(client.get("/verify/checker.html").content.decode())["root"] == ""


def test_browsers_know_every_field_of_the_terms():
    kinds = knowledge()["shape"]["kinds"]
    said = {field["name"]: field for field in kinds["Obligation"]}

    assert said["instalments"] == {
        "name": "instalments",
        "since": 1,
        "kind": "Instalment",
        "list": True,
        "optional": False,
    }
    assert (said["amount"]["kind"], said["amount"]["optional"]) == ("amount", True)
    assert said["evidence"]["since"] == 2


@pytest.mark.parametrize("name", ["root", "signing"])
def test_certificates_and_lists_are_public(client, installed, name):
    certificate = client.get(f"/verify/{name}.cer")
    revoked = client.get(f"/verify/{name}.crl")
    issuer = x509.load_der_x509_certificate(certificate.content)
    listed = x509.load_der_x509_crl(revoked.content)

    assert certificate.headers["Content-Type"] == "application/pkix-cert"
    assert revoked.headers["Content-Type"] == "application/pkix-crl"
    assert issuer == (installed.root if name == "root" else installed.signing.certificate)
    assert listed.is_signature_valid(issuer.public_key())
    assert len(listed) == 0
    assert "public" in revoked.headers["Cache-Control"]


def test_the_list_of_the_signing_authority_says_when_to_ask_again(client, installed):
    listed = x509.load_der_x509_crl(client.get("/verify/signing.crl").content)
    wait = listed.next_update_utc - datetime.now(UTC)

    assert timedelta(days=6) < wait <= timedelta(days=7)


@pytest.mark.parametrize("address", ["root.cer", "root.crl", "signing.cer", "signing.crl"])
def test_before_the_first_settlement_there_is_nothing_to_publish(client, uninstalled, address):
    assert client.get(f"/verify/{address}").status_code == 404


def test_asking_makes_no_authority(client, uninstalled, settings, tmp_path):
    client.get("/verify/signing.crl")

    assert not (tmp_path / "none").exists()
    made = open_authority(tmp_path / "none", keys=FileKeys(PASSPHRASE), operator="Elsewhere")
    assert client.get("/verify/root.cer").content == made.root.public_bytes(Encoding.DER)
