"""What the page of documents shows."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from mediation.accounts.models import Person
from mediation.cases.access import require_participant
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Side
from mediation.cases.selectors import name_of, open_sealed
from mediation.cases.selectors.dates import gone_for
from mediation.evidence.access import documents_visible_to, side_of
from mediation.evidence.enums import Audience
from mediation.evidence.models import Document


@dataclass(frozen=True)
class DocumentLine:
    """A document as one person sees it in the list."""

    document: Document
    name: str
    brought_by: str
    is_mine: bool

    @property
    def is_private(self) -> bool:
        return self.document.audience == Audience.MEDIATOR


def documents_of(user: Person, case: Case) -> list[DocumentLine]:
    """The case's documents this person may open, oldest first, with their names in clear."""
    rows = documents_visible_to(user).filter(case=case)
    rows = rows.select_related(
        "case", "participant__side", "participant__user", "participant__case"
    )
    return [
        DocumentLine(
            document=row,
            name=file_name(row),
            brought_by=name_of(row.participant),
            is_mine=row.participant.user_id == user.pk,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Gone:
    """Which documents there may have been once and are destroyed now."""

    shared: bool
    private: bool


def gone_documents(user: Person, case: Case) -> Gone:
    """What this person may know of it: of private documents only their own side's."""
    gone = gone_for(require_participant(user, case))
    shared = Compartment.EVIDENCE in gone
    return Gone(shared, any(name.startswith(Compartment.CAUCUS) for name in gone))


def file_name(document: Document) -> str:
    """The name the file was brought under; its row must have case and participant's side."""
    place = compartment_of(Audience(document.audience), side_of(document.participant))
    return open_sealed(document, document.case, "name", place)


def compartment_of(audience: Audience, side: Side) -> str:
    """Where a document of this side for this audience is sealed."""
    return Compartment.EVIDENCE if audience == Audience.ROOM else side.caucus


def bytes_left(side: Side) -> int:
    """How much this side may still bring. Every side has its own share of the case's quota, so
    that nobody can tell from what is left how much the other brought in private.
    """
    share: int = settings.EVIDENCE_CASE_QUOTA_BYTES // side.case.sides.count()
    rows = Document.objects.filter(participant__side=side)
    return max(0, share - int(rows.aggregate(used=Sum("size", default=0))["used"]))
