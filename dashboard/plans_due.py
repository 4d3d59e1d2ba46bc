"""What is to be done about treatment plans: to write, to review, to agree on."""

from django.shortcuts import render

from accounts.access import Can, requires
from audit.models import Read
from clinical.queries_plans import plans_due
from patients.records import log_shown


@requires(Can.WRITE_PLANS)
def page(request):
    """Of the reader's primary patients, and what is overdue of whom they supervise; the earliest first."""
    found = plans_due(request.user)
    log_shown(request, [due.patient.pk for due in found], Read.What.PLAN)
    return render(request, "dashboard/plans_due.html", {"section": "care", "due": found})
