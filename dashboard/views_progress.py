"""One person's progress, in four strands."""

from django.shortcuts import render
from django.utils import timezone

from accounts.access import Can, requires
from audit.models import Read
from clinical.queries_daily import charts_of, days_of, in_words
from dashboard import progress
from journal.days import count_of
from patients.records import open_record

WORDS_SHOWN = 14


@requires(Can.READ_NOTES)
def page(request, uid):
    """What they report, what facilitators see, how they take part, what they reach; by ?weeks= 12, 26 or 104."""
    patient = open_record(request, uid, Read.What.PROGRESS)
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked.isdecimal() and int(asked) in progress.WINDOWS else progress.WINDOWS[0]
    zone = timezone.get_current_timezone_name()
    since = progress.since_of(weeks, zone)
    events = progress.events_of(patient, since, zone)
    observed = progress.observations_of(patient, since, zone)
    taking_part = progress.participation_of(patient, since, zone)
    reported = progress.reported_by(patient, since, zone)
    days = days_of(patient, since)
    daily = [chart for chart in charts_of(days) if not chart.is_empty]
    charts = [*daily, *reported, observed.chart, *taking_part]
    return render(
        request,
        "dashboard/progress.html",
        {
            "section": "people",
            "patient": patient,
            "weeks": weeks,
            "windows": progress.WINDOWS,
            "events": events,
            "reported": reported,
            "daily": daily,
            "count": count_of(patient, timezone.localdate(), request.user),
            "in_words": in_words(days)[:WORDS_SHOWN],
            "observed": observed,
            "taking_part": taking_part,
            "drawings": {chart.key: chart.drawing(events) for chart in charts if not chart.is_empty},
            "goals": progress.goals_of(patient, since, zone),
        },
    )
