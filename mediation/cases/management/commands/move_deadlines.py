from typing import Any

from django.core.management.base import BaseCommand

from mediation.accounts.services import forget_unproven_people
from mediation.cases.services.deadlines import move_deadlines
from mediation.mail.services import forget_old_dispatches


class Command(BaseCommand):
    help = "Send reminders that are due, end cases whose time is over, forget old traces."

    def handle(self, *args: Any, **options: Any) -> None:
        ended = move_deadlines()
        forget_unproven_people()
        forget_old_dispatches()
        self.stdout.write(f"{ended} cases ended")
