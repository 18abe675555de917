from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation.courts.models import ApiToken
from mediation.courts.services.tokens import revoke_token


class Command(BaseCommand):
    help = "Revoke a court's API token at once. Its prefix is the part after heyi_."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        token = ApiToken.objects.filter(prefix=options["prefix"]).first()
        if token is None:
            raise CommandError("There is no token with this prefix.")
        revoke_token(token=token)
        self.stdout.write(f"{token.prefix} opens nothing any more.")
