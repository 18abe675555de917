"""Agreeing orally: what the mediator records, both sides agree to, and nobody signs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from mediation.audit.selectors import history_for_case
from mediation.cases.enums import CaseOutcome, CaseState
from mediation.cases.models import Case
from mediation.core.errors import Forbidden, WrongState
from mediation.profiles.selectors import profile_named, profile_names
from mediation.settlements import access
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.document.terms import EffectiveRule, Enforcement, Guarantor, Terms
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Approval, Document, Settlement
from mediation.settlements.selectors import current_version, draft_terms, version_terms
from mediation.settlements.services import drafting, freedom, offering, oral, signing
from tests.factories.cast import NAMES, Cast, make_cast
from tests.factories.settlements import (
    agree,
    approve,
    confirm_freedom,
    make_draft,
    make_oral,
    make_settlement,
)
from tests.promises.tables import changed, fingerprint
from tests.settlements.test_views import as_person, page, text_of

pytestmark = pytest.mark.django_db
STRANGERS = sorted(set(NAMES) - {"party_a", "party_b", "mediator"})


@pytest.fixture
def offered(cast: Cast) -> Settlement:
    """The record waits for both sides."""
    return make_oral(cast, stage="offered")


def fresh(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_related("case").get(pk=settlement.pk)


def say_yes(cast: Cast, settlement: Settlement, who: str) -> Approval:
    version = current_version(settlement)
    assert version is not None
    return oral.agree_orally(
        actor=getattr(cast, who), version=version, terms_sha256=version.terms_sha256
    )


def drafted(cast: Cast, **changes: Any) -> Settlement:
    """An oral settlement that is a draft again, with these changes."""
    settlement = offering.reopen_draft(
        actor=cast.mediator, settlement=make_oral(cast, stage="offered")
    )
    return drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes=changes,
    )


def test_only_rules_that_name_a_law_for_it_allow_it():
    assert {key for key in profile_names() if profile_named(key).allows_oral} == {"cn-people"}


def test_where_the_rules_know_no_oral_agreement_there_is_none(cast: Cast):
    settlement = make_draft(cast)
    assert cast.case.profile == "generic"
    with pytest.raises(WrongState):
        drafting.choose_oral(actor=cast.mediator, settlement=settlement, is_oral=True)
    assert "Record an oral agreement" not in text_of(
        as_person(cast.mediator).get(page(cast, "draft"))
    )


def test_both_sides_agree_and_it_binds_from_then_on(cast: Cast, offered: Settlement):
    agree(cast.party_a, offered)
    assert fresh(offered).state == S.OFFERED
    agree(cast.party_b, offered)
    settlement = fresh(offered)
    case = Case.objects.get(pk=cast.case.pk)
    assert (settlement.state, case.state, case.outcome) == (
        S.ORAL,
        CaseState.CLOSED,
        CaseOutcome.SETTLED,
    )
    assert settlement.agreed_at is not None
    assert settlement.agreed_at <= timezone.now()
    assert not Document.objects.filter(settlement=settlement).exists()
    actions = [line.action for line in history_for_case(case.pk)]
    assert actions.count("version.agreed") == 2
    assert "settlement.oral" in actions


def test_what_they_agree_to_says_how_it_binds(cast: Cast, offered: Settlement):
    version = current_version(offered)
    assert version is not None
    terms = version_terms(version)
    assert terms.effective_rule is EffectiveRule.WHEN_AGREED
    assert "before agreeing" in terms.statements.legal_advice
    assert "This agreement itself" not in terms.statements.confidentiality
    text = text_of(as_person(cast.party_b).get(page(cast, "read")))
    assert "Record of an Oral Agreement" in text
    assert "no court can confirm or enforce it as it is" in text


def test_a_draft_that_is_to_be_signed_after_all_says_so_again(cast: Cast, offered: Settlement):
    offering.reopen_draft(actor=cast.mediator, settlement=offered)
    before = fresh(offered)
    drafting.choose_oral(actor=cast.mediator, settlement=before, is_oral=False)
    after = fresh(offered)
    terms = draft_terms(after)
    assert terms.effective_rule is EffectiveRule.ALL_SIGNATURES_AND_SEAL
    assert "before signing" in terms.statements.legal_advice
    assert "This agreement itself" in terms.statements.confidentiality
    with pytest.raises(drafting.StaleEdit):  # whoever looks at the text before does not offer it
        offering.freeze_version(actor=cast.mediator, settlement=after, edition=before.edition)


def test_nobody_agrees_before_they_said_that_they_are_free(cast: Cast, offered: Settlement):
    confirm_freedom(cast.party_b, offered)  # the other side's yes is not mine
    with pytest.raises(freedom.FreedomNotConfirmed):
        say_yes(cast, offered, "party_a")
    assert not Approval.objects.exists()
    confirm_freedom(cast.party_a, offered)
    say_yes(cast, offered, "party_a")
    assert Approval.objects.count() == 1


def test_the_other_side_learns_nothing_of_that_question(cast: Cast, offered: Settlement):
    before = text_of(as_person(cast.party_b).get(page(cast, "read")))
    confirm_freedom(cast.party_a, offered)
    assert text_of(as_person(cast.party_b).get(page(cast, "read"))) == before
    assert not access.freedom_confirmations_visible_to(cast.party_b).exists()
    assert "Not yet confirmed" in text_of(as_person(cast.mediator).get(page(cast, "read")))
    confirm_freedom(cast.party_b, offered)
    assert "Not yet confirmed" not in text_of(as_person(cast.mediator).get(page(cast, "read")))


def test_whoever_is_not_sure_leaves_no_trace(cast: Cast, offered: Settlement):
    version = current_version(offered)
    assert version is not None
    client, before = as_person(cast.party_a), fingerprint()
    answer = {"terms_sha256": version.terms_sha256, "answer": "unsure"}
    shown = text_of(client.post(page(cast, "freedom"), answer))
    assert "You do not have to agree" in shown
    assert changed(before, fingerprint()) == set()


@pytest.mark.parametrize("who", [*STRANGERS, "mediator"])
def test_nobody_else_agrees(cast: Cast, offered: Settlement, who: str):
    with pytest.raises(Forbidden):
        say_yes(cast, offered, who)
    assert not Approval.objects.exists()


def test_twice_is_once(cast: Cast, offered: Settlement):
    confirm_freedom(cast.party_a, offered)
    assert say_yes(cast, offered, "party_a") == say_yes(cast, offered, "party_a")
    assert Approval.objects.count() == 1


def test_the_yes_that_concludes_is_answered_again_as_it_was(cast: Cast, offered: Settlement):
    """An answer may be lost on its way, and the same yes be sent again."""
    for who in ("party_a", "party_b"):
        confirm_freedom(getattr(cast, who), offered)
    say_yes(cast, offered, "party_a")
    given = say_yes(cast, offered, "party_b")
    before = fingerprint()
    assert say_yes(cast, offered, "party_b") == given
    assert changed(before, fingerprint()) == set()
    version = current_version(offered)
    assert version is not None
    with pytest.raises(WrongState):  # what was never agreed to is no retry
        oral.agree_orally(actor=cast.party_b, version=version, terms_sha256="0" * 64)
    with pytest.raises(Forbidden):
        say_yes(cast, offered, "mediator")


def test_another_text_is_not_agreed_to(cast: Cast, offered: Settlement):
    version = current_version(offered)
    assert version is not None
    confirm_freedom(cast.party_a, offered)
    with pytest.raises(offering.OtherText):
        oral.agree_orally(actor=cast.party_a, version=version, terms_sha256="0" * 64)


def test_a_yes_that_binds_and_one_that_does_not_are_never_mixed_up(cast: Cast, offered: Settlement):
    with pytest.raises(WrongState):
        approve(cast.party_a, offered)
    other = make_cast("mediating")
    written = make_settlement(other, stage="offered")
    with pytest.raises(WrongState):
        say_yes(other, written, "party_a")
    assert not Approval.objects.exists()


def test_what_is_on_paper_is_not_oral(cast: Cast):
    make_oral(cast, stage="offered")
    settlement = offering.reopen_draft(
        actor=cast.mediator, settlement=Settlement.objects.select_related("case").get()
    )
    with pytest.raises(WrongState):
        drafting.choose_paper(actor=cast.mediator, settlement=settlement, is_paper_only=True)
    drafting.choose_oral(actor=cast.mediator, settlement=settlement, is_oral=False)
    drafting.choose_paper(actor=cast.mediator, settlement=settlement, is_paper_only=True)
    with pytest.raises(WrongState):
        drafting.choose_oral(actor=cast.mediator, settlement=settlement, is_oral=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Settlement.objects.update(is_oral=True)


def test_what_needs_a_document_is_not_offered(cast: Cast):
    settlement = drafted(cast, enforcement=Enforcement.JUDICIAL_CONFIRMATION)
    with pytest.raises(offering.NotReady):
        offering.freeze_version(
            actor=cast.mediator, settlement=settlement, edition=settlement.edition
        )
    assert "needs a written agreement" in text_of(as_person(cast.mediator).get(page(cast, "draft")))


def test_a_side_that_answers_for_another_does_so_in_writing(cast: Cast):
    """民法典 685: nobody signs an oral agreement, so it binds no guarantor, not even a side."""
    settlement = drafted(cast)
    terms = draft_terms(settlement)
    third = replace(terms.parties[0], id="C", name="Cleo Third")
    stands = Guarantor(id="g1", name="Cleo Third", obligations=("o1",))
    terms = replace(terms, parties=(*terms.parties, third), guarantors=(stands,))

    def found(terms: Terms) -> list[str]:
        noted = offering.all_findings(terms, settlement.case)
        return [one.code for one in noted if drafting.is_blocking(one)]

    assert found(terms) == ["guarantor_not_bound"]
    paper = replace(stands, document="Written guarantee of 3 November 2026")
    assert found(replace(terms, guarantors=(paper,))) == []
    signed = replace(terms, effective_rule=EffectiveRule.LAST_PARTY_SIGNATURE)
    assert found(signed) == []


def test_names_that_no_document_can_print_can_be_agreed_on_orally(cast: Cast):
    settlement = drafted(cast, facts_summary="The shop of ليلى at the corner.")
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    assert "ليلى" in text_of(as_person(cast.party_a).get(page(cast, "read")))


@pytest.mark.parametrize(
    ("language", "days", "said", "never"),
    [
        ("en", 1, "Nobody agrees before a full day has passed since this record", "Nobody signs"),
        ("en", 2, "Nobody agrees before 2 full days have passed since this record", "Nobody signs"),
        ("zh-hans", 1, "自本记录制作完成之时起满一日后，各方方可表示同意。", "签署"),
        ("zh-hans", 2, "自本记录制作完成之时起满2日后，各方方可表示同意。", "签署"),
    ],
)
def test_the_time_to_think_speaks_of_agreeing(
    cast: Cast, language: str, days: int, said: str, never: str
):
    terms = draft_terms(make_oral(cast, stage="offered", language=language))
    spoken = [row.text for row in lay_out(replace(terms, cooling_off_days=days)).keeping]
    assert [text for text in spoken if said in text]
    assert not [text for text in spoken if never in text]


def test_a_time_to_think_longer_than_the_case_says_that_nobody_could_agree(cast: Cast):
    settlement = drafted(cast, cooling_off_days=5)
    settlement.case.deadline_at = timezone.now() + timedelta(days=5)
    findings = offering.all_findings(draft_terms(settlement), settlement.case)
    said = [str(one.message) for one in findings if one.code == "no_room_to_sign"]
    assert len(said) == 1
    assert "nobody could agree" in said[0]


def test_time_to_think_comes_first(cast: Cast):
    settlement = drafted(cast, cooling_off_days=2)
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    confirm_freedom(cast.party_a, settlement)
    with pytest.raises(signing.TimeToThink) as refused:
        say_yes(cast, settlement, "party_a")
    assert refused.value.code == "too_early_to_agree"
    version = current_version(settlement)
    typed = {"version": version.number, "terms_sha256": version.terms_sha256, "is_meant": "on"}
    past_the_page = as_person(cast.party_a).post(page(cast, "agree"), typed)
    assert past_the_page.status_code == 409
    assert "too early to agree" in text_of(past_the_page)
    assert "sign" not in text_of(past_the_page).partition("too early")[2].partition("on you can")[0]
    assert "You can agree from" in text_of(as_person(cast.party_a).get(page(cast, "agree")))
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        say_yes(cast, settlement, "party_a")
    assert Approval.objects.count() == 1


def test_through_the_pages(cast: Cast):
    make_oral(cast, stage="offered")
    for who in ("party_a", "party_b"):
        client = as_person(getattr(cast, who))
        asked = client.get(page(cast, "agree"))
        assert asked.url == page(cast, "freedom")
        version = current_version(Settlement.objects.select_related("case").get())
        assert version is not None
        answer = {"terms_sha256": version.terms_sha256, "answer": "free"}
        assert client.post(page(cast, "freedom"), answer).url == page(cast, "agree")
        fields = {"terms_sha256": version.terms_sha256, "version": version.number}
        assert "Tick this only if you agree" in text_of(client.post(page(cast, "agree"), fields))
        done = client.post(page(cast, "agree"), {**fields, "is_meant": "on"})
        assert done.url == page(cast, "read")
    assert Settlement.objects.get().state == S.ORAL
    assert client.get(page(cast, "agree")).url == page(cast, "read")
    downloaded = client.get(page(cast, "record"))
    assert downloaded.headers["Content-Type"] == "application/json"
    assert downloaded.headers["Content-Disposition"].startswith("attachment")


def test_the_mediator_chooses_it_on_the_page_of_the_draft(cast: Cast):
    cast.case.profile = "cn-people"
    cast.case.save(update_fields=["profile"])
    make_draft(cast)
    client = as_person(cast.mediator)
    assert "Record an oral agreement" in text_of(client.get(page(cast, "draft")))
    client.post(page(cast, "choose_oral"), {"oral": "yes"})
    assert Settlement.objects.get().is_oral
    assert "Have it signed instead" in text_of(client.get(page(cast, "draft")))
    client.post(page(cast, "choose_oral"), {"oral": "no"})
    assert not Settlement.objects.get().is_oral
