from typing import Any

from django.core.management.base import BaseCommand

from mediation.settlements.services.clock import lapse_signatures


class Command(BaseCommand):
    help = "End settlements that were not signed in time, and destroy the signatures given on them."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{lapse_signatures()} settlements lapsed")
