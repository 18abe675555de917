"""Comments on the terms of an offered text: to the mediator alone, or open to both sides."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.models import Participant
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs, realtime
from mediation.core.errors import DomainError, InvalidInput, require
from mediation.settlements.models import Comment, Version
from mediation.settlements.selectors import version_terms
from mediation.settlements.selectors.comments import compartment_of
from mediation.settlements.services.offering import answering

MOST_COMMENTS = 100


class TooManyComments(DomainError):
    """A side says so much about one version, and then asks for a change or talks."""

    code = "too_many_comments"
    title = _("There are many comments already")
    message = _(
        "A side can write 100 comments on one version. Ask for a change, or say the rest in a talk."
    )


@transaction.atomic
def write_comment(
    *, actor: User, version: Version, clause: str, body: str, is_private: bool, client_id: UUID
) -> Comment:
    """A party comments on a term, or with an empty `clause` on the whole text. A private comment
    goes to the mediator and nobody else notices; an open one is for everybody in the case. The
    same `client_id` again is the same comment.

    Raises OtherText, ConsentMissing, TooManyComments, or InvalidInput for nothing said or no term.
    """
    case, _settlement, part = answering(actor, version)
    before = Comment.objects.filter(participant=part, client_id=client_id).first()
    if before is not None:
        return before
    require(bool(body.strip()), InvalidInput)
    known = {"", *(obligation.id for obligation in version_terms(version).obligations)}
    require(clause in known, InvalidInput)
    require(version.comments.filter(participant=part).count() < MOST_COMMENTS, TooManyComments)
    comment = Comment(
        version=version,
        participant=part,
        clause=clause,
        client_id=client_id,
        is_private=is_private,
        written_at=timezone.now(),
    )
    seal_field(comment, case, "body", compartment_of(comment), body.strip())
    comment.save(force_insert=True)
    action = "private_comment.written" if is_private else "comment.written"
    audit.record(actor=actor, action=action, target=version, case_id=case.pk)
    if not is_private:
        realtime.publish("settlement.changed", case=str(case.pk))
    _tell_mediator_once(version, part)
    return comment


def _tell_mediator_once(version: Version, part: Participant) -> None:
    """One mail for each side and version, however much is written."""
    jobs.enqueue(
        "settlements.send_news",
        settlement_id=str(version.settlement_id),
        kind="settlements/commented",
        moment=f"{version.number}{part.side.letter if part.side else ''}",
    )
