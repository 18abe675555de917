from typing import Any

from django.core.management.base import BaseCommand

from mediation.holds.services.apart import follow_all
from mediation.holds.services.holds import end_due_holds


class Command(BaseCommand):
    help = "End holds whose review date has come; have the vault follow holds and restrictions."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{end_due_holds()} holds ended")
        follow_all()
