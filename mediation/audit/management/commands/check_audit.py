from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.audit.services import check_log


class Command(BaseCommand):
    help = "Check the whole audit log: every leaf, every head, every signed checkpoint."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = check_log()
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults in the audit log")
