"""The patients' pages: what is now, the week, the hours, their own details, and the way into a session.

Each opens the reader's own record and nobody else's. None may be kept by a browser (`never_cache`): devices are shared.
"""

import datetime as dt

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.queries import Week, daily_minutes, hours_of_week, weekly_totals
from clinical.queries_daily import day_of
from clinical.services.daily import today_of
from clinical.services.measures import open_for
from core.errors import Refusal
from journal.queries import to_bring
from library.queries import waiting_for
from messaging.queries import unread
from patients.models import Patient
from patients.records import own_record
from patients.services import set_about, set_preferences
from patients.services.first_days import DETAILS, mark_done
from portal.first_days import first_days_of, points_to
from portal.forms import DetailsForm
from portal.offers import open_offers
from portal.queries import (
    Own,
    Stage,
    attended,
    by_day,
    next_of,
    own_session,
    stays,
    week_of,
)
from portal.words import hours_so_far, until
from rooms.services.passes import goes_on
from threads.pages import threads_with_news

WEEKS_SHOWN = 8
FULL_DAY = 180  # minutes a day's bar stands for, unless a day had more: three hours, a day of treatment


def _this_week() -> Week:
    return Week.of(None, timezone.get_current_timezone_name())


def _asked_week(request) -> Week:
    """The week a date in the address falls in; this week for no date or a strange one."""
    this = _this_week()
    try:
        day = dt.date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        return this
    return Week(day - dt.timedelta(days=day.weekday()), this.zone) if 2000 <= day.year <= 2100 else this


def _with_words(episodes, week: Week) -> list[dict]:
    """Each open episode with its hours of the week and what they mean."""
    found = hours_of_week(episodes=episodes, week=week)
    return [{"episode": e, "hours": found[e.pk], "words": hours_so_far(found[e.pk])} for e in episodes]


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def today(request) -> HttpResponse:
    """What now: the next session with its door, what is left of the week, hours so far."""
    patient = own_record(request)
    episodes, coming = stays(patient)
    week = _this_week()
    first = first_days_of(patient)
    upcoming = next_of(patient)
    mine = week_of(patient, week)
    shown = upcoming.key if upcoming else None
    left = [own for own in mine if own.thing.ends_at > timezone.now() and own.key != shown]
    weeks = _with_words(episodes, week)
    context = {
        "patient": patient,
        "offers": open_offers(patient, week, {part["episode"].pk: part["hours"] for part in weeks}),
        "next": upcoming,
        "countdown": until(upcoming.thing.starts_at) if upcoming else "",
        "left": [own for own in left if own.stage is not Stage.AWAY],
        "coming": coming,
        "weeks": weeks,
        "was_away": any("excused" in (own.status, own.excuse) or own.status == "no_show" for own in mine),
        "unread": unread(patient.user),
        "new_messages": threads_with_news(patient),
        "asked": len(open_for(patient, patient.user.zone)),
        "to_bring": to_bring(patient),
        "homework": waiting_for(patient),
        "checked_in": day_of(patient, today_of(patient)),
        "first": first if points_to(first, episodes, coming) else None,
    }
    return render(request, "portal/today.html", context)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def week(request) -> HttpResponse:
    """One week of one's own sessions and appointments, day by day."""
    patient = own_record(request)
    chosen, this = _asked_week(request), _this_week()
    context = {
        "week": chosen,
        "last_day": chosen.days[-1],
        "is_this_week": chosen == this,
        "today": timezone.localdate(),
        "days": by_day(chosen, week_of(patient, chosen)),
        "before": chosen.shifted(-1).monday,
        "after": chosen.shifted(1).monday,
    }
    return render(request, "portal/week.html", context)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def hours(request) -> HttpResponse:
    """Attended hours: this week by day, the last weeks against the goal, and what they are made of."""
    patient = own_record(request)
    episodes, coming = stays(patient)
    this = _this_week()
    daily = daily_minutes(episodes=episodes, week=this)
    counted = attended(episodes, this.shifted(1 - WEEKS_SHOWN), this)
    parts = _with_words(episodes, this)
    for part in parts:
        episode = part["episode"]
        part["days"] = [(day, daily.get((episode.pk, day), 0)) for day in this.days]
        part["most"] = max(FULL_DAY, *(minutes for _day, minutes in part["days"]))
        part["weeks"] = [
            {"monday": w.monday, "total": total, "now": w == this, "attended": counted.get((episode.pk, w.monday), [])}
            for w, total in weekly_totals(episode=episode, week=this, weeks=WEEKS_SHOWN)
            if w.days[-1] >= episode.started_on
        ]
    return render(request, "portal/hours.html", {"parts": parts, "coming": coming, "today": timezone.localdate()})


@requires(Can.USE_PORTAL)
@never_cache
def details(request) -> HttpResponse:
    """How others see the person, their zone and language."""
    patient = own_record(request)
    first = bool(request.GET.get("first") or request.POST.get("first"))  # from the list of first days, and back to it
    form = DetailsForm(request.POST or None, initial=DetailsForm.initial_of(patient))
    if request.method == "POST" and form.is_valid():
        try:
            _keep_details(patient, form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            with translation.override(form.cleaned_data["language"]):
                messages.success(request, _("Saved."))
            return redirect("portal:start" if first else "portal:details")
    return render(request, "portal/details.html", {"form": form, "patient": patient, "first": first})


@transaction.atomic
def _keep_details(patient: Patient, said: dict) -> None:
    """Their choices, and what they tell their team; with it they have looked through their details."""
    about = {name: said[name] for name in DetailsForm.ABOUT}
    set_preferences(patient=patient, **{name: value for name, value in said.items() if name not in about})
    set_about(patient=patient, **about)
    mark_done(patient=patient, step=DETAILS)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def join(request, uid) -> HttpResponse:
    """The way to the door of a session one is expected at, from ten minutes before its start until its end, or longer where it
    goes on. At any other time a page that says when; to anybody else there is no such page.
    """
    patient = own_record(request)
    own = own_session(patient, uid)
    if own is None:
        raise Http404
    if own.is_open or (own.stage is Stage.OVER and goes_on(own.thing)):
        return redirect("portal:door", uid)
    return render(request, "portal/join.html", {"own": own, "countdown": until(own.thing.starts_at)})


def through_the_door(request, own: Own) -> HttpResponse:
    """To the room while the door is open; at any other time a page that says when."""
    if not own.is_open or not own.room:
        return render(request, "portal/join.html", {"own": own, "countdown": until(own.thing.starts_at)})
    response = HttpResponseRedirect(own.room)
    # The room's host learns nothing of where somebody came from.
    response["Referrer-Policy"] = "no-referrer"
    return response
