from django.urls import path

from mediation.rooms import views

app_name = "rooms"
urlpatterns = [
    path("cases/<uuid:case_id>/room/", views.joint, name="joint"),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/", views.room, name="room"),
    path("cases/<uuid:case_id>/talks/", views.talks, name="talks"),
    path("cases/<uuid:case_id>/talks/new/", views.invite, name="invite"),
    path("cases/<uuid:case_id>/talks/<uuid:room_id>/agree/", views.agree, name="agree"),
    path("cases/<uuid:case_id>/talks/<uuid:room_id>/leave/", views.leave, name="leave"),
    path(
        "cases/<uuid:case_id>/talks/guests/<uuid:member_id>/approve/", views.approve, name="approve"
    ),
    path(
        "cases/<uuid:case_id>/talks/guests/<uuid:member_id>/refuse/",
        views.disapprove,
        name="disapprove",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/",
        views.message,
        name="message",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/release/",
        views.release,
        name="release",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/take-back/",
        views.take_back,
        name="take_back",
    ),
]
