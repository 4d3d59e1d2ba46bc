"""The staff dashboard: pages that span apps."""

import datetime as dt

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, allows, requires
from audit.models import Read
from clinical.models import Attendance, ProgressNote
from clinical.queries import Stage, Week, hours_of_week, stage, weekly_totals, with_progress
from core.errors import Refusal
from dashboard import queries
from dashboard.forms import AdmitForm
from groups.models import Facilitator, Group
from patients.models import Patient
from patients.records import log_shown, open_record
from patients.services import admit_patient
from scheduling.models import Booking, Session
from scheduling.services.seats import unseated

SHORT_ON_HOME = 6
PEOPLE_ON_PAGE = 50


@requires(Can.USE_DASHBOARD)
def home(request):
    """What now: today's sessions, notes owed, people who will miss their hours."""
    if not allows(request.user, Can.SEE_SCHEDULE):
        return redirect("dashboard:hours")
    week = Week.of(None, timezone.get_current_timezone_name())
    short = queries.short_of_hours(request.user, week)
    log_shown(request, [row.episode.patient_id for row in short[:SHORT_ON_HOME]], Read.What.LIST)
    return render(
        request,
        "dashboard/home.html",
        {
            "today": queries.todays_lines(request.user),
            "owed": queries.owed_lines(request.user),
            "short": short[:SHORT_ON_HOME],
            "short_more": max(0, len(short) - SHORT_ON_HOME),
            "week": week,
            "Stage": Stage,
        },
    )


def asked_week(request) -> Week:
    """The week named by ?week=YYYY-MM-DD (any day of it), else this one, in the reader's zone."""
    zone = timezone.get_current_timezone_name()
    try:
        day = dt.date.fromisoformat(request.GET.get("week", ""))
        return Week(day - dt.timedelta(days=day.weekday()), zone) if 2000 <= day.year <= 2100 else Week.of(None, zone)
    except ValueError:
        return Week.of(None, zone)


@requires(Can.SEE_SCHEDULE)
def week(request):
    """The week's sessions by day."""
    chosen = asked_week(request)
    days = queries.week_by_day(request.user, chosen)
    return render(
        request,
        "dashboard/week.html",
        {
            "week": chosen,
            "days": days,
            "is_empty": not any(found for _day, found in days),
            "this_week": Week.of(None, chosen.zone),
            "before": chosen.shifted(-1).monday,
            "after": chosen.shifted(1).monday,
            "last_day": chosen.days[-1],
            "today": timezone.localdate(),
        },
    )


@requires(Can.SEE_SCHEDULE)
def groups(request):
    """The groups the reader works with."""
    found = queries.groups_with_seats(request.user)
    return render(request, "dashboard/groups.html", {"groups": found})


@requires(Can.SEE_SCHEDULE)
def group(request, uid):
    """One group: facts, members, wait-list, coming sessions."""
    found = get_object_or_404(Group.objects.visible_to(request.user).select_related("program").distinct(), uid=uid)
    visible = Patient.objects.visible_to(request.user)
    members = list(
        found.memberships.not_over()
        .filter(patient__in=visible)
        .select_related("patient")
        .order_by("patient__legal_last_name", "patient__legal_first_name", "pk")
    )
    waiting = list(found.waitlist.waiting().filter(patient__in=visible).select_related("patient"))
    taken = found.memberships.not_over().count()
    all_waiting = found.waitlist.waiting().count()
    log_shown(request, [m.patient_id for m in members] + [w.patient_id for w in waiting], Read.What.GROUP)
    coming = queries.lines(found.sessions.filter(ends_at__gt=timezone.now()).order_by("starts_at")[:8])
    return render(
        request,
        "dashboard/group.html",
        {
            "group": found,
            "members": members,
            "members_more": taken - len(members),
            "waiting": waiting,
            "waiting_more": all_waiting - len(waiting),
            "seats_taken": taken,
            "seats_free": max(0, found.capacity - taken),
            "facilitators": Facilitator.objects.current().filter(group=found).select_related("user").order_by("-part"),
            "slots": found.slots.filter(ends_on=None),
            "coming": coming,
            "clashes": unseated(memberships=members) if members else [],
            "today": timezone.localdate(),
        },
    )


@requires(Can.SEE_SCHEDULE)
def session(request, uid):
    """One session: when, who leads, who is expected, what is to do next."""
    found = get_object_or_404(
        with_progress(Session.objects.visible_to(request.user)).select_related("group__program").distinct(), uid=uid
    )
    rows, more = queries.roster(request.user, found)
    log_shown(request, [row.patient.pk for row in rows], Read.What.SESSION)
    return render(
        request,
        "dashboard/session.html",
        {
            "section": "week",
            "session": found,
            "stage": stage(found).value,
            "rows": rows,
            "more": more,
            "leads": Booking.objects.live()
            .filter(session=found, user__isnull=False)
            .select_related("user")
            .order_by("-part"),
            "may_document": queries.leads_or_supervises(request.user, found),
        },
    )


@requires(Can.SEE_PATIENT)
def people(request):
    """The patients the reader may see, with their week. The search goes by POST, so that no name stands in an address."""
    episodes = queries.open_episodes(request.user)
    sought = request.POST.get("name", "").strip()[:80]
    if sought:
        episodes = queries.by_name(episodes, sought)
    page = Paginator(episodes, PEOPLE_ON_PAGE).get_page(request.GET.get("page"))
    week = Week.of(None, timezone.get_current_timezone_name())
    hours_by_episode = hours_of_week(episodes=page.object_list, week=week)
    log_shown(request, [e.patient_id for e in page.object_list], Read.What.LIST)
    return render(
        request,
        "dashboard/people.html",
        {
            "page": page,
            "rows": [queries.PersonHours(e, hours_by_episode[e.pk]) for e in page.object_list],
            "sought": sought,
        },
    )


@requires(Can.ADMIT)
def admit(request):
    """Admit a patient."""
    form = AdmitForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            episode = admit_patient(**form.deed(), admitted_by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("%(name)s is admitted.") % {"name": episode.patient})
            if Patient.objects.visible_to(request.user).filter(pk=episode.patient_id).exists():
                return redirect("dashboard:person", uid=episode.patient.uid)
            return redirect("dashboard:people")
    return render(request, "dashboard/admit.html", {"form": form})


@requires(Can.SEE_PATIENT)
def person(request, uid):
    """One patient: who they are, their week, their groups, their sessions and notes."""
    patient = open_record(request, uid)
    week = Week.of(None, timezone.get_current_timezone_name())
    episodes = list(patient.episodes.select_related("program", "primary_clinician"))
    current = next((e for e in episodes if e.ended_on is None or e.ended_on > timezone.localdate()), None)
    sessions = (
        Attendance.objects.filter(patient=patient)
        .select_related("session__group", "note")
        .order_by("-session__starts_at")
    )
    notes = ProgressNote.objects.none()
    if allows(request.user, Can.READ_NOTES):
        notes = patient.notes.select_related("session__group", "signed_by", "author").defer(
            "text", "objective", "topic", "intervention"
        )
    return render(
        request,
        "dashboard/person.html",
        {
            "patient": patient,
            "episode": current,
            "past_episodes": [e for e in episodes if e is not current],
            "hours": hours_of_week(episodes=[current], week=week)[current.pk] if current else None,
            "weeks": weekly_totals(episode=current, week=week) if current else [],
            "team": queries.care_team(patient),
            "memberships": patient.memberships.not_over().select_related("group"),
            "coming": queries.coming_of(patient),
            "sessions": sessions[:12],
            "notes": notes[:12],
        },
    )


@requires(Can.SEE_HOURS)
def hours(request):
    """Attended treatment hours of the week, by person and day."""
    chosen = asked_week(request)
    page = Paginator(queries.open_episodes(request.user), PEOPLE_ON_PAGE).get_page(request.GET.get("page"))
    rows = queries.hours_table(list(page.object_list), chosen)
    log_shown(request, [row.episode.patient_id for row in rows], Read.What.HOURS)
    return render(
        request,
        "dashboard/hours.html",
        {
            "week": chosen,
            "page": page,
            "rows": rows,
            "this_week": Week.of(None, chosen.zone),
            "before": chosen.shifted(-1).monday,
            "after": chosen.shifted(1).monday,
            "last_day": chosen.days[-1],
            "may_open": allows(request.user, Can.SEE_PATIENT),
        },
    )
