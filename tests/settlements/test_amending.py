"""Changing what was signed: asked, answered, written anew, and the first one marked as replaced."""

import json
from dataclasses import replace

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from mediation.audit.selectors import history_for_case
from mediation.cases.enums import CaseOutcome, CaseState
from mediation.cases.models import Case
from mediation.cases.selectors import name_of
from mediation.cases.services import invitations, participation
from mediation.cases.services.invitations import DeclinedBefore, InvitationGone
from mediation.core.errors import DomainError, Forbidden, InvalidInput, WrongState
from mediation.performance.enums import LineStatus, Says
from mediation.performance.selectors import lines_for, tracker_for
from mediation.performance.services import certificates
from mediation.privacy.services.export import case_files
from mediation.settlements.document.check import check_settlement
from mediation.settlements.models import Amendment, Settlement
from mediation.settlements.selectors import draft_terms
from mediation.settlements.selectors.amendments import given_sha256, is_replaced_for_system
from mediation.settlements.services import amending, drafting, engine, erasing
from mediation.settlements.services.reading import read_document
from mediation.vault import services as vault
from tests.factories import performance
from tests.factories.cast import NAMES, Cast, make_cast
from tests.factories.settlements import (
    PAYMENT,
    conclude_change,
    make_paper,
    make_settlement,
    open_change,
)
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
PARTIES = ("party_a", "party_b")


@pytest.fixture(scope="module")
def sealed_once(cast_once: Cast) -> Settlement:
    return make_settlement(cast_once, stage="sealed")


@pytest.fixture
def settlement(sealed_once: Settlement, cast: Cast) -> Settlement:
    cast.case.refresh_from_db()
    return fresh(sealed_once)


def ask(cast: Cast, settlement: Settlement, who: str = "party_a") -> Amendment:
    return amending.propose_amendment(
        actor=getattr(cast, who), settlement=settlement, wish="Another day."
    )


def fresh(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_related("case__center").get(pk=settlement.pk)


def url(settlement: Settlement, name: str = "change") -> str:
    return reverse(f"settlements:{name}", args=[settlement.case_id])


# --- Asking and answering ---------------------------------------------------------------------


@pytest.mark.parametrize("who", PARTIES)
def test_either_side_asks_and_nothing_has_changed_by_that(cast, settlement, who) -> None:
    amendment = ask(cast, settlement, who)
    case = amendment.case
    assert (case.state, case.center_id) == (CaseState.INVITED, settlement.case.center_id)
    assert fresh(settlement).replaced_by == ""
    assert settlement.case.state == CaseState.CLOSED
    other = cast.party_b if who == "party_a" else cast.party_a
    assert not case.participants.active().filter(user=other).exists()


@pytest.mark.parametrize("who", sorted(set(NAMES) - set(PARTIES)))
def test_nobody_else_asks(cast, settlement, who) -> None:
    with pytest.raises(Forbidden):
        ask(cast, settlement, who)
    assert Case.objects.count() == 1


@pytest.mark.parametrize("stage", ["offered", "signing", "sealing"])
def test_only_what_is_signed_can_change(stage) -> None:
    cast = make_cast()
    with pytest.raises(WrongState):
        ask(cast, make_settlement(cast, stage=stage))


def test_what_was_signed_on_paper_can_change_too() -> None:
    cast = make_cast()
    assert ask(cast, make_paper(cast)).case.state == CaseState.INVITED


def test_without_a_word_of_what_about_nobody_is_asked(cast, settlement) -> None:
    with pytest.raises(InvalidInput):
        amending.propose_amendment(actor=cast.party_a, settlement=settlement, wish="  ")


def test_asking_twice_is_asking_once(cast, settlement) -> None:
    assert ask(cast, settlement) == ask(cast, settlement)
    with pytest.raises(amending.AmendmentRunning):
        ask(cast, settlement, "party_b")
    assert Amendment.objects.count() == 1


def test_the_letter_says_what_it_is_and_nothing_of_the_terms(cast, settlement) -> None:
    amendment = ask(cast, settlement)
    mail.outbox.clear()
    invitations.send_invitation(invitation=amendment.case.invitations.get())
    (letter,) = mail.outbox
    assert letter.to == [cast.party_b.email]
    assert "changing an agreement you both signed" in letter.body
    for word in ("disagreement", "loan", "1,200", "Another day", settlement.number):
        assert word not in letter.body + letter.subject


@pytest.mark.parametrize("who", [name for name in NAMES if name != "party_b"])
def test_only_the_side_that_was_asked_answers(cast, settlement, who) -> None:
    amendment = ask(cast, settlement)
    for answer in (amending.accept_amendment, amending.decline_amendment):
        with pytest.raises(DomainError):
            answer(actor=getattr(cast, who), amendment=amendment)
    assert Case.objects.get(pk=amendment.case_id).state == CaseState.INVITED


def test_no_ends_it_without_a_trace_on_the_settlement(cast, settlement) -> None:
    amendment = ask(cast, settlement)
    case = amending.decline_amendment(actor=cast.party_b, amendment=amendment)
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.DECLINED)
    assert fresh(settlement).replaced_by == ""
    with pytest.raises(DeclinedBefore):
        ask(cast, settlement)
    assert ask(cast, settlement, "party_b").case.state == CaseState.INVITED  # the other way round


def test_an_answer_comes_once(cast, settlement) -> None:
    amendment = ask(cast, settlement)
    amending.accept_amendment(actor=cast.party_b, amendment=amendment)
    again = Amendment.objects.select_related("case", "original__case").get()
    with pytest.raises(WrongState):
        amending.decline_amendment(actor=cast.party_b, amendment=again)
    with pytest.raises(DomainError):
        amending.accept_amendment(actor=cast.party_b, amendment=amendment)


def test_the_letter_answers_it_as_well(cast, settlement) -> None:
    invitation = ask(cast, settlement).case.invitations.get()
    case = invitations.accept_invitation(actor=cast.party_b, invitation=invitation)
    assert case.state == CaseState.CONSENTING
    with pytest.raises(InvitationGone):
        invitations.decline_invitation(invitation=invitation)


def test_after_leaving_it_can_be_asked_again(cast, settlement) -> None:
    open_change(cast, settlement)
    participation.leave_case(actor=cast.party_b, case=cast.case)
    assert fresh(settlement).replaced_by == ""
    assert ask(cast, settlement).case.state == CaseState.INVITED


def test_it_can_be_asked_when_the_talks_and_names_are_destroyed() -> None:
    cast = make_cast()
    settlement = make_settlement(cast, stage="sealed")
    gone = ["identity", "joint", "caucus:A", "caucus:B", "notes", "evidence"]
    vault.destroy_keys(case_id=settlement.case_id, compartments=gone)
    open_change(cast, settlement, who="party_b")
    people = cast.case.participants.parties().select_related("user", "case")
    assert {name_of(part) for part in people} == {"Ada Applicant", "Bo Respondent"}


def test_nobody_is_asked_who_has_no_account_any_more(cast, settlement) -> None:
    settlement.case.participants.filter(user=cast.party_b).update(left_at=timezone.now())
    with pytest.raises(WrongState):
        ask(cast, settlement)


# --- The new text -----------------------------------------------------------------------------


def test_the_draft_begins_with_the_signed_terms_and_names_them(cast, settlement) -> None:
    open_change(cast, settlement)
    draft = drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    terms = draft_terms(draft)
    assert terms.obligations[0] == PAYMENT
    assert (terms.agreement_no, terms.case_ref) == (draft.number, cast.case.number)
    assert terms.supersedes.agreement_no == settlement.number
    assert terms.supersedes.sha256 == given_sha256(settlement) == settlement.document.sha256
    assert [party.name for party in terms.parties] == ["Ada Applicant", "Bo Respondent"]
    assert terms.parties[0].address == "1 Main St"


def test_the_side_that_asks_keeps_its_own_obligations(cast, settlement) -> None:
    """Whoever asks is side A of the new case, whatever it was before."""
    open_change(cast, settlement, who="party_b")
    terms = draft_terms(drafting.start_draft(actor=cast.mediator, case=cast.case, language="en"))
    assert [party.name for party in terms.parties] == ["Bo Respondent", "Ada Applicant"]
    swapped = replace(PAYMENT, debtor="A", creditor="B")
    assert terms.obligations[0] == swapped
    assert terms.party(swapped.debtor).name == "Bo Respondent"


def test_in_another_language_only_the_earlier_agreement_is_named(cast, settlement) -> None:
    open_change(cast, settlement)
    terms = draft_terms(
        drafting.start_draft(actor=cast.mediator, case=cast.case, language="zh-hans")
    )
    assert terms.obligations == ()
    assert terms.supersedes.agreement_no == settlement.number


def test_what_it_replaces_cannot_be_edited_away(cast, settlement) -> None:
    open_change(cast, settlement)
    draft = drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    draft = drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"supersedes": None},
    )
    assert draft_terms(draft).supersedes.agreement_no == settlement.number


# --- Once it is signed ------------------------------------------------------------------------


def test_the_first_is_marked_as_replaced_when_the_second_is_sealed(cast, settlement) -> None:
    performance.say(cast.party_b, settlement, Says.PART)
    open_change(cast, settlement)
    later = conclude_change(cast)
    first = fresh(settlement)
    assert first.replaced_by == later.number
    assert first.replaced_at is not None
    content = read_document(actor=cast.party_a, settlement=later).content
    report = check_settlement(content, trusted_root_pem=engine.authority().root_pem)
    assert report.findings == ()
    assert report.terms.supersedes.sha256 == settlement.document.sha256
    actions = [line.action for line in history_for_case(settlement.case_id)]
    assert "settlement.replaced" in actions

    lines = lines_for(cast.party_a, first)
    assert [line.status for line in lines] == [LineStatus.REPLACED, LineStatus.BY_ITSELF]
    assert lines[0].words[0].says == Says.PART  # what was said stays readable
    with pytest.raises(WrongState):
        performance.say(cast.party_b, first, Says.DONE)
    with pytest.raises(WrongState):
        certificates.certify_performance(actor=cast.party_a, settlement=first)
    assert lines_for(cast.party_a, later)[0].status == LineStatus.PENDING
    assert tracker_for(cast.party_a, first).successor == later

    with pytest.raises(WrongState):
        ask(cast, first)
    assert ask(cast, later).original == later


def test_what_was_confirmed_before_stays_certified(cast, settlement) -> None:
    performance.say(cast.party_a, settlement, Says.CONFIRMED)
    open_change(cast, settlement)
    later = conclude_change(cast)
    told = certificates.certify_performance(actor=cast.party_a, settlement=fresh(settlement))
    assert told["statement"]["replaced_by"] == later.number
    assert told["statement"]["agreement_no"] == settlement.number


def test_who_has_the_number_or_the_file_learns_that_it_was_replaced(cast, settlement) -> None:
    number = settlement.document.verification_number
    content = read_document(actor=cast.party_a, settlement=settlement).content
    nobody = client_of(None)
    address = reverse("verification:check_number", args=[number])
    words = "was replaced by a later one"
    assert words not in nobody.get(address).content.decode()
    open_change(cast, settlement)
    later = conclude_change(cast)
    page = nobody.get(address).content.decode()
    assert words in page
    for private in ("Ada", "Bo Respondent", later.number, settlement.number):
        assert private not in page
    assert is_replaced_for_system(verification_number=number.lower())
    assert is_replaced_for_system(sha256=settlement.document.sha256)
    assert not is_replaced_for_system(verification_number=later.document.verification_number)
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("x.pdf", content, "application/pdf")
    checked = nobody.post(reverse("verification:check"), {"file": upload}).content.decode()
    assert words in checked


def test_the_copy_of_a_partys_data_says_so(cast, settlement) -> None:
    open_change(cast, settlement)
    later = conclude_change(cast)
    files = dict(case_files(actor=cast.party_b, case=settlement.case))
    (told,) = json.loads(files["data.json"])["settlements"]
    assert told["replaced_by"] == later.number


@pytest.mark.parametrize("which", ["first", "second"])
def test_each_is_destroyed_on_its_own_date(cast, settlement, which) -> None:
    open_change(cast, settlement)
    later = conclude_change(cast)
    gone, stays = (settlement, later) if which == "first" else (later, settlement)
    erasing.erase_settlements(case_id=gone.case_id)
    assert list(Settlement.objects.all()) == [stays]
    assert not Amendment.objects.exists()
    if which == "second":
        assert fresh(settlement).replaced_by == later.number


# --- Pages ------------------------------------------------------------------------------------


def test_who_gets_the_page(cast, settlement) -> None:
    ask(cast, settlement)
    assert client_of(None).get(url(settlement)).status_code == 302
    for who in NAMES:
        answer = client_of(getattr(cast, who)).get(url(settlement))
        assert answer.status_code == (200 if who in PARTIES else 404), who
        for name in ("begin_change", "decline_change"):
            answer = client_of(getattr(cast, who)).post(url(settlement, name))
            expected = {"party_a": 409, "party_b": None}.get(who, 404)
            assert expected is None or answer.status_code == expected, (who, name)
            if expected is None:
                break
    assert Amendment.objects.get().case.state in {CaseState.CONSENTING}


def test_from_the_page_of_one_side_to_the_yes_of_the_other(cast, settlement) -> None:
    ada, bo = client_of(cast.party_a), client_of(cast.party_b)
    assert url(settlement) in ada.get(url(settlement, "read")).content.decode()
    assert "Write what you would like" in ada.post(url(settlement), {"wish": ""}).content.decode()
    answer = ada.post(url(settlement), {"wish": "The secret wish."})
    case = Case.objects.get(state=CaseState.INVITED)
    assert answer.headers["Location"] == reverse("desk:case", args=[case.pk])
    assert cast.party_b.email not in ada.get(answer.headers["Location"]).content.decode()
    page = bo.get(url(settlement)).content.decode()
    assert "The secret wish." not in page
    assert "Ada Applicant asks whether you would like to talk about changing" in page
    assert "Mei" not in page.partition("<main")[2]
    desk = bo.get(reverse("desk:case", args=[settlement.case_id])).content.decode()
    assert "The other side asks to change the settlement" in desk
    yes = bo.post(url(settlement, "begin_change"))
    assert yes.headers["Location"] == reverse("cases:consents", args=[case.pk])


def test_a_no_leads_back_to_the_settlement(cast, settlement) -> None:
    ask(cast, settlement)
    bo = client_of(cast.party_b)
    answer = bo.post(url(settlement, "decline_change"), follow=True)
    assert "You said no. The settlement stays as it is." in answer.content.decode()
    assert bo.post(url(settlement, "decline_change")).status_code == 404


def test_every_page_says_that_it_was_replaced(cast, settlement) -> None:
    open_change(cast, settlement)
    mediators = client_of(cast.mediator).get(reverse("settlements:read", args=[cast.case.pk]))
    assert settlement.number in mediators.content.decode()
    later = conclude_change(cast)
    ada = client_of(cast.party_a)
    places = [
        url(settlement, "read"),
        url(settlement),
        reverse("obligations:tracker", args=[settlement.case_id]),
    ]
    for place in places:
        page = ada.get(place).content.decode()
        assert later.number in page, place
        assert url(later, "read") in page, place
    court = ada.get(reverse("courts:release", args=[settlement.case_id])).content.decode()
    assert "can no longer be released" in court
    api = ada.get(f"/api/v1/cases/{settlement.case_id}/obligations/").json()
    assert api["replaced_by"] == later.number
