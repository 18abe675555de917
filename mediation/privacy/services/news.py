"""Mails about destruction: neutral, and without a word about what was destroyed."""

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.mail import services as mail
from mediation.privacy.enums import RequestState
from mediation.privacy.models import Erasure, ErasureRequest
from mediation.privacy.services.certificates import FILE_NAME, file_of


def send_certificate(*, erasure: Erasure, user_id: str) -> None:
    """The certificate itself, since the page it is on goes with the case. It names nobody."""
    letters = {one["letter"] for one in erasure.recipients if one["user"] == user_id}
    certificate = erasure.certificates.filter(letter__in=letters).first()
    person = User.objects.filter(pk=user_id).first()
    if certificate is None or person is None:
        return
    mail.send_mail(
        kind="privacy/certificate",
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context={"case": Case.objects.filter(pk=erasure.case_id).first()},
        key=f"certificate:{certificate.pk}:{person.pk}",
        files=[(FILE_NAME, file_of(certificate), "application/json")],
    )


def ask_other_side(*, request: ErasureRequest) -> None:
    """Ask the other side whether they agree; not once the request is over."""
    if request.state != RequestState.OPEN:
        return
    others = request.case.participants.active().parties().select_related("user")
    for person in others.exclude(side=request.participant.side_id):
        assert person.user is not None
        mail.send_mail(
            kind="privacy/agreement_asked",
            to=person.user.email,
            language=person.user.language,
            time_zone=person.user.time_zone,
            context={"number": request.case.number, "case_id": request.case_id},
            key=f"erasure_asked:{request.pk}:{person.user_id}",
        )
