"""Reads of the course of a mediation: sealed words in clear, and what its pages show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import get_language

from mediation.accounts.models import User
from mediation.cases import access as cases
from mediation.cases.enums import Compartment, ParticipantRole
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import name_of, open_sealed
from mediation.proceedings import access
from mediation.proceedings.enums import IdentityMethod, Stage
from mediation.proceedings.models import (
    AgendaPoint,
    Attendance,
    Confirmation,
    Fact,
    Note,
    Opening,
    Sitting,
    StageMove,
)
from mediation.proceedings.texts import OpeningWords, standard_opening

Text = str | Promise

# --- The words of an opening ----------------------------------------------------------------------


def words_of(opening: Opening, language: str) -> OpeningWords:
    """The opening in clear: the standard one in the reader's language, the mediator's own as it
    was written. Raises KeyDestroyed after the erasure.
    """
    if opening.standard is not None:
        words = standard_opening(opening.standard).words
        return words.get(language, words["en"])
    case = opening.case
    return OpeningWords(
        open_sealed(opening, case, "statement", Compartment.JOINT),
        open_sealed(opening, case, "rules", Compartment.JOINT),
    )


def words_to_begin_with(user: User, case: Case, language: str) -> OpeningWords:
    """What the mediator adapts: the latest opening of the case, or the standard one."""
    latest = access.openings_visible_to(user).filter(case=case).last()
    if latest is not None:
        return words_of(latest, language)
    words = standard_opening().words
    return words.get(language, words["en"])


# --- Who ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Somebody who is or was in the case, as everybody in it sees them."""

    part: Participant
    name: str
    is_me: bool

    @property
    def is_mediator(self) -> bool:
        return self.part.role == ParticipantRole.MEDIATOR

    @property
    def is_here(self) -> bool:
        """Whether they are still in the case."""
        return self.part.left_at is None


def people_of(user: User, case: Case) -> dict[UUID, Person]:
    """Everybody who joined the case; none for those who are not in it."""
    if cases.participant_of(user, case) is None:
        return {}
    rows = case.participants.filter(joined_at__isnull=False)
    rows = rows.select_related("case", "user", "side")
    return {row.pk: Person(row, name_of(row), row.user_id == user.pk) for row in rows}


def named_parts(user: User, case: Case, *, but_mediators: bool = False) -> list[tuple[str, str]]:
    """(id, name) of those who are in the case now, for a question with one answer or several."""
    return [
        (str(key), person.name)
        for key, person in people_of(user, case).items()
        if person.is_here and not (but_mediators and person.is_mediator)
    ]


# --- Stages ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StageLine:
    """A stage the mediation is or was in, and since when; `number` is 1 to 5."""

    stage: Stage
    since: datetime | None

    @property
    def number(self) -> int:
        return list(Stage).index(self.stage) + 1

    @property
    def total(self) -> int:
        return len(Stage)

    @property
    def label(self) -> Text:
        return self.stage.label


def stage_of(user: User, case: Case) -> StageLine | None:
    """Where the mediation is now; None for those who are not in the case, and before it began."""
    if case.mediation_started_at is None or cases.participant_of(user, case) is None:
        return None
    return _line_of(case, access.stage_moves_visible_to(user).filter(case=case).last())


def _line_of(case: Case, move: StageMove | None) -> StageLine:
    if move is None:
        return StageLine(Stage.OPENING, case.mediation_started_at)
    return StageLine(Stage(move.stage), move.moved_at)


def stage_lines(user: User, case: Case) -> list[StageLine]:
    """Every stage in the order of time, beginning with the opening."""
    moves = access.stage_moves_visible_to(user).filter(case=case)
    return [_line_of(case, None), *(_line_of(case, move) for move in moves)]


# --- The parts of the page ------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """Whether and when somebody said that they had read the opening."""

    person: Person
    confirmed_at: datetime | None


@dataclass(frozen=True)
class OpeningShown:
    """The newest opening; `language` is set where the words are in one that was not chosen by the
    reader.
    """

    opening: Opening
    words: OpeningWords
    language: str
    readings: list[Reading]
    can_confirm: bool

    @property
    def rules(self) -> list[str]:
        return [line for line in self.words.rules.splitlines() if line.strip()]

    @property
    def statement(self) -> list[str]:
        return [line for line in self.words.statement.splitlines() if line.strip()]


def opening_shown(user: User, case: Case) -> OpeningShown | None:
    """The opening as this person reads it; None before there is one."""
    newest = access.openings_visible_to(user).filter(case=case).last()
    if newest is None:
        return None
    confirmed = _confirmed(newest)
    readings = [
        Reading(person, confirmed.get(key))
        for key, person in people_of(user, case).items()
        if person.is_here and not person.is_mediator
    ]
    return OpeningShown(
        opening=newest,
        words=words_of(newest, get_language() or "en"),
        language=newest.language if newest.standard is None else "",
        readings=readings,
        can_confirm=access.can_confirm(user, newest),
    )


def _confirmed(opening: Opening) -> dict[UUID, datetime]:
    rows = Confirmation.objects.filter(opening=opening)
    return dict(rows.values_list("participant", "given_at"))


@dataclass(frozen=True)
class PointLine:
    """One point of the agenda. The first cannot go up, the last not down."""

    point: AgendaPoint
    title: str
    maker: Person
    is_first: bool
    is_last: bool
    can_remove: bool


def point_lines(user: User, case: Case, people: Mapping[UUID, Person]) -> list[PointLine]:
    rows = list(access.points_visible_to(user).filter(case=case))
    own, leads = _own_sides(people), _is_mediator(people)
    return [
        PointLine(
            point=row,
            title=title_of(row),
            maker=people[row.maker_id],
            is_first=place == 0,
            is_last=place == len(rows) - 1,
            can_remove=case.is_open and (leads or row.maker.side_id in own),
        )
        for place, row in enumerate(rows)
    ]


def title_of(point: AgendaPoint) -> str:
    """The title in clear. Raises KeyDestroyed after the erasure."""
    return open_sealed(point, point.case, "title", Compartment.JOINT)


def _own_sides(people: Mapping[UUID, Person]) -> set[UUID | None]:
    return {one.part.side_id for one in people.values() if one.is_me and one.is_here}


def _is_mediator(people: Mapping[UUID, Person]) -> bool:
    return any(one.is_me and one.is_here and one.is_mediator for one in people.values())


@dataclass(frozen=True)
class FactLine:
    """One fact as one person reads it. `own_answer` is None where their side has given none."""

    fact: Fact
    text: str
    author: Person
    own_answer: bool | None
    waits_for_me: bool
    can_remove: bool

    @property
    def is_agreed(self) -> bool:
        return self.fact.agreed_at is not None


def fact_lines(user: User, case: Case) -> list[FactLine]:
    """Every fact of the case in order; none for those who may not see them."""
    people = people_of(user, case)
    rows = list(access.facts_visible_to(user).filter(case=case))
    answers = dict(
        access.answers_visible_to(user).filter(fact__case=case).values_list("fact", "agrees")
    )
    waiting = set(access.facts_waiting_for(user, case).values_list("pk", flat=True))
    own = _own_sides(people)
    return [
        FactLine(
            fact=row,
            text=text_of(row),
            author=people[row.author_id],
            own_answer=answers.get(row.pk),
            waits_for_me=row.pk in waiting,
            can_remove=case.is_open and row.maker.side_id in own,
        )
        for row in rows
    ]


def text_of(fact: Fact) -> str:
    """The wording in clear. Raises KeyDestroyed after the erasure."""
    return open_sealed(fact, fact.case, "text", Compartment.JOINT)


@dataclass(frozen=True)
class SittingLine:
    """One sitting with the times of everybody who was there."""

    sitting: Sitting
    attendances: list[tuple[Person, Attendance]]
    absent: list[Person]

    @property
    def ended_at(self) -> datetime | None:
        """Also where the case ended under it and the clock has not come by yet."""
        return self.sitting.ended_at or self.sitting.case.closed_at

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


def sitting_lines(user: User, case: Case, people: Mapping[UUID, Person]) -> list[SittingLine]:
    """Every sitting in the order of time."""
    times = Prefetch("attendances", Attendance.objects.order_by("came_at"))
    rows = access.sittings_visible_to(user).filter(case=case).prefetch_related(times)
    return [_sitting_line(row, people) for row in rows]


def _sitting_line(row: Sitting, people: Mapping[UUID, Person]) -> SittingLine:
    times = list(row.attendances.all())
    present = {one.participant_id for one in times if one.went_at is None}
    return SittingLine(
        sitting=row,
        attendances=[(people[one.participant_id], one) for one in times],
        absent=[person for key, person in people.items() if person.is_here and key not in present],
    )


@dataclass(frozen=True)
class IdentityLine:
    """Whether the mediator made sure who somebody is; when and how is empty for other parties."""

    person: Person
    is_confirmed: bool
    checked_at: datetime | None
    method: Text


def identity_lines(user: User, case: Case, people: Mapping[UUID, Person]) -> list[IdentityLine]:
    """Everybody who is in the case but the mediator. The latest confirmation counts."""
    rows = access.identity_checks_visible_to(user).filter(case=case)
    latest = {row.participant_id: row for row in rows}
    identified = access.identified_in(user, case)
    lines = []
    for key, person in people.items():
        if person.is_mediator or not person.is_here:
            continue
        row = latest.get(key)
        at, method = (row.checked_at, IdentityMethod(row.method).label) if row else (None, "")
        lines.append(IdentityLine(person, key in identified, at, method))
    return lines


# --- The page -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoursePage:
    """All that the page of the course shows to one person."""

    stages: list[StageLine]
    opening: OpeningShown | None
    points: list[PointLine]
    facts: list[FactLine]
    sittings: list[SittingLine]
    identities: list[IdentityLine]
    can_add: bool
    can_lead: bool

    @property
    def stage(self) -> StageLine:
        return self.stages[-1]

    @property
    def is_sitting(self) -> bool:
        return any(line.is_running for line in self.sittings)


def course_page(user: User, case: Case) -> CoursePage:
    people = people_of(user, case)
    return CoursePage(
        stages=stage_lines(user, case),
        opening=opening_shown(user, case),
        points=point_lines(user, case, people),
        facts=fact_lines(user, case),
        sittings=sitting_lines(user, case, people),
        identities=identity_lines(user, case, people),
        can_add=access.can_add(user, case),
        can_lead=access.can_lead(user, case),
    )


def note_lines(user: User, case: Case) -> list[tuple[Note, str]]:
    """A mediator's own notes in clear, newest first; nobody else has any."""
    rows: Iterable[Note] = access.notes_visible_to(user).filter(case=case).order_by("-written_at")
    return [(row, open_sealed(row, row.case, "text", Compartment.NOTES)) for row in rows]
