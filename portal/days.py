"""The daily check-in: today's page, and one's own last weeks as sentences, a chart and a table."""

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical import trend
from clinical.forms.daily import DailyForm
from clinical.queries_daily import charts_of, day_of, days_of, in_words
from clinical.services.daily import check_in, today_of
from core.errors import Refusal
from patients.records import own_record

WEEKS_SHOWN = 6


@requires(Can.USE_PORTAL)
@never_cache
def day(request) -> HttpResponse:
    """How today is: five questions and a word, each of which may stay blank. Opened again the same day, it may be changed."""
    patient = own_record(request)
    today = today_of(patient)
    found = day_of(patient, today)
    form = DailyForm(request.POST or None, initial=DailyForm.initial_of(found, today))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            check_in(patient=patient, **form.answers)
        except Refusal as caught:
            if caught.field in form.fields:
                caught.add_to(form)
            else:
                refusal = caught
            if caught.code == "another_day":
                form.data = request.POST.copy()  # sent again as it stands, it is today's
                form.data["on"] = today.isoformat()
        else:
            messages.success(request, _("Saved. You can change it until midnight."))
            return redirect("portal:days")
    context = {"form": form, "found": found, "today": today, "refusal": refusal, "section": "day"}
    return render(request, "portal/day.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def days(request) -> HttpResponse:
    """One's own days: what they say in a sentence, as a chart and as a table."""
    patient = own_record(request)
    today = today_of(patient)
    rows = days_of(patient, today - dt.timedelta(weeks=WEEKS_SHOWN))
    charts = [chart for chart in charts_of(rows) if not chart.is_empty]
    context = {
        "today": next((row for row in rows if row.on == today), None),
        "any": bool(rows),
        "often": trend.how_often(rows, today),
        "sentences": trend.sentences(rows, today),
        "least": trend.LEAST_DAYS,
        "charts": charts,
        "drawings": {chart.key: chart.drawing([]) for chart in charts},
        "words": in_words(rows),
        "weeks": WEEKS_SHOWN,
        "section": "day",
    }
    return render(request, "portal/days.html", context)
