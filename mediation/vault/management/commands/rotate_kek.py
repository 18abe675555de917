from typing import Any

from django.core.management.base import BaseCommand

from mediation.vault.services import rotate_kek


class Command(BaseCommand):
    help = "Begin a new epoch of key-encryption keys and destroy those no key ring backup needs."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"epoch {rotate_kek()}")
