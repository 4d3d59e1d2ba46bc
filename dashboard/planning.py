"""The way to everything that plans, and to everything of the record: pages of doors, each shown to those who may open it."""

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
    Door(
        "scheduling:requests",
        Can.MANAGE_MEMBERS,
        "mail-question",
        _("Requests"),
        _("Who asks to be excused, or for a seat."),
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


TO_DO = [
    Door("clinical:alerts", Can.HANDLE_RISK, "urgent", _("Alerts"), _("Somebody may be at risk: who sees to it.")),
    Door("clinical:follow_ups", Can.FOLLOW_UP, "user-heart", _("Follow-ups"), _("Who is to be looked after, by when.")),
    Door("clinical:cosign", Can.COSIGN, "signature", _("To co-sign"), _("What associates wrote and you supervise.")),
    Door(
        "clinical:requests",
        Can.ANSWER_REQUESTS,
        "message-circle-question",
        _("Requests about records"),
        _("Corrections to decide, by the day they are due."),
    ),
    Door("dashboard:plans_due", Can.WRITE_PLANS, "target", _("Plans due"), _("Plans to write, review or agree on.")),
]
GROUPS = [
    Door(
        "clinical:workspaces",
        Can.LEAD_WORKSPACE,
        "chart-dots",
        _("Group workspaces"),
        _("How each group goes, for its leaders."),
    ),
    Door("clinical:phrases", Can.WRITE_NOTES, "quote", _("My phrases"), _("A few letters that stand for a sentence.")),
    Door(
        "clinical:private_notes",
        Can.LEAD_WORKSPACE,
        "lock",
        _("Psychotherapy notes"),
        _("Your own, apart from the record."),
    ),
]
RULES = [
    Door(
        "clinical:measure_rules",
        Can.SET_RECORD_RULES,
        "list-check",
        _("Measures"),
        _("Which are given when, and how they count."),
    ),
    Door(
        "rooms:rules",
        Can.SET_ROOM_RULES,
        "video",
        _("Live rooms"),
        _("What they allow, and the agreement people sign."),
    ),
    Door("dashboard:papers", Can.WORD_CONSENTS, "file-certificate", _("Consents"), _("What people sign, in versions.")),
    Door(
        "clinical:on_call", Can.SET_RECORD_RULES, "phone-call", _("On call"), _("Who is told when somebody is at risk.")
    ),
]


def _doors(request, parts, title, section):
    """A page of doors: of each part those that the reader may open."""
    shown = [
        (name, [(door, reverse(door.url)) for door in doors if allows(request.user, door.can)]) for name, doors in parts
    ]
    context = {"parts": [part for part in shown if part[1]], "section": section, "title": title}
    return render(request, "dashboard/planning.html", context)


@requires(Can.USE_DASHBOARD)
def planning(request):
    """Doors to what plans, what is said, and one's own."""
    parts = [(_("Schedule"), PLANNING), (_("Messages"), MESSAGES), (_("My own"), OWN)]
    return _doors(request, parts, _("Planning"), "planning")


@requires(Can.SEE_PATIENT)
def care(request):
    """Doors to what is to be done for people, to one's groups and to the rules of the record."""
    parts = [(_("To do"), TO_DO), (_("Groups and notes"), GROUPS), (_("Rules"), RULES)]
    return _doors(request, parts, _("Care"), "care")
