from django.urls import path

from mediation.rooms.consumers import room_socket

websocket_urlpatterns = [
    path("ws/", room_socket),  # type: ignore[arg-type]  # Channels routes ASGI applications
]
