from typing import Any

from django.core.management.base import BaseCommand

from mediation.proceedings.services.notes import forget_left_notes
from mediation.proceedings.services.sittings import end_left_sittings


class Command(BaseCommand):
    help = "End sittings whose case has ended, and delete notes of mediators who went."

    def handle(self, *args: Any, **options: Any) -> None:
        ended, deleted = end_left_sittings(), forget_left_notes()
        self.stdout.write(f"{ended} sittings ended, {deleted} notes deleted")
