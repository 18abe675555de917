from typing import Any

from django.core.management.base import BaseCommand

from mediation.privacy.services.retention import sweep_retention


class Command(BaseCommand):
    help = "Destroy what has reached its date: keys, rows and files; and certify it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep_retention()} erasures finished")
