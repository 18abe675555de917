"""The pages: what they say, what they do, and what they do with a slip."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.cases.access import participant_of
from mediation.cases.services.participation import leave_case
from mediation.desk.next_steps import tasks_for
from mediation.proceedings.enums import Stage
from mediation.proceedings.models import AgendaPoint, Fact, IdentityCheck, Note, Opening, Sitting
from mediation.proceedings.services import agenda, facts
from mediation.proceedings.services.stages import move_stage
from mediation.proceedings.texts import standard_opening
from mediation.rooms.services import open_rooms
from tests.factories import proceedings as make
from tests.promises.world import client_of

INSIDE = ("party_a", "party_b", "mediator")


def url(name, cast, **ids):
    return reverse(f"proceedings:{name}", kwargs={"case_id": cast.case.pk, **ids})


def text_of(answer):
    """What stands on the page, without its marks and blanks."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def course(cast, name):
    return client_of(getattr(cast, name)).get(url("course", cast))


# --- Forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "fields", "model", "told"),
    [
        ("new_point", {"title": "The drain"}, AgendaPoint, "The point is on the agenda."),
        ("new_fact", {"text": "It rained."}, Fact, "Everybody can read the fact now."),
        ("notes", {"text": "Ask again."}, Note, "Your note is kept."),
    ],
)
def test_a_form_sent_twice_makes_one(cast, page, fields, model, told):
    client, sent = client_of(cast.mediator), {**fields, "client_id": uuid4()}
    for _time in "12":
        answer = client.post(url(page, cast), sent, follow=True)
    assert told in text_of(answer)
    assert next(iter(fields.values())) in text_of(answer)
    assert model.objects.count() == 1


@pytest.mark.parametrize(
    ("page", "slip", "told"),
    [
        ("new_point", {"title": " "}, "Say what should be talked about."),
        ("new_point", {"title": "x" * 201}, "Please check the following"),
        ("new_fact", {"text": ""}, "Write the fact in a sentence."),
        ("notes", {"text": ""}, "Write something first."),
        ("write_opening", {"statement": "Kept", "rules": ""}, "Write at least one rule."),
        ("identity", {"method": "known"}, "Choose a person."),
        ("identity", {"method": "face"}, "Please check the following"),
        ("begin_sitting", {"present": "nobody"}, "Please check the following"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_nothing_is_done(cast, page, slip, told):
    answer = client_of(cast.mediator).post(url(page, cast), {"client_id": uuid4(), **slip})
    assert answer.status_code == 200
    assert told in text_of(answer)
    if "statement" in slip:
        assert "Kept" in answer.content.decode()
    for model in (AgendaPoint, Fact, Note, Opening, IdentityCheck, Sitting):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ("name", "key"),
    [("move_point", "point_id"), ("mark_point", "point_id"), ("agree_to_fact", "fact_id")],
)
def test_a_button_without_its_value_does_nothing(cast, name, key):
    row = make.add_point(cast.party_a, cast.case)
    if key == "fact_id":
        row = make.propose_fact(cast.mediator, cast.case)
    who = cast.party_b if key == "fact_id" else cast.mediator
    assert client_of(who).post(url(name, cast, **{key: row.pk})).status_code == 302
    assert AgendaPoint.objects.get().dealt_with_at is None
    assert not make.fresh(row).answers.exists() if key == "fact_id" else True


# --- Pages ----------------------------------------------------------------------------------------


def test_the_stage_moved_by_the_mediator_stands_everywhere(cast):
    joint = open_rooms(case=cast.case)[0]
    client_of(cast.mediator).post(url("move_stage", cast), {"stage": "issues"})
    for name in INSIDE:
        html = course(cast, name).content.decode()
        (now,) = re.findall(r'aria-current="step">\s*(.*?)\s*<', html, re.DOTALL)
        assert now == "The issues"
        part = participant_of(getattr(cast, name), cast.case)
        (row,) = [one for one in tasks_for(part) if str(one.title).startswith("The course")]
        assert str(row.status) == "3/5 The issues"
        room = reverse("rooms:room", args=[cast.case.pk, joint.pk])
        tabs = client_of(getattr(cast, name)).get(room).content.decode()
        tabs = " ".join(re.sub(r"<[^>]+>", " ", tabs.partition("heyi-rooms__list")[2]).split())
        assert "3/5 The issues" in tabs


def test_an_opening_is_read_and_said_to_be_read(cast):
    client = client_of(cast.mediator)
    page = client.get(url("write_opening", cast)).content.decode()
    words = standard_opening().words["en"]
    assert "Welcome, and thank you for coming." in page
    client.post(url("write_opening", cast), vars(words))
    assert Opening.objects.get().standard == standard_opening().version
    bo = client_of(cast.party_b)
    assert "One person speaks or writes at a time" in text_of(bo.get(url("opening", cast)))
    answer = bo.post(url("confirm_opening", cast), {"number": 1}, follow=True)
    assert "Recorded: you have read the opening." in text_of(answer)
    assert "I have read this" not in text_of(bo.get(url("opening", cast)))
    changed = {"statement": "Something else.", "rules": "One."}
    client.post(url("write_opening", cast), changed)
    late = client_of(cast.party_a).post(url("confirm_opening", cast), {"number": 1})
    assert late.status_code == 409
    assert "The wording has changed" in text_of(late)
    html = bo.get(url("opening", cast), headers={"accept-language": "zh-hans"}).content.decode()
    assert re.search(r'<div lang="en">\s*<p[^>]*>Something else.', html)


def test_a_fact_waits_is_answered_and_taken_back(cast):
    fact = make.propose_fact(cast.mediator, cast.case, "It rained.")
    bo = client_of(cast.party_b)
    assert "Yes, exactly so" in text_of(bo.get(url("course", cast)))
    where = url("disagree_with_fact", cast, fact_id=fact.pk)
    answer = text_of(bo.post(where, {"number": 1}, follow=True))
    assert "Recorded for you alone." in answer
    assert "Your answer: not like this. Only your side sees it." in answer
    assert "Not agreed yet" in answer
    bo.post(url("take_answer_back", cast, fact_id=fact.pk))
    agreed = bo.post(url("agree_to_fact", cast, fact_id=fact.pk), {"number": 1}, follow=True)
    assert "Your answer: yes." in text_of(agreed)
    make.agree(cast.party_a, fact)
    assert "Agreed by both sides" in text_of(course(cast, "mediator"))
    assert "Yes, exactly so" not in text_of(course(cast, "mediator"))


def test_yes_and_no_to_a_fact_have_the_same_weight(cast):
    make.propose_fact(cast.mediator, cast.case)
    html = course(cast, "party_a").content.decode()
    choice = html.partition('class="heyi-choice"')[2].partition("</form>")[0]
    buttons = re.findall(r'class="(govuk-button[^"]*)"', choice)
    assert buttons == ["govuk-button govuk-button--secondary"] * 2


def test_a_sitting_is_noted_by_the_mediator_and_read_by_all(cast):
    client = client_of(cast.mediator)
    ada, bo = (make.part_of(user, cast.case) for user in (cast.party_a, cast.party_b))
    client.post(url("begin_sitting", cast), {"present": [ada.pk]})
    sitting = Sitting.objects.get()
    for name, person in (("note_arrival", bo), ("note_departure", ada)):
        client.post(url(name, cast, sitting_id=sitting.pk), {"person": person.pk})
    shown = text_of(course(cast, "party_a"))
    assert "Going on" in shown
    assert "Bo Respondent : here since" in shown
    assert "It ends now" not in shown
    answer = client.post(url("end_sitting", cast, sitting_id=sitting.pk), follow=True)
    assert "The end of the sitting is noted." in text_of(answer)
    assert "A sitting begins" in text_of(answer)
    client.post(url("remove_sitting", cast, sitting_id=sitting.pk))
    assert "No sitting is noted." in text_of(course(cast, "party_b"))


def test_a_private_talk_changes_nothing_of_the_course(cast):
    """Attendance is not taken from where people are."""
    from mediation.rooms import services as rooms
    from mediation.rooms.access import rooms_visible_to

    open_rooms(case=cast.case)
    before = text_of(course(cast, "party_b"))
    caucus = rooms_visible_to(cast.party_a).get(case=cast.case, side__letter="A")
    rooms.post_message(actor=cast.party_a, room=caucus, client_id=uuid4(), body="alone")
    assert text_of(course(cast, "party_b")) == before


def test_how_an_identity_was_confirmed_is_not_shown_to_the_other_side(cast):
    part = make.part_of(cast.party_a, cast.case)
    sent = {"person": part.pk, "method": "card_seen"}
    answer = client_of(cast.mediator).post(url("identity", cast), sent, follow=True)
    assert "Identity card seen on video" in text_of(answer)
    assert "Identity card seen on video" in text_of(course(cast, "party_a"))
    other = text_of(course(cast, "party_b"))
    assert "Confirmed by the mediator" in other
    assert "Identity card" not in other


def test_notes_are_listed_newest_first_and_deleted(cast):
    for text in ("First", "Second"):
        note = make.write_note(cast.mediator, cast.case, text)
    client = client_of(cast.mediator)
    shown = text_of(client.get(url("notes", cast)))
    assert shown.index("Second") < shown.index("First")
    client.post(url("delete_note", cast, note_id=note.pk))
    assert "Second" not in text_of(client.get(url("notes", cast)))
    make.write_note(cast.mediator, cast.case, "Third")
    answer = client.post(url("delete_notes", cast), follow=True)
    assert "There are no notes." in text_of(answer)


def test_words_are_text_and_never_markup(cast):
    wild = "<b>&amp;</b>"
    fact = make.propose_fact(cast.party_a, cast.case, wild)
    make.add_point(cast.party_a, cast.case, wild)
    make.write_note(cast.mediator, cast.case, wild)
    for page in (
        url("course", cast),
        url("notes", cast),
        url("reword_fact", cast, fact_id=fact.pk),
    ):
        html = client_of(cast.mediator).get(page).content.decode()
        assert wild not in html
        assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in html


def test_the_case_page_says_what_waits_for_me_and_offers_notes_to_the_mediator(cast):
    def rows(user):
        found = tasks_for(participant_of(user, cast.case))
        return {str(task.title): (str(task.hint), task.tone) for task in found}

    title = "The course of the mediation"
    assert rows(cast.party_a)[title] == ("", "active")
    make.give_opening(cast.mediator, cast.case)
    assert rows(cast.party_a)[title][0] == "You can read the mediator's opening."
    fact = make.propose_fact(cast.mediator, cast.case)
    assert rows(cast.party_a)[title][0].startswith("A fact waits for your answer.")
    facts.disagree_with_fact(actor=cast.party_a, fact=fact, edition=1)
    assert rows(cast.party_a)[title][0] == "You can read the mediator's opening."
    assert rows(cast.mediator)[title] == ("", "active")
    assert "Your private notes" in rows(cast.mediator)
    assert "Your private notes" not in rows(cast.party_a)
    leave_case(actor=cast.party_a, case=cast.case)
    cast.case.refresh_from_db()
    assert rows(cast.party_a)[title] == ("", "neutral")


def test_the_page_takes_the_same_queries_for_one_of_everything_and_three(cast):
    def queries():
        client = client_of(cast.party_b)
        client.get(url("course", cast))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("course", cast)).status_code == 200
        return len(captured)

    def more(stage):
        move_stage(actor=cast.mediator, case=cast.case, stage=stage)
        point = make.add_point(cast.party_a, cast.case)
        agenda.mark_point(actor=cast.mediator, point=point, is_dealt_with=True)
        make.propose_fact(cast.mediator, cast.case)
        make.confirm_identity(cast.mediator, cast.case, cast.party_b)

    make.give_opening(cast.mediator, cast.case)
    make.begin_sitting(cast.mediator, cast.case, cast.party_a)
    more(Stage.ISSUES)
    one = queries()
    more(Stage.OPTIONS)
    more(Stage.AGREEMENT)
    assert queries() == one
