"""Reads of what connects a signed settlement with the one that is to take its place."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

from mediation.accounts.models import Person
from mediation.cases.access import is_party
from mediation.cases.enums import CaseState
from mediation.cases.models import Case
from mediation.settlements import access
from mediation.settlements.document.terms import Superseded, Terms
from mediation.settlements.enums import BINDING, RevisionKind
from mediation.settlements.models import Amendment, Revision, Settlement
from mediation.settlements.selectors import (
    current_version,
    document_of,
    new_terms,
    party_of_side,
    version_terms,
    with_facts_of_case,
)


def amendment_of(case: Case) -> Amendment | None:
    """What this case was opened for, where it is to change an earlier settlement that is kept."""
    rows = Amendment.objects.select_related("original__case")
    return rows.filter(case=case).first()


def running_amendment(settlement: Settlement) -> Amendment | None:
    """The one whose case has not ended; there is one at a time."""
    rows = settlement.amendments.select_related("case", "original__case")
    return rows.exclude(case__state__in=[CaseState.CLOSED, CaseState.ERASED]).last()


def amendment_with(settlement: Settlement, pk: UUID) -> Amendment | None:
    """A change of this settlement that was asked for, whatever became of it."""
    return settlement.amendments.select_related("case", "original__case").filter(pk=pk).first()


def amendment_to_answer(user: Person, settlement: Settlement) -> Amendment | None:
    """What the other side asked of this person and waits for an answer."""
    found = running_amendment(settlement)
    return found if found is not None and access.can_answer_amendment(user, found) else None


def signed_terms(settlement: Settlement) -> Terms:
    """Those of the version the document was made from, or that was
    agreed orally. Raises KeyDestroyed after the erasure."""
    document = document_of(settlement)
    version = document.version if document else current_version(settlement)
    assert version is not None
    version.settlement = settlement
    return version_terms(version)


def given_sha256(settlement: Settlement) -> str:
    """The hash of the file both sides were given: sealed, or made to be signed on paper. A proof
    renewed since then makes a longer file, which they need not have. Of what was agreed orally
    there is no file: the fingerprint of the terms that were recorded.
    """
    if settlement.is_oral:
        recorded = current_version(settlement)
        return recorded.terms_sha256 if recorded else ""
    document = document_of(settlement)
    given = (RevisionKind.SEALED, RevisionKind.ISSUED)
    rows = document.revisions.filter(kind__in=given) if document else Revision.objects.none()
    return rows.order_by("-number").values_list("sha256", flat=True).first() or ""


def naming_the_original(terms: Terms, settlement: Settlement) -> Terms:
    """The same, saying which agreement it replaces where its case was opened to change one."""
    amendment = amendment_of(settlement.case)
    if amendment is None:
        return terms
    original = amendment.original
    named = Superseded(agreement_no=original.number, sha256=given_sha256(original))
    return replace(terms, supersedes=named)


def terms_to_amend(settlement: Settlement, amendment: Amendment) -> Terms:
    """What the draft of a change begins with: the signed terms, each side under the letter it has
    in the new case. In another language only the agreement that is replaced is named.
    """
    original = amendment.original
    terms = signed_terms(original)
    if terms.language != settlement.language:
        return naming_the_original(new_terms(settlement), settlement)
    letters = _letters(original.case, settlement.case)
    terms = replace(
        terms,
        parties=tuple(replace(party, id=letters[party.id]) for party in terms.parties),
        obligations=tuple(
            replace(row, debtor=letters[row.debtor], creditor=letters[row.creditor])
            for row in terms.obligations
        ),
    )
    return naming_the_original(with_facts_of_case(terms, settlement), settlement)


def _letters(before: Case, now: Case) -> dict[str, str]:
    """Each side's letter in the earlier case, and the one it has in this one."""
    people = {party_of_side(side).user_id: side.letter for side in now.sides.all()}
    return {side.letter: people[party_of_side(side).user_id] for side in before.sides.all()}


def settlement_to_change(user: Person, case_id: UUID) -> Settlement | None:
    """What binds the two sides of this case, for these two only."""
    rows = access.settlements_visible_to(user).filter(case=case_id, state__in=BINDING)
    settlement = rows.select_related("case__center").first()
    return settlement if settlement and is_party(user, settlement.case) else None


@dataclass(frozen=True)
class Change:
    """Where the asking for a change stands for one of the two sides."""

    settlement: Settlement
    running: Amendment | None
    can_propose: bool
    to_answer: Amendment | None


def change_for(user: Person, settlement: Settlement) -> Change:
    """`running` is told to those who are in its case; the side that is asked learns that it is."""
    running = running_amendment(settlement)
    is_inside = running is not None and is_party(user, running.case)
    return Change(
        settlement=settlement,
        running=running if is_inside else None,
        can_propose=running is None and access.can_propose_amendment(user, settlement),
        to_answer=amendment_to_answer(user, settlement),
    )


def successor_for(user: Person, settlement: Settlement) -> Settlement | None:
    """The later agreement in the place of this one, if this person may see it."""
    rows = access.settlements_visible_to(user).filter(number=settlement.replaced_by)
    return rows.first() if settlement.replaced_by else None


def is_replaced_for_system(*, verification_number: str = "", sha256: str = "") -> bool:
    """Whether the document with this number, or of which these were ever the bytes, was replaced.
    For whoever has one of the two: both are beyond guessing, and nothing else is told.
    """
    if not (verification_number or sha256):
        return False
    found = Q(document__verification_number=verification_number.upper())
    found |= Q(document__revisions__sha256=sha256)
    return Settlement.objects.exclude(replaced_by="").filter(found).exists()
