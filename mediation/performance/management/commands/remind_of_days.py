from typing import Any

from django.core.management.base import BaseCommand

from mediation.performance.services.reminders import remind_of_days


class Command(BaseCommand):
    help = "Remind whoever asked for it of the days of their settlement."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remind_of_days()} reminders due")
