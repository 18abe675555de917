"""Comments on terms: private to the mediator, or open; nobody else learns of a private one."""

import io
import json
import zipfile
from uuid import uuid4

import pytest
from django.utils import timezone
from django_tasks import default_task_backend

from mediation.audit.selectors import history_for_case
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.models import Participant
from mediation.cases.services import consents
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.mail.models import Dispatch
from mediation.privacy.services.export import download_data
from mediation.settlements import access
from mediation.settlements.models import Comment, Settlement
from mediation.settlements.selectors import current_version
from mediation.settlements.services import commenting, erasing, news, offering
from mediation.settlements.services.offering import OtherText
from tests.factories.cast import NAMES, Cast
from tests.factories.settlements import make_settlement
from tests.promises.tables import changed, fingerprint
from tests.settlements.test_services_signing import fresh
from tests.settlements.test_views import as_person, page, text_of

pytestmark = pytest.mark.django_db
PRIVATE, OPEN = "Not before my lawyer agrees.", "The last day of the month suits me better."


@pytest.fixture
def settlement(cast: Cast) -> Settlement:
    return make_settlement(cast, stage="offered")


def write(user, settlement: Settlement, body: str, *, is_private: bool, clause: str = "o1"):
    version = current_version(settlement)
    assert version is not None
    return commenting.write_comment(
        actor=user,
        version=version,
        clause=clause,
        body=body,
        is_private=is_private,
        client_id=uuid4(),
    )


def test_who_reads_which_comment(cast: Cast, settlement: Settlement) -> None:
    private = write(cast.party_a, settlement, PRIVATE, is_private=True)
    both = write(cast.party_a, settlement, OPEN, is_private=False)
    seen = {
        name: set(access.comments_visible_to(getattr(cast, name)))
        for name in NAMES
        if access.comments_visible_to(getattr(cast, name)).exists()
    }
    assert seen == {
        "party_a": {private, both},
        "party_b": {both},
        "mediator": {private, both},
    }


def test_each_page_shows_what_its_reader_may_read_and_who_else_can(
    cast: Cast, settlement: Settlement
) -> None:
    write(cast.party_a, settlement, PRIVATE, is_private=True)
    write(cast.party_a, settlement, OPEN, is_private=False)
    mine, theirs, mediators = (
        text_of(as_person(user).get(page(cast, "read")))
        for user in (cast.party_a, cast.party_b, cast.mediator)
    )
    assert PRIVATE in mine
    assert PRIVATE in mediators
    assert PRIVATE not in theirs
    assert all(OPEN in shown for shown in (mine, theirs, mediators))
    assert all("Both sides and the mediator" in shown for shown in (mine, theirs, mediators))
    assert "Only you and the mediator" in mine
    assert "Only this side and the mediator" in mediators


def test_a_private_comment_is_no_hint_to_the_other_side(cast: Cast, settlement: Settlement) -> None:
    client = as_person(cast.party_b)
    paths = [page(cast, "read"), page(cast, "comment", clause="o1")]
    before = [text_of(client.get(path)) for path in paths]
    write(cast.party_a, settlement, PRIVATE, is_private=True)
    assert [text_of(client.get(path)) for path in paths] == before


def test_commenting_through_the_page(cast: Cast, settlement: Settlement) -> None:
    client, path = as_person(cast.party_b), page(cast, "comment", clause="o1")
    html = client.get(path).content.decode()
    assert " checked" not in html  # who reads it is chosen, never assumed
    assert client.post(path, {"version": "1", "body": OPEN}).context["form"].errors["audience"]
    answer = client.post(
        path, {"version": "1", "body": OPEN, "audience": "open", "client_id": uuid4()}
    )
    assert answer.headers["Location"] == page(cast, "read")
    client.post(
        page(cast, "comment", clause="text"),
        {"version": "1", "body": PRIVATE, "audience": "private", "client_id": uuid4()},
    )
    rows = Comment.objects.order_by("written_at").values_list("clause", "is_private")
    assert list(rows) == [("o1", False), ("", True)]


def test_an_unknown_term_is_not_found(cast: Cast, settlement: Settlement) -> None:
    path = page(cast, "comment", clause="o9")
    assert as_person(cast.party_a).get(path).status_code == 404
    with pytest.raises(InvalidInput):
        write(cast.party_a, settlement, OPEN, is_private=False, clause="o9")
    with pytest.raises(InvalidInput):
        write(cast.party_a, settlement, "  ", is_private=False)


def test_comments_are_sealed_in_the_database(cast: Cast, settlement: Settlement) -> None:
    for is_private, body in ((True, PRIVATE), (False, OPEN)):
        comment = write(cast.party_a, settlement, body, is_private=is_private)
        assert body.encode() not in bytes(comment.body_sealed)
    recorded = [line.action for line in history_for_case(cast.case.pk)][-2:]
    assert recorded == ["private_comment.written", "comment.written"]


@pytest.mark.parametrize("who", [name for name in NAMES if name not in {"party_a", "party_b"}])
def test_only_parties_comment(cast: Cast, settlement: Settlement, who: str) -> None:
    before = fingerprint()
    with pytest.raises(Forbidden):
        write(getattr(cast, who), settlement, OPEN, is_private=False)
    assert changed(before, fingerprint()) == set()


def test_only_the_text_that_is_offered_is_commented(cast: Cast, settlement: Settlement) -> None:
    first = current_version(settlement)
    offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    with pytest.raises(WrongState):
        write(cast.party_a, fresh(settlement), OPEN, is_private=False)
    now = fresh(settlement)
    offering.freeze_version(actor=cast.mediator, settlement=now, edition=now.edition)
    with pytest.raises(OtherText):
        commenting.write_comment(
            actor=cast.party_a,
            version=first,
            clause="o1",
            body=OPEN,
            is_private=False,
            client_id=uuid4(),
        )


def test_nobody_comments_without_both_consents(cast: Cast, settlement: Settlement) -> None:
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.MEDIATE)
    with pytest.raises((ConsentMissing, WrongState)):
        write(cast.party_a, settlement, OPEN, is_private=False)


def test_the_mediator_reads_them_while_writing_the_next_version(
    cast: Cast, settlement: Settlement
) -> None:
    write(cast.party_a, settlement, PRIVATE, is_private=True)
    offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    assert PRIVATE in text_of(as_person(cast.mediator).get(page(cast, "draft")))


def test_a_side_has_an_end_to_its_comments(
    cast: Cast, settlement: Settlement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commenting, "MOST_COMMENTS", 1)
    write(cast.party_a, settlement, OPEN, is_private=False)
    with pytest.raises(commenting.TooManyComments):
        write(cast.party_a, settlement, PRIVATE, is_private=True)
    write(cast.party_b, settlement, OPEN, is_private=False)


def test_the_mediator_is_told_once_for_each_side(cast: Cast, settlement: Settlement) -> None:
    default_task_backend.clear()
    for user in (cast.party_a, cast.party_b, cast.party_a):
        write(user, settlement, OPEN, is_private=False)
    queued = [
        result.kwargs
        for result in default_task_backend.results
        if result.kwargs.get("kind") == "settlements/commented"
    ]
    for job in queued:
        news.send_news(settlement=settlement, kind=job["kind"], moment=job["moment"])
    letters = Dispatch.objects.filter(kind="settlements/commented")
    assert letters.count() == 2


def test_whoever_left_reads_none_any_more(cast: Cast, settlement: Settlement) -> None:
    write(cast.party_a, settlement, OPEN, is_private=False)
    Participant.objects.filter(user=cast.party_b).update(left_at=timezone.now())
    assert not access.comments_visible_to(cast.party_b).exists()


def test_they_go_with_the_talks_they_are_sealed_with(cast: Cast, settlement: Settlement) -> None:
    private = write(cast.party_a, settlement, PRIVATE, is_private=True)
    other = write(cast.party_b, settlement, PRIVATE, is_private=True)
    write(cast.party_a, settlement, OPEN, is_private=False)
    assert erasing.erase_open_comments(case_id=cast.case.pk) == 1
    assert erasing.erase_private_comments(side_id=private.participant.side_id) == 1
    assert list(Comment.objects.all()) == [other]


def test_a_copy_of_ones_own_data_has_them(cast: Cast, settlement: Settlement) -> None:
    write(cast.party_a, settlement, PRIVATE, is_private=True)
    write(cast.party_a, settlement, OPEN, is_private=False)
    assert _copied(cast.party_a, cast) == [PRIVATE, OPEN]
    assert _copied(cast.party_b, cast) == [OPEN]


def _copied(user, cast: Cast) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(download_data(actor=user, case=cast.case))) as archive:
        (told,) = json.loads(archive.read("data.json"))["settlements"]
    return [line["body"] for line in told["comments"]]


def test_the_same_comment_sent_twice_is_one(cast: Cast, settlement: Settlement) -> None:
    version = current_version(settlement)
    assert version is not None
    said = {"clause": "o1", "body": OPEN, "is_private": True, "client_id": uuid4()}
    first = commenting.write_comment(actor=cast.party_a, version=version, **said)
    assert commenting.write_comment(actor=cast.party_a, version=version, **said) == first
    assert version.comments.count() == 1
