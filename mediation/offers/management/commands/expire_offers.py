from typing import Any

from django.core.management.base import BaseCommand

from mediation.offers.services import expire_offers


class Command(BaseCommand):
    help = "End offers that nobody answered in time or whose case has ended."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{expire_offers()} offers expired")
