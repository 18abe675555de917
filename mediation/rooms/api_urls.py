from django.urls import path

from mediation.rooms.api import views

urlpatterns = [
    path("cases/<uuid:case_id>/rooms/", views.RoomList.as_view(), name="rooms"),
    path("rooms/<uuid:room_id>/messages/", views.MessageList.as_view(), name="messages"),
    path(
        "rooms/<uuid:room_id>/messages/<int:sequence>/",
        views.MessageDetail.as_view(),
        name="message",
    ),
    path(
        "rooms/<uuid:room_id>/messages/<int:sequence>/take-back/",
        views.TakeBack.as_view(),
        name="take-back",
    ),
]
