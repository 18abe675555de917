from django.urls import path

from mediation.rooms.views import reviews, rooms, talks

app_name = "rooms"
urlpatterns = [
    path("cases/<uuid:case_id>/room/", rooms.joint, name="joint"),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/", rooms.room, name="room"),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/reading/", rooms.reading, name="reading"),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/review/", reviews.review, name="review"),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/review/propose/",
        reviews.propose,
        name="propose_review",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/review/agree/",
        reviews.agree,
        name="agree_review",
    ),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/review/end/", reviews.end, name="end_review"),
    path("cases/<uuid:case_id>/held/<uuid:held_id>/pass-on/", reviews.pass_on, name="pass_on"),
    path(
        "cases/<uuid:case_id>/held/<uuid:held_id>/return/",
        reviews.return_held,
        name="return_held",
    ),
    path(
        "cases/<uuid:case_id>/held/<uuid:held_id>/take-back/",
        reviews.take_back,
        name="take_back_held",
    ),
    path("cases/<uuid:case_id>/talks/", talks.talks, name="talks"),
    path("cases/<uuid:case_id>/talks/new/", talks.invite, name="invite"),
    path("cases/<uuid:case_id>/talks/<uuid:room_id>/agree/", talks.agree, name="agree"),
    path("cases/<uuid:case_id>/talks/<uuid:room_id>/leave/", talks.leave, name="leave"),
    path(
        "cases/<uuid:case_id>/talks/guests/<uuid:member_id>/approve/", talks.approve, name="approve"
    ),
    path(
        "cases/<uuid:case_id>/talks/guests/<uuid:member_id>/refuse/",
        talks.disapprove,
        name="disapprove",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/",
        rooms.message,
        name="message",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/release/",
        rooms.release,
        name="release",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/take-back/",
        rooms.take_back,
        name="take_back",
    ),
]
