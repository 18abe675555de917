"""An oral agreement that does not come about: what becomes of a yes, and how it is told."""

import pytest
from django.core import mail
from django_tasks import default_task_backend

from mediation.cases.errors import Held
from mediation.cases.services import participation
from mediation.core.errors import WrongState
from mediation.privacy.selectors import history_of
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Approval, FreedomConfirmation
from mediation.settlements.selectors import current_version
from mediation.settlements.services import news, offering, signing
from mediation.settlements.services.clock import lapse_signatures
from tests.factories.cast import Cast
from tests.factories.settlements import (
    agree,
    make_oral,
    make_settlement,
)
from tests.privacy.test_holds import place_hold
from tests.settlements.test_oral import fresh
from tests.settlements.test_views import as_person, page, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("way", ["refuse", "change", "reopen", "leave"])
def test_a_yes_alone_binds_nobody_and_is_destroyed(cast: Cast, way: str):
    offered = make_oral(cast, stage="offered")
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


def test_whoever_said_yes_can_still_say_no(cast: Cast):
    offered = make_oral(cast, stage="offered")
    agree(cast.party_a, offered)
    assert "I prefer not to agree" in text_of(as_person(cast.party_a).get(page(cast, "read")))
    signing.refuse_to_sign(actor=cast.party_a, settlement=offered)
    assert fresh(offered).state == S.REFUSED
    with pytest.raises(WrongState):
        agree(cast.party_b, fresh(offered))


def told() -> str:
    """The kind of the letter that was queued last."""
    letters = [row for row in default_task_backend.results if row.task.name == "send_news"]
    return str(letters[-1].kwargs["kind"])


def test_a_no_is_told_in_words_that_speak_of_agreeing(cast: Cast):
    settlement = make_oral(cast, stage="offered")
    answer = as_person(cast.party_b).post(page(cast, "refuse"), follow=True)
    assert "The text is off the table. Nothing was concluded." in text_of(answer)
    assert "The signing has ended" not in text_of(answer)
    assert told() == "settlements/oral_ended"
    mail.outbox.clear()
    news.send_news(settlement=settlement, kind=told(), moment="1")
    assert len(mail.outbox) == 3
    for letter in mail.outbox:
        assert "was not agreed to by both sides" in letter.body
        assert "sign" not in (letter.subject + letter.body).lower()


def test_a_no_to_a_document_still_speaks_of_signing(cast: Cast):
    make_settlement(cast, stage="signing")
    answer = as_person(cast.party_b).post(page(cast, "refuse"), follow=True)
    assert "The signing has ended. Nothing was concluded." in text_of(answer)
    assert told() == "settlements/signing_ended"


def test_when_the_case_ends_first_nothing_says_that_it_was_not_signed(cast: Cast):
    settlement = make_oral(cast, stage="offered")
    participation.leave_case(actor=cast.party_a, case=cast.case)
    case_page = text_of(as_person(cast.party_b).get(f"/cases/{cast.case.pk}/"))
    assert "Nothing was agreed" in case_page
    assert "Not signed" not in case_page
    lapse_signatures()
    assert fresh(settlement).state == S.LAPSED
    part = cast.case.participants.get(user=cast.party_b)
    happened = [str(line.what) for line in history_of(part)]
    assert "A text ended without a settlement" in happened
    assert not [what for what in happened if "sign" in what]


def test_the_mediator_reads_that_it_is_asked_before_agreeing(cast: Cast):
    make_oral(cast, stage="offered")
    shown = text_of(as_person(cast.mediator).get(page(cast, "read")))
    assert "in private, before agreeing," in shown
    assert "before signing" not in shown


@pytest.mark.parametrize("way", ["refuse", "change"])
def test_a_duty_to_keep_does_not_keep_anybody_from_saying_no(cast: Cast, way: str):
    """Nor from asking for another text: both destroy a yes that was given, as was said before it.
    The mediator, who says no to nothing, does not take back what is kept (docs/decisions/0034).
    """
    settlement = make_oral(cast, stage="offered")
    agree(cast.party_a, settlement)
    place_hold(cast, "settlement")
    with pytest.raises(Held):
        offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    assert Approval.objects.count() == 1
    if way == "refuse":
        signing.refuse_to_sign(actor=cast.party_a, settlement=settlement)
    else:
        version = current_version(settlement)
        assert version is not None
        offering.request_changes(actor=cast.party_a, version=version, note="")
    assert not Approval.objects.exists()
    assert not FreedomConfirmation.objects.exists()
    # What was offered stays.
    assert settlement.versions.count() == 1
