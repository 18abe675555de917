"""Opening, stages, agenda, sittings, identity and notes: what their verbs do and refuse."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone, translation

from mediation.cases.services import participation
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.proceedings.enums import IdentityMethod, Stage
from mediation.proceedings.errors import CourseFull, NothingWritten, OtherWording
from mediation.proceedings.models import (
    AgendaPoint,
    Attendance,
    IdentityCheck,
    Note,
    Opening,
    Sitting,
    StageMove,
)
from mediation.proceedings.selectors import (
    course_page,
    note_lines,
    opening_shown,
    stage_lines,
    stage_of,
    title_of,
)
from mediation.proceedings.services import agenda, notes, opening, sittings, stages
from mediation.proceedings.texts import OpeningWords, standard_opening
from tests.factories import proceedings as make

# --- Opening --------------------------------------------------------------------------------------


def test_the_text_we_ship_is_read_by_each_in_their_own_language(cast):
    given = make.give_opening(cast.mediator, cast.case, standard_opening().words["zh-hans"])
    assert given.standard is None  # it was said to be English
    words = standard_opening().words["en"]
    given = make.give_opening(cast.mediator, cast.case, words)
    assert (given.standard, bytes(given.statement_sealed)) == (standard_opening().version, b"")
    with translation.override("zh-hans"):
        shown = opening_shown(cast.party_b, cast.case)
    assert shown.words == standard_opening().words["zh-hans"]
    assert shown.language == ""


def test_what_the_mediator_adapts_is_sealed_and_keeps_its_language(cast):
    given = make.give_opening(cast.mediator, cast.case)
    assert given.standard is None
    assert b"Welcome" not in bytes(given.statement_sealed)
    with translation.override("zh-hans"):
        shown = opening_shown(cast.party_b, cast.case)
    assert (shown.statement, shown.language) == (["Welcome to the table."], "en")
    assert shown.rules == ["Let each other finish.", "No insults."]


def test_a_changed_opening_asks_everybody_again_and_the_same_one_nobody(cast):
    first = make.give_opening(cast.mediator, cast.case)
    opening.confirm_opening(actor=cast.party_a, opening=first)
    assert make.give_opening(cast.mediator, cast.case) == first
    second = make.give_opening(cast.mediator, cast.case, OpeningWords("Anew.", "A rule."))
    assert second.number == 2
    assert [one.confirmed_at for one in opening_shown(cast.party_b, cast.case).readings] == [
        None,
        None,
    ]
    with pytest.raises(OtherWording):
        opening.confirm_opening(actor=cast.party_b, opening=first)


def test_everybody_sees_who_has_read_it_and_twice_is_once(cast):
    given = make.give_opening(cast.mediator, cast.case)
    again = [opening.confirm_opening(actor=cast.party_a, opening=given) for _time in "12"]
    assert again[0] == again[1]
    for user in (cast.party_a, cast.party_b, cast.mediator):
        read = {
            one.person.name: one.confirmed_at is not None
            for one in opening_shown(user, cast.case).readings
        }
        assert read == {"Ada Applicant": True, "Bo Respondent": False}
    assert not opening_shown(cast.party_a, cast.case).can_confirm
    assert opening_shown(cast.party_b, cast.case).can_confirm
    assert cast.case.talk_open  # and nothing waits for it


@pytest.mark.parametrize("words", [("", "x"), ("x", " \n"), ("x" * 8001, "x")])
def test_an_opening_has_words(cast, words):
    with pytest.raises(NothingWritten):
        make.give_opening(cast.mediator, cast.case, OpeningWords(*words))
    assert not Opening.objects.exists()


# --- Stages ---------------------------------------------------------------------------------------


def test_the_mediator_goes_to_any_stage_and_everybody_sees_it(cast):
    assert stage_of(cast.party_a, cast.case).stage == Stage.OPENING
    for stage in (Stage.AGREEMENT, Stage.ISSUES, Stage.ISSUES):
        stages.move_stage(actor=cast.mediator, case=cast.case, stage=stage)
    assert StageMove.objects.count() == 2
    for user in (cast.party_a, cast.party_b, cast.mediator):
        now = stage_of(user, cast.case)
        assert (now.number, now.total, now.stage) == (3, 5, Stage.ISSUES)
        assert [line.number for line in stage_lines(user, cast.case)] == [1, 5, 3]
    assert stage_of(cast.stranger, cast.case) is None


def test_to_the_opening_is_no_move_at_the_beginning_and_one_later(cast):
    assert stages.move_stage(actor=cast.mediator, case=cast.case, stage=Stage.OPENING) is None
    stages.move_stage(actor=cast.mediator, case=cast.case, stage=Stage.OPTIONS)
    stages.move_stage(actor=cast.mediator, case=cast.case, stage=Stage.OPENING)
    assert stage_of(cast.party_a, cast.case).stage == Stage.OPENING


# --- Agenda ---------------------------------------------------------------------------------------


def titles(cast):
    return [title_of(row) for row in AgendaPoint.objects.select_related("case")]


def test_points_stand_in_the_mediators_order(cast):
    first, _second, third = [
        make.add_point(user, cast.case, title)
        for user, title in ((cast.party_a, "1"), (cast.party_b, "2"), (cast.mediator, "3"))
    ]
    agenda.move_point(actor=cast.mediator, point=third, is_up=True)
    assert titles(cast) == ["1", "3", "2"]
    agenda.move_point(actor=cast.mediator, point=first, is_up=True)  # it is the first already
    agenda.move_point(actor=cast.mediator, point=first, is_up=False)
    assert titles(cast) == ["3", "1", "2"]
    agenda.remove_point(actor=cast.party_a, point=first)
    make.add_point(cast.party_a, cast.case, "4")
    assert titles(cast) == ["3", "2", "4"]


def test_a_point_is_marked_and_opened_again(cast):
    point = make.add_point(cast.party_a, cast.case)
    done = agenda.mark_point(actor=cast.mediator, point=point, is_dealt_with=True)
    again = agenda.mark_point(actor=cast.mediator, point=point, is_dealt_with=True)
    assert done.dealt_with_at == again.dealt_with_at is not None
    agenda.mark_point(actor=cast.mediator, point=point, is_dealt_with=False)
    assert AgendaPoint.objects.get().dealt_with_at is None


def test_sending_the_form_twice_adds_one_point(cast):
    sent = {"actor": cast.party_a, "case": cast.case, "client_id": uuid4(), "title": "Once"}
    assert agenda.add_point(**sent) == agenda.add_point(**sent)
    assert AgendaPoint.objects.count() == 1


def test_a_point_has_a_title_and_there_is_an_end_to_points(cast, monkeypatch):
    for title in ("", "  ", "x" * 201):
        with pytest.raises(NothingWritten):
            make.add_point(cast.party_a, cast.case, title)
    monkeypatch.setattr(agenda, "MOST_POINTS", 1)
    make.add_point(cast.party_a, cast.case)
    with pytest.raises(CourseFull):
        make.add_point(cast.party_b, cast.case)


def test_a_point_that_is_gone_is_refused_in_words(cast):
    point = make.add_point(cast.party_a, cast.case)
    agenda.remove_point(actor=cast.mediator, point=point)
    with pytest.raises(WrongState):
        agenda.mark_point(actor=cast.mediator, point=point, is_dealt_with=True)
    with pytest.raises(WrongState):
        agenda.move_point(actor=cast.mediator, point=point, is_up=True)


# --- Sittings -------------------------------------------------------------------------------------


def test_a_sitting_holds_times_and_nothing_else(cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sitting = make.begin_sitting(cast.mediator, cast.case, cast.party_a)
        start = timezone.now()
        clock.shift(60)
        bo, ada = (make.part_of(user, cast.case) for user in (cast.party_b, cast.party_a))
        for _time in "12":
            sittings.note_arrival(actor=cast.mediator, sitting=sitting, participant=bo)
        clock.shift(60)
        for _time in "12":
            sittings.note_departure(actor=cast.mediator, sitting=sitting, participant=ada)
        clock.shift(60)
        ended = [sittings.end_sitting(actor=cast.mediator, sitting=sitting) for _time in "12"]
    assert ended[0].ended_at == ended[1].ended_at == start + timedelta(seconds=180)
    times = {
        row.participant.user: ((row.came_at - start).seconds, (row.went_at - start).seconds)
        for row in Attendance.objects.select_related("participant__user")
    }
    assert times == {cast.mediator: (0, 180), cast.party_a: (0, 120), cast.party_b: (60, 180)}
    fields = {field.name for field in Attendance._meta.fields}
    assert fields == {"id", "sitting", "participant", "came_at", "went_at"}
    with pytest.raises(WrongState):
        sittings.note_arrival(actor=cast.mediator, sitting=sitting, participant=ada)


def test_there_is_one_sitting_at_a_time_of_people_in_the_case(cast):
    first = make.begin_sitting(cast.mediator, cast.case)
    assert make.begin_sitting(cast.mediator, cast.case, cast.party_a) == first
    sittings.end_sitting(actor=cast.mediator, sitting=first)
    part = make.part_of(cast.party_a, cast.case)
    cast.case.participants.filter(pk=part.pk).update(left_at=timezone.now())
    with pytest.raises(InvalidInput):
        sittings.begin_sitting(actor=cast.mediator, case=cast.case, present=[part])
    assert Sitting.objects.count() == 1


def test_a_sitting_noted_by_mistake_is_struck_out(cast):
    sitting = make.begin_sitting(cast.mediator, cast.case, cast.party_a)
    sittings.remove_sitting(actor=cast.mediator, sitting=sitting)
    assert not Attendance.objects.exists()
    with pytest.raises(WrongState):
        sittings.end_sitting(actor=cast.mediator, sitting=sitting)


def test_the_end_of_the_case_ends_a_sitting(cast):
    make.begin_sitting(cast.mediator, cast.case, cast.party_a)
    participation.leave_case(actor=cast.party_b, case=cast.case)
    cast.case.refresh_from_db()
    (line,) = course_page(cast.party_a, cast.case).sittings
    assert (line.is_running, line.ended_at) == (False, cast.case.closed_at)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        call_command("tidy_proceedings")
        call_command("tidy_proceedings")
    ends = {*Sitting.objects.values_list("ended_at", flat=True)}
    assert ends | {*Attendance.objects.values_list("went_at", flat=True)} == {cast.case.closed_at}


# --- Who is who -----------------------------------------------------------------------------------


def test_an_identity_is_confirmed_and_corrected(cast):
    make.confirm_identity(cast.mediator, cast.case, cast.party_a)
    make.confirm_identity(cast.mediator, cast.case, cast.party_a)
    make.confirm_identity(cast.mediator, cast.case, cast.party_a, IdentityMethod.CARD_SEEN)
    assert IdentityCheck.objects.count() == 2
    shown = {
        name: [
            (line.person.name, line.is_confirmed, str(line.method))
            for line in course_page(getattr(cast, name), cast.case).identities
        ]
        for name in ("party_a", "party_b", "mediator")
    }
    full = ("Ada Applicant", True, "Identity card seen on video")
    assert shown["party_a"][0] == shown["mediator"][0] == full
    assert shown["party_b"] == [("Ada Applicant", True, ""), ("Bo Respondent", False, "")]


def test_only_people_of_a_side_are_confirmed_and_only_by_the_mediator(cast):
    with pytest.raises(InvalidInput):
        make.confirm_identity(cast.mediator, cast.case, cast.mediator)
    with pytest.raises(Forbidden):
        make.confirm_identity(cast.party_a, cast.case, cast.party_b)
    assert not IdentityCheck.objects.exists()


def test_nothing_is_kept_of_what_was_looked_at():
    fields = {field.name for field in IdentityCheck._meta.fields}
    assert fields == {"id", "case", "participant", "mediator", "method", "checked_at"}


# --- Notes ----------------------------------------------------------------------------------------


def test_notes_are_sealed_with_a_key_of_their_own_and_read_by_their_author(cast):
    make.write_note(cast.mediator, cast.case, "First")
    make.write_note(cast.mediator, cast.case, "Second")
    assert [words for _note, words in note_lines(cast.mediator, cast.case)] == ["Second", "First"]
    assert all(b"First" not in bytes(note.text_sealed) for note in Note.objects.all())
    for name in ("party_a", "party_b", "coordinator", "other_staff", "clerk"):
        assert note_lines(getattr(cast, name), cast.case) == []


def test_a_note_is_deleted_now_also_after_the_end(cast):
    first, _second, third = [make.write_note(cast.mediator, cast.case, text) for text in "123"]
    with pytest.raises(Forbidden):
        notes.delete_note(actor=cast.party_a, note=first)
    notes.delete_note(actor=cast.mediator, note=first)
    participation.leave_case(actor=cast.party_a, case=cast.case)
    notes.delete_note(actor=cast.mediator, note=third)
    assert notes.delete_notes(actor=cast.mediator, case=cast.case) == 1
    assert not Note.objects.exists()


def test_notes_go_with_the_mediator_who_gives_the_case_back(cast):
    make.write_note(cast.mediator, cast.case)
    call_command("tidy_proceedings")
    assert Note.objects.exists()
    cast.case.participants.mediators().update(left_at=timezone.now())
    call_command("tidy_proceedings")
    assert not Note.objects.exists()


def test_a_note_has_words_once_and_there_is_an_end_to_notes(cast, monkeypatch):
    sent = {"actor": cast.mediator, "case": cast.case, "client_id": uuid4(), "text": "Once"}
    assert notes.write_note(**sent) == notes.write_note(**sent)
    with pytest.raises(NothingWritten):
        make.write_note(cast.mediator, cast.case, " ")
    monkeypatch.setattr(notes, "MOST_NOTES", 1)
    with pytest.raises(CourseFull):
        make.write_note(cast.mediator, cast.case)
