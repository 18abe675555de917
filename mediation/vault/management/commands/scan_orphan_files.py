import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.vault.services import scan_orphan_files

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Compare the stored files with the table of files, both ways; fail if they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        orphans = scan_orphan_files()
        for name in orphans.objects_without_row:
            self.stdout.write(f"object without row: {name}")
        for pk in orphans.rows_without_object:
            self.stdout.write(f"row without object: {pk}")
        if orphans.total:
            logger.error("%d files and their table differ", orphans.total)
            raise CommandError(f"{orphans.total} orphans")
