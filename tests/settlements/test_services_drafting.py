"""Drafting and offering: who may, what is refused, and that nothing is overwritten or lost."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django_tasks import default_task_backend

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.settlements.document.terms import Authority, PartyKind, Representative
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Approval, Settlement, Version
from mediation.settlements.selectors import (
    current_version,
    draft_terms,
    version_terms,
    wishes,
)
from mediation.settlements.services import drafting, offering
from tests.factories.cast import Cast
from tests.factories.settlements import PAYMENT, WAIVER, approve, make_draft, make_settlement

pytestmark = pytest.mark.django_db


def queued() -> list[str]:
    return [result.task.name for result in default_task_backend.results]


def test_a_draft_knows_what_the_case_knows(cast: Cast) -> None:
    terms = draft_terms(make_draft(cast))
    assert [(party.id, party.name) for party in terms.parties] == [
        ("A", "Ada Applicant"),
        ("B", "Bo Respondent"),
    ]
    assert terms.parties[0].address == "1 Main St"
    assert terms.mediators[0].name == "Mei"
    assert terms.center.registration_no == "R-1"
    assert terms.agreement_no == f"{cast.case.number}-S1"


def test_the_draft_is_sealed_in_the_database(cast: Cast) -> None:
    settlement = make_draft(cast)
    assert b"Ada lent" not in bytes(settlement.draft_sealed)


@pytest.mark.parametrize(
    "who", ["party_a", "party_b", "coordinator", "other_staff", "clerk", "stranger"]
)
def test_only_the_mediator_drafts(cast: Cast, who: str) -> None:
    user = getattr(cast, who)
    with pytest.raises(Forbidden):
        drafting.start_draft(actor=user, case=cast.case, language="en")
    settlement = make_draft(cast)
    with pytest.raises(Forbidden):
        drafting.save_draft(actor=user, settlement=settlement, edition=4, changes={})
    with pytest.raises(Forbidden):
        offering.freeze_version(actor=user, settlement=settlement, edition=4)


def test_a_case_has_one_live_settlement(cast: Cast) -> None:
    settlement = make_draft(cast)
    with pytest.raises(WrongState):
        drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    with pytest.raises(IntegrityError), transaction.atomic():
        Settlement.objects.create(case=cast.case, number="other", language="en")
    assert Settlement.objects.get() == settlement


def test_a_stale_edit_is_refused_and_nothing_is_lost(cast: Cast) -> None:
    settlement = make_draft(cast)
    seen = settlement.edition
    drafting.save_draft(
        actor=cast.mediator, settlement=settlement, edition=seen, changes={"costs_clause": "One."}
    )
    with pytest.raises(drafting.StaleEdit):
        drafting.save_draft(
            actor=cast.mediator,
            settlement=settlement,
            edition=seen,
            changes={"costs_clause": "Two."},
        )
    settlement.refresh_from_db()
    assert draft_terms(settlement).costs_clause == "One."


def test_facts_of_the_case_are_not_the_mediators_to_write(cast: Cast) -> None:
    settlement = make_draft(cast)
    with pytest.raises(InvalidInput):
        drafting.save_draft(
            actor=cast.mediator,
            settlement=settlement,
            edition=settlement.edition,
            changes={"agreement_no": "mine"},
        )


def test_an_obligation_is_replaced_and_removed(cast: Cast) -> None:
    settlement = make_draft(cast)
    changed = replace(PAYMENT, description="All of the loan")
    settlement = drafting.save_obligation(
        actor=cast.mediator, settlement=settlement, edition=4, obligation=changed
    )
    assert draft_terms(settlement).obligations == (changed, WAIVER)
    settlement = drafting.remove_obligation(
        actor=cast.mediator, settlement=settlement, edition=5, obligation_id="o1"
    )
    assert draft_terms(settlement).obligations == (WAIVER,)
    assert drafting.next_obligation_id(draft_terms(settlement)) == "o1"
    with pytest.raises(WrongState):
        drafting.remove_obligation(
            actor=cast.mediator, settlement=settlement, edition=6, obligation_id="o1"
        )


def test_who_signs_for_an_organisation_survives_later_edits(cast: Cast) -> None:
    settlement = make_draft(cast)
    person = Representative(name="Cho", authority=Authority.LEGAL)
    settlement = drafting.save_party(
        actor=cast.mediator,
        settlement=settlement,
        edition=4,
        party_id="B",
        kind=PartyKind.ORGANISATION,
        representative=person,
    )
    settlement = drafting.save_draft(
        actor=cast.mediator, settlement=settlement, edition=5, changes={"costs_clause": ""}
    )
    assert draft_terms(settlement).parties[1].representative == person


def test_an_incomplete_draft_is_not_offered(cast: Cast) -> None:
    settlement = drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    with pytest.raises(offering.NotReady):
        offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=1)
    assert not Version.objects.exists()


def test_a_name_that_cannot_be_printed_stops_the_offer(cast: Cast) -> None:
    settlement = make_draft(cast)
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"governing_law": "𠮷𒀀"},
    )
    with pytest.raises(offering.NotReady):
        offering.freeze_version(
            actor=cast.mediator, settlement=settlement, edition=settlement.edition
        )
    found = offering.all_findings(draft_terms(settlement), settlement.case)
    assert found[0].code == "character_missing"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("شارع 12 الرياض", "right_to_left_mixed"),
        ("القانون " * 12 + "القانون", "right_to_left_long"),
        ("محمد٣", "character_missing"),
    ],
)
def test_words_from_the_right_that_no_page_shows_stop_the_offer(
    cast: Cast, text: str, code: str
) -> None:
    settlement = make_draft(cast)
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"governing_law": text},
    )
    with pytest.raises(offering.NotReady):
        offering.freeze_version(
            actor=cast.mediator, settlement=settlement, edition=settlement.edition
        )
    found = offering.all_findings(draft_terms(settlement), settlement.case)
    assert (found[0].code, found[0].where) == (code, "governing_law")


def test_an_offered_text_no_longer_changes(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    version = current_version(settlement)
    assert version is not None
    assert version_terms(version).facts_summary.startswith("Ada lent")
    with pytest.raises(Forbidden):
        drafting.save_draft(actor=cast.mediator, settlement=settlement, edition=4, changes={})


def test_approval_of_both_sides_makes_the_document(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    approve(cast.party_a, settlement)
    settlement.refresh_from_db()
    assert settlement.state == S.OFFERED
    approve(cast.party_b, settlement)
    settlement.refresh_from_db()
    assert settlement.state == S.PREPARING
    assert "prepare_document" in queued()


def test_approving_twice_is_the_same_as_once(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    approve(cast.party_a, settlement)
    approve(cast.party_a, settlement)
    assert Approval.objects.count() == 1
    settlement.refresh_from_db()
    assert settlement.state == S.OFFERED


def test_approval_names_the_text_that_was_read(cast: Cast) -> None:
    version = current_version(make_settlement(cast, stage="offered"))
    assert version is not None
    with pytest.raises(offering.OtherText):
        offering.approve_version(actor=cast.party_a, version=version, terms_sha256="0" * 64)


@pytest.mark.parametrize("who", ["mediator", "coordinator", "other_staff", "clerk", "stranger"])
def test_only_parties_answer(cast: Cast, who: str) -> None:
    version = current_version(make_settlement(cast, stage="offered"))
    assert version is not None
    user = getattr(cast, who)
    with pytest.raises(Forbidden):
        offering.approve_version(actor=user, version=version, terms_sha256=version.terms_sha256)
    with pytest.raises(Forbidden):
        offering.request_changes(actor=user, version=version, note="")


def test_a_change_asked_for_ends_every_approval(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    old = current_version(settlement)
    assert old is not None
    approve(cast.party_a, settlement)
    offering.request_changes(actor=cast.party_b, version=old, note="Later, please.")
    settlement.refresh_from_db()
    assert settlement.state == S.DRAFTING
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    with pytest.raises(offering.OtherText):
        offering.approve_version(actor=cast.party_a, version=old, terms_sha256=old.terms_sha256)
    approve(cast.party_b, settlement)
    settlement.refresh_from_db()
    assert settlement.state == S.OFFERED, "the approval of the first version counted"


def test_what_a_side_wishes_stays_between_it_and_the_mediator(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    version = current_version(settlement)
    assert version is not None
    offering.request_changes(actor=cast.party_b, version=version, note="caucus-B-canary")
    assert [wish.note for wish in wishes(cast.mediator, settlement)] == ["caucus-B-canary"]
    assert [wish.note for wish in wishes(cast.party_b, settlement)] == ["caucus-B-canary"]
    assert wishes(cast.party_a, settlement) == []
    assert wishes(cast.stranger, settlement) == []


def test_the_text_of_a_mediator_who_left_cannot_be_approved(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    cast.case.participants.mediators().update(left_at=cast.case.state_since)
    with pytest.raises(WrongState):
        approve(cast.party_a, settlement)


def test_nothing_goes_on_without_consent(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.MEDIATE)
    with pytest.raises(ConsentMissing):
        approve(cast.party_a, settlement)
    version = current_version(settlement)
    assert version is not None
    with pytest.raises(ConsentMissing):
        offering.request_changes(actor=cast.party_a, version=version, note="")
    with pytest.raises(ConsentMissing):
        offering.reopen_draft(actor=cast.mediator, settlement=settlement)


def test_nothing_goes_on_when_a_side_has_left(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    participation.leave_case(actor=cast.party_b, case=cast.case)
    with pytest.raises(WrongState):
        approve(cast.party_a, settlement)


def test_the_mediator_takes_a_text_back(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="preparing")
    settlement = offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    assert settlement.state == S.DRAFTING
    with pytest.raises(Forbidden):
        offering.reopen_draft(actor=cast.party_a, settlement=settlement)
