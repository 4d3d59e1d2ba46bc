"""Who looked at one's record: by day, by person, for what. One's own looking is left out."""

import datetime as dt
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from accounts.models import RoleAssignment, User
from audit.models import Read
from patients.models import CareTeamMember, Patient
from patients.records import own_record

ON_A_PAGE = 40
# What was looked at, in plain words; what is not named here is "your record".
WHAT: dict[str, str | Promise] = {
    Read.What.RECORD: gettext_lazy("your page"),
    Read.What.SESSION: gettext_lazy("a session you were expected at"),
    Read.What.ROLL_CALL: gettext_lazy("who came to a session"),
    Read.What.NOTE: gettext_lazy("your notes"),
    Read.What.HOURS: gettext_lazy("your hours"),
    Read.What.GROUP: gettext_lazy("the people of a session series"),
    Read.What.LIST: gettext_lazy("a list you were on"),
    Read.What.APPOINTMENT: gettext_lazy("an appointment of yours"),
    Read.What.PLAN: gettext_lazy("your plan"),
    Read.What.DOCUMENT: gettext_lazy("a document about you"),
    Read.What.MEDICATION: gettext_lazy("your diagnoses and medications"),
    Read.What.MEASURE: gettext_lazy("your answers to questions"),
    Read.What.RISK: gettext_lazy("a sign that you may need help"),
    Read.What.JOURNAL: gettext_lazy("journal entries you shared"),
    Read.What.FOLLOW_UP: gettext_lazy("what to look after for you"),
    Read.What.PROGRESS: gettext_lazy("how you are getting on"),
    Read.What.DELIVERIES: gettext_lazy("messages with you"),
    Read.What.SCHEDULE: gettext_lazy("your schedule"),
    Read.What.ADMIN: gettext_lazy("an administration page"),
    "homework": gettext_lazy("your homework"),
}
EMERGENCY = ("emergency", "break_glass", "break-glass")  # seen without being on the care team, with a reason
ROLES: dict[str, str | Promise] = {
    "primary": gettext_lazy("your clinician"),
    "facilitator": gettext_lazy("leads your sessions"),
    "supervisor": gettext_lazy("supervisor"),
    "coordinator": gettext_lazy("care coordinator"),
    "cover": gettext_lazy("stood in at a session"),
    "on_call": gettext_lazy("on call"),
    "clinician": gettext_lazy("clinician"),
    "care_coordinator": gettext_lazy("care coordinator"),
    "program_admin": gettext_lazy("runs the program"),
    "billing": gettext_lazy("billing"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody's looking at one thing on one day."""

    day: dt.date
    who: str
    role: str | Promise
    what: str | Promise
    why: str | Promise
    is_emergency: bool
    times: int
    last: dt.datetime


def _why(why: str) -> str:
    if why in EMERGENCY:
        return _("in an emergency, without being on your care team")
    return _("to run the program") if why == "administration" else _("for your care")


def _role_at(moment: dt.datetime, places: list[CareTeamMember], roles: list[RoleAssignment]) -> str | Promise:
    """What somebody was to the person at that moment: their place on the care team, else their role in a program."""
    order = list(CareTeamMember.Part)
    held = [p.part for p in places if p.starts_at <= moment and (p.ends_at is None or p.ends_at >= moment)]
    if held:
        return ROLES.get(min(held, key=order.index), "")
    day = moment.date()
    there = [r.role for r in roles if r.starts_on <= day and (r.ends_on is None or r.ends_on >= day)]
    return next((ROLES[role] for role in ROLES if role in there), _("staff"))


def looks_of(patient: Patient, page_number) -> tuple:
    """A page of the days, and its rows. Five queries for any number of rows."""
    rows = Read.objects.filter(patient_id=patient.pk).exclude(reader_id=patient.user_id).order_by()
    found = rows.values("reader_id", "what", "why", day=TruncDate("at")).annotate(times=Count("pk"), last=Max("at"))
    page = Paginator(found.order_by("-last", "reader_id", "what"), ON_A_PAGE).get_page(page_number)
    readers = {row["reader_id"] for row in page}
    people = User.objects.in_bulk(readers)
    places: dict[int, list] = {}
    for place in CareTeamMember.objects.filter(patient=patient, user__in=readers):
        places.setdefault(place.user_id, []).append(place)
    roles: dict[int, list] = {}
    programs = patient.episodes.order_by().values("program_id")
    for role in RoleAssignment.objects.filter(user__in=readers, program__in=programs):
        roles.setdefault(role.user_id, []).append(role)
    looks = [
        Look(
            day=row["day"],
            who=people[row["reader_id"]].first_name if row["reader_id"] in people else _("Somebody"),
            role=_role_at(row["last"], places.get(row["reader_id"], []), roles.get(row["reader_id"], [])),
            what=WHAT.get(row["what"], _("your record")),
            why=_why(row["why"]),
            is_emergency=row["why"] in EMERGENCY,
            times=row["times"],
            last=row["last"],
        )
        for row in page
    ]
    return page, looks


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def looked(request) -> HttpResponse:
    """The list, by day in one's own zone."""
    patient = own_record(request)
    page, looks = looks_of(patient, request.GET.get("page"))
    context = {"section": "record", "page": page, "looks": looks, "today": timezone.localdate()}
    return render(request, "portal/record/looked.html", context)
