"""Who may see, bring and take back which document."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.access import all_sides_consent, party_of
from mediation.cases.enums import NEEDED_TO_TALK, CaseState, ParticipantRole
from mediation.cases.models import Case, Consent, Participant, Side
from mediation.core.errors import Forbidden
from mediation.evidence.enums import Audience
from mediation.evidence.models import Document


def documents_visible_to(user: Person) -> QuerySet[Document]:
    """One's own side's documents always. Those of others only while both sides consent to mediate
    online: for the other side those meant for everyone, for the case's mediator all.
    """
    if not isinstance(user, User):
        return Document.objects.none()
    here = Participant.objects.active().filter(user=user, case=OuterRef("case"))
    own_side = here.parties().filter(side=OuterRef("participant__side"))
    mediates = here.mediators()
    shared = Q(audience=Audience.ROOM) & Exists(here) | Exists(mediates)
    agreed = Q(case__in=_agreed_cases(user))
    return Document.objects.current().filter(Q(Exists(own_side)) | (shared & agreed))


def _agreed_cases(user: User) -> QuerySet[Case]:
    """This person's cases in which each side has every consent that talking needs in force."""
    own = Participant.objects.active().filter(user=user, case=OuterRef("pk"))
    cases = Case.objects.filter(Exists(own))
    for purpose in NEEDED_TO_TALK:
        given = Consent.objects.in_force().filter(
            purpose=purpose,
            subject="",
            participant__side=OuterRef("pk"),
            participant__role=ParticipantRole.PARTY,
            participant__joined_at__isnull=False,
        )
        lacking = Side.objects.filter(~Exists(given))
        cases = cases.exclude(Exists(lacking.filter(case=OuterRef("pk"))))
    return cases


def side_of(part: Participant) -> Side:
    """The side a party belongs to. Raises Forbidden for a mediator, who has none."""
    if part.side is None:
        raise Forbidden
    return part.side


def can_add_document(user: Person, case: Case) -> bool:
    """A party while the case is open; in mediation only under the consents talking needs."""
    if not case.is_open or party_of(user, case) is None:
        return False
    return case.state != CaseState.MEDIATING or all_sides_consent(case.pk, *NEEDED_TO_TALK)


def can_withdraw_document(user: Person, document: Document) -> bool:
    """Whoever brought it, at any time, also after the case has ended."""
    part = party_of(user, document.case)
    return part is not None and part.pk == document.participant_id


def can_release_document(user: Person, document: Document) -> bool:
    """Whoever brought it for the mediator alone, while documents may be added."""
    is_private = document.audience == Audience.MEDIATOR
    return (
        is_private
        and can_withdraw_document(user, document)
        and can_add_document(user, document.case)
    )
