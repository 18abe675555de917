"""Time to think between the final text and signing, guarantors, and an earlier agreement."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mediation.settlements.document.terms import Guarantor, Superseded
from mediation.settlements.models import Settlement, Signature
from mediation.settlements.selectors import document_of, draft_terms
from mediation.settlements.services import drafting, offering, sealing, signing
from mediation.settlements.services.offering import NotReady
from tests.factories.cast import Cast
from tests.factories.settlements import (
    PAYMENT,
    approve,
    confirm_freedom,
    make_draft,
    prove,
    shown_sha256,
    sign,
)
from tests.settlements.test_services_signing import fresh
from tests.settlements.test_views import as_person, draft_fields, page, text_of

pytestmark = pytest.mark.django_db


def to_sign_after(cast: Cast, days: int) -> Settlement:
    """A document with so many days to think, for which both parties said that they are free."""
    draft = make_draft(cast)
    draft = drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"cooling_off_days": days},
    )
    offering.freeze_version(actor=cast.mediator, settlement=draft, edition=draft.edition)
    for user in (cast.party_a, cast.party_b):
        approve(user, fresh(draft))
    signing.prepare_document(settlement=fresh(draft))
    for user in (cast.party_a, cast.party_b):
        confirm_freedom(user, fresh(draft))
    return fresh(draft)


def test_nobody_signs_before_the_time_to_think_is_over(cast: Cast) -> None:
    settlement = to_sign_after(cast, 3)
    sha256 = shown_sha256(settlement)
    for user in (cast.party_a, cast.mediator):
        prove(user, sha256)
        with pytest.raises(signing.TimeToThink):
            signing.send_signing_code(actor=user, settlement=settlement, document_sha256=sha256)
        with pytest.raises(signing.TimeToThink):
            signing.sign(actor=user, settlement=settlement, document_sha256=sha256)
    opens_at = document_of(settlement).signing_opens_at
    with time_machine.travel(opens_at - timedelta(seconds=1), tick=False):
        prove(cast.party_a, sha256)
        with pytest.raises(signing.TimeToThink):
            signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    with time_machine.travel(opens_at, tick=False):
        prove(cast.party_a, sha256)
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    assert Signature.objects.count() == 1


def test_the_time_to_sign_begins_after_the_time_to_think(cast: Cast) -> None:
    cast.case.deadline_at = cast.case.ends_by = timezone.now() + timedelta(days=60)
    cast.case.save(update_fields=["deadline_at", "ends_by"])
    settlement = to_sign_after(cast, 10)
    document = document_of(settlement)
    assert document.signing_opens_at == document.prepared_at + timedelta(days=10)
    assert settlement.signing_until == document.signing_opens_at + signing.SIGNING_PERIOD


def test_the_case_s_own_end_is_not_moved(cast: Cast) -> None:
    settlement = to_sign_after(cast, 3)
    settlement.case.refresh_from_db()
    assert settlement.signing_until <= settlement.case.deadline_at


def test_a_time_to_think_longer_than_the_case_cannot_be_offered(cast: Cast) -> None:
    cast.case.deadline_at = timezone.now() + timedelta(days=5)
    cast.case.save(update_fields=["deadline_at"])
    draft = make_draft(cast)
    draft = drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"cooling_off_days": 5},
    )
    found = {finding.code for finding in offering.all_findings(draft_terms(draft), draft.case)}
    assert found == {"no_room_to_sign"}
    with pytest.raises(NotReady):
        offering.freeze_version(actor=cast.mediator, settlement=draft, edition=draft.edition)
    shown = text_of(as_person(cast.mediator).get(page(cast, "draft")))
    assert "before the time to think is over" in shown


def test_pages_say_from_when_on_one_can_sign(cast: Cast) -> None:
    settlement = to_sign_after(cast, 3)
    client = as_person(cast.party_a)
    for name in ("read", "sign"):
        answer = client.get(page(cast, name))
        assert "You can sign from" in text_of(answer)
        assert page(cast, "send_code") not in answer.content.decode()
    assert "Nobody signs before 3 full days have passed" in text_of(client.get(page(cast, "read")))
    with time_machine.travel(document_of(settlement).signing_opens_at + timedelta(seconds=1)):
        assert (
            page(cast, "send_code")
            in as_person(cast.party_a).get(page(cast, "sign")).content.decode()
        )


def test_paper_waits_too(cast: Cast) -> None:
    settlement = to_sign_after(cast, 2)
    with pytest.raises(signing.TimeToThink):
        sealing.record_paper_signing(
            actor=cast.mediator, settlement=settlement, signed_on=timezone.localdate()
        )
    opens_at = document_of(settlement).signing_opens_at
    with time_machine.travel(opens_at + timedelta(hours=1)):
        noted = sealing.record_paper_signing(
            actor=cast.mediator, settlement=settlement, signed_on=timezone.localdate(opens_at)
        )
    assert noted.state == "paper"


def test_without_days_everything_is_as_it_was(cast: Cast) -> None:
    settlement = to_sign_after(cast, 0)
    assert document_of(settlement).signing_opens_at is None
    sign(cast.party_a, settlement)
    assert Signature.objects.count() == 1


# --- Guarantors and an earlier agreement, on the mediator's pages --------------------------------


def guarantor_fields(settlement: Settlement, **changes: object) -> dict[str, object]:
    return {
        "edition": settlement.edition,
        "name": "Uncle Olaf",
        "obligations": ["o1"],
        "amount": "600.00",
        "currency": "EUR",
        "address": "1 Hill Road",
        "document": "Written guarantee of 3 November 2026",
        **changes,
    }


def test_a_guarantor_is_added_changed_and_taken_out(cast: Cast) -> None:
    draft = make_draft(cast)
    client = as_person(cast.mediator)
    client.post(page(cast, "add_guarantor"), guarantor_fields(draft))
    (saved,) = draft_terms(fresh(draft)).guarantors
    assert (saved.id, saved.obligations, str(saved.amount)) == ("g1", ("o1",), "600.00")
    one = page(cast, "edit_guarantor", guarantor_id="g1")
    client.post(one, guarantor_fields(fresh(draft), amount=""))
    (saved,) = draft_terms(fresh(draft)).guarantors
    assert (saved.amount, saved.currency) == (None, "")
    shown = text_of(client.get(page(cast, "preview")))
    assert "Uncle Olaf" in shown
    assert "What Bo Respondent owes under 4.1" in shown
    out = page(cast, "remove_guarantor", guarantor_id="g1")
    client.post(out, {"edition": fresh(draft).edition})
    assert draft_terms(fresh(draft)).guarantors == ()
    assert client.get(one).status_code == 404


def test_a_guarantor_bound_by_nothing_stops_the_offer(cast: Cast) -> None:
    draft = make_draft(cast)
    client = as_person(cast.mediator)
    client.post(page(cast, "add_guarantor"), guarantor_fields(draft, document=""))
    shown = text_of(client.get(page(cast, "draft")))
    assert "this text does not bind them" in shown
    assert "Civil Code of China, art. 685" in shown
    now = fresh(draft)
    with pytest.raises(NotReady):
        offering.freeze_version(actor=cast.mediator, settlement=now, edition=now.edition)


def test_a_term_taken_out_is_guaranteed_no_more(cast: Cast) -> None:
    draft = make_draft(cast)
    guarantor = Guarantor(id="g1", name="Olaf", obligations=("o1", "o2"), document="Paper")
    draft = drafting.save_guarantor(
        actor=cast.mediator, settlement=draft, edition=draft.edition, guarantor=guarantor
    )
    draft = drafting.remove_obligation(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        obligation_id=PAYMENT.id,
    )
    assert draft_terms(draft).guarantors == (replace(guarantor, obligations=("o2",)),)


def test_time_to_think_and_an_earlier_agreement_are_written_in_the_draft(cast: Cast) -> None:
    draft = make_draft(cast)
    client = as_person(cast.mediator)
    digits = "0123ABCD " * 8
    fields = {"cooling_off_days": "3", "supersedes_no": "S-1", "supersedes_sha256": digits}
    client.post(page(cast, "draft"), draft_fields(draft, **fields))
    terms = draft_terms(fresh(draft))
    assert terms.cooling_off_days == 3
    assert terms.supersedes == Superseded(agreement_no="S-1", sha256="0123abcd" * 8)
    assert "Agreement No. S-1" in text_of(client.get(page(cast, "preview")))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"cooling_off_days": "31"}, "cooling_off_days"),
        ({"supersedes_no": "S-1"}, "supersedes_sha256"),
        ({"supersedes_sha256": "a" * 64}, "supersedes_no"),
        ({"supersedes_no": "S-1", "supersedes_sha256": "a" * 63}, "supersedes_sha256"),
    ],
)
def test_a_slip_in_them_is_shown_beside_its_field(
    cast: Cast, fields: dict[str, str], wrong: str
) -> None:
    draft = make_draft(cast)
    answer = as_person(cast.mediator).post(page(cast, "draft"), draft_fields(draft, **fields))
    assert list(answer.context["form"].errors) == [wrong]
