"""Addresses of staff's pages of the library and of homework. They hold no name and no title."""

from django.urls import path

from library import views

app_name = "library"
urlpatterns = [
    path("library/", views.items, name="items"),
    path("library/<uuid:uid>/", views.item, name="item"),
    path("library/<uuid:uid>/recording/", views.recording, name="recording"),
    path("people/<uuid:uid>/homework/", views.person, name="person"),
    path("series/<uuid:uid>/homework/", views.series, name="series"),
    path("homework/<uuid:uid>/", views.homework, name="homework"),
]
