"""Addresses of the patients' pages, under /my/. None holds a name or a clinical word."""

from django.urls import path

from portal import appointments, views

app_name = "portal"
urlpatterns = [
    path("", views.today, name="today"),
    path("week/", views.week, name="week"),
    path("hours/", views.hours, name="hours"),
    path("details/", views.details, name="details"),
    path("sessions/<uuid:uid>/join/", views.join, name="join"),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/pick/<uuid:uid>/", appointments.pick, name="pick"),
    path("appointments/<uuid:uid>/cancel/", appointments.cancel, name="cancel_appointment"),
    path("appointments/<uuid:uid>/join/", appointments.join, name="join_appointment"),
]
