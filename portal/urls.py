"""Addresses of the patients' pages, under /my/. None holds a name or a clinical word."""

from django.urls import path

from portal import appointments, feed, offers, reach, views

app_name = "portal"
urlpatterns = [
    path("", views.today, name="today"),
    path("week/", views.week, name="week"),
    path("hours/", views.hours, name="hours"),
    path("details/", views.details, name="details"),
    path("sessions/<uuid:uid>/join/", views.join, name="join"),
    # Seats on offer.
    path("offers/<uuid:uid>/accept/", offers.accept, name="accept_offer"),
    path("offers/<uuid:uid>/decline/", offers.decline, name="decline_offer"),
    path("calendar-feed/", feed.calendar_feed, name="feed"),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/pick/<uuid:uid>/", appointments.pick, name="pick"),
    path("appointments/<uuid:uid>/cancel/", appointments.cancel, name="cancel_appointment"),
    path("appointments/<uuid:uid>/join/", appointments.join, name="join_appointment"),
    path("reach/", reach.reach, name="reach"),
    path("reach/number/", reach.number, name="number"),
    path("reach/browsers/", reach.browsers, name="browsers"),
    path("notices/", reach.notices, name="notices"),
]
