"""Who will miss their hours this week, and what would fix it."""

import uuid

from django.core.paginator import Paginator
from django.shortcuts import render

from accounts.access import Can, allows, requires
from audit.models import Read
from clinical.queries import Week
from dashboard import guardian
from dashboard.queries import openable
from patients.records import log_shown

PEOPLE_ON_PAGE = 20


def _asked(request, programs):
    """The program named by ?program=<uid>, else the first."""
    try:
        asked = uuid.UUID(request.GET.get("program", ""))
    except ValueError:
        asked = None
    return next((p for p in programs if p.uid == asked), programs[0] if programs else None)


@requires(Can.SEE_HOURS)
def short(request):
    """People short of their hours in one program, the widest gap first, each with the seats that would fix it. Before
    Wednesday, where the program is, the same as an outlook."""
    programs = guardian.programs_of(request.user)
    program = _asked(request, programs)
    may_offer = allows(request.user, Can.MANAGE_MEMBERS)
    context = {"section": "hours", "programs": programs, "program": program, "may_offer": may_offer, "rows": []}
    if program:
        week = Week.of(None, program.zone)
        page = Paginator(guardian.short_of(request.user, program, week), PEOPLE_ON_PAGE).get_page(
            request.GET.get("page")
        )
        rows = guardian.gaps(page.object_list, program, week, with_seats=may_offer)
        log_shown(request, [row.episode.patient_id for row in rows], Read.What.HOURS)
        context |= {
            "page": page,
            "rows": rows,
            "keep": f"&program={program.uid}",
            "begins_on": guardian.begins_on(week),
            "is_outlook": program.today < guardian.begins_on(week),
            "openable": openable(request.user, {fit.session.pk for row in rows for fit in row.plan + row.others}),
            "may_open": allows(request.user, Can.SEE_PATIENT),
        }
    return render(request, "dashboard/short.html", context)
