"""A settled case whose settlement went through the real drafting, signing and sealing, and what
the parties then do with it.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from mediation.accounts.models import ConfirmationCode, User
from mediation.cases.access import is_party
from mediation.cases.models import Case
from mediation.courts.models import Court, Release
from mediation.courts.services import clerks, releases
from mediation.settlements.document.terms import Obligation, ObligationKind
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import last_revision
from mediation.settlements.services import drafting, offering, sealing, signing
from tests.factories.cast import Cast, make_cast, person
from tests.factories.settlements import confirm_freedom
from tests.once import undone_afterwards


@dataclass
class Sealed:
    """The cast, their sealed settlement, the clerk's court and another one with its own clerk."""

    cast: Cast
    settlement: Settlement
    court: Court
    other_court: Court
    other_clerk: User

    @property
    def case(self) -> Case:
        return self.cast.case


def make_sealed() -> Sealed:
    cast = make_cast("mediating")
    settlement = seal(cast, cast.case)
    cast.case.refresh_from_db()
    court = clerks.open_court(
        code="heyang", name="和阳县人民法院", name_en="Heyang County Court", seat="和阳"
    )
    other = clerks.open_court(code="elsewhere", name="Elsewhere Court", seat="Elsewhere")
    clerks.add_clerk(court=court, user=cast.clerk)
    other_clerk = person("otto")
    clerks.add_clerk(court=other, user=other_clerk)
    return Sealed(cast, settlement, court, other, other_clerk)


def seal(cast: Cast, case: Case) -> Settlement:
    """From the first line of the draft to the seal."""
    settlement = drafting.start_draft(actor=cast.mediator, case=case, language="en")
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={
            "facts_summary": "A loan of 1,200 euros was not repaid in time.",
            "issues": ("When the loan is repaid",),
            "settles": ("Everything about the loan",),
        },
    )
    settlement = drafting.save_obligation(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        obligation=Obligation(
            id="o1",
            debtor="B",
            creditor="A",
            kind=ObligationKind.PAY,
            description="Repayment of the loan.",
            amount=Decimal("1200.00"),
            currency="EUR",
            due_on=date(2027, 3, 1),
            method="Bank transfer",
        ),
    )
    version = offering.freeze_version(
        actor=cast.mediator, settlement=settlement, edition=settlement.edition
    )
    for party in (cast.party_a, cast.party_b):
        offering.approve_version(actor=party, version=version, terms_sha256=version.terms_sha256)
    settlement = fresh(settlement)
    signing.prepare_document(settlement=settlement)
    for signer in (cast.party_a, cast.party_b, cast.mediator):
        sign(signer, fresh(settlement))
    sealing.seal_document(settlement=fresh(settlement))
    return fresh(settlement)


def sign(user: User, settlement: Settlement) -> None:
    """As if the code mailed for the document's last bytes had just been entered."""
    digest = last_revision(settlement.document).sha256
    if is_party(user, settlement.case):
        confirm_freedom(user, settlement)
    signing.send_signing_code(actor=user, settlement=settlement, document_sha256=digest)
    ConfirmationCode.objects.filter(user=user, subject=digest).update(used_at=timezone.now())
    signing.sign(actor=user, settlement=settlement, document_sha256=digest)


def fresh(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_related("case", "document").get(pk=settlement.pk)


def propose(sealed: Sealed) -> Release:
    return releases.propose_release(actor=sealed.cast.party_a, case=sealed.case, court=sealed.court)


def make_released(sealed: Sealed) -> Release:
    """Proposed by side A and agreed to by both."""
    release = propose(sealed)
    for party in (sealed.cast.party_a, sealed.cast.party_b):
        release = releases.consent_to_release(actor=party, release=release, language="en")
    return release


@pytest.fixture(scope="module")
def sealed_once(django_db_setup: None, django_db_blocker: object) -> Iterator[Sealed]:
    """Making a document takes seconds, so a module shares one, undone after its tests."""
    with undone_afterwards(django_db_blocker):
        yield make_sealed()


@pytest.fixture
def sealed(sealed_once: Sealed, db: None) -> Sealed:
    """The shared settlement; what a test does with it is undone after the test."""
    return deepcopy(sealed_once)


@pytest.fixture
def released(sealed: Sealed) -> Release:
    return make_released(sealed)
