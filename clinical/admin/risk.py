"""Risk alerts in the administration site: when, how grave, who dealt with it; never what was said."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin, RowsInline
from clinical.models import OnCallShift, RiskAlert, RiskStep


@admin.register(OnCallShift)
class OnCallShiftAdmin(HouseModelAdmin):
    """Who was, is and will be on call. Set on the page of shifts."""

    program_path = "program"
    list_display = ("program", "user", "starts_at", "ends_at")
    list_select_related = ("program", "user")
    search_fields = ("uid",)
    date_hierarchy = "starts_at"
    fields = ("program", "user", "starts_at", "ends_at", "created_at", "uid")
    ordering = ("-starts_at", "-pk")


class StepsInline(RowsInline):
    model = RiskStep
    fields = ("at", "what", "by", "whom")


@admin.register(RiskAlert)
class RiskAlertAdmin(HouseModelAdmin):
    """Alerts, without their words."""

    program_path = "program"
    patient_path = "patient_id"
    list_display = ("patient", "level", "source", "raised_at", "acknowledged_at", "closed_at", "escalations")
    list_select_related = ("patient",)
    list_filter = ("level", "source", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    date_hierarchy = "raised_at"
    fields = (
        *("patient", "episode", "program", "source", "level", "raised_by", "raised_at", "acknowledge_by"),
        *("acknowledged_at", "acknowledged_by", "escalations", "follow_up_at", "closed_at", "closed_name"),
        *("created_at", "uid"),
    )
    inlines = (StepsInline,)
    ordering = ("-raised_at", "-pk")


@admin.register(RiskStep)
class RiskStepAdmin(HouseModelAdmin):
    """Every step of every alert, without its words."""

    program_path = "alert__program"
    patient_path = "alert__patient_id"
    list_display = ("alert", "at", "what", "by", "whom")
    list_select_related = ("alert", "by", "whom")
    list_filter = ("what",)
    search_fields = ("alert__patient__record_number", "alert__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of an alert.")
    date_hierarchy = "at"
    fields = ("alert", "what", "by", "whom", "at")
    ordering = ("-at", "-pk")
