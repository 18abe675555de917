from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from mediation.demo.services.story import story_names
from mediation.demo.services.walk import leave, prepare_walk

WIDTH = 78


class Command(BaseCommand):
    help = (
        "Walk through the whole job with the real services, telling what each person does and "
        "sees, and leave the settlement, the court package and the deletion certificate in --out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--language", choices=["en", "zh-hans"], default="en")
        parser.add_argument("--story", choices=story_names(), default="loan")

    def handle(self, *args: Any, out: Path, language: str, story: str, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The walk-through invents people: it runs in a demonstration only.")
        call_command("migrate", verbosity=0)
        with translation.override(language):
            walk = prepare_walk(
                story=story, language=language, out=out, heading=self._heading, tell=self._tell
            )
            walk.all()
            leave(walk)

    def _heading(self, title: str) -> None:
        self.stdout.write(f"\n── {title} {'─' * max(0, WIDTH - len(title))}")

    def _tell(self, who: str, what: str) -> None:
        self.stdout.write(f"  {who}: {what}")
