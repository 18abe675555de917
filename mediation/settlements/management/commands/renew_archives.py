from typing import Any

from django.core.management.base import BaseCommand

from mediation.settlements.services.renewing import renew_archives


class Command(BaseCommand):
    help = "Add an archive time stamp to sealed settlements whose newest one is old."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{renew_archives()} settlements renewed")
