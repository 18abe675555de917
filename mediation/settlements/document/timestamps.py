"""Trusted time: the embedded RFC 3161 authority, or an outside one over HTTP.

The embedded authority proves the order of things to whoever trusts this installation and nothing
to anybody else; an installation that needs more sets an outside authority.
"""

# mypy: allow-untyped-calls
# (pyHanko and asn1crypto are annotated in part only)

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError

from mediation.settlements.document.certificates import POLICY_TIME_STAMP, Issuer

SERIAL_BITS = 63
GRANTED = {"granted", "granted_with_mods"}  # RFC 3161, 2.4.2

__all__ = ["TimeSource", "TimestampRequestError", "embedded_time", "outside_time"]


@dataclass(frozen=True)
class TimeSource:
    """Where time stamps come from. `roots` are trusted besides the installation's own root.

    `online` lets revocation data of an outside authority be fetched while sealing.
    """

    stamper: TimeStamper
    roots: tuple[asn1_x509.Certificate, ...] = field(default=())
    online: bool = False


def embedded_time(stamper: Issuer, chain: Sequence[x509.Certificate]) -> TimeSource:
    """Time stamps made in this process with `stamper`; `chain` goes into every token."""
    return TimeSource(_EmbeddedStamper(stamper, chain))


def outside_time(
    urls: Sequence[str],
    *,
    roots_pem: bytes,
    login: tuple[str, str] | None = None,
    timeout: int = 20,
) -> TimeSource:
    """Time stamps from the first authority of `urls` that answers, trusted through `roots_pem`.

    `login` is a user and a password for the first of them, and told to no other. `timeout` is in
    seconds and for each. Asking them may raise TimestampRequestError.
    """
    headers = {}
    if login:
        known = base64.b64encode(":".join(login).encode()).decode()
        headers["Authorization"] = f"Basic {known}"  # RFC 7617
    first, *others = urls
    asked = [HTTPTimeStamper(first, timeout=timeout, headers=headers)]
    asked += [HTTPTimeStamper(url, timeout=timeout) for url in others]
    roots = [asn1_x509.Certificate.load(der) for _, _, der in pem.unarmor(roots_pem, multiple=True)]
    return TimeSource(_FirstThatAnswers(asked), tuple(roots), online=True)


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate as pyHanko wants it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


class _FirstThatAnswers(TimeStamper):
    """Asks one authority after the other; none of them is asked twice for one time stamp."""

    def __init__(self, asked: Sequence[TimeStamper]) -> None:
        super().__init__(include_nonce=True)
        self._asked = asked

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        failures = []
        for stamper in self._asked:
            try:
                answer = await stamper.async_request_tsa_response(req)
                status = answer["status"]["status"].native
            # A refusal comes without a token, which asn1crypto takes for a broken answer.
            except (TimestampRequestError, ValueError) as error:
                failures.append(str(error))
                continue
            if status in GRANTED:
                return answer
            failures.append(status)
        raise TimestampRequestError("; ".join(failures))


class _EmbeddedStamper(TimeStamper):
    """Answers time-stamp requests itself (RFC 3161, 2.4), with the key held in memory."""

    def __init__(self, issuer: Issuer, chain: Sequence[x509.Certificate]) -> None:
        super().__init__(include_nonce=True)
        self._key = issuer.key
        self._certificate = as_asn1(issuer.certificate)
        self._chain = [as_asn1(item) for item in chain]

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """A granted response to `req`."""
        moment = datetime.now(UTC)
        content = self._info(req, moment).dump()
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": cms.ParsableOctetString(content),
            },
            "certificates": [self._certificate, *self._chain],
            "signer_infos": [self._signer_info(content, moment)],
        }
        token = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})
        answer = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
        return tsp.TimeStampResp.load(answer.dump())

    def _info(self, req: tsp.TimeStampReq, moment: datetime) -> tsp.TSTInfo:
        name = asn1_x509.GeneralName(name="directory_name", value=self._certificate.subject)
        info = {
            "version": "v1",
            "policy": POLICY_TIME_STAMP.dotted_string,
            "message_imprint": req["message_imprint"],
            "serial_number": secrets.randbits(SERIAL_BITS),
            "gen_time": moment,
            "nonce": req["nonce"],
            "tsa": name,
        }
        return tsp.TSTInfo(info)

    def _signer_info(self, content: bytes, moment: datetime) -> cms.SignerInfo:
        attributes = self._attributes(content, moment)
        who = {
            "issuer": self._certificate.issuer,
            "serial_number": self._certificate.serial_number,
        }
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": who}),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signed_attrs": attributes,
                "signature": self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
            }
        )

    def _attributes(self, content: bytes, moment: datetime) -> cms.CMSAttributes:
        stamp = cms.Time({"utc_time": core.UTCTime(moment)})
        certificate = as_signing_certificate_v2(self._certificate)
        return cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("signing_time", stamp),
                simple_cms_attribute("signing_certificate_v2", certificate),
                simple_cms_attribute("message_digest", hashlib.sha256(content).digest()),
            ]
        )
