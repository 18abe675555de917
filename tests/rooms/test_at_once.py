"""Messages in one round trip: stored where the long way stores them, and nowhere else."""

import uuid

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from mediation.accounts.models import User
from mediation.cases.enums import Purpose
from mediation.cases.models import Case, Participant
from mediation.cases.services import consents, participation
from mediation.rooms.journal import Journal, OneTrip
from mediation.rooms.models import HeldMessage, Member, Message, Room
from mediation.rooms.selectors import Held, Posted
from mediation.rooms.services import inviting, reviewing
from mediation.rooms.services.appending import append
from mediation.rooms.services.at_once import MOST_STANDINGS, Standings
from mediation.rooms.services.drafts import BODY_BYTES, Busy, Draft, MessageTooLong
from mediation.vault import services as vault
from mediation.vault.errors import Restricted
from mediation.vault.keyring import store
from tests.rooms.conftest import make_rooms
from tests.rooms.test_inviting import open_talk
from tests.rooms.test_reviewing import turn_on
from tests.rooms.test_services import bodies, say

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite has no round trips"),
]


def draft(user, room, body="text", client_id=None):
    return Draft(user, room.pk, client_id or uuid.uuid4(), body)


@pytest.fixture
def ways(monkeypatch):
    """Which ways batches went, in order, by the number of their messages."""
    went, at_once, looked = [], OneTrip.store, Journal.lock_and_look

    def store_noted(trip, rows):
        went.append(("at once", len(rows)))
        return at_once(trip, rows)

    def look_noted(journal, **about):
        went.append(("step by step", len(about["client_ids"])))
        return looked(journal, **about)

    monkeypatch.setattr(OneTrip, "store", store_noted)
    monkeypatch.setattr(Journal, "lock_and_look", look_noted)
    return went


@pytest.fixture
def warm(rooms):
    """What is remembered after both parties and the mediator wrote where they may."""
    cast, standings = rooms.cast, Standings()
    everywhere = [(cast.party_a, rooms.caucus_a), (cast.mediator, rooms.caucus_a)]
    everywhere += [(user, rooms.joint) for user in (cast.party_a, cast.party_b, cast.mediator)]
    results = append([draft(*where, "before") for where in everywhere], standings=standings)
    assert all(isinstance(one, Posted) for one in results)
    return standings


# --- What is stored -----------------------------------------------------------------------------


def test_whoever_wrote_before_needs_one_trip(rooms, warm, ways):
    cast = rooms.cast
    drafts = [
        draft(cast.party_a, rooms.joint, "one"),
        draft(cast.mediator, rooms.caucus_a, "in private"),
        draft(cast.party_b, rooms.joint, "two"),
        draft(cast.party_a, rooms.joint, "three"),
    ]
    results = append(drafts, wait=False, standings=warm)

    assert ways == [("at once", 4)]
    assert [one.sequence for one in results] == [4, 3, 5, 6]
    assert [one.client_id for one in results] == [one.client_id for one in drafts]
    assert [one.is_new for one in results] == [True] * 4
    assert bodies(cast.party_b, rooms.joint)[3:] == ["one", "two", "three"]
    assert bodies(cast.party_a, rooms.caucus_a)[2:] == ["in private"]
    assert Room.objects.get(pk=rooms.joint.pk).head == 6
    assert append([draft(cast.party_b, rooms.joint)])[0].sequence == 7


def test_a_stored_message_is_the_row_that_the_long_way_writes(rooms, warm, ways):
    cast = rooms.cast
    (said,) = append([draft(cast.party_a, rooms.joint, " café\r\n ")], standings=warm)
    (alike,) = append([draft(cast.party_a, rooms.joint, " café\r\n ")])
    assert ways == [("at once", 1), ("step by step", 1)]
    one, other = (
        Message.objects.values().get(room=rooms.joint, sequence=result.sequence)
        for result in (said, alike)
    )
    own = {"id", "client_id", "sequence", "sent_at", "body_sealed"}
    assert {key: one[key] for key in one.keys() - own} == {
        key: other[key] for key in other.keys() - own
    }
    assert len(bytes(one["body_sealed"])) == len(bytes(other["body_sealed"]))
    assert (one["sent_at"], said.body) == (said.sent_at, alike.body)


def test_a_batch_of_the_largest_messages(rooms, warm, ways):
    drafts = [draft(rooms.cast.party_a, rooms.joint, "字" * (BODY_BYTES // 3)) for _ in range(200)]
    numbers = [posted.sequence for posted in append(drafts, standings=warm)]
    assert numbers == list(range(4, 204))
    assert ways == [("at once", 200)]


def test_the_same_again_changes_nothing_and_keeps_nothing_else_back(rooms, warm, ways):
    first = draft(rooms.cast.party_a, rooms.joint, "once")
    other = draft(rooms.cast.party_b, rooms.joint, "other")
    append([first], standings=warm)
    known, new = append([first, other], standings=warm)
    assert (known.sequence, known.is_new, new.sequence, new.is_new) == (4, False, 5, True)
    assert ways == [("at once", 1), ("at once", 2), ("step by step", 1)]


def test_twice_in_one_batch_is_stored_once(rooms, warm):
    twice = draft(rooms.cast.party_a, rooms.joint, "once")
    one, again = append([twice, twice], standings=warm)
    assert (one.sequence, one.is_new, again.sequence, again.is_new) == (4, True, 4, False)


def test_what_is_no_message_is_refused_and_the_others_keep_their_order(rooms, warm):
    ada = rooms.cast.party_a
    drafts = [draft(ada, rooms.joint, body) for body in ("1", "x" * (BODY_BYTES + 1), "2")]
    one, refused, two = append(drafts, standings=warm)
    assert (one.sequence, type(refused), two.sequence) == (4, MessageTooLong, 5)


# --- What has changed since ---------------------------------------------------------------------


def withdraw(rooms):
    cast = rooms.cast
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.ONLINE)


def leave(rooms):
    participation.leave_case(actor=rooms.cast.party_a, case=rooms.cast.case)


def lose_account(rooms):
    User.objects.filter(pk=rooms.cast.party_a.pk).update(is_active=False)


def be_put_out(rooms):
    own = Participant.objects.filter(user=rooms.cast.party_a)
    own.update(joined_at=None)


def change_sides(rooms):
    """As nothing of ours does: what was concluded from the side holds no longer."""
    other = rooms.cast.case.sides.get(letter="B")
    Participant.objects.filter(user=rooms.cast.party_a).update(side=other)


def restrict(rooms):
    vault.restrict(case_id=rooms.cast.case.pk, compartments=["joint", "caucus:A"])


CHANGES = [withdraw, leave, lose_account, be_put_out, change_sides, turn_on]
STILL_OPEN = [("joint", change_sides), ("caucus_a", turn_on)]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", ["joint", "caucus_a"])
def test_after_any_change_it_answers_as_one_who_remembers_nothing(rooms, warm, change, name):
    change(rooms)
    before, room = Message.objects.count(), rooms.all[name]
    (forgetful,) = append([draft(rooms.cast.party_a, room)])
    (said,) = append([draft(rooms.cast.party_a, room)], standings=warm)
    assert type(said) is type(forgetful)
    stored = 2 if isinstance(said, Posted) else 0
    assert Message.objects.count() == before + stored
    assert bool(stored) == ((name, change) in STILL_OPEN)


def test_a_review_that_ended_lets_people_speak_at_once_again(rooms, warm, ways):
    ada = rooms.cast.party_a
    turn_on(rooms)
    first = draft(ada, rooms.joint, "sharp")
    assert isinstance(append([first], standings=warm)[0], Held)
    reviewing.end_review(actor=rooms.cast.party_b, room=rooms.joint)
    ways.clear()
    assert append([draft(ada, rooms.joint)], standings=warm)[0].sequence == 4
    assert append([draft(ada, rooms.joint)], standings=warm)[0].sequence == 5
    assert [way for way, _count in ways][-1] == "at once"
    assert isinstance(append([first], standings=warm)[0], Held), "what was held is never said so"
    assert HeldMessage.objects.count() == 1


def test_a_talk_by_invitation_is_open_as_long_as_all_it_takes_is_there(rooms, ways):
    cast, talk, standings = rooms.cast, open_talk(rooms), Standings()
    append([draft(cast.party_a, talk)], standings=standings)
    append([draft(cast.party_a, talk)], standings=standings)
    assert [way for way, _count in ways] == ["step by step", "at once"]
    # The mediator's part has ended, so that two sides would be among themselves.
    Member.objects.filter(room=talk, participant__role="mediator").update(is_seated=False)
    (alone,) = append([draft(cast.party_a, talk)], standings=standings)
    Member.objects.filter(room=talk, participant__role="mediator").update(is_seated=True)
    inviting.leave_talk(actor=cast.party_a, room=talk)
    (outside,) = append([draft(cast.party_a, talk)], standings=standings)
    assert [alone.code, outside.code] == ["forbidden", "forbidden"]
    assert Message.objects.filter(room=talk).count() == 2


def test_nothing_is_put_into_what_is_restricted(rooms, warm):
    before = Message.objects.count()
    restrict(rooms)
    for name in ("joint", "caucus_a"):
        with pytest.raises(Restricted):
            append([draft(rooms.cast.party_a, rooms.all[name])], standings=warm)
    assert Message.objects.count() == before


def test_a_key_ring_that_changed_costs_a_second_try_and_no_message(rooms, warm):
    with store().writing():
        pass  # somebody else destroys, restricts or makes a key
    (posted,) = append([draft(rooms.cast.party_a, rooms.joint, "canary")], standings=warm)
    assert posted.sequence == 4
    assert bodies(rooms.cast.party_b, rooms.joint)[3:] == ["canary"]


# --- What stands in the way ---------------------------------------------------------------------


def test_a_busy_case_is_busy_and_the_others_are_stored(rooms, warm):
    other, both = make_rooms(), [rooms.cast.party_a, rooms.joint]
    append([draft(other.cast.party_a, other.joint)], standings=warm)
    with psycopg.connect(**_dsn()) as holder:
        holder.execute("SELECT 1 FROM cases_case WHERE id = %s FOR UPDATE", [rooms.cast.case.pk])
        busy, posted = append(
            [draft(*both), draft(other.cast.party_a, other.joint)], wait=False, standings=warm
        )
    assert (type(busy), posted.sequence) == (Busy, 2)
    assert append([draft(*both)], wait=False, standings=warm)[0].sequence == 4


def test_a_server_that_goes_away_is_said_and_the_next_is_stored_once(rooms, warm, monkeypatch):
    real, again = OneTrip.store, draft(rooms.cast.party_a, rooms.joint, "once")

    def cut(trip, rows):
        real(trip, rows)
        own = connection.connection.info
        with psycopg.connect(own.dsn, password=own.password) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [own.backend_pid])

    with monkeypatch.context() as patch:
        patch.setattr(OneTrip, "store", cut)
        with pytest.raises(OperationalError):
            append([again], standings=warm)
    connection.close()
    assert [posted.sequence for posted in append([again], standings=warm)] == [4]
    assert Message.objects.filter(room=rooms.joint).count() == 4


def test_in_a_transaction_around_it_the_long_way_is_taken(rooms, warm, ways):
    with transaction.atomic():
        append([draft(rooms.cast.party_a, rooms.joint)], standings=warm)
        transaction.set_rollback(True)
    assert ways == [("step by step", 1)]
    assert Room.objects.get(pk=rooms.joint.pk).head == 3


def test_where_talk_is_closed_nothing_is_stored(rooms, warm):
    Case.objects.filter(pk=rooms.cast.case.pk).update(talk_open=False)
    (refused,) = append([draft(rooms.cast.party_a, rooms.joint)], standings=warm)
    assert refused.code == "consent_missing"


def test_only_so_many_are_remembered_and_the_oldest_go_first(rooms, warm):
    ada, bea = rooms.cast.party_a, rooms.cast.party_b
    kept = warm._standings[ada.pk, rooms.joint.pk]
    warm.remember({(uuid.uuid4(), uuid.uuid4()): kept for _ in range(MOST_STANDINGS - 1)})
    warm.remember({(bea.pk, rooms.joint.pk): kept})
    assert len(warm._standings) == MOST_STANDINGS
    assert (ada.pk, rooms.joint.pk) not in warm._standings
    assert (bea.pk, rooms.joint.pk) in warm._standings


def _dsn():
    own = connection.settings_dict
    return {
        "host": own["HOST"],
        "port": own["PORT"] or None,
        "user": own["USER"],
        "password": own["PASSWORD"],
        "dbname": own["NAME"],
    }


def test_say_by_form_goes_the_long_way(rooms, ways):
    say(rooms.cast.party_a, rooms.joint)
    assert ways == [("step by step", 1)]
