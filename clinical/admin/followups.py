"""Follow-ups in the administration site: who, until when, what came of it; never the words."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from clinical.models import FollowUp


@admin.register(FollowUp)
class FollowUpAdmin(HouseModelAdmin):
    """Tasks of looking after somebody."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "reason", "owner", "due_on", "outcome", "closed_at")
    list_select_related = ("patient", "owner")
    list_filter = ("reason", "outcome", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    date_hierarchy = "due_on"
    fields = (
        *("patient", "episode", "session", "reason", "owner", "due_on", "opened_by", "opened_at", "outcome"),
        *("closed_by", "closed_at", "lead_told_at", "created_at", "uid"),
    )
    ordering = ("-due_on", "-pk")
