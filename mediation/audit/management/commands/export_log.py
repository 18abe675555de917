from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mediation.audit.services import export_segment


class Command(BaseCommand):
    help = "Write one year of the log, and the program that checks it, for somebody else to keep."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a new folder")
        parser.add_argument("--segment", type=int, help="the year; this year if none is named")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, year = options["out"], options["segment"] or timezone.now().year
        if folder.exists():
            raise CommandError(f"{folder} is there already")
        export_segment(year, folder)
        self.stdout.write(f"{year} written to {folder}")
