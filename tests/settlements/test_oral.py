"""Agreeing orally: what the mediator records, both sides agree to, and nobody signs."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from mediation.audit.selectors import history_for_case
from mediation.cases.enums import CaseOutcome, CaseState
from mediation.cases.models import Case
from mediation.cases.services import participation
from mediation.core.errors import Forbidden, WrongState
from mediation.courts.access import settlement_to_release
from mediation.performance.access import settlements_tracked_by
from mediation.privacy.services.export import download_data
from mediation.profiles.selectors import profile_named, profile_names
from mediation.settlements import access
from mediation.settlements.document.terms import EffectiveRule, Enforcement
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Approval, Document, FreedomConfirmation, Settlement
from mediation.settlements.selectors import current_version, draft_terms, version_terms
from mediation.settlements.services import drafting, freedom, offering, oral, reading, signing
from mediation.settlements.services.clock import lapse_signatures
from mediation.settlements.services.revisions import sha256_of
from tests.factories.cast import NAMES, Cast, make_cast
from tests.factories.settlements import (
    agree,
    approve,
    conclude_change,
    confirm_freedom,
    make_draft,
    make_oral,
    make_settlement,
    open_change,
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
    make_oral(cast, stage="offered")
    settlement = offering.reopen_draft(
        actor=cast.mediator, settlement=Settlement.objects.select_related("case").get()
    )
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"enforcement": Enforcement.JUDICIAL_CONFIRMATION},
    )
    with pytest.raises(offering.NotReady):
        offering.freeze_version(
            actor=cast.mediator, settlement=settlement, edition=settlement.edition
        )
    assert "needs a written agreement" in text_of(as_person(cast.mediator).get(page(cast, "draft")))


def test_names_that_no_document_can_print_can_be_agreed_on_orally(cast: Cast):
    make_oral(cast, stage="offered")
    settlement = offering.reopen_draft(
        actor=cast.mediator, settlement=Settlement.objects.select_related("case").get()
    )
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"facts_summary": "The shop of ليلى at the corner."},
    )
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    assert "ليلى" in text_of(as_person(cast.party_a).get(page(cast, "read")))


def test_time_to_think_comes_first(cast: Cast):
    make_oral(cast, stage="offered")
    settlement = offering.reopen_draft(
        actor=cast.mediator, settlement=Settlement.objects.select_related("case").get()
    )
    settlement = drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"cooling_off_days": 2},
    )
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    confirm_freedom(cast.party_a, settlement)
    with pytest.raises(signing.TimeToThink):
        say_yes(cast, settlement, "party_a")
    assert "You can agree from" in text_of(as_person(cast.party_a).get(page(cast, "agree")))
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        say_yes(cast, settlement, "party_a")
    assert Approval.objects.count() == 1


@pytest.mark.parametrize("way", ["refuse", "change", "reopen", "leave"])
def test_a_yes_alone_binds_nobody_and_is_destroyed(cast: Cast, offered: Settlement, way: str):
    agree(cast.party_a, offered)
    version = current_version(offered)
    assert version is not None
    if way == "refuse":
        signing.refuse_to_sign(actor=cast.party_b, settlement=offered)
    elif way == "change":
        offering.request_changes(actor=cast.party_b, version=version, note="")
    elif way == "reopen":
        offering.reopen_draft(actor=cast.mediator, settlement=offered)
    else:
        participation.leave_case(actor=cast.party_b, case=cast.case)
        lapse_signatures()
    assert not Approval.objects.exists()
    assert not FreedomConfirmation.objects.exists()
    assert fresh(offered).state in {S.REFUSED, S.DRAFTING, S.LAPSED}
    assert fresh(offered).agreed_at is None


def test_whoever_said_yes_can_still_say_no(cast: Cast, offered: Settlement):
    agree(cast.party_a, offered)
    assert "I prefer not to agree" in text_of(as_person(cast.party_a).get(page(cast, "read")))
    signing.refuse_to_sign(actor=cast.party_a, settlement=offered)
    assert fresh(offered).state == S.REFUSED
    with pytest.raises(WrongState):
        agree(cast.party_b, fresh(offered))


def test_the_record_is_for_both_sides_and_the_mediator(cast: Cast):
    settlement = make_oral(cast)
    version = current_version(settlement)
    assert version is not None
    for who in ("party_a", "party_b", "mediator"):
        copy = reading.read_record(actor=getattr(cast, who), settlement=settlement)
        assert copy.content == to_json(version_terms(version))
        assert sha256_of(copy.content) == copy.sha256 == version.terms_sha256
        shown = text_of(as_person(getattr(cast, who)).get(page(cast, "read")))
        assert "The rest of the loan" in shown
        assert "In effect since" in shown
        assert version.terms_sha256 in shown
    for who in STRANGERS:
        with pytest.raises(Forbidden):
            reading.read_record(actor=getattr(cast, who), settlement=settlement)
        assert as_person(getattr(cast, who)).get(page(cast, "read")).status_code == 404
        assert as_person(getattr(cast, who)).get(page(cast, "record")).status_code == 404


def test_before_both_agreed_there_is_no_record_to_take_away(cast: Cast, offered: Settlement):
    agree(cast.party_a, offered)
    with pytest.raises(WrongState):
        reading.read_record(actor=cast.party_a, settlement=fresh(offered))


def test_a_court_gets_nothing_of_it(cast: Cast):
    make_oral(cast)
    assert settlement_to_release(cast.case) is None
    assert "Give the settlement to a court" not in text_of(
        as_person(cast.party_a).get(f"/cases/{cast.case.pk}/")
    )


def test_its_two_sides_track_it_like_any_other(cast: Cast):
    settlement = make_oral(cast)
    for who in ("party_a", "party_b"):
        assert list(settlements_tracked_by(getattr(cast, who))) == [settlement]
        found = as_person(getattr(cast, who)).get(f"/api/v1/cases/{cast.case.pk}/obligations/")
        told = found.json()
        assert (told["settlement"], told["form"]) == (settlement.number, "oral")
        assert told["agreed_at"] is not None
        assert [line["line"] for line in told["lines"]] == ["o1", "o2"]
    for who in (*STRANGERS, "mediator"):
        assert not settlements_tracked_by(getattr(cast, who)).exists()
        address = f"/api/v1/cases/{cast.case.pk}/obligations/"
        assert as_person(getattr(cast, who)).get(address).status_code in {403, 404}


def test_it_is_kept_as_long_as_a_signed_one(cast: Cast):
    settlement = make_oral(cast)
    case = Case.objects.get(pk=cast.case.pk)
    kept = profile_named(case.profile).period("settled", "settlement")
    assert case.closed_at is not None
    assert kept == timedelta(days=1095)
    shown = text_of(as_person(cast.party_a).get(f"/cases/{case.pk}/privacy/"))
    assert str((case.closed_at + kept).year) in shown
    assert settlement.state == S.ORAL


def test_the_copy_of_a_partys_data_holds_it(cast: Cast):
    settlement = make_oral(cast)
    version = current_version(settlement)
    assert version is not None
    archive = zipfile.ZipFile(io.BytesIO(download_data(actor=cast.party_a, case=cast.case)))
    record = next(name for name in archive.namelist() if name.endswith(f"{settlement.number}.json"))
    assert sha256_of(archive.read(record)) == version.terms_sha256
    data = json.loads(archive.read(next(n for n in archive.namelist() if n.endswith("data.json"))))
    told = data["settlements"][0]
    assert (told["state"], bool(told["agreed_orally_at"])) == ("oral", True)
    assert told["i_confirmed_that_i_am_free_to_say_no_at"] is not None


def test_it_is_written_down_by_a_settlement_both_sign(cast: Cast):
    spoken = make_oral(cast)
    recorded = current_version(spoken)
    assert recorded is not None
    assert "Put it in writing" in text_of(as_person(cast.party_a).get(page(cast, "read")))
    open_change(cast, spoken)
    cast.case.profile = "cn-people"
    cast.case.save(update_fields=["profile"])
    assert not access.can_be_oral(cast.case)
    written = conclude_change(cast)
    terms = version_terms(written.document.version)
    assert terms.supersedes is not None
    assert terms.supersedes.agreement_no == spoken.number
    assert terms.supersedes.sha256 == recorded.terms_sha256
    assert [one.description for one in terms.obligations] == [
        one.description for one in version_terms(recorded).obligations
    ]
    assert (written.state, fresh(spoken).replaced_by) == (S.SEALED, written.number)
    assert settlement_to_release(cast.case) == written


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
