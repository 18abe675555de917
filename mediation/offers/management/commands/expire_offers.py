from typing import Any

from django.core.management.base import BaseCommand

from mediation.offers.services.offers import expire_offers
from mediation.offers.services.rounds import expire_rounds


class Command(BaseCommand):
    help = "End offers and sealed rounds whose time is over or whose case has ended."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{expire_offers()} offers expired")
        self.stdout.write(f"{expire_rounds()} sealed rounds expired")
