"""Addresses of staff's pages about messages, under /desk/."""

from django.urls import path

from messaging import views

app_name = "messaging"
urlpatterns = [
    path("wordings/", views.wordings, name="wordings"),
    path("wordings/<code:kind>/<code:channel>/<code:language>/", views.wording, name="wording"),
    path("rules/", views.rules, name="rules"),
    path("notices/", views.notices, name="notices"),
]
