"""The spine's verbs: what they change, and whom they refuse."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from mediation.cases import access
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import CaseOutcome, CaseState, InvitationState, Purpose
from mediation.cases.models import Case, Consent, Invitation, Refusal
from mediation.cases.selectors import name_of, statement_for
from mediation.cases.selectors.dates import erasure_dates, latest_end
from mediation.cases.services import consents, deadlines, intake, invitations, news, participation
from mediation.cases.services.invitations import InvitationGone, NotTheInvited
from mediation.core.errors import DomainError, Forbidden, TooMany, WrongState
from mediation.vault import services as vault
from tests.factories.cast import consent_all, fill_in, make_case, make_cast

pytestmark = pytest.mark.django_db


def test_incomplete_application_is_not_sent():
    cast = make_cast("draft")
    bare = intake.start_case(actor=cast.party_a, center=cast.center, language="en")
    with pytest.raises(intake.Incomplete):
        intake.send_application(actor=cast.party_a, case=bare)
    assert Case.objects.get(pk=bare.pk).state == CaseState.DRAFT


def test_drafts_are_limited_so_that_nobody_fills_the_system():
    cast = make_cast("draft")
    for _number in range(intake.OPEN_DRAFTS - 1):
        intake.start_case(actor=cast.party_a, center=cast.center, language="en")
    with pytest.raises(intake.TooManyDrafts):
        intake.start_case(actor=cast.party_a, center=cast.center, language="en")


def test_nobody_but_the_applicant_writes_or_sees_a_draft():
    cast = make_cast("draft")
    for name, user in cast.everybody.items():
        visible = user is not None and access.cases_visible_to(user).exists()
        assert visible == (name == "party_a"), name
    with pytest.raises(Forbidden):
        intake.save_own_name(actor=cast.party_b, case=cast.case, name="X", address="")


def test_own_address_cannot_be_invited():
    cast = make_cast("draft")
    with pytest.raises(DomainError, match="own_address"):
        intake.save_other_side(
            actor=cast.party_a, case=cast.case, name="Me", email=cast.party_a.email.upper()
        )


def test_fourth_invitation_in_a_day_is_refused():  # security T16
    cast = make_cast("draft")
    for _number in range(3):
        make_case(cast, stage="invited")
    fourth = make_case(cast, stage="draft")
    with pytest.raises(TooMany):
        intake.send_application(actor=cast.party_a, case=fourth)


def test_looking_at_an_invitation_changes_nothing_and_code_and_token_open_it():
    cast = make_cast("invited")
    invitation = Invitation.objects.get()
    token, code = invitations.token_of(invitation), invitations.code_of(invitation)
    for _look in range(10):
        assert invitations.find_invitation(secret=token) == invitation
        assert invitations.find_invitation(secret=invitations.grouped(code).lower()) == invitation
    assert Invitation.objects.get().state == InvitationState.OPEN
    assert cast.case.state == CaseState.INVITED


def test_stored_rows_hold_no_secret_of_the_link():
    make_cast("invited")
    invitation = Invitation.objects.get()
    stored = {invitation.token_hash, invitation.code_hash}
    assert invitations.token_of(invitation) not in stored
    assert invitations.code_of(invitation) not in stored


def test_wrong_mailbox_cannot_accept_a_stolen_link():  # security T2
    cast = make_cast("invited")
    with pytest.raises(NotTheInvited):
        invitations.accept_invitation(actor=cast.stranger, invitation=Invitation.objects.get())
    assert Invitation.objects.get().state == InvitationState.OPEN


def test_declining_ends_the_case_for_good():
    cast = make_cast("invited")
    invitation = Invitation.objects.get()
    case = invitations.decline_invitation(invitation=invitation)
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.DECLINED)
    with pytest.raises(InvitationGone):
        invitations.accept_invitation(actor=cast.party_b, invitation=invitation)
    with pytest.raises(InvitationGone):
        invitations.find_invitation(secret=invitations.token_of(invitation))


def test_one_reminder_then_a_kind_end():
    cast = make_cast("invited")
    for day in (6, 7, 8):
        with time_machine.travel(timezone.now() + timedelta(days=day), tick=False):
            deadlines.move_deadlines()
    first = Invitation.objects.get().reminded_at
    assert first is not None
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        assert deadlines.move_deadlines() == 1
        assert deadlines.move_deadlines() == 0
    cast.case.refresh_from_db()
    assert cast.case.outcome == CaseOutcome.UNANSWERED
    assert Invitation.objects.get().reminded_at == first


def test_letter_is_neutral_and_says_no_word_of_the_case():
    make_cast("invited")
    invitations.send_invitation(invitation=Invitation.objects.get())
    letter = mail.outbox[-1]
    assert letter.to == ["bo@people.example"]
    assert "Ada Applicant" in letter.body
    assert "loan" not in letter.body.lower()
    assert "canary" not in letter.body


def test_letter_is_sent_once_however_often_the_job_runs():
    make_cast("invited")
    before = len(mail.outbox)
    for _run in range(3):
        invitations.send_invitation(invitation=Invitation.objects.get())
    assert len(mail.outbox) == before + 1


def test_case_waits_for_a_mediator_only_with_both_sides_consents():  # V1
    cast = make_cast("consenting")
    for purpose in (Purpose.MEDIATE, Purpose.ONLINE):
        consents.give_consent(actor=cast.party_a, case=cast.case, purpose=purpose, language="en")
    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.CONSENTING
    consents.give_consent(
        actor=cast.party_b, case=cast.case, purpose=Purpose.MEDIATE, language="en"
    )
    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.CONSENTING
    consents.give_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.ONLINE, language="en")
    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.WAITING


def test_optional_consents_are_not_needed_to_talk():  # V9
    cast = make_cast("mediating", purposes=(Purpose.MEDIATE, Purpose.ONLINE))
    assert cast.case.talk_open


@pytest.mark.parametrize("purpose", [Purpose.MEDIATE, Purpose.ONLINE])
def test_withdrawing_a_needed_consent_closes_talk_at_once_and_giving_it_opens_it(purpose):  # V8
    cast = make_cast("mediating")
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=purpose)
    with pytest.raises(ConsentMissing):
        access.require_talk(cast.case)
    with pytest.raises(ConsentMissing):
        access.require_consents(cast.case)
    consents.give_consent(actor=cast.party_b, case=cast.case, purpose=purpose, language="en")
    access.require_talk(cast.case)
    assert Consent.objects.filter(purpose=purpose, participant__user=cast.party_b).count() == 2


def test_giving_twice_is_giving_once():
    cast = make_cast("consenting")
    for _press in range(2):
        consents.give_consent(
            actor=cast.party_a, case=cast.case, purpose=Purpose.VIDEO, language="en"
        )
    assert Consent.objects.filter(purpose=Purpose.VIDEO).count() == 1


def test_nothing_to_withdraw_is_said():
    cast = make_cast("consenting")
    with pytest.raises(WrongState):
        consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=Purpose.VIDEO)


def test_only_parties_consent():
    cast = make_cast("mediating")
    for name, user in cast.everybody.items():
        if user is None or name in {"party_a", "party_b"}:
            continue
        with pytest.raises(Forbidden):
            consents.give_consent(actor=user, case=cast.case, purpose=Purpose.VIDEO, language="en")


def test_receipt_can_be_checked_without_us_and_names_nobody():  # V7
    cast = make_cast("consenting")
    consent = consents.give_consent(
        actor=cast.party_a, case=cast.case, purpose=Purpose.MEDIATE, language="zh-hans"
    )
    receipt = consents.receipt(consent=consent)
    assert vault.verify_statement(signed=receipt, public_key_pem=vault.public_key_pem())
    assert "Ada" not in str(receipt)
    assert cast.party_a.email not in str(receipt)
    receipt["statement"]["purpose"] = "video"
    assert not vault.verify_statement(signed=receipt, public_key_pem=vault.public_key_pem())


def test_mediation_cannot_begin_without_consents():  # V1
    cast = make_cast("consenting")
    with pytest.raises(ConsentMissing):
        participation.begin_mediation(actor=cast.mediator, case=cast.case, mediator=cast.mediator)


LEAVERS = [
    ("invited", "party_a"),
    *(
        (stage, who)
        for stage in ("consenting", "waiting", "mediating")
        for who in ("party_a", "party_b")
    ),
]


@pytest.mark.parametrize(("stage", "who"), LEAVERS)
def test_a_party_leaves_in_one_act_at_any_stage(stage, who):  # V2
    cast = make_cast(stage)
    user = getattr(cast, who)
    case = participation.leave_case(actor=user, case=cast.case)
    assert (case.state, case.outcome, case.talk_open) == ("closed", CaseOutcome.LEFT, False)
    with pytest.raises(WrongState):
        participation.leave_case(actor=user, case=cast.case)


def test_only_the_mediator_ends_without_settlement():
    cast = make_cast("mediating")
    for name, user in cast.everybody.items():
        if user is not None and name != "mediator":
            with pytest.raises(Forbidden):
                participation.end_without_settlement(actor=user, case=cast.case)
    case = participation.end_without_settlement(actor=cast.mediator, case=cast.case)
    assert case.outcome == CaseOutcome.NOT_SETTLED


def test_private_half_of_a_statement_is_for_its_side_and_the_mediator():  # S4
    cast = make_cast("mediating")
    statement = cast.case.sides.get(letter="A").statement
    readers = {
        name: statement_for(user, statement).background is not None
        for name, user in cast.everybody.items()
        if user is not None
    }
    assert {name for name, reads in readers.items() if reads} == {"party_a", "mediator"}


def test_erasure_date_is_known_from_the_start_and_only_comes_nearer():
    cast = make_cast("draft")
    shown = [max(date.at for date in erasure_dates(cast.case))]
    for stage in ("invited", "consenting", "waiting", "mediating"):
        case = make_case(cast, stage=stage) if stage != "draft" else cast.case
        shown.append(max(date.at for date in erasure_dates(case)))
        if stage in {"consenting", "mediating"}:
            participation.leave_case(actor=cast.party_a, case=case)
        Invitation.objects.all().update(created_at=timezone.now() - timedelta(days=2))
    slack = timedelta(seconds=30)
    assert all(later <= earlier + slack for earlier, later in pairwise(shown))


def test_ended_case_has_final_dates_per_outcome():
    cast = make_cast("mediating")
    case = participation.leave_case(actor=cast.party_a, case=cast.case)
    dates = {date.compartment: (date.at - case.closed_at).days for date in erasure_dates(case)}
    assert dates["caucus:A"] == dates["caucus:B"] == 1
    assert dates["joint"] == 14
    assert latest_end(case) == case.closed_at


def test_mails_about_news_say_nothing_about_content():
    cast = make_cast("mediating")
    news.send_news(case=cast.case, kind="mediation_started")
    written = "\n".join(message.subject + message.body for message in mail.outbox)
    assert cast.case.number in written
    assert "canary" not in written
    assert "Ada" not in written


def test_expired_stages_end_kindly():
    cast = make_cast("consenting")
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        assert deadlines.move_deadlines() == 1
    cast.case.refresh_from_db()
    assert cast.case.outcome == CaseOutcome.EXPIRED


def test_name_is_the_one_given_in_the_case():
    cast = make_cast("consenting")
    names = {name_of(part) for part in cast.case.participants.select_related("case", "user")}
    assert names == {"Ada Applicant", "Bo Respondent"}


def test_filling_in_again_overwrites_and_consents_survive():
    cast = make_cast("draft")
    fill_in(cast, cast.case)
    consent_count = Consent.objects.count()
    with pytest.raises(Forbidden):
        consent_all(cast, cast.case)
    assert Consent.objects.count() == consent_count


def decline_and_ask_again(cast, email):
    invitations.decline_invitation(invitation=Invitation.objects.get())
    again = make_case(cast, stage="draft")
    intake.save_other_side(actor=cast.party_a, case=again, name="Bo", email=email)
    return again


def test_after_a_no_the_same_person_cannot_ask_the_same_address_again():  # V10, T16
    cast = make_cast("invited")
    again = decline_and_ask_again(cast, "BO@people.example")
    with pytest.raises(invitations.DeclinedBefore):
        intake.send_application(actor=cast.party_a, case=again)
    assert again.invitations.count() == 0
    stored = str(Refusal.objects.values_list().get())
    assert "bo@" not in stored


def test_a_no_to_one_person_is_no_no_to_others_and_ends_after_its_time():
    cast = make_cast("invited")
    decline_and_ask_again(cast, "somebody.else@people.example")
    with time_machine.travel(timezone.now() + timedelta(days=89), tick=False):
        deadlines.move_deadlines()
        assert Refusal.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        deadlines.move_deadlines()
        assert not Refusal.objects.exists()
        make_case(cast, stage="invited")


def test_no_deadline_goes_beyond_the_day_shown_at_the_start():
    cast = make_cast("waiting")
    promised = cast.case.ends_by
    for day in range(25, 118, 29):  # somebody withdraws and gives again, for as long as it goes
        with time_machine.travel(timezone.now() + timedelta(days=day), tick=False):
            if not Case.objects.get(pk=cast.case.pk).is_open:
                break
            consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=Purpose.MEDIATE)
            consents.give_consent(
                actor=cast.party_a, case=cast.case, purpose=Purpose.MEDIATE, language="en"
            )
            case = Case.objects.get(pk=cast.case.pk)
            assert case.deadline_at <= promised
            assert latest_end(case) == promised


def test_everybody_is_told_once_before_a_mediation_ends_by_itself():
    cast = make_cast("mediating")
    with time_machine.travel(cast.case.deadline_at - timedelta(days=4), tick=False):
        deadlines.move_deadlines()
        first = Case.objects.get(pk=cast.case.pk).warned_at
        assert first is not None
        deadlines.move_deadlines()
        assert Case.objects.get(pk=cast.case.pk).warned_at == first
    news.send_news(case=cast.case, kind="ends_soon")
    assert {tuple(message.to) for message in mail.outbox[-3:]} == {
        (user.email,) for user in (cast.party_a, cast.party_b, cast.mediator)
    }


def test_a_deleted_draft_is_due_for_destruction_at_once():
    cast = make_cast("draft")
    case = intake.discard_draft(actor=cast.party_a, case=cast.case)
    assert {date.at for date in erasure_dates(case)} == {case.closed_at}
