from typing import Any

from django.core.management.base import BaseCommand

from mediation.audit.services import checkpoint, seal_pending


class Command(BaseCommand):
    help = "Seal the waiting audit entries into the log and sign its head."

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = seal_pending()
        self.stdout.write(f"{sealed} entries sealed, {len(checkpoint())} checkpoints signed")
