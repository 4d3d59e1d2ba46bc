"""What a patient shared of their own journal with their care team."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from audit.models import Read
from journal.queries import shared_of
from patients.records import open_record


@requires(Can.READ_NOTES)
@require_safe
def page(request, uid):
    """The copies that stand shared now, the latest first. What was taken back is gone."""
    patient = open_record(request, uid, Read.What.JOURNAL)
    return render(
        request, "dashboard/shared.html", {"section": "people", "patient": patient, "shared": shared_of(patient)}
    )
