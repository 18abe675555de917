"""That a mediator read the settlement's text, or what a side said about it in private."""

from mediation.accounts.models import User
from mediation.cases.services.looking import Look, note_look
from mediation.settlements import access
from mediation.settlements.models import Settlement


def note_text_look(*, actor: User, settlement: Settlement, look: Look = Look.SETTLEMENT) -> None:
    """Once a day, for a mediator; and of private comments and wishes to each side that has any."""
    note_look(actor=actor, case=settlement.case, look=look)
    comments = access.comments_visible_to(actor).filter(
        version__settlement=settlement, is_private=True
    )
    asked = access.change_requests_visible_to(actor).filter(version__settlement=settlement)
    letters = {
        letter
        for rows in (comments, asked)
        for letter in rows.values_list("participant__side__letter", flat=True)
    }
    for letter in sorted(letter for letter in letters if letter):
        note_look(actor=actor, case=settlement.case, look=Look.WISHES, side=letter)
