from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mediation.centers import services
from mediation.centers.enums import CenterKind
from mediation.profiles.selectors import profile_names


class Command(BaseCommand):
    help = "Register a mediation centre, once per registration number."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--name-en", default="")
        parser.add_argument("--registration-no", required=True)
        parser.add_argument("--seat", required=True)
        parser.add_argument("--kind", choices=CenterKind.values, default=CenterKind.PEOPLE)
        parser.add_argument("--profile", choices=profile_names(), default="generic")

    def handle(self, *args: Any, **options: Any) -> None:
        facts = ("name", "name_en", "registration_no", "seat", "kind", "profile")
        center = services.open_center(**{fact: options[fact] for fact in facts})
        self.stdout.write(f"{center.registration_no} {center.name}")
