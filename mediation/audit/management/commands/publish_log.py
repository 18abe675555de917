from typing import Any

from django.core.management.base import BaseCommand

from mediation.audit.services import publish_heads, stamp_heads


class Command(BaseCommand):
    help = "Publish the log's head of the day and have an outside authority stamp it."

    def handle(self, *args: Any, **options: Any) -> None:
        published = publish_heads()
        self.stdout.write(f"{len(published)} heads published, {len(stamp_heads())} stamped")
