"""The way to everything that plans: one page of doors, each shown to those who may open it."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.access import Can, allows, requires
from messaging.kinds import Words


@dataclass(frozen=True, slots=True)
class Door:
    """One entry: where it leads, who may open it, and what one does there."""

    url: str
    can: Can
    icon: str
    title: Words
    text: Words


PLANNING = [
    Door("dashboard:calendar", Can.SEE_SCHEDULE, "calendar-month", _("Calendar"), _("Week and month; drag to move.")),
    Door(
        "dashboard:short",
        Can.SEE_HOURS,
        "hourglass",
        _("Short of hours"),
        _("Who will miss their week, and what helps."),
    ),
    Door("scheduling:cover", Can.TAKE_TIME_OFF, "replace", _("Cover"), _("Sessions that need somebody to lead them.")),
    Door("scheduling:time_off", Can.TAKE_TIME_OFF, "beach", _("Time off"), _("Be away, and see who could stand in.")),
    Door(
        "scheduling:open_hours", Can.BOOK_APPOINTMENTS, "door", _("Open hours"), _("Times your patients can pick from.")
    ),
    Door("scheduling:closures", Can.PLAN_SCHEDULE, "calendar-off", _("Closed days"), _("Holidays and other closures.")),
    Door(
        "scheduling:licences",
        Can.PLAN_SCHEDULE,
        "license",
        _("Licences"),
        _("Sessions nobody is licensed to lead for all."),
    ),
]
MESSAGES = [
    Door(
        "dashboard:messages",
        Can.SEE_ALL_DELIVERIES,
        "mail-check",
        _("Messages"),
        _("What was sent, and what was not."),
    ),
    Door("messaging:wordings", Can.WRITE_WORDINGS, "writing", _("Wordings"), _("What messages say.")),
    Door(
        "messaging:rules", Can.WRITE_WORDINGS, "bell-cog", _("Reminder rules"), _("When and how people are reminded.")
    ),
]
OWN = [
    Door("messaging:notices", Can.USE_DASHBOARD, "bell", _("Notices to me"), _("News of your own sessions.")),
    Door(
        "scheduling:feed",
        Can.SEE_SCHEDULE,
        "calendar-share",
        _("Calendar feed"),
        _("Your schedule in your own calendar."),
    ),
]


@requires(Can.USE_DASHBOARD)
def planning(request):
    """Doors to what plans, what is said, and one's own."""
    parts = [(_("Schedule"), PLANNING), (_("Messages"), MESSAGES), (_("My own"), OWN)]
    shown = [
        (title, [(door, reverse(door.url)) for door in doors if allows(request.user, door.can)])
        for title, doors in parts
    ]
    return render(
        request, "dashboard/planning.html", {"parts": [part for part in shown if part[1]], "section": "planning"}
    )
