from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mediation.accounts.services import find_or_create_person
from mediation.courts.enums import CourtLevel
from mediation.courts.services import clerks


class Command(BaseCommand):
    help = "Make a court known (or change its name or seat) and say who works for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="short and stable, e.g. heyang-people")
        parser.add_argument("name")
        parser.add_argument("seat")
        parser.add_argument("--name-en", default="")
        parser.add_argument("--level", choices=CourtLevel.values, default=CourtLevel.BASIC)
        parser.add_argument("--clerk", action="append", default=[], help="an e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        court = clerks.open_court(
            code=options["code"],
            name=options["name"],
            seat=options["seat"],
            name_en=options["name_en"],
            level=CourtLevel(options["level"]),
        )
        for email in options["clerk"]:
            person = find_or_create_person(email=email, language="en")
            clerks.add_clerk(court=court, user=person)
        self.stdout.write(
            f"{court.code}: {court.name}, {court.memberships.current().count()} clerks"
        )
