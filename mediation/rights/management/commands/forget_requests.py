from typing import Any

from django.core.management.base import BaseCommand

from mediation.rights.services.breaches import forget_breaches
from mediation.rights.services.requests import forget_requests


class Command(BaseCommand):
    help = "Destroy requests about people's data, and entries on breaches, 3 years after their end."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{forget_requests()} requests destroyed")
        self.stdout.write(f"{forget_breaches()} entries on breaches destroyed")
