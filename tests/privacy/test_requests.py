"""A party asks for earlier destruction. What is shared needs every side, one's own part nobody."""

import pytest
from django.core import mail
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from mediation.cases.enums import CaseState
from mediation.cases.services import invitations
from mediation.core.errors import Forbidden, WrongState
from mediation.evidence.access import documents_visible_to
from mediation.evidence.models import Document
from mediation.privacy.access import certificates_visible_to
from mediation.privacy.enums import Reason, RequestState, Scope
from mediation.privacy.models import Erasure, ErasureRequest
from mediation.privacy.selectors import history_of, left_for
from mediation.privacy.services.certificates import file_of
from mediation.privacy.services.requests import ask_erasure, withdraw_request
from mediation.rooms.access import rooms_visible_to
from mediation.vault import services as vault
from tests.factories.cast import make_cast
from tests.privacy.conftest import run_erasures, run_job

pytestmark = pytest.mark.django_db(transaction=True)


def ask(cast, user, scope):
    return ask_erasure(actor=user, case=cast.case, scope=scope)


def certificate_of(user):
    return certificates_visible_to(user).get().signed["statement"]


def part(cast, user):
    return cast.case.participants.select_related("side", "user", "case").get(user=user)


def test_nobody_asks_in_an_open_case(mediated):
    for scope in Scope:
        with pytest.raises(WrongState):
            ask(mediated, mediated.party_a, scope)


def test_only_parties_ask(left):
    for user in (left.mediator, left.coordinator, left.stranger):
        with pytest.raises(Forbidden):
            ask(left, user, Scope.EVERYTHING)


def test_ones_own_part_goes_at_once_and_the_other_side_learns_nothing(left):
    before = history_of(part(left, left.party_b))
    request = ask(left, left.party_a, Scope.OWN)
    run_erasures(left.case)

    request.refresh_from_db()
    assert request.state == RequestState.DONE
    alive = vault.compartments_with_keys(case_id=left.case.pk)
    assert "caucus:A" not in alive
    assert alive >= {"caucus:B", "joint", "evidence", "identity"}
    assert not documents_visible_to(left.party_a).filter(participant__user=left.party_a).exists()
    assert Document.objects.filter(participant__user=left.party_b).count() == 2
    # The other side keeps its own private part, and sees neither certificate nor trace of it.
    assert rooms_visible_to(left.party_b).filter(case=left.case).count() == 2
    assert not certificates_visible_to(left.party_b).exists()
    assert not certificates_visible_to(left.mediator).exists()
    new = [line.what for line in history_of(part(left, left.party_b))[: -len(before)]]
    assert new == ["Took a document back"]
    assert "caucus:A" not in [date.compartment for date in left_for(part(left, left.party_b))]
    assert Erasure.objects.get().recipients == [{"user": str(left.party_a.pk), "letter": "A"}]
    said = certificate_of(left.party_a)
    assert said["reason"] == Reason.OWN_CAUCUS
    assert said["compartments"] == ["caucus:A"]
    with pytest.raises(WrongState):
        ask(left, left.party_a, Scope.OWN)


def test_everything_goes_when_both_asked_and_the_settlement_stays(settled):
    first = ask(settled, settled.party_a, Scope.EVERYTHING)
    assert first.state == RequestState.OPEN
    assert not Erasure.objects.exists()
    mail.outbox.clear()
    run_job("privacy.ask_other_side", request_id=str(first.pk))
    assert [letter.to for letter in mail.outbox] == [[settled.party_b.email]]
    assert "Ada" not in mail.outbox[0].body

    ask(settled, settled.party_b, Scope.WITH_SETTLEMENT)
    run_erasures(settled.case)

    assert vault.compartments_with_keys(case_id=settled.case.pk) == {"settlement"}
    for user, own, other in (
        (settled.party_a, "caucus:A", "caucus:B"),
        (settled.party_b, "caucus:B", "caucus:A"),
    ):
        said = certificate_of(user)
        assert said["reason"] == Reason.BOTH_ASKED
        assert own in said["compartments"]
        assert other not in str(said)
        assert [(kept["compartment"], kept["ground"]) for kept in said["retained"]] == [
            ("settlement", "legal_claims"),
            ("shell", "limitation"),
        ]
    assert set(ErasureRequest.objects.values_list("state", flat=True)) == {RequestState.DONE}
    settled.case.refresh_from_db()
    assert settled.case.state == CaseState.CLOSED


def test_the_settlement_goes_only_when_both_say_so(settled):
    for user in (settled.party_a, settled.party_b):
        ask(settled, user, Scope.WITH_SETTLEMENT)
    run_erasures(settled.case)

    assert vault.compartments_with_keys(case_id=settled.case.pk) == set()
    settled.case.refresh_from_db()
    assert settled.case.state == CaseState.ERASED
    assert "settlement" in certificate_of(settled.party_a)["compartments"]


def test_nobody_destroys_a_settlement_alone_once_the_other_side_is_gone(settled):
    """As the deletion of an account leaves it."""
    settled.case.participants.filter(user=settled.party_a).update(left_at=timezone.now(), user=None)
    ask(settled, settled.party_b, Scope.WITH_SETTLEMENT)
    run_erasures(settled.case)

    assert vault.compartments_with_keys(case_id=settled.case.pk) == {"settlement"}
    assert Erasure.objects.get().reason == Reason.ASKED_ALONE


def test_a_wish_can_be_taken_back_and_made_anew(left):
    first = ask(left, left.party_a, Scope.EVERYTHING)
    withdraw_request(actor=left.party_a, request=first)
    with pytest.raises(WrongState):
        withdraw_request(actor=left.party_a, request=first)

    ask(left, left.party_b, Scope.EVERYTHING)
    assert not Erasure.objects.exists()
    second = ask(left, left.party_a, Scope.EVERYTHING)

    assert second.state == RequestState.AGREED
    with pytest.raises(WrongState):  # it is in that destruction already
        ask(left, left.party_b, Scope.OWN)


def test_who_never_joined_need_not_agree(transactional_db):
    cast = make_cast("invited")
    invitations.decline_invitation(invitation=cast.case.invitations.get())
    cast.case.refresh_from_db()

    ask(cast, cast.party_a, Scope.EVERYTHING)
    run_erasures(cast.case)

    assert Erasure.objects.get().reason == Reason.ASKED_ALONE
    assert vault.compartments_with_keys(case_id=cast.case.pk) == set()
    with pytest.raises(ObjectDoesNotExist):
        cast.case.invitations.get()


def test_a_certificate_comes_by_mail_with_the_file(left):
    ask(left, left.party_a, Scope.OWN)
    (erasure,) = run_erasures(left.case)
    mail.outbox.clear()

    for _twice in range(2):
        run_job(
            "privacy.send_certificate", erasure_id=str(erasure.pk), user_id=str(left.party_a.pk)
        )

    (letter,) = mail.outbox
    ((name, content, media_type),) = letter.attachments
    assert (name, media_type) == ("deletion-certificate.json", "application/json")
    assert content == file_of(erasure.certificates.get())
    assert "canary" not in letter.body
