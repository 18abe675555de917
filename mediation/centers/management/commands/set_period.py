from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mediation.centers import services
from mediation.centers.models import Center
from mediation.profiles.selectors import profile_named


class Command(BaseCommand):
    help = "Set how many days a centre keeps a part of the cases it begins from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("registration_no", help="of the centre")
        parser.add_argument("ending", help="settled, not_settled, left or never_joined")
        parser.add_argument("compartment", help="identity, joint, caucus, …, shell")
        parser.add_argument("days", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        center = Center.objects.filter(registration_no=options["registration_no"]).first()
        if center is None:
            raise CommandError("No centre has this registration number; see add_center.")
        ending, compartment, days = (options[k] for k in ("ending", "compartment", "days"))
        bounds = profile_named(center.profile).bounds.get(ending, {}).get(compartment)
        if bounds is None:
            raise CommandError("The rule profile knows no such ending or part of a case.")
        try:
            services.change_periods(
                actor=None, center=center, periods={ending: {compartment: days}}
            )
        except services.PeriodNotAllowed as refused:
            raise CommandError(f"{refused.message} ({bounds[0]} to {bounds[1]})") from refused
        self.stdout.write(f"{center.registration_no} {ending} {compartment}: {days} days")
