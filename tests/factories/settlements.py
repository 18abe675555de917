"""Settlements at any stage, made by the real services.

`stage` is how far one has come: drafting, offered, preparing, signing, sealing, sealed.
"""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.core import mail
from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from mediation.accounts.models import ConfirmationCode, User
from mediation.cases.lifecycle import lock
from mediation.cases.services import participation
from mediation.settlements.document.terms import Obligation, ObligationKind
from mediation.settlements.models import Amendment, Scan, Settlement, Signature
from mediation.settlements.selectors import current_version, document_of, last_revision
from mediation.settlements.services import (
    amending,
    drafting,
    freedom,
    offering,
    oral,
    scanning,
    sealing,
    signing,
)
from tests.factories.cast import Cast, consent_all

STAGES = ["drafting", "offered", "preparing", "signing", "sealing", "sealed"]
WRITTEN = {
    "facts_summary": "Ada lent Bo EUR 1,200. Both agree on that.",
    "issues": ("When the rest of the loan is paid back",),
    "settles": ("The loan of 3 March 2026",),
}
PAYMENT = Obligation(
    id="o1",
    debtor="B",
    creditor="A",
    kind=ObligationKind.PAY,
    description="The rest of the loan",
    amount=Decimal("1200.00"),
    currency="EUR",
    due_on=date(2027, 1, 31),
    method="by bank transfer",
)
WAIVER = replace(
    PAYMENT,
    id="o2",
    debtor="A",
    creditor="B",
    kind=ObligationKind.WAIVE,
    description="All other claims from the loan",
    amount=None,
    currency="",
    due_on=None,
    method="",
)


def make_draft(cast: Cast, *, language: str = "en") -> Settlement:
    """A complete draft, ready to offer."""
    settlement = drafting.start_draft(actor=cast.mediator, case=cast.case, language=language)
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes=WRITTEN,
    )
    for obligation in (PAYMENT, WAIVER):
        settlement = drafting.save_obligation(
            actor=cast.mediator,
            settlement=settlement,
            edition=settlement.edition,
            obligation=obligation,
        )
    return settlement


def make_settlement(cast: Cast, *, stage: str = "sealed", language: str = "en") -> Settlement:
    """A settlement of the cast's case that went through the real steps up to `stage`."""
    return advance(cast, make_draft(cast, language=language), stage=stage)


def advance(cast: Cast, settlement: Settlement, *, stage: str) -> Settlement:
    """A draft that went through the real steps up to `stage`."""
    for reached in STAGES[1 : STAGES.index(stage) + 1]:
        _advance(cast, settlement, reached)
        settlement = Settlement.objects.select_related("case").get(pk=settlement.pk)
    cast.case.refresh_from_db()
    return settlement


def _advance(cast: Cast, settlement: Settlement, stage: str) -> None:
    if stage == "offered":
        offering.freeze_version(
            actor=cast.mediator, settlement=settlement, edition=settlement.edition
        )
    elif stage == "preparing":
        for user in (cast.party_a, cast.party_b):
            approve(user, settlement)
    elif stage == "signing":
        signing.prepare_document(settlement=settlement)
        for user in (cast.party_a, cast.party_b):
            confirm_freedom(user, settlement)
    elif stage == "sealing":
        for user in (cast.party_a, cast.party_b, cast.mediator):
            sign(user, settlement)
    else:
        sealing.seal_document(settlement=settlement)


def open_change(cast: Cast, settlement: Settlement, *, who: str = "party_a") -> Amendment:
    """One side asks to change what was signed, the other is willing, both consent and the former
    mediator comes in. The cast's case is the new one afterwards.
    """
    proposer, asked = cast.party_a, cast.party_b
    if who == "party_b":
        proposer, asked = asked, proposer
    amendment = amending.propose_amendment(
        actor=proposer, settlement=settlement, wish="Another day for the payment."
    )
    case = amending.accept_amendment(actor=asked, amendment=amendment)
    consent_all(cast, case)
    with transaction.atomic():
        participation.begin_mediation(actor=cast.mediator, case=lock(case), mediator=cast.mediator)
    case.refresh_from_db()
    cast.case = case
    return amendment


def conclude_change(cast: Cast, *, language: str = "en") -> Settlement:
    """What was drafted from the earlier terms, offered, signed and sealed as it is."""
    settlement = drafting.start_draft(actor=cast.mediator, case=cast.case, language=language)
    for reached in STAGES[1:]:
        _advance(cast, settlement, reached)
        settlement = Settlement.objects.select_related("case").get(pk=settlement.pk)
    cast.case.refresh_from_db()
    return settlement


def make_oral(cast: Cast, *, stage: str = "oral", language: str = "en") -> Settlement:
    """What both sides agreed orally today and the mediator recorded; or, at the stage `offered`,
    the record that waits for both.
    """
    cast.case.profile = "cn-people"
    cast.case.save(update_fields=["profile"])
    settlement = make_draft(cast, language=language)
    settlement = drafting.choose_oral(actor=cast.mediator, settlement=settlement, is_oral=True)
    _advance(cast, settlement, "offered")
    if stage == "oral":
        for user in (cast.party_a, cast.party_b):
            agree(user, settlement)
    cast.case.refresh_from_db()
    return Settlement.objects.select_related("case").get(pk=settlement.pk)


def agree(user: User, settlement: Settlement) -> None:
    """As a party who is sure, read the record and is bound by it."""
    version = current_version(settlement)
    assert version is not None
    confirm_freedom(user, settlement)
    oral.agree_orally(actor=user, version=version, terms_sha256=version.terms_sha256)


def make_paper(cast: Cast) -> Settlement:
    """A settlement that both sides and the mediator signed on paper today."""
    settlement = make_draft(cast)
    drafting.choose_paper(actor=cast.mediator, settlement=settlement, is_paper_only=True)
    for reached in ("offered", "preparing", "signing"):
        if reached == "signing":
            signing.prepare_document(settlement=settlement)
        else:
            _advance(cast, settlement, reached)
        settlement = Settlement.objects.select_related("case").get(pk=settlement.pk)
    sealing.record_paper_signing(
        actor=cast.mediator, settlement=settlement, signed_on=timezone.localdate()
    )
    cast.case.refresh_from_db()
    return Settlement.objects.select_related("case").get(pk=settlement.pk)


def add_scan(cast: Cast, settlement: Settlement, *, replaces: str = "", mark: str = "one") -> Scan:
    """A scan of the paper; another `mark` is another file."""
    return scanning.add_scan(
        actor=cast.mediator,
        settlement=settlement,
        replaces=replaces,
        name="IMG_0001.pdf",
        content=BytesIO(scan_bytes(mark)),
    )


def scan_bytes(mark: str = "one") -> bytes:
    return b"%PDF-1.7\n% " + mark.encode() + b"\n%%EOF\n"


def approve(user: User, settlement: Settlement) -> None:
    version = current_version(settlement)
    assert version is not None
    offering.approve_version(actor=user, version=version, terms_sha256=version.terms_sha256)


def confirm_freedom(user: User, settlement: Settlement) -> None:
    """As a party who read the question and is sure."""
    version = current_version(settlement)
    assert version is not None
    freedom.confirm_freedom(actor=user, settlement=settlement, terms_sha256=version.terms_sha256)


def shown_sha256(settlement: Settlement) -> str:
    """What the signing page shows now."""
    document = document_of(settlement)
    assert document is not None
    revision = last_revision(document)
    assert revision is not None
    return revision.sha256


def mailed_code(user: User, settlement: Settlement, sha256: str) -> str:
    """Ask for a code and read it in the person's mail."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        signing.send_signing_code(actor=user, settlement=settlement, document_sha256=sha256)
    letter = next(message for message in reversed(mail.outbox) if user.email in message.to)
    found = re.search(r"\b\d{6}\b", letter.subject + letter.body)
    assert found is not None
    return found.group()


def sign(user: User, settlement: Settlement) -> Signature:
    """Sign what is shown now, with a code from the person's own mail."""
    sha256 = shown_sha256(settlement)
    return signing.confirm_and_sign(
        actor=user,
        settlement=settlement,
        document_sha256=sha256,
        code=mailed_code(user, settlement, sha256),
    )


def prove(user: User, sha256: str) -> None:
    """A code for these bytes, used up just now, as `check_confirmation_code` leaves it."""
    now = timezone.now()
    ConfirmationCode.objects.create(
        user=user,
        purpose=signing.CODE_PURPOSE,
        subject=sha256,
        code_hash="x",
        created_at=now,
        expires_at=now,
        used_at=now,
    )
