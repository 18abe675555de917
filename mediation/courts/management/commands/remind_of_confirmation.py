from typing import Any

from django.core.management.base import BaseCommand

from mediation.courts.services.reminders import remind_of_confirmation


class Command(BaseCommand):
    help = "Tell both sides when few days are left to ask a court to confirm their settlement."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remind_of_confirmation()} settlements near the end of the time")
