from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mediation.vault.services import rotate_kek, rotate_kek_when_due


class Command(BaseCommand):
    help = "Begin a new epoch of key-encryption keys and destroy those no key ring backup needs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--when-due", action="store_true", help="only if the epoch is KEK_EPOCH_DAYS old"
        )

    def handle(self, *args: Any, when_due: bool = False, **options: Any) -> None:
        number = rotate_kek_when_due() if when_due else rotate_kek()
        self.stdout.write("the epoch is not old enough" if number is None else f"epoch {number}")
