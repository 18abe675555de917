"""Signs one PDF with endesive, turn by turn: run by the Python of endesive's own environment, which
knows nothing of Heyi.

    python _endesive_inside.py PDF KEY CERTIFICATE TURNS SIGNED   (key and certificate are PEM)

Prints the processor time of each turn in milliseconds as JSON; the last result goes to SIGNED.
"""

import json
import sys
import time
import types
from pathlib import Path

# Only endesive's verifying needs it, which is not measured; and it needs oscrypto, which cannot
# read the version of any OpenSSL of today and fails when it is imported.
sys.modules["certvalidator"] = types.ModuleType("certvalidator")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: E402
from endesive.pdf import cms  # noqa: E402

WHAT = {"sigflags": 3, "sigfield": "plain", "auto_sigfield": True}
DATED = "D:%Y%m%d%H%M%S+00'00'"


def main(pdf: str, key: str, certificate: str, turns: str, signed: str) -> None:
    content = Path(pdf).read_bytes()
    private = load_pem_private_key(Path(key).read_bytes(), None)
    cert = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    times = []
    for _ in range(int(turns) + 1):
        began = time.process_time()
        added = cms.sign(
            content, WHAT | {"signingdate": time.strftime(DATED)}, private, cert, [], "sha256"
        )
        times.append((time.process_time() - began) * 1000)
    Path(signed).write_bytes(content + added)
    sys.stdout.write(json.dumps(times[1:]))  # the first one warms up


main(*sys.argv[1:])
