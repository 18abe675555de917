"""Writing a draft: the mediator's work, saved piece by piece, never over somebody's newer text."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases import lifecycle as cases
from mediation.cases.enums import CaseState, Compartment
from mediation.cases.models import Case
from mediation.cases.services.sealing import seal_field
from mediation.core.errors import DomainError, InvalidInput, WrongState, require
from mediation.settlements import access
from mediation.settlements.document.completeness import Finding, Severity, validate
from mediation.settlements.document.terms import (
    Guarantor,
    Obligation,
    PartyKind,
    Representative,
    Scope,
    Terms,
)
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.enums import ENDED_WITHOUT_EFFECT
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import draft_terms, new_terms, with_facts_of_case
from mediation.settlements.selectors.amendments import (
    amendment_of,
    naming_the_original,
    terms_to_amend,
)

# What the mediator writes; all other terms come from the case.
WRITTEN = frozenset(
    {
        "facts_summary",
        "issues",
        "settles",
        "scope",
        "unresolved_items",
        "default_clause",
        "costs_clause",
        "governing_law",
        "enforcement",
        "statements",
        "cooling_off_days",
        "supersedes",
    }
)
MOST_OBLIGATIONS = 60
MOST_GUARANTORS = 10


class StaleEdit(DomainError):
    """The draft was saved elsewhere after this page was opened."""

    code = "stale_edit"
    title = _("The draft has changed in the meantime")
    message = _(
        "It was saved in another window after you opened this page. "
        "Nothing was overwritten. Go back, copy what you wrote, and open the draft again."
    )


class NotADraft(WrongState):
    """The text is offered, or its time is over: there is nothing to edit."""

    code = "not_a_draft"
    message = _(
        "The text is no longer a draft. If you were writing, go back: what you typed is still in "
        "the form, to be copied. To change the text, take it back first."
    )


@transaction.atomic
def start_draft(*, actor: User, case: Case, language: str) -> Settlement:
    """Begin a draft in one language; after an ended attempt, with the text of that one, and where
    a signed settlement is to change, with its terms.

    Raises ConsentMissing, or WrongState where the case has a live settlement.
    """
    case = cases.lock(case)
    require(case.state == CaseState.MEDIATING and case_access.is_mediator_of(actor, case))
    case_access.require_consents(case)
    earlier = case.settlements.order_by("created_at")
    require(not earlier.live().exists(), WrongState)
    number = f"{case.number}-S{earlier.count() + 1}"
    settlement = Settlement(case=case, number=number, language=language)
    terms = _first_terms(settlement, earlier.last())
    settlement.is_partial = terms.scope is Scope.PARTIAL
    _seal_draft(settlement, terms)
    settlement.save(force_insert=True)
    audit.record(actor=actor, action="settlement.started", target=settlement, case_id=case.pk)
    return settlement


def _first_terms(settlement: Settlement, earlier: Settlement | None) -> Terms:
    amendment = amendment_of(settlement.case)
    if earlier is None and amendment is not None:
        settlement.is_paper_only = amendment.original.is_paper_only
        return terms_to_amend(settlement, amendment)
    if earlier is None or earlier.language != settlement.language:
        return naming_the_original(new_terms(settlement), settlement)
    assert earlier.state in ENDED_WITHOUT_EFFECT
    return with_facts_of_case(draft_terms(earlier), settlement)


@transaction.atomic
def save_draft(
    *, actor: User, settlement: Settlement, edition: int, changes: Mapping[str, Any]
) -> Settlement:
    """Write some of the terms in WRITTEN. `edition` is the one the person was looking at.

    Raises StaleEdit, ConsentMissing, or InvalidInput for anything that is not the mediator's.
    """
    if not set(changes) <= WRITTEN:
        raise InvalidInput
    return _edit(actor, settlement, edition, lambda terms: replace(terms, **changes))


@transaction.atomic
def save_obligation(
    *, actor: User, settlement: Settlement, edition: int, obligation: Obligation
) -> Settlement:
    """Add an obligation, or replace the one with the same id. Raises as `save_draft`."""

    def put(terms: Terms) -> Terms:
        kept = {known.id: known for known in terms.obligations}
        kept[obligation.id] = obligation
        require(len(kept) <= MOST_OBLIGATIONS, InvalidInput)
        return replace(terms, obligations=tuple(kept.values()))

    return _edit(actor, settlement, edition, put)


@transaction.atomic
def remove_obligation(
    *, actor: User, settlement: Settlement, edition: int, obligation_id: str
) -> Settlement:
    """Take an obligation out; WrongState if it is gone already."""

    def drop(terms: Terms) -> Terms:
        kept = tuple(known for known in terms.obligations if known.id != obligation_id)
        require(len(kept) < len(terms.obligations), WrongState)
        guarantors = tuple(_without(known, obligation_id) for known in terms.guarantors)
        return replace(terms, obligations=kept, guarantors=guarantors)

    return _edit(actor, settlement, edition, drop)


def _without(guarantor: Guarantor, obligation_id: str) -> Guarantor:
    left = tuple(name for name in guarantor.obligations if name != obligation_id)
    return replace(guarantor, obligations=left)


@transaction.atomic
def save_guarantor(
    *, actor: User, settlement: Settlement, edition: int, guarantor: Guarantor
) -> Settlement:
    """Add a guarantor, or replace the one with the same id. Raises as `save_draft`."""

    def put(terms: Terms) -> Terms:
        kept = {known.id: known for known in terms.guarantors}
        kept[guarantor.id] = guarantor
        require(len(kept) <= MOST_GUARANTORS, InvalidInput)
        return replace(terms, guarantors=tuple(kept.values()))

    return _edit(actor, settlement, edition, put)


@transaction.atomic
def remove_guarantor(
    *, actor: User, settlement: Settlement, edition: int, guarantor_id: str
) -> Settlement:
    """Take a guarantor out; WrongState if they are gone already."""

    def drop(terms: Terms) -> Terms:
        kept = tuple(known for known in terms.guarantors if known.id != guarantor_id)
        require(len(kept) < len(terms.guarantors), WrongState)
        return replace(terms, guarantors=kept)

    return _edit(actor, settlement, edition, drop)


@transaction.atomic
def save_party(
    *,
    actor: User,
    settlement: Settlement,
    edition: int,
    party_id: str,
    kind: PartyKind,
    representative: Representative | None,
) -> Settlement:
    """Say whether a side is a person or an organisation, and who signs for it."""

    def put(terms: Terms) -> Terms:
        parties = tuple(
            replace(party, kind=kind, representative=representative)
            if party.id == party_id
            else party
            for party in terms.parties
        )
        return replace(terms, parties=parties)

    return _edit(actor, settlement, edition, put)


@transaction.atomic
def choose_paper(*, actor: User, settlement: Settlement, is_paper_only: bool) -> Settlement:
    """Note that the matter may not be signed electronically (电子签名法 3(3)): it is printed."""
    case, settlement = lock(settlement)
    require(access.can_draft(actor, settlement))
    case_access.require_consents(case)
    require(not (is_paper_only and settlement.is_oral), WrongState)
    settlement.is_paper_only = is_paper_only
    settlement.save(update_fields=["is_paper_only"])
    return settlement


@transaction.atomic
def choose_oral(*, actor: User, settlement: Settlement, is_oral: bool) -> Settlement:
    """Note that both sides want no written agreement (人民调解法 28): what is offered is then the
    mediator's record of an oral one, and says so. Raises WrongState where `access.can_be_oral` says
    no and for what is to be signed on paper.
    """
    case, settlement = lock(settlement)
    require(access.can_draft(actor, settlement))
    case_access.require_consents(case)
    allowed = access.can_be_oral(case) and not settlement.is_paper_only
    require(allowed or not is_oral, WrongState)
    if settlement.is_oral == is_oral:
        return settlement
    settlement.is_oral = is_oral
    settlement.save(update_fields=["is_oral"])
    # The text says how it binds, so this is an edit: whoever looks at the one before is told.
    return _edit(actor, settlement, settlement.edition, lambda terms: terms)


def next_obligation_id(terms: Terms) -> str:
    """A name for one more obligation: `o1`, `o2` …, never one that is in use."""
    return _next_id("o", {obligation.id for obligation in terms.obligations})


def next_guarantor_id(terms: Terms) -> str:
    """A name for one more guarantor: `g1`, `g2` …"""
    return _next_id("g", {guarantor.id for guarantor in terms.guarantors})


def _next_id(letter: str, used: set[str]) -> str:
    return next(f"{letter}{n}" for n in range(1, len(used) + 2) if f"{letter}{n}" not in used)


def is_blocking(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def findings(terms: Terms) -> list[Finding]:
    """What is missing or unclear; those that block come first."""
    return sorted(validate(terms), key=lambda finding: not is_blocking(finding))


def _edit(
    actor: User, settlement: Settlement, edition: int, change: Callable[[Terms], Terms]
) -> Settlement:
    case, settlement = lock(settlement)
    require(access.can_draft(actor, settlement))
    case_access.require_consents(case)
    require(settlement.edition == edition, StaleEdit)
    terms = with_facts_of_case(change(draft_terms(settlement)), settlement)
    terms = naming_the_original(terms, settlement)
    settlement.edition += 1
    settlement.is_partial = terms.scope is Scope.PARTIAL
    fields = [_seal_draft(settlement, terms), "edition", "is_partial"]
    settlement.save(update_fields=fields)
    audit.record(
        actor=actor,
        action="settlement.edited",
        target=settlement,
        case_id=case.pk,
        edition=settlement.edition,
    )
    return settlement


def _seal_draft(settlement: Settlement, terms: Terms) -> str:
    text = to_json(terms).decode()
    return seal_field(settlement, settlement.case, "draft", Compartment.SETTLEMENT, text)
