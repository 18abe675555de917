from django.urls import path

from mediation.rooms import views

app_name = "rooms"
urlpatterns = [
    path("cases/<uuid:case_id>/room/", views.joint, name="joint"),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/", views.room, name="room"),
    path("cases/<uuid:case_id>/room/<uuid:room_id>/reading/", views.reading, name="reading"),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/",
        views.message,
        name="message",
    ),
    path(
        "cases/<uuid:case_id>/room/<uuid:room_id>/messages/<int:sequence>/take-back/",
        views.take_back,
        name="take_back",
    ),
]
