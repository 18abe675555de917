from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.privacy.services.replaying import NotReplayed, replay_destructions


class Command(BaseCommand):
    help = "After a restore: destroy again what an old backup of anything brought back."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = replay_destructions()
        except NotReplayed as error:
            raise CommandError(f"Do not serve: {error}.") from error
        self.stdout.write(f"{count} compartments had come back and are destroyed again")
