import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.vault import services as vault
from mediation.verification import services
from mediation.verification.enums import Verdict
from mediation.verification.services import Anchors, Report, published

EXIT_CODES = {Verdict.GENUINE: 0, Verdict.NOT_GENUINE: 1, Verdict.NOT_OURS: 2}


class Command(BaseCommand):
    help = (
        "Say which of our files FILE is and whether it is genuine, offline. "
        "Exit code: 0 genuine, 1 not genuine, 2 not one of ours."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--root", type=Path, help="root certificate (PEM) to trust")
        parser.add_argument("--key", type=Path, help="public key for statements (PEM) to trust")
        parser.add_argument("--tsa-roots", type=Path, help="roots of an outside time authority")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        content = _read(options["file"])
        report = services.verify(content, _anchors(options))
        self.stdout.write(_as_json(report) if options["json"] else _as_lines(report))
        self.stdout.flush()
        if code := EXIT_CODES[report.verdict]:
            sys.exit(code)


def _anchors(options: dict[str, Any]) -> Anchors:
    """What is named, and this installation's own where nothing is. A machine that is not the
    installation names both the root and the key, and gets no keys of its own made.
    """
    root, key, tsa_roots = options["root"], options["key"], options["tsa_roots"]
    return Anchors(
        root_pem=_read(root) if root else published.own_root_pem(),
        key_pem=_read(key) if key else vault.public_key_pem(),
        tsa_roots_pem=_read(tsa_roots) if tsa_roots else published.own_tsa_roots_pem(),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=3) from error


def _as_lines(report: Report) -> str:
    lines = [f"{report.verdict.label}.", f"Kind: {report.kind.label}", f"SHA-256: {report.sha256}"]
    lines += [f"! {finding.label} [{finding.value}]" for finding in report.findings]
    lines += [f"! {name}" for name in report.details]
    lines += [f"{fact.label}: {value}" for fact, value in report.facts]
    for signer in report.signers:
        at = f"{signer.signed_at:%Y-%m-%d %H:%M:%S} UTC" if signer.signed_at else "no trusted time"
        body = f", {signer.organisation}" if signer.organisation else ""
        lines.append(f"signed: {signer.shown_name}{body} ({signer.part}), {at}")
    return "\n".join(lines)


def _as_json(report: Report) -> str:
    told = {
        "verdict": report.verdict.value,
        "kind": report.kind.value,
        "sha256": report.sha256,
        "findings": [finding.value for finding in report.findings],
        "details": list(report.details),
        "facts": {fact.value: value for fact, value in report.facts},
        "signers": [
            {
                "name": signer.name,
                "organisation": signer.organisation,
                "part": signer.part,
                "signed_at": signer.signed_at.isoformat() if signer.signed_at else None,
            }
            for signer in report.signers
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
