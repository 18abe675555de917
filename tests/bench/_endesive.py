"""endesive as a peer for one plain signature, in a virtual environment of its own.

It cannot be imported beside the libraries this project is locked to, and is nothing the project
needs. The environment is made once, in the user's cache, with a pinned version and the same
cryptography; where it cannot be made, the reason is said and there are no figures of it.
"""

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.bench.room import say

VERSION = "3.0.1"
PYPDF = "6.21.4"  # endesive 3.0.1 asks for any, and fails with the first of the series 7
INSIDE = Path(__file__).resolve().parent / "_endesive_inside.py"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
HOME = CACHE / f"heyi-bench/endesive-{VERSION}-python{sys.version_info[0]}.{sys.version_info[1]}"
MADE = "made"  # the name of the file that says the environment is complete
MINUTES = 5


@dataclass(frozen=True)
class PlainKey:
    """A key and its own certificate for this comparison. RSA, because endesive calls every
    signature RSA, so that what it signs with the curve keys of our certificates is not valid.
    """

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate


def plain_key() -> PlainKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A plain signature")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=private.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )
    return PlainKey(private, made.sign(private, hashes.SHA256()))


def sign_with_endesive(pdf: bytes, own: PlainKey, turns: int) -> tuple[list[float], bytes] | None:
    """Milliseconds of processor time of each turn, and the signed PDF; None without endesive."""
    python = _python()
    if python is None:
        return None
    with TemporaryDirectory() as folder:
        names = ("printed.pdf", "key.pem", "certificate.pem", "signed.pdf")
        printed, key, certificate, signed = (Path(folder) / name for name in names)
        printed.write_bytes(pdf)
        key.write_bytes(_as_pem(own.private))
        certificate.write_bytes(own.certificate.public_bytes(serialization.Encoding.PEM))
        order = [python, "-I", INSIDE, printed, key, certificate, str(turns), signed]
        done = _run(order)
        return (json.loads(done.stdout), signed.read_bytes()) if done else None


def _as_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _python() -> Path | None:
    """The interpreter of endesive's environment, which is made on first use."""
    python = HOME / "bin" / "python"
    if not (HOME / MADE).exists():
        say(f"Making an environment for endesive {VERSION} in {HOME}.")
        venv.create(HOME, with_pip=True, clear=True)
        same = [f"{name}=={version(name)}" for name in ("cryptography", "asn1crypto")]
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if _run([*pip, f"endesive=={VERSION}", f"pypdf=={PYPDF}", *same]) is None:
            return None
        (HOME / MADE).touch()
    return python


def _run(order: list[Path | str]) -> subprocess.CompletedProcess[str] | None:
    """What came of it; None, with the last line of its complaint said, where it failed."""
    try:
        return subprocess.run(
            order, check=True, capture_output=True, text=True, timeout=MINUTES * 60
        )
    except (OSError, subprocess.SubprocessError) as error:
        lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
        say(f"Going on without endesive: {lines[-1] if lines else error}")
        return None
