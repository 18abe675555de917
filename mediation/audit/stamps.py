"""Heads of the log that are published, and an outside authority's time for them (RFC 3161).

A head is published once a day at most, so that nobody can follow the hours by its growth. With a
stamp it also shows that the log had this head before that time, even to whoever trusts us in
nothing. The authority may be away for days: the log goes on, and the next head is asked about.
"""

import base64
import logging
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cryptography import x509
from django.conf import settings
from django.utils import timezone
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from mediation.audit.models import Checkpoint, DailyHead, Stamp, TreeHead

LARGEST_ANSWER = 64 * 1024
logger = logging.getLogger(__name__)


def publish_heads() -> list[DailyHead]:
    """Publish the newest checkpoint of each tree that has grown, once a day (UTC)."""
    today = timezone.now().date()
    made = []
    for segment in TreeHead.objects.values_list("segment", flat=True).order_by("segment"):
        newest = Checkpoint.objects.filter(segment=segment, daily=None).order_by("size").last()
        last = DailyHead.objects.filter(segment=segment).order_by("checkpoint__size").last()
        if newest is None or (last is not None and last.checkpoint.size >= newest.size):
            continue
        head, is_new = DailyHead.objects.get_or_create(
            segment=segment, published_on=today, defaults={"checkpoint": newest}
        )
        made += [head] if is_new else []
    return made


def stamp_heads() -> list[Stamp]:
    """Have the newest published head of each tree stamped where it is not; what the authority
    does not answer today is asked again at the next run. Failures are logged, never raised.
    """
    if not settings.AUDIT_TSA_URL:
        return []
    return [stamp for head in _unstamped() if (stamp := _stamped(head)) is not None]


def is_stamp_of(response: bytes, note: str, roots_pem: bytes) -> bool:
    """Whether the response is a stamp of this note by an authority under one of the roots."""
    try:
        _verify(decode_timestamp_response(response), note.encode(), roots_pem)
    except (VerificationError, ValueError):
        return False
    return True


def roots_pem() -> bytes:
    """The roots that vouch for the authority; empty where none are set."""
    return Path(settings.TSA_ROOTS).read_bytes() if settings.TSA_ROOTS else b""


def _unstamped() -> list[DailyHead]:
    heads = []
    for segment in TreeHead.objects.values_list("segment", flat=True).order_by("segment"):
        rows = DailyHead.objects.filter(segment=segment).select_related("checkpoint", "stamp")
        newest = rows.order_by("checkpoint__size").last()
        if newest is not None and not hasattr(newest, "stamp"):
            heads.append(newest)
    return heads


def _stamped(head: DailyHead) -> Stamp | None:
    for number, url in enumerate(settings.AUDIT_TSA_URL.split()):
        try:
            answer = _ask(url, head.checkpoint.note.encode(), is_first=number == 0)
        except (OSError, HTTPException, ValueError, VerificationError) as error:
            logger.error("log %s: no time stamp: %s", head, _reason(error))
            continue
        made, is_new = Stamp.objects.get_or_create(
            head=head,
            defaults={
                "response": answer.as_bytes(),
                "stamped_at": answer.tst_info.gen_time,
            },
        )
        return made if is_new else None
    return None


def _ask(url: str, content: bytes, *, is_first: bool) -> TimeStampResponse:
    """The authority's answer, checked. Raises OSError, HTTPException, ValueError or
    VerificationError.
    """
    roots = roots_pem()
    if not roots or not url.startswith(("https://", "http://")):
        raise ValueError("AUDIT_TSA_URL and TSA_ROOTS must name an authority and its roots")
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    request = Request(url, data=asked.as_bytes(), headers=_headers(is_first=is_first))  # noqa: S310
    with urlopen(request, timeout=settings.TSA_TIMEOUT) as reply:  # noqa: S310 http(s), above
        answer = decode_timestamp_response(reply.read(LARGEST_ANSWER))
    _verify(answer, content, roots, nonce=asked.nonce)
    return answer


def _headers(*, is_first: bool) -> dict[str, str]:
    """Name and password belong to the first authority of TSA_URL, and are told to no other."""
    headers = {"Content-Type": "application/timestamp-query"}
    if is_first and settings.TSA_USER and settings.AUDIT_TSA_URL == settings.TSA_URL:
        known = f"{settings.TSA_USER}:{settings.TSA_PASSWORD}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(known).decode()}"  # RFC 7617
    return headers


def _verify(
    answer: TimeStampResponse, content: bytes, roots: bytes, *, nonce: int | None = None
) -> None:
    found: Sequence[x509.Certificate] = x509.load_pem_x509_certificates(roots)
    verifier = VerifierBuilder(roots=list(found), nonce=nonce).build()
    verifier.verify_message(answer, content)


def _reason(error: Exception) -> str:
    """Without the address, which may hold a password."""
    return str(error.code) if isinstance(error, HTTPError) else type(error).__name__
