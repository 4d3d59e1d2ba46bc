"""Addresses of staff's messages. They hold no name and no subject."""

from django.urls import path

from threads import board_views, views

app_name = "threads"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<uuid:uid>/", views.thread, name="thread"),
    path("people/<uuid:uid>/write/", views.begin, name="begin"),
    path("inbox/files/<uuid:uid>/", views.file, name="file"),
    path("series/<uuid:uid>/board/", board_views.board, name="board"),
]
