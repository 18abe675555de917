"""Time from outside authorities: real requests to servers on this machine."""

import base64
import threading
from asyncio import run
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp

import pytest
from asn1crypto import tsp
from django.conf import settings
from pyhanko.sign.timestamps import TimestampRequestError

from mediation.settlements.document.check import check_settlement
from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import PlatformAuthority, open_authority
from mediation.settlements.document.render import render
from mediation.settlements.document.report import Problem, Verdict
from mediation.settlements.document.signing import Look, Signer, issue, renew, seal, sign_as
from mediation.settlements.document.terms import signing_slots
from mediation.settlements.document.timestamps import TimeSource, embedded_time, outside_time
from tests.settlements.document_samples import (
    EVIDENCE,
    FACE,
    PASSPHRASE,
    authority,
    cover,
    english_terms,
)

REJECTION = bytes.fromhex("30053003020102")  # RFC 3161, 2.4.2: a status and no token
LOGIN = ("heyi", "for tests only")


@cache
def elsewhere() -> PlatformAuthority:
    """Somebody else's authority, whose time stamper the servers use."""
    folder = Path(mkdtemp(dir=settings.VAR_DIR))
    return open_authority(folder, keys=FileKeys(PASSPHRASE), operator="Time Office")


@contextmanager
def time_office(
    *, refuses: bool = False, is_public: bool = False
) -> Iterator[tuple[str, list[int]]]:
    """The address of a time-stamp authority, and the list of what it answered so far. A public one
    wants no login and answers 403 to whoever tells it one.
    """
    ours = elsewhere()
    stamper = embedded_time(ours.time_stamper, [ours.signing.certificate, ours.root]).stamper
    known = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
    answered: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = self.headers["Authorization"]
            wanted = None if is_public else known
            status = 200 if told == wanted else 403 if is_public else 401
            answered.append(status)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(self.answer(body) if status == 200 else b"")

        def answer(self, body: bytes) -> bytes:
            if refuses:
                return REJECTION
            asked = tsp.TimeStampReq.load(body)
            return run(stamper.async_request_tsa_response(asked)).dump()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", answered
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def outside(*urls: str, login: tuple[str, str] = LOGIN) -> TimeSource:
    return outside_time(urls, roots_pem=elsewhere().root_pem, login=login, timeout=5)


def base() -> bytes:
    terms = english_terms()
    return render(terms, cover=cover(terms), face=FACE)


def test_a_document_with_outside_time_is_genuine_to_who_trusts_that_time():
    terms = english_terms()
    look = Look(FACE, terms.language)
    keys = authority()
    with time_office() as (url, answered):
        time = outside(url)
        pdf = issue(base(), authority=keys, time=time)
        for slot in signing_slots(terms):
            who = Signer(field=slot.field, who=slot.signer, organisation=slot.organisation)
            pdf = sign_as(pdf, signer=who, evidence=EVIDENCE, authority=keys, time=time, look=look)
        pdf = seal(pdf, center=terms.center.name, authority=keys, time=time, look=look)
        pdf = renew(pdf, authority=keys, time=time)

    told = check_settlement(pdf, trusted_root_pem=keys.root_pem, tsa_roots_pem=elsewhere().root_pem)
    untrusting = check_settlement(pdf, trusted_root_pem=keys.root_pem)

    assert told.findings == ()
    assert told.verdict is Verdict.GENUINE
    assert set(answered) == {200}
    assert untrusting.verdict is Verdict.NOT_GENUINE
    assert Problem.SIGNATURE_INVALID in untrusting.findings


def test_the_next_authority_is_asked_when_one_is_down_or_refuses():
    with (
        time_office(refuses=True) as (refusing, asked),
        time_office(is_public=True) as (good, answered),
    ):
        issue(base(), authority=authority(), time=outside(refusing, "http://127.0.0.1:9/", good))

    assert set(asked) == set(answered) == {200}, "only the first is told the password"


@pytest.mark.parametrize("refuses", [True, False])
def test_without_an_answer_nothing_is_signed(refuses):
    login = LOGIN if refuses else ("heyi", "wrong")
    with time_office(refuses=refuses) as (url, answered), pytest.raises(TimestampRequestError):
        issue(base(), authority=authority(), time=outside(url, login=login))

    assert answered == [200 if refuses else 401]
