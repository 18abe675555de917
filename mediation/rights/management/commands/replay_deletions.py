from typing import Any

from django.core.management.base import BaseCommand

from mediation.rights.services.replaying import replay_deletions


class Command(BaseCommand):
    help = "After a restore: delete again the accounts that an old database brought back."

    def handle(self, *args: Any, **options: Any) -> None:
        count = replay_deletions()
        self.stdout.write(f"{count} accounts had come back and are deleted again")
