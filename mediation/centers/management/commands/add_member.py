from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.accounts.services import find_or_create_person
from mediation.centers import services
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center


class Command(BaseCommand):
    help = "Give a person a role in a centre. They sign in with a code sent to their address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("registration_no", help="of the centre")
        parser.add_argument("email")
        parser.add_argument("--role", choices=CenterRole.values, default=CenterRole.MEDIATOR)
        parser.add_argument("--language", default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        center = Center.objects.filter(registration_no=options["registration_no"]).first()
        if center is None:
            raise CommandError("No centre has this registration number; see add_center.")
        person = find_or_create_person(email=options["email"], language=options["language"])
        role = CenterRole(options["role"])
        services.add_member(center=center, user=person, role=role)
        self.stdout.write(f"{person.email}: {role} at {center.name}")
