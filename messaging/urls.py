"""Addresses of staff's pages about messages, under /desk/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from messaging import views


class Code(StringConverter):
    """A word of the product's own lists: a kind of message, a channel, a language. Never of a person."""

    regex = "[a-z_]+"


register_converter(Code, "code")

app_name = "messaging"
urlpatterns = [
    path("wordings/", views.wordings, name="wordings"),
    path("wordings/<code:kind>/<code:channel>/<code:language>/", views.wording, name="wording"),
    path("rules/", views.rules, name="rules"),
    path("notices/", views.notices, name="notices"),
]
