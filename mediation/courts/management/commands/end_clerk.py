from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.courts.models import CourtMembership
from mediation.courts.services.clerks import end_clerk


class Command(BaseCommand):
    help = (
        "End a clerk's work for a court: nothing released to it opens for them any more, at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="of the court, e.g. heyang-people")
        parser.add_argument("email", help="the address the clerk signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        current = CourtMembership.objects.current().select_related("court", "user")
        membership = current.filter(
            court__code=options["code"], user__email__iexact=options["email"]
        ).first()
        if membership is None:
            raise CommandError("Nobody with this address works for a court with this code.")
        end_clerk(membership=membership)
        left = membership.court.memberships.current().count()
        self.stdout.write(
            f"{membership.user.email}: ended. {membership.court.code} has {left} clerks"
        )
