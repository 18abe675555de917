from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from mediation.accounts.models import User
from mediation.accounts.services import AddressTaken
from mediation.core.errors import Forbidden, InvalidInput
from mediation.rights.enums import AddressReason
from mediation.rights.services.address import Vouched, correct_address

REFUSED = {
    Forbidden: (
        "Both must be coordinators or privacy officers of one and the same centre: the one where"
        " the person works, or else one that knows them. Neither may have had a part in a case"
        " with them. Nobody answers for who works at two centres, or is a court's clerk."
    ),
    InvalidInput: "The two must be two, and the new address another one than the present.",
    AddressTaken: "Somebody signs in with the new address already. Accounts are not put together.",
}


class Command(BaseCommand):
    help = (
        "Correct the address that somebody signs in with who lost the mailbox. Two people of one"
        " centre answer for it: the one where the person works, or else one that knows them. Both"
        " mailboxes and both of them are told. Not for clerks of courts: they get a new account."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("present", help="the address the person signs in with so far")
        parser.add_argument("corrected", help="the address they can read")
        parser.add_argument("--asked-by", required=True, help="address of who asked for it")
        parser.add_argument("--confirmed-by", required=True, help="address of who confirmed it")
        parser.add_argument("--reason", required=True, choices=AddressReason.values)

    def handle(self, *args: Any, **options: Any) -> None:
        vouched = Vouched(
            asked_by=_person(options["asked_by"]),
            confirmed_by=_person(options["confirmed_by"]),
            reason=AddressReason(options["reason"]),
        )
        user, email = _person(options["present"]), options["corrected"]
        try:
            validate_email(email)
        except ValidationError as wrong:
            raise CommandError("The corrected address is none.") from wrong
        try:
            correct_address(user=user, email=email, vouched=vouched)
        except tuple(REFUSED) as refusal:
            raise CommandError(REFUSED[type(refusal)]) from refusal
        self.stdout.write("Corrected. Both mailboxes are told, and the two who answer for it.")


def _person(email: str) -> User:
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise CommandError(f"Nobody signs in with {email}.")
    return found
