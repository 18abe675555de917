"""Both sides open the door to a court, either closes it, and what happened stays visible."""

import json
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mediation.audit.models import EntryDetail
from mediation.audit.selectors import history_for_case
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.models import Consent
from mediation.cases.services.consents import withdraw_consent
from mediation.core.errors import Forbidden, WrongState
from mediation.courts import access
from mediation.courts.enums import ReleaseState
from mediation.courts.lifecycle import MOVES, move
from mediation.courts.models import Release
from mediation.courts.selectors import outcome_for_system, release_page
from mediation.courts.services import clerks, news, releases
from mediation.courts.services.packages import PackageClosed, fetch_package
from mediation.vault import services as vault
from mediation.vault.services import KeyDestroyed
from tests.factories.courts import make_released, make_sealed, propose

pytestmark = pytest.mark.django_db
S = ReleaseState


def agree(user, release):
    return releases.consent_to_release(actor=user, release=release, language="en")


def sees(sealed, user=None):
    return access.packages_visible_to(user or sealed.cast.clerk).exists()


def test_court_sees_nothing_until_both_sides_agreed(sealed):
    assert not sees(sealed)
    release = propose(sealed)
    assert not sees(sealed)
    release = agree(sealed.cast.party_a, release)
    assert (release.state, sees(sealed)) == (S.PROPOSED, False)
    release = agree(sealed.cast.party_b, release)
    assert (release.state, sees(sealed)) == (S.RELEASED, True)
    assert not sees(sealed, sealed.other_clerk)


def test_one_side_agreeing_twice_is_one_side(sealed):
    release = propose(sealed)
    for _time in range(2):
        release = agree(sealed.cast.party_a, release)
    assert release.state == S.PROPOSED
    assert Consent.objects.filter(subject=str(release.pk)).count() == 1


@pytest.mark.parametrize("name", ["party_a", "party_b"])
def test_either_side_closes_the_door_at_once(sealed, released, name):
    releases.withdraw_release(actor=getattr(sealed.cast, name), release=released)
    assert not sees(sealed)
    with pytest.raises(PackageClosed):
        fetch_package(actor=sealed.cast.clerk, release=released)
    assert not released.deliveries.exists()


def test_a_consent_taken_back_elsewhere_closes_the_door_too(sealed, released):
    withdraw_consent(
        actor=sealed.cast.party_b,
        case=sealed.case,
        purpose=Purpose.RELEASE,
        subject=str(released.pk),
    )
    assert not sees(sealed)
    assert not access.is_open_to_court(released)


def test_consent_to_one_court_is_none_to_another(sealed, released):
    releases.withdraw_release(actor=sealed.cast.party_a, release=released)
    second = releases.propose_release(
        actor=sealed.cast.party_a, case=sealed.case, court=sealed.other_court
    )
    second = agree(sealed.cast.party_a, second)
    assert second.state == S.PROPOSED
    assert not sees(sealed, sealed.other_clerk)


def test_the_other_side_can_decline_without_having_agreed(sealed):
    release = releases.withdraw_release(actor=sealed.cast.party_b, release=propose(sealed))
    assert release.state == S.WITHDRAWN
    with pytest.raises(Forbidden):
        agree(sealed.cast.party_a, release)


def test_what_was_fetched_stays_listed_after_a_withdrawal(sealed, released):
    fetch_package(actor=sealed.cast.clerk, release=released)
    assert Release.objects.get().state == S.DELIVERED
    releases.withdraw_release(actor=sealed.cast.party_b, release=released)
    for party in (sealed.cast.party_a, sealed.cast.party_b):
        page = release_page(party, sealed.case)
        assert page is not None
        assert [row.release_id for row in page.deliveries] == [released.pk]
        assert [row.pk for row in page.past] == [released.pk]


def test_every_fetching_is_in_the_audit(sealed, released):
    for _time in range(2):
        fetch_package(actor=sealed.cast.clerk, release=released)
    actions = [line.action for line in history_for_case(sealed.case.pk)]
    assert actions.count("package.fetched") == 2
    assert actions.count("release.delivered") == 1
    assert "release.proposed" in actions


@pytest.mark.parametrize("name", ["mediator", "coordinator", "other_staff", "clerk", "stranger"])
def test_only_parties_propose_agree_and_withdraw(sealed, name):
    user = getattr(sealed.cast, name)
    with pytest.raises(Forbidden):
        releases.propose_release(actor=user, case=sealed.case, court=sealed.court)
    release = propose(sealed)
    with pytest.raises(Forbidden):
        agree(user, release)
    with pytest.raises(Forbidden):
        releases.withdraw_release(actor=user, release=release)


def test_one_release_at_a_time(sealed, released):
    with pytest.raises(WrongState):
        propose(sealed)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.create(
            case=sealed.case,
            settlement=sealed.settlement,
            court=sealed.other_court,
            proposed_by=released.proposed_by,
            proposed_at=released.proposed_at,
        )


def test_a_closed_court_is_refused(sealed):
    sealed.court.is_open = False
    sealed.court.save()
    with pytest.raises(releases.CourtClosed):
        propose(sealed)


def test_release_needs_the_consents_everything_needs(sealed):
    release = agree(sealed.cast.party_a, propose(sealed))
    withdraw_consent(actor=sealed.cast.party_a, case=sealed.case, purpose=Purpose.ONLINE)
    with pytest.raises(ConsentMissing):
        agree(sealed.cast.party_b, release)
    assert not sees(sealed)


def test_a_clerk_who_left_sees_nothing(sealed, released):
    assert access.is_clerk(sealed.cast.clerk)
    clerks.end_clerk(membership=sealed.cast.clerk.court_memberships.get())
    assert not access.is_clerk(sealed.cast.clerk)
    assert not sees(sealed)


def test_the_operator_ends_a_clerk_by_command_while_they_are_signed_in(sealed, released):
    clerk, told = sealed.cast.clerk, StringIO()
    client = Client()
    client.force_login(clerk)
    page = reverse("courts:packages")
    assert client.get(page).status_code == 200
    for code, email in ((sealed.other_court.code, clerk.email), (sealed.court.code, "no@one.org")):
        with pytest.raises(CommandError):
            call_command("end_clerk", code, email)
    assert access.is_clerk(clerk)
    call_command("end_clerk", sealed.court.code, clerk.email, stdout=told)
    assert f"{clerk.email}: ended" in told.getvalue()
    assert client.get(page).status_code == 403
    with pytest.raises(CommandError):
        call_command("end_clerk", sealed.court.code, clerk.email)


def test_every_state_has_its_moves_and_no_others(sealed, released):
    for before in S:
        for after in S:
            row = Release(case=sealed.case, pk=released.pk, state=before, court=sealed.court)
            if after in MOVES[before]:
                continue
            with pytest.raises(WrongState):
                move(row, after, actor=sealed.cast.party_a, at=released.proposed_at)
    assert set(MOVES) == set(S)


def test_outcome_names_roles_and_nobody(sealed):
    outcome = outcome_for_system(sealed.case, sealed.settlement)
    assert (outcome.held, outcome.ended, outcome.settlement) == (True, True, "full")
    assert {one.role: one.attended for one in outcome.attendance} == {
        "applicant": True,
        "respondent": True,
        "mediator": True,
    }
    assert outcome_for_system(sealed.case, None).settlement == "none"


def test_thirty_days_from_the_effective_date_are_shown_to_both(sealed):
    effective_at = sealed.settlement.document.effective_at
    for party in (sealed.cast.party_a, sealed.cast.party_b):
        page = release_page(party, sealed.case)
        assert page is not None
        assert (page.confirm_by - effective_at).days == 30
    assert release_page(sealed.cast.mediator, sealed.case) is None


def test_mails_say_that_something_happened_and_not_what(sealed, released):
    for kind in news.KINDS:
        news.send_news(release=released, kind=kind)
        news.send_news(release=released, kind=kind)
    assert len(mail.outbox) == len(news.KINDS) * 2 + 1  # each party once, the clerk once
    assert {address for message in mail.outbox for address in message.to} == {
        sealed.cast.party_a.email,
        sealed.cast.party_b.email,
        sealed.cast.clerk.email,
    }
    for message in mail.outbox:
        assert "loan" not in message.body.lower()
        assert sealed.settlement.number not in message.body


def test_nobody_is_told_to_fetch_what_was_taken_back_meanwhile(sealed):
    release = make_released(sealed)
    releases.withdraw_release(actor=sealed.cast.party_a, release=release)
    news.send_news(release=release, kind="released")
    assert all(message.to != [sealed.cast.clerk.email] for message in mail.outbox)


def test_a_destroyed_settlement_is_gone_for_the_court_too():
    sealed = make_sealed()  # its own, as a destroyed key does not come back with the rows
    release = make_released(sealed)
    vault.destroy_keys(case_id=release.case_id, compartments=["settlement"])
    with pytest.raises(KeyDestroyed):
        fetch_package(actor=sealed.cast.clerk, release=release)
    assert not release.deliveries.exists()


def test_the_log_names_the_consents_that_permitted_a_signature_and_a_release(sealed, released):
    """What was done under a consent can be followed to its receipt (GDPR 5(2), 7(1))."""
    rows = EntryDetail.objects.filter(case_id=sealed.case.pk).select_related("entry")
    named = {}
    for row in rows:
        action = json.loads(bytes(row.entry.leaf))["action"]
        named.setdefault(action, []).append(json.loads(bytes(row.details))["facts"])
    for action, purpose, subject in (
        ("document.signed", Purpose.SIGNING, ""),
        ("release.released", Purpose.RELEASE, str(released.pk)),
    ):
        given = Consent.objects.in_force().filter(
            case=sealed.case, purpose=purpose, subject=subject
        )
        wanted = {f"{purpose}_{row.participant.side.letter.lower()}": str(row.pk) for row in given}
        assert len(wanted) == 2
        assert named[action]
        assert all(wanted.items() <= facts.items() for facts in named[action])
