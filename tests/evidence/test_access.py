import pytest

from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.evidence.access import documents_visible_to
from mediation.evidence.enums import Audience
from mediation.evidence.services import documents
from tests.factories.cast import consent_all, make_case, make_cast

pytestmark = pytest.mark.django_db
PARTIES = {"party_a", "party_b"}


def who_sees(cast, document):
    return {
        name
        for name, user in cast.everybody.items()
        if user is not None and documents_visible_to(user).filter(pk=document.pk).exists()
    }


def test_a_document_for_everyone_is_seen_by_both_sides_and_the_mediator(cast, bring):
    assert who_sees(cast, bring(cast, "party_a")) == {*PARTIES, "mediator"}


@pytest.mark.parametrize("owner", sorted(PARTIES))
def test_a_private_document_is_seen_by_its_side_and_the_mediator_alone(cast, bring, owner):
    assert who_sees(cast, bring(cast, owner, Audience.MEDIATOR)) == {owner, "mediator"}


@pytest.mark.parametrize("stage", ["draft", "invited", "consenting"])
@pytest.mark.parametrize("audience", Audience)
def test_before_both_sides_consent_a_document_is_seen_by_its_side_alone(bring, stage, audience):
    cast = make_cast(stage)

    assert who_sees(cast, bring(cast, "party_a", audience)) == {"party_a"}


def test_a_document_of_the_draft_is_seen_by_the_other_side_once_both_consented(bring):
    cast = make_cast("consenting")
    document = bring(cast, "party_a")
    consents.give_consent(
        actor=cast.party_b, case=cast.case, purpose=Purpose.MEDIATE, language="en"
    )
    assert who_sees(cast, document) == {"party_a"}

    consent_all(cast, cast.case, (Purpose.MEDIATE, Purpose.ONLINE))

    assert who_sees(cast, document) == PARTIES


@pytest.mark.parametrize("who", sorted(PARTIES))
@pytest.mark.parametrize("purpose", [Purpose.MEDIATE, Purpose.ONLINE])
def test_a_withdrawn_consent_closes_the_documents_of_others_at_once(cast, bring, who, purpose):
    document = bring(cast, "party_a")

    consents.withdraw_consent(actor=getattr(cast, who), case=cast.case, purpose=purpose)

    assert who_sees(cast, document) == {"party_a"}


def test_a_consent_nothing_here_needs_changes_nothing(cast, bring):
    document = bring(cast, "party_a")

    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.VIDEO)

    assert who_sees(cast, document) == {*PARTIES, "mediator"}


def test_a_mediator_who_gave_the_case_back_sees_nothing_more(cast, bring):
    document = bring(cast, "party_a")

    cast.case.participants.mediators().update(left_at=document.uploaded_at)

    assert who_sees(cast, document) == PARTIES


def test_a_withdrawn_document_is_seen_by_nobody(cast, bring):
    document = bring(cast, "party_a")

    documents.withdraw_document(actor=cast.party_a, document=document)

    assert who_sees(cast, document) == set()


def test_documents_of_one_case_are_not_seen_from_another(cast, bring):
    bring(cast, "party_a")
    cast.case = make_case(cast, stage="mediating")

    assert who_sees(cast, bring(cast, "party_b")) == {*PARTIES, "mediator"}
    assert not documents_visible_to(cast.mediator).exclude(case__in=_cases(cast)).exists()


def _cases(cast):
    return cast.party_a.participations.values("case")


def test_after_the_end_everybody_keeps_what_they_could_see(cast, bring):
    document = bring(cast, "party_b")

    participation.end_without_settlement(actor=cast.mediator, case=cast.case)

    assert who_sees(cast, document) == {*PARTIES, "mediator"}
