"""Mails about requests: that there is something to read, never what."""

from mediation.centers.enums import CenterRole
from mediation.centers.models import Membership
from mediation.mail import services as mail
from mediation.rights import access
from mediation.rights.models import RightsRequest


def tell_officers(*, request: RightsRequest) -> None:
    """Tell the officers who may answer that a request came in; nobody once it is over."""
    if not access.is_open(request):
        return
    officers = Membership.objects.current().filter(
        center=request.center, role=CenterRole.PRIVACY_OFFICER
    )
    for member in officers.select_related("user"):
        if not access.requests_to(member.user).filter(pk=request.pk).exists():
            continue
        mail.send_mail(
            kind="rights/received",
            to=member.user.email,
            language=member.user.language,
            time_zone=member.user.time_zone,
            context={"request_id": request.pk, "due_on": request.due_on},
            key=f"rights_received:{request.pk}:{member.user_id}",
        )


def tell_person(*, request: RightsRequest) -> None:
    """Tell the person that there is an answer, or that more time is needed."""
    person = request.user
    if person is None:
        return
    mail.send_mail(
        kind="rights/news",
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context={"request_id": request.pk},
        key=f"rights_{request.state}:{request.pk}",
    )
