from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.vault import backups
from mediation.vault.backups import archive
from mediation.vault.backups.databases import DatabaseFailure
from mediation.vault.errors import KeyringUnavailable


class Command(BaseCommand):
    help = (
        "Put archives of manage.py backup in their places, then destroy again what was destroyed "
        "since they were made. Stop every server and worker first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archives", nargs="+", type=Path, metavar="ARCHIVE")
        parser.add_argument("--identity", type=Path, required=True, help="an age identity file")
        parser.add_argument("--force", action="store_true", help="overwrite what is there")

    def handle(
        self, *args: Any, archives: list[Path], identity: Path, force: bool, **options: Any
    ) -> None:
        try:
            self._restore(archives, identity, force)
        except backups.NotEmpty as error:
            raise CommandError(
                f"There are {error} here already; --force overwrites them."
            ) from error
        except (archive.BadArchive, DatabaseFailure, KeyringUnavailable, OSError) as error:
            raise CommandError(f"Not restored: {error}.") from error
        call_command("migrate", verbosity=0)
        for name in settings.BEFORE_SERVING:
            call_command(name, stdout=self.stdout)

    def _restore(self, archives: list[Path], identity: Path, force: bool) -> None:
        identities = archive.read_identities(identity)
        for made in backups.restore(paths=archives, identities=identities, is_forced=force):
            self.stdout.write(f"{made['part']} of {made['made_at']}")
