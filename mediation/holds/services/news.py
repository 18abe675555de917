"""Mails about holds: neutral, and without a word about what is kept or why."""

from collections.abc import Iterable

from mediation.cases.models import Participant
from mediation.centers.models import Membership
from mediation.holds.access import FOUR_EYES, can_be_second
from mediation.holds.models import Hold
from mediation.holds.selectors import concerns
from mediation.mail import services as mail


def tell_people(*, hold: Hold, what: str) -> None:
    """Tell whom it concerns that a part of their case is kept longer, or no longer: `what` is
    "placed" or "ended". The people of a talk by invitation are known above.
    """
    people = Participant.objects.active().filter(case=hold.case).select_related("user", "side")
    tell(hold=hold, what=what, people=[part for part in people if concerns(hold, part)])


def tell(*, hold: Hold, what: str, people: Iterable[Participant]) -> None:
    """Tell exactly these, once."""
    for part in people:
        if part.user is not None:
            mail.send_mail(
                kind=f"holds/{what}",
                to=part.user.email,
                language=part.user.language,
                time_zone=part.user.time_zone,
                context={
                    "number": hold.case.number,
                    "case_id": hold.case_id,
                    "review_on": hold.review_on,
                },
                key=f"hold_{what}:{hold.pk}:{part.pk}",
            )


def ask_second_person(*, hold: Hold) -> None:
    """Ask everybody at the centre who can be the second person; nobody once it is answered, and
    nobody who has a part in the case: they are not to learn that there is a hold.
    """
    colleagues = Membership.objects.current().filter(center=hold.case.center, role__in=FOUR_EYES)
    for member in colleagues.select_related("user"):
        if not can_be_second(member.user, hold):
            continue
        mail.send_mail(
            kind="holds/second_person",
            to=member.user.email,
            language=member.user.language,
            time_zone=member.user.time_zone,
            context={"number": hold.case.number, "hold_id": hold.pk},
            key=f"hold_{hold.state}:{hold.pk}:{member.user_id}",
        )
