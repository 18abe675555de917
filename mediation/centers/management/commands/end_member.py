from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.centers import services
from mediation.centers.enums import CenterRole
from mediation.centers.models import Membership


class Command(BaseCommand):
    help = (
        "Take a person's role in a centre away, at once. A case they mediate stays theirs until the"
        " sides have another mediator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("registration_no", help="of the centre")
        parser.add_argument("email", help="the address the person signs in with")
        parser.add_argument("--role", required=True, choices=CenterRole.values)

    def handle(self, *args: Any, **options: Any) -> None:
        current = Membership.objects.current().select_related("center", "user")
        membership = current.filter(
            center__registration_no=options["registration_no"],
            user__email__iexact=options["email"],
            role=options["role"],
        ).first()
        if membership is None:
            raise CommandError("Nobody with this address has this role in this centre.")
        services.end_membership(membership=membership)
        self.stdout.write(
            f"{membership.user.email}: no longer {membership.role} at {membership.center.name},"
            f" which has {current.filter(center=membership.center, role=membership.role).count()}"
        )
