from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mediation.demo.services.seed import load_demo


class Command(BaseCommand):
    help = "Load the demonstration: a centre, a court, people and cases. Does nothing twice."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data belongs into a demonstration only (DEMO=1).")
        made = load_demo()
        self.stdout.write(f"{made} demo cases made" if made else "The demo data is there already")
