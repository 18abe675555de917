from django.urls import path

from mediation.proceedings.views import agenda, course, facts, notes, opening, sittings

app_name = "proceedings"
HOME = "cases/<uuid:case_id>/course/"
POINT = f"{HOME}agenda/<uuid:point_id>/"
FACT = f"{HOME}facts/<uuid:fact_id>/"
SITTING = f"{HOME}sittings/<uuid:sitting_id>/"
urlpatterns = [
    path(HOME, course.course, name="course"),
    path(f"{HOME}stage/", course.move_stage, name="move_stage"),
    path(f"{HOME}identity/", course.identity, name="identity"),
    path(f"{HOME}opening/", opening.opening, name="opening"),
    path(f"{HOME}opening/write/", opening.write, name="write_opening"),
    path(f"{HOME}opening/confirm/", opening.confirm, name="confirm_opening"),
    path(f"{HOME}agenda/new/", agenda.new, name="new_point"),
    path(f"{POINT}move/", agenda.move, name="move_point"),
    path(f"{POINT}mark/", agenda.mark, name="mark_point"),
    path(f"{POINT}remove/", agenda.remove, name="remove_point"),
    path(f"{HOME}facts/new/", facts.new, name="new_fact"),
    path(f"{FACT}reword/", facts.reword, name="reword_fact"),
    path(f"{FACT}agree/", facts.agree, name="agree_to_fact"),
    path(f"{FACT}not-so/", facts.disagree, name="disagree_with_fact"),
    path(f"{FACT}take-back/", facts.take_back, name="take_answer_back"),
    path(f"{FACT}remove/", facts.remove, name="remove_fact"),
    path(f"{HOME}sittings/begin/", sittings.begin, name="begin_sitting"),
    path(f"{SITTING}came/", sittings.came, name="note_arrival"),
    path(f"{SITTING}went/", sittings.went, name="note_departure"),
    path(f"{SITTING}end/", sittings.end, name="end_sitting"),
    path(f"{SITTING}remove/", sittings.remove, name="remove_sitting"),
    path(f"{HOME}notes/", notes.notes, name="notes"),
    path(f"{HOME}notes/delete/", notes.delete_all, name="delete_notes"),
    path(f"{HOME}notes/<uuid:note_id>/delete/", notes.delete, name="delete_note"),
]
