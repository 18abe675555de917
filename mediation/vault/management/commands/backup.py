from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.vault import backups
from mediation.vault.backups.archive import BadArchive
from mediation.vault.backups.databases import DatabaseFailure


class Command(BaseCommand):
    help = "Write backups, encrypted to BACKUP_RECIPIENTS, and remove archives of keys too old."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="the folder for archives")
        parser.add_argument("--part", choices=backups.PARTS, help="only this one; else each")

    def handle(self, *args: Any, out: Path, part: str | None, **options: Any) -> None:
        try:
            for one in (part,) if part else backups.PARTS:
                self.stdout.write(str(backups.back_up(folder=out, part=one)))
        except (BadArchive, DatabaseFailure, OSError) as error:
            raise CommandError(f"There is no new backup: {error}.") from error
