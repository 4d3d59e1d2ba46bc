"""The sockets' addresses. None holds a name or a clinical word; every consumer carries its access stamp."""

from django.urls import path

from rooms.consumers import RoomConsumer
from rooms.gate import MediaConsumer

websocket_urlpatterns = [
    path("ws/rooms/<uuid:uid>/", RoomConsumer.as_asgi(), name="room"),
    path("ws/rooms/<uuid:uid>/media/", MediaConsumer.as_asgi(), name="room_media"),
]
