"""Keys that never leave a PKCS#11 token, tried with SoftHSM: the same documents come out."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mediation.settlements.document import pki
from mediation.settlements.document.check import check_settlement
from mediation.settlements.document.keys import FileKeys, TokenKeys, TokenUnusable
from mediation.settlements.document.pki import AuthorityUnreadable, open_authority
from mediation.settlements.document.render import render
from mediation.settlements.document.report import Verdict
from mediation.settlements.document.signing import Look, Signer, issue, seal, sign_as
from mediation.settlements.document.terms import signing_slots
from mediation.settlements.document.timestamps import embedded_time
from tests.settlements.document_samples import EVIDENCE, FACE, PASSPHRASE, cover, english_terms

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "4711"


@dataclass(frozen=True)
class Token:
    """A token of this module's own: how to reach it, and the file it lies in."""

    keys: TokenKeys
    store: Path


@pytest.fixture(scope="module")
def token(tmp_path_factory) -> Token:
    """The module is loaded once in a process and reads its settings then, so all tests share it."""
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(f"directories.tokendir = {home / 'tokens'}\n")
    os.environ["SOFTHSM2_CONF"] = str(home / "softhsm2.conf")
    tool = shutil.which("softhsm2-util")
    assert tool is not None
    order = [tool, "--init-token", "--free", "--label", "heyi", "--so-pin", "0000", "--pin", PIN]
    subprocess.run(order, check=True, capture_output=True)
    return Token(TokenKeys(str(MODULE), "heyi", PIN), home / "tokens")


@pytest.fixture(scope="module")
def folder(token, tmp_path_factory) -> Path:
    """An authority all of whose keys are in the token."""
    place = tmp_path_factory.mktemp("pki")
    open_authority(place, keys=token.keys, operator="Lakeside")
    return place


def test_no_key_is_in_a_file(folder):
    kept = {path.name: path.read_bytes() for path in (folder / pki.IN_PLACE).glob("*.key")}

    assert len(kept) == 5
    assert all(uri.startswith(b"pkcs11:token=heyi;object=heyi-") for uri in kept.values())


def test_a_document_of_a_token_is_genuine(token, folder):
    keys = open_authority(folder, keys=token.keys, operator="Lakeside")
    time = embedded_time(keys.time_stamper, [keys.signing.certificate])
    terms = english_terms()
    look = Look(FACE, terms.language)
    pdf = issue(render(terms, cover=cover(terms), face=FACE), authority=keys, time=time)
    for slot in signing_slots(terms):
        who = Signer(field=slot.field, who=slot.signer, organisation=slot.organisation)
        pdf = sign_as(pdf, signer=who, evidence=EVIDENCE, authority=keys, time=time, look=look)
    pdf = seal(pdf, center=terms.center.name, authority=keys, time=time, look=look)

    assert check_settlement(pdf, trusted_root_pem=keys.root_pem).verdict is Verdict.GENUINE


def test_the_token_gives_no_key_out(token, folder):
    key = open_authority(folder, keys=token.keys, operator="Lakeside").signing.key

    with pytest.raises(TokenUnusable):
        key.private_numbers()
    signature = key.sign(b"words", ec.ECDSA(hashes.SHA256()))
    key.public_key().verify(signature, b"words", ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    "wrong",
    [
        TokenKeys(str(MODULE), "heyi", "0815"),
        TokenKeys(str(MODULE), "another", PIN),
        TokenKeys("/nowhere/module.so", "heyi", PIN),
    ],
)
def test_another_pin_token_or_module_opens_nothing(folder, wrong):
    with pytest.raises(AuthorityUnreadable):
        open_authority(folder, keys=wrong, operator="Lakeside")


def test_passphrase_alone_opens_no_token(folder):
    with pytest.raises(AuthorityUnreadable):
        open_authority(folder, keys=FileKeys(PASSPHRASE), operator="Lakeside")


def test_keys_made_as_files_go_on_with_a_token(token, tmp_path):
    files = FileKeys(PASSPHRASE)
    before = open_authority(tmp_path, keys=files, operator="Lakeside")
    both = TokenKeys(token.keys.module, token.keys.token, PIN, files=files)

    after = open_authority(tmp_path, keys=both, operator="Lakeside")

    assert after.root == before.root
    with pytest.raises(AuthorityUnreadable):
        open_authority(tmp_path, keys=token.keys, operator="Lakeside")
