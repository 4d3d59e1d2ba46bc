"""A program's rules of the record."""

from django.contrib import admin

from accounts.house_admin import HouseModelAdmin
from clinical.models import ClinicalPolicy


@admin.register(ClinicalPolicy)
class ClinicalPolicyAdmin(HouseModelAdmin):
    """Review clock, proration, the clinic's own line. Set on the pages of measures and of shifts."""

    program_path = "program"
    list_display = ("program", "review_days", "may_prorate", "crisis_phone")
    list_select_related = ("program",)
    fields = ("program", "review_days", "may_prorate", "crisis_phone")
    ordering = ("program__name", "pk")
