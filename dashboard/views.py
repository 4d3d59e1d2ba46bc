"""The staff dashboard: pages that span apps. A form that comes back with errors answers 422."""

import datetime as dt
import secrets

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import GRANTS, Can, Role, allows, requires
from accounts.proof import has_passkey
from audit.models import Read
from clinical.context import open_alerts
from clinical.queries import Stage, Week, hours_of_week, may_document, stage, weekly_totals, with_progress
from clinical.queries_clock import cosign_queue, owed_of_visits, returned_to
from clinical.queries_documents import summary_of as documents_summary
from clinical.queries_followups import open_tasks
from clinical.queries_goals import shared_in, suggestions_for
from clinical.queries_measures import summary_of as measures_summary
from clinical.queries_plans import plans_due
from clinical.queries_plans import summary_of as plan_summary
from clinical.services.signing import may_countersign, to_countersign
from core.errors import Refusal
from dashboard import queries
from dashboard.forms import AdmitForm, SearchForm
from dashboard.session_deeds import deeds_of
from dashboard.shared_goals import take_down
from groups.models import Facilitator, Group
from library.queries import count_for_team, to_answer
from messaging.queries import reach_of
from patients.models import CareTeamMember, Consent, Episode, Patient
from patients.records import log_shown, open_record
from patients.services import admit_patient
from rooms.services.apart import groups_led
from rooms.services.passes import door_is_open
from rooms.services.plan import groups_to_plan
from scheduling.models import Session
from scheduling.services.cover_lists import could_take, cover_of
from scheduling.services.licences import licence_gaps, sessions_with_gaps
from scheduling.services.requests import requests_of, waiting_count
from scheduling.services.seats import unseated
from threads.board_pages import boards_of, waiting_boards

SHORT_ON_HOME = 6
PLANS_ON_HOME = 5
PEOPLE_ON_PAGE = 50
SEARCHES_KEPT = 10


@requires(Can.USE_DASHBOARD)
def home(request):
    """What now: today's sessions, notes owed, people who will miss their hours."""
    if not allows(request.user, Can.SEE_SCHEDULE):
        return redirect("dashboard:hours")
    week = this_week()
    short, short_more = queries.short_of_hours(request.user, week, SHORT_ON_HOME)
    appointments = queries.todays_appointments(request.user)
    visits, to_cosign, back = owed_of_visits(request.user), cosign_queue(request.user), returned_to(request.user)
    tasks = list(open_tasks(request.user)) if allows(request.user, Can.FOLLOW_UP) else []
    plans = plans_due(request.user) if allows(request.user, Can.WRITE_PLANS) else []
    sent_back = to_answer(request.user) if allows(request.user, Can.SET_HOMEWORK) else []
    suggested = suggestions_for(request.user) if allows(request.user, Can.WRITE_NOTES) else []
    shown = [row.episode.patient_id for row in short] + [thing.patient_id for thing in (*appointments, *tasks)]
    shown += [one.patient_id for one in suggested]
    shown += [due.patient.pk for due in plans[:PLANS_ON_HOME]]
    shown += [one.patient_id for one in sent_back]
    shown += [line.patient.pk for line in visits] + [line.thing.patient_id for line in back]
    log_shown(request, shown, Read.What.LIST)
    return render(
        request,
        "dashboard/home.html",
        {
            "today": queries.todays_lines(request.user),
            "local_today": timezone.localdate(),
            "appointments": appointments,
            **_owed(queries.owed_lines(request.user), visits),
            "waiting": to_cosign,
            "returned": back,
            "tasks": tasks,
            "sent_back": sent_back,
            "suggested": suggested,
            "plans": plans[:PLANS_ON_HOME],
            "plans_more": max(0, len(plans) - PLANS_ON_HOME),
            **(open_alerts(request) if allows(request.user, Can.RAISE_CONCERN) else {}),
            "boards": waiting_boards(request.user) if allows(request.user, Can.LOOK_AFTER_BOARDS) else [],
            "short": short,
            "short_more": short_more,
            "cover_wanted": could_take(request.user),
            "requests_waiting": waiting_count(request.user) if allows(request.user, Can.MANAGE_MEMBERS) else 0,
            "licence_gaps": sessions_with_gaps(request.user) if _plans(request.user) else 0,
        },
    )


def _owed(lines: list, visits: list) -> dict:
    """What is to be written, one's own apart from that of people one supervises, of which the late comes first."""
    team = [("session", line) for line in lines if not line.is_own]
    team += [("visit", line) for line in visits if not line.is_own]
    return {
        "owed": lines,
        "owed_own": [line for line in lines if line.is_own],
        "owed_visits": [line for line in visits if line.is_own],
        "owed_team": sorted(team, key=lambda one: not one[1].is_late),
        "team_late": sum(line.is_late for _what, line in team),
    }


def _plans(user) -> bool:
    """Whether the reader is told of gaps in a whole program."""
    return bool(user.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN))


def this_week() -> Week:
    """The present week in the reader's zone."""
    return Week.of(None, timezone.get_current_timezone_name())


def asked_week(request) -> Week:
    """The week named by ?week=YYYY-MM-DD (any day of it), else this one, in the reader's zone."""
    try:
        day = dt.date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        return this_week()
    if not 2000 <= day.year <= 2100:
        return this_week()
    return Week(day - dt.timedelta(days=day.weekday()), timezone.get_current_timezone_name())


def week_context(chosen: Week) -> dict:
    """What `_week_nav.html` needs."""
    return {
        "week": chosen,
        "this_week": this_week(),
        "before": chosen.shifted(-1).monday,
        "after": chosen.shifted(1).monday,
        "last_day": chosen.days[-1],
    }


@requires(Can.SEE_SCHEDULE)
def week(request):
    """The week's sessions and appointments by day."""
    chosen = asked_week(request)
    days = queries.week_by_day(request.user, chosen)
    appointments = [line.appointment for _day, found in days for line in found if hasattr(line, "appointment")]
    log_shown(request, [a.patient_id for a in appointments], Read.What.SCHEDULE)
    return render(
        request,
        "dashboard/week.html",
        {
            **week_context(chosen),
            "days": days,
            "is_empty": not any(found for _day, found in days),
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
    """One group: facts, members, wait-list, coming sessions, what members share, which a leader may take down."""
    found = get_object_or_404(Group.objects.visible_to(request.user).select_related("program", "curriculum"), uid=uid)
    reads = allows(request.user, Can.READ_NOTES)
    not_yet = take_down(request, found) if request.method == "POST" and reads else None
    if isinstance(not_yet, HttpResponse):
        return not_yet
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
    coming = with_progress(found.sessions.filter(ends_at__gt=timezone.now())).order_by("starts_at")[:8]
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
            "slots": found.slots.not_over().select_related("lead", "co", "followed_by"),
            "coming": queries.lines(request.user, coming),
            "clashes": unseated(memberships=members) if members else [],
            "today": timezone.localdate(),
            "may_board": allows(request.user, Can.LOOK_AFTER_BOARDS) and boards_of(request.user).contains(found),
            "shared_goals": shared_in(request.user, found) if reads else [],
            "not_yet": not_yet,
            "may_plan": allows(request.user, Can.LEAD_ROOM) and groups_to_plan(request.user).contains(found),
            "may_pair": allows(request.user, Can.LEAD_ROOM) and groups_led(request.user).contains(found),
        },
        status=422 if not_yet else 200,
    )


@requires(Can.SEE_SCHEDULE)
def session(request, uid):
    """One session: when, who leads, who is expected, what is to do next."""
    found = get_object_or_404(
        with_progress(Session.objects.visible_to(request.user)).select_related("group__program"), uid=uid
    )
    rows, more = queries.roster(request.user, found)
    log_shown(request, [row.patient.pk for row in rows], Read.What.SESSION)
    now = stage(found)
    may_sign_too = allows(request.user, Can.WRITE_NOTES) and may_countersign(request.user, found)
    wanted, covered = cover_of(found)
    documents = may_document(request.user, found)
    enters = documents and allows(request.user, Can.LEAD_ROOM) and door_is_open(found, leads=True)
    return render(
        request,
        "dashboard/session.html",
        {
            "section": "week",
            "session": found,
            "stage": now.value,
            "rows": rows,
            "more": more,
            "leads": queries.leads_of(found),
            "deeds": deeds_of(request.user, found, now, documents=documents, room_open=enters),
            "to_countersign": may_sign_too and len(to_countersign(request.user, found)),
            "cover_wanted": wanted,
            "covered": covered,
            "own_cover": any(r.taken_by_id == request.user.pk for r in covered),
            "unlicensed": licence_gaps([found]).get(found.pk) if now in (Stage.COMING, Stage.NOW) else None,
            # Whoever covers one session is still a stranger to its group.
            "group_open": found.group_id in queries.groups_open(request.user, [found.group_id]),
        },
    )


@requires(Can.SEE_PATIENT)
def people(request):
    """The patients the reader may see, with their week.

    A search is sent by POST and kept in the reader's session under a word that says nothing, so that no name stands in
    an address and still its pages turn, and going back to it works.
    """
    form = SearchForm(request.POST or None)
    episodes, sought, found = queries.open_episodes(request.user), "", request.GET.get("found", "")
    if request.method == "POST":
        if form.is_valid():
            return redirect(_kept_search(request, form.cleaned_data["name"]))
        episodes, sought = Episode.objects.none(), request.POST.get("name", "")
    elif sought := request.session.get("searches", {}).get(found, ""):
        episodes = queries.by_name(episodes, sought)
    page = Paginator(episodes, PEOPLE_ON_PAGE).get_page(request.GET.get("page"))
    hours_by_episode = hours_of_week(episodes=page.object_list, week=this_week())
    log_shown(request, [e.patient_id for e in page.object_list], Read.What.LIST)
    return render(
        request,
        "dashboard/people.html",
        {
            "page": page,
            "rows": [queries.PersonHours(e, hours_by_episode[e.pk]) for e in page.object_list],
            "form": form,
            "sought": sought,
            "keep": f"&found={found}" if sought else "",
        },
        status=422 if request.method == "POST" else 200,
    )


def _kept_search(request, sought: str) -> str:
    """The address that shows the people sought."""
    if not sought:
        return reverse("dashboard:people")
    word = secrets.token_urlsafe(9)
    kept = list(request.session.get("searches", {}).items())[1 - SEARCHES_KEPT :]
    request.session["searches"] = dict([*kept, (word, sought)])
    return f"{reverse('dashboard:people')}?found={word}"


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
    context = {"section": "people", "form": form}
    return render(request, "dashboard/admit.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.SEE_PATIENT)
def person(request, uid):
    """One patient: who they are, their week, their groups, their sessions and notes."""
    patient = open_record(request, uid)
    week = this_week()
    today = timezone.localdate()
    episodes = list(patient.episodes.select_related("program", "primary_clinician"))
    current = next((e for e in episodes if e.ended_on is None or e.ended_on > today), None)
    record, coming = queries.record_of(patient), queries.coming_of(patient)
    memberships = list(patient.memberships.not_over().select_related("group"))
    excuses, seat_requests = requests_of(patient)
    admits = request.user.program_ids(*GRANTS[Can.ADMIT])
    is_theirs = CareTeamMember.objects.current().filter(patient=patient, user=request.user).exists()
    return render(
        request,
        "dashboard/person.html",
        {
            "patient": patient,
            "episode": current,
            "other_episodes": [e for e in episodes if e is not current],
            "hours": hours_of_week(episodes=[current], week=week)[current.pk] if current else None,
            "weeks": weekly_totals(episode=current, week=week) if current else [],
            "team": queries.care_team(patient),
            "memberships": memberships,
            "coming": coming,
            "excuses": excuses,
            "seat_requests": seat_requests,
            "appointments": queries.appointments_of(request.user, patient),
            "record": record,
            # Somebody who works with none of their groups sees names, and no links that end nowhere.
            "sessions_open": queries.openable(request.user, [s.pk for s in coming] + [a.session_id for a in record]),
            "groups_open": queries.groups_open(request.user, [m.group_id for m in memberships]),
            "today": today,
            **_record_of(request.user, patient, today, is_theirs),
            "may_write": is_theirs and allows(request.user, Can.ANSWER_MESSAGES),
            # They have no way in yet, or took something back that nobody has dealt with.
            "cannot_sign_in": not patient.user.has_usable_password() and not has_passkey(patient.user),
            "taken_back": Consent.objects.filter(patient=patient).to_handle().count(),
            "reach": reach_of(patient.user, current.program_id if current else None),
            "may_end": bool(current and not current.ended_on and current.program_id in admits),
        },
    )


def _record_of(user, patient: Patient, today: dt.date, is_theirs: bool) -> dict:
    """The parts of the record on somebody's page, as far as the reader reads it. is_theirs: whether they are on the care team."""
    found = {}
    if allows(user, Can.READ_NOTES):
        found["documents_summary"] = documents_summary(user, patient)
        found["plan"] = plan_summary(user, patient)
        found["measures"] = measures_summary(patient, today)
        if is_theirs and allows(user, Can.SET_HOMEWORK):
            found["homework"] = count_for_team(user, patient)
        found["shared"] = patient.shared_entries.standing().count()
        found["suggestions"] = list(patient.plan_suggestions.open())
    if allows(user, Can.FOLLOW_UP):
        found["tasks"] = list(patient.follow_ups.open().select_related("patient", "owner", "session__group"))
    if allows(user, Can.RAISE_CONCERN):
        found["alerts"] = list(patient.risk_alerts.open())
    if allows(user, Can.ANSWER_REQUESTS):
        found["requests"] = list(patient.amendment_requests.open())
    return found


@requires(Can.SEE_HOURS)
def hours(request):
    """Attended treatment hours of the week, by person and day."""
    chosen = asked_week(request)
    page = Paginator(queries.episodes_of_week(request.user, chosen), PEOPLE_ON_PAGE).get_page(request.GET.get("page"))
    rows = queries.hours_table(list(page.object_list), chosen)
    log_shown(request, [row.episode.patient_id for row in rows], Read.What.HOURS)
    return render(
        request,
        "dashboard/hours.html",
        {
            **week_context(chosen),
            "page": page,
            "rows": rows,
            "keep": f"&week={chosen.monday}",
            "several_programs": len({row.episode.program_id for row in rows}) > 1,
            "may_open": allows(request.user, Can.SEE_PATIENT),
        },
    )
