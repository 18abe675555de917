from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.demo.services.people import PEOPLE


class Command(BaseCommand):
    help = "Print where to sign in as each demo person (demo mode only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base", default=settings.PUBLIC_URL)

    def handle(self, *args: Any, base: str, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only a demonstration has demo people.")
        self.stdout.write("Demonstration: everybody is fictional, no mail leaves this machine.")
        for person in PEOPLE:
            self.stdout.write(f"  {person.part:<16} {base}/demo/as/{person.key}/  {person.name}")
        self.stdout.write(f"  mails        {base}/demo/outbox/")
