from typing import Any

from django.core.management.base import BaseCommand

from mediation.privacy.services.replaying import replay_removals


class Command(BaseCommand):
    help = "After a restore: remove again what people took back one by one."

    def handle(self, *args: Any, **options: Any) -> None:
        count = replay_removals()
        self.stdout.write(f"{count} documents and messages had come back and are removed again")
