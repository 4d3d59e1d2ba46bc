"""Addresses of the patients' pages, under /my/. None holds a name or a clinical word."""

from django.urls import path

from portal import reach, views

app_name = "portal"
urlpatterns = [
    path("", views.today, name="today"),
    path("week/", views.week, name="week"),
    path("hours/", views.hours, name="hours"),
    path("details/", views.details, name="details"),
    path("sessions/<uuid:uid>/join/", views.join, name="join"),
    path("reach/", reach.reach, name="reach"),
    path("reach/number/", reach.number, name="number"),
    path("reach/browsers/", reach.browsers, name="browsers"),
    path("notices/", reach.notices, name="notices"),
]
