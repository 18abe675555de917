"""The mail that says there is something new about what was agreed, without a word of what."""

from mediation.cases.enums import ParticipantRole
from mediation.cases.services.news import tell_people
from mediation.performance.models import Statement


def send_news(*, statement: Statement) -> None:
    """One short mail to the other side, in their language: one a day, however much is said, since
    whoever wants to be left alone cannot stop it.
    """
    part = statement.participant
    letter = part.side.letter if part.side else ""
    day = statement.made_at.date()
    tell_people(
        case=statement.settlement.case,
        kind="performance/something_new",
        event=f"obligations:{statement.settlement_id}:{letter}:{day}",
        roles=(ParticipantRole.PARTY,),
        but=part.user_id,
    )
