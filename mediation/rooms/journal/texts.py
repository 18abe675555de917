"""The questions that both databases are asked, but for how each of them takes a list."""

CASES = """
SELECT id, talk_open FROM cases_case
WHERE id IN (SELECT case_id FROM rooms_room WHERE id {rooms}) ORDER BY id
"""
# Whether somebody on the list of a talk by invitation has a seat in it, and a mediator has too.
SEATED = """
room.kind = 'invited' AND EXISTS (
  SELECT 1 FROM rooms_member own
  WHERE own.room_id = room.id AND own.participant_id = part.id AND own.is_seated
) AND EXISTS (
  SELECT 1 FROM rooms_member other
  JOIN cases_participant mediator ON mediator.id = other.participant_id
  WHERE other.room_id = room.id AND other.is_seated
    AND mediator.role = 'mediator' AND mediator.left_at IS NULL
)
"""
PEOPLE = """
rooms_room room
LEFT JOIN cases_side side ON side.id = room.side_id
JOIN cases_participant part ON part.case_id = room.case_id
JOIN accounts_user person ON person.id = part.user_id
"""
ARE_IN = "person.is_active AND part.joined_at IS NOT NULL AND part.left_at IS NULL"
SEATS = """
SELECT part.user_id, room.id, part.id, part.case_id, part.side_id, room.side_id,
       part.role, side.letter, room.head, room.kind, room.letters, room.is_held, {seated}, {facts}
FROM {people}
WHERE room.id {rooms} AND part.user_id {users} AND {are_in}
"""


def seats(*, rooms: str, users: str, facts: str) -> str:
    """The question about people's seats, with the dialect's way to say "one of these"."""
    return SEATS.format(
        rooms=rooms, users=users, facts=facts, seated=SEATED, people=PEOPLE, are_in=ARE_IN
    )
