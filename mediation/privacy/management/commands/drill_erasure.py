import logging
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.privacy.services.drill import Drill, Failed

logger = logging.getLogger(__name__)
MARK = "made-for-a-drill"


class Command(BaseCommand):
    help = "Prove, in a temporary folder, that what was destroyed stays so after a restore."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--here", action="store_true", help="only for the drill's own process")

    def handle(self, *args: Any, here: bool, **options: Any) -> None:
        if here:
            self._drill()
        elif self._run_apart():
            logger.warning("the drill of erasure passed")
        else:
            logger.error("the drill of erasure FAILED")
            raise CommandError("The drill failed: do not rely on an erasure after a restore.")

    def _drill(self) -> None:
        if not (settings.VAR_DIR / MARK).exists():
            raise CommandError("This is no folder that was made for a drill.")
        try:
            Drill(settings.VAR_DIR, self.stdout.write).run()
        except Failed as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The drill passed.")

    def _run_apart(self) -> bool:
        """Run it in a process of its own, with every place in a folder that goes afterwards."""
        with tempfile.TemporaryDirectory(prefix="heyi-drill-") as folder:
            home = Path(folder)
            (home / MARK).touch()
            command = [sys.executable, "-m", "django", "drill_erasure", "--here"]
            done = subprocess.run(  # noqa: S603 our own words
                command, cwd=settings.BASE_DIR, env=_environment(home), check=False, text=True,
                stdout=subprocess.PIPE,
            )  # fmt: skip
        self.stdout.write(done.stdout)
        return done.returncode == 0


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the real installation: neither its places nor its servers."""
    empty = ("KEYRING_DATABASE_URL", "REDIS_URL", "S3_BUCKET", "TSA_URL", "PKCS11_MODULE")
    return {
        **os.environ,
        **dict.fromkeys((*empty, "EMBED_WORKER"), ""),
        "DJANGO_SETTINGS_MODULE": "mediation.settings",
        "DEMO": "1",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "VAR_DIR": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'heyi.sqlite3'}",
        "KEYRING_PATH": str(home / "keyring" / "keyring.sqlite3"),
        "KEK_DIR": str(home / "kek"),
        "SIGNING_DIR": str(home / "signing"),
        "PKI_DIR": str(home / "pki"),
        "PKI_PASSPHRASE": secrets.token_urlsafe(24),
        "MEDIA_ROOT": str(home / "files"),
        "EMAIL_URL": f"filemail:///{home / 'outbox'}",
    }
