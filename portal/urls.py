"""Addresses of the patients' pages, under /my/. None holds a name or a clinical word."""

from django.urls import path

from portal import (
    appointments,
    check_ins,
    days,
    feed,
    handouts,
    help_now,
    journal,
    messages,
    milestones,
    offers,
    papers,
    plan,
    plans,
    reach,
    room_check,
    rooms,
    start,
    views,
)
from rooms.views import door

app_name = "portal"
urlpatterns = [
    path("", views.today, name="today"),
    path("week/", views.week, name="week"),
    path("hours/", views.hours, name="hours"),
    path("details/", views.details, name="details"),
    path("sessions/<uuid:uid>/join/", views.join, name="join"),
    path("rooms/<uuid:uid>/", rooms.room, name="room"),
    path("rooms/<uuid:uid>/door/", door.door, name="door"),
    path("rooms/<uuid:uid>/ask/", rooms.ask, name="room_ask"),
    path("rooms/<uuid:uid>/check/", room_check.check, name="room_check"),
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
    path("messages/", messages.index, name="messages"),
    path("messages/<uuid:uid>/", messages.thread, name="message_thread"),
    path("messages/files/<uuid:uid>/", messages.file, name="message_file"),
    path("check-ins/", check_ins.index, name="check_ins"),
    path("check-ins/<uuid:uid>/", check_ins.answer, name="check_in"),
    # One's own days.
    path("day/", days.day, name="day"),
    path("days/", days.days, name="days"),
    # One's own journal.
    path("journal/", journal.journal, name="journal"),
    path("journal/keys/", journal.keys, name="journal_keys"),
    path("journal/entries/", journal.entries, name="journal_entries"),
    path("journal/entries/<uuid:uid>/", journal.entry, name="journal_entry"),
    path("journal/entries/<uuid:uid>/delete/", journal.delete, name="journal_delete"),
    path("journal/entries/<uuid:uid>/keep/", journal.keep, name="journal_keep"),
    path("journal/entries/<uuid:uid>/share/", journal.share, name="journal_share"),
    path("journal/entries/<uuid:uid>/unshare/", journal.unshare, name="journal_unshare"),
    path("journal/forget/", journal.forget, name="journal_forget"),
    path("milestones/", milestones.milestones, name="milestones"),
    path("help/", help_now.page, name="help_now"),
    path("handouts/", handouts.handouts, name="handouts"),
    path("handouts/<uuid:uid>/", handouts.handout, name="handout"),
    # One's own plans, signed.
    path("plans/", plans.plans, name="plans"),
    path("plan/", plan.plan, name="plan"),
    # First days, and what one signs.
    path("start/", start.start, name="start"),
    path("start/devices/", start.devices, name="start_devices"),
    path("start/pages/<code:lesson>/", start.lesson, name="lesson"),
    path("papers/", papers.papers, name="papers"),
    path("papers/<uuid:uid>/", papers.paper, name="paper"),
    path("papers/agreement/<uuid:uid>/", papers.agreement, name="agreement"),
    path("papers/signed/<uuid:uid>/", papers.signed, name="signed"),
]
