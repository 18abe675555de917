"""A throw-away TURN server (coturn), and an authority whose certificate browsers can be given.

Browsers check the certificate of a TURN server reached over TLS as they check that of a page.
Nothing switches the check off here: a browser of a test knows the test's own authority.
"""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import answers, free_port, own_folder, running

SECRET = "throw-away-secret"
TRUSTED = ("-n", "test authority", "-t", "C,,")  # for servers, and for nothing else


@dataclass(frozen=True)
class Turn:
    """A TURN server: `secret` is for time-limited credentials (TURN REST API), `port` for UDP and
    TCP, `tls_port` for TLS; a server has the first or the second.
    """

    secret: str = SECRET
    address: str = "127.0.0.1"
    port: int = 0
    tls_port: int = 0

    def url(self, way: str) -> str:
        """For browsers that come by `udp`, `tcp` or `tls`. By its name, as certificates have it."""
        if way == "tls":
            return f"turns:localhost:{self.tls_port}?transport=tcp"
        return f"turn:{self.address}:{self.port}?transport={way}"


@contextmanager
def coturn(address: str = "127.0.0.1") -> Iterator[Turn]:
    """Relays between addresses of this machine only; reached by UDP and by TCP, not by TLS."""
    turn = Turn(address=address, port=free_port())
    listens = [f"--listening-port={turn.port}", "--no-tls", "--no-dtls"]
    with own_folder({}) as folder, _running(turn, listens, folder):
        yield turn


@contextmanager
def coturn_by_tls_alone(authority: "Authority") -> Iterator[Turn]:
    """The same for networks that let nothing out but TLS: no UDP, no TCP without TLS."""
    turn = Turn(tls_port=free_port())
    with own_folder({}) as folder:
        certificate, key = authority.certify(folder)
        listens = [f"--tls-listening-port={turn.tls_port}", "--no-udp", "--no-tcp", "--no-dtls"]
        listens += [f"--cert={certificate}", f"--pkey={key}", "--no-tlsv1", "--no-tlsv1_1"]
        with _running(turn, listens, folder):
            yield turn


@contextmanager
def _running(turn: Turn, listens: list[str], folder: Path) -> Iterator[None]:
    command = ["turnserver", f"--listening-ip={turn.address}", f"--relay-ip={turn.address}"]
    command += [*listens, "--min-port=49200", "--max-port=49400"]
    command += ["--use-auth-secret", f"--static-auth-secret={turn.secret}", "--realm=heyi.test"]
    command += ["--fingerprint", "--no-cli", "--no-multicast-peers"]
    command += ["--allow-loopback-peers", "--user-quota=100", "--total-quota=400", "-n"]
    command += [f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'db'}", "--log-file=stdout"]
    port = turn.port or turn.tls_port
    with running(command, folder, lambda: answers(port, turn.address)):
        yield


class Authority:
    """Certifies servers at `localhost` for a day, to browsers that were told of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = folder / "authority.pem"
        own = _certificate(
            "Test authority", self._key.public_key(), "Test authority"
        ).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate.write_bytes(_pem(own.sign(self._key, hashes.SHA256())))

    def certify(self, folder: Path) -> tuple[Path, Path]:
        """Files for a server: its certificate, and the key to it."""
        key, (certificate, secret) = ec.generate_private_key(ec.SECP256R1()), _files(folder)
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        made = _certificate("localhost", key.public_key(), "Test authority").add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
        certificate.write_bytes(_pem(made.sign(self._key, hashes.SHA256())))
        how = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *how))
        return certificate, secret

    def home(self) -> dict[str, str]:
        """The environment of a Chromium that knows it: a home with a store of certificates."""
        home = self.folder / "home"
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        subprocess.run(["certutil", "-N", "-d", f"sql:{store}", "--empty-password"], check=True)
        subprocess.run(self._trust(store), check=True)
        return {**os.environ, "HOME": str(home)}

    def firefox(self, program: str) -> Path:
        """A program that tells the new profile of a Firefox of it, and then is that Firefox."""
        known = shlex.join(self._trust(Path("PROFILE"))).replace("sql:PROFILE", '"sql:$profile"')
        script = self.folder / "firefox"
        script.write_text(
            "#!/bin/sh\n"
            'for one; do [ "$before" = --profile ] && profile=$one; before=$one; done\n'
            f'[ -z "$profile" ] || {known} || exit 1\n'
            f'exec {shlex.quote(program)} "$@"\n'
        )
        script.chmod(0o755)
        return script

    def _trust(self, store: Path) -> list[str]:
        return ["certutil", "-A", "-d", f"sql:{store}", *TRUSTED, "-i", str(self.certificate)]


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "server.pem", folder / "server.key"


def _certificate(name: str, key: ec.EllipticCurvePublicKey, issuer: str) -> x509.CertificateBuilder:
    called, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer))
    now, day = datetime.now(UTC), timedelta(days=1)
    number = x509.random_serial_number()
    return x509.CertificateBuilder(by, called, key, number, now - day, now + day)


def _pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(serialization.Encoding.PEM)
