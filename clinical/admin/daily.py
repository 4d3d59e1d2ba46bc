"""Daily check-ins in the administration site: that there are some; never the words."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from clinical.models import DailyCheckIn


@admin.register(DailyCheckIn)
class DailyCheckInAdmin(HouseModelAdmin):
    """Who checked in when. What they said of a day is between them and their care team."""

    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_display = ("patient", "on", "changed_at")
    list_select_related = ("patient",)
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    date_hierarchy = "on"
    fields = ("patient", "on", "changed_at", "created_at", "uid")
    ordering = ("-on", "-pk")
