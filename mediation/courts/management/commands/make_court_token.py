from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.core.errors import InvalidInput
from mediation.courts.enums import Scope
from mediation.courts.models import Court
from mediation.courts.services.tokens import LONGEST_LIFE, make_token


class Command(BaseCommand):
    help = "Make an API token for a court's own system. It is shown once and stored as a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("court", help="the court's code")
        parser.add_argument("label", help="which system will use it")
        parser.add_argument("--scope", action="append", choices=Scope.values, dest="scopes")
        parser.add_argument("--days", type=int, default=LONGEST_LIFE.days)

    def handle(self, *args: Any, **options: Any) -> None:
        court = Court.objects.filter(code=options["court"]).first()
        if court is None:
            raise CommandError(f"There is no court with the code {options['court']}.")
        scopes = [Scope(name) for name in options["scopes"] or Scope.values]
        lifetime = timedelta(days=options["days"])
        try:
            token, clear = make_token(
                court=court, label=options["label"], scopes=scopes, lifetime=lifetime
            )
        except InvalidInput as error:
            raise CommandError(str(error.message)) from error
        self.stderr.write(f"{court}, until {token.expires_at:%Y-%m-%d %H:%M} UTC:")
        self.stdout.write(clear)
