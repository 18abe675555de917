from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mediation.demo.services.seed import load_demo


class Command(BaseCommand):
    help = "Load the demonstration: a centre, a court, people and cases. Does nothing twice."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data belongs into a demonstration only (DEMO=1).")
        self.stdout.write(f"{load_demo()} demo cases made")
