from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.audit.errors import SegmentKept
from mediation.audit.services import drop_segment


class Command(BaseCommand):
    help = "Drop the entries of a year of the log whose time is over. Its checkpoints stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        try:
            count = drop_segment(year)
        except SegmentKept as reason:
            raise CommandError(f"{year} is not dropped: {reason}") from reason
        self.stdout.write(f"{year} dropped: {count} entries")
