"""Individual appointments in the administration site, as they are."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from scheduling.models import Appointment, AppointmentSeries, OpenHours


@admin.register(Appointment)
class AppointmentAdmin(HouseModelAdmin):
    """Individual appointments, as they are. They are booked, moved and cancelled on the dashboard."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("kind", "provider", "patient", "starts_at", "status", "outcome", "moved_from")
    list_select_related = ("provider", "patient")
    list_filter = ("kind", "status", "outcome")
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    fields = (
        "kind",
        "provider",
        "patient",
        "episode",
        "series",
        "series_date",
        "hours",
        "starts_at",
        "ends_at",
        "zone",
        "status",
        "reason",
        "moved_from",
        "changes",
        "by_hand",
        "closure",
        "booked_by",
        "outcome",
        "attended_minutes",
        "recorded_by",
        "created_at",
        "uid",
    )


@admin.register(AppointmentSeries)
class AppointmentSeriesAdmin(HouseModelAdmin):
    """Series of appointments, as they are. They are started, changed and ended on the dashboard."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("kind", "provider", "patient", "weekday", "starts_at", "zone", "every", "starts_on", "ends_on")
    list_select_related = ("provider", "patient")
    list_filter = ("kind", "weekday", ("ends_on", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    ordering = ("-starts_on", "-pk")
    fields = (
        "kind",
        "provider",
        "patient",
        "episode",
        "weekday",
        "starts_at",
        "zone",
        "minutes",
        "every",
        "starts_on",
        "ends_on",
        "created_at",
        "uid",
    )


@admin.register(OpenHours)
class OpenHoursAdmin(HouseModelAdmin):
    """When providers let patients pick a time. Each opens and closes their own on the dashboard."""

    program_path = "program"
    list_display = ("provider", "program", "weekday", "starts_at", "ends_at", "zone", "starts_on", "ends_on")
    list_select_related = ("provider", "program")
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), "weekday", ("ends_on", admin.EmptyFieldListFilter))
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    fields = (
        "provider",
        "program",
        "kinds",
        "weekday",
        "starts_at",
        "ends_at",
        "zone",
        "minutes",
        "buffer_minutes",
        "notice_hours",
        "daily_limit",
        "starts_on",
        "ends_on",
        "created_at",
        "uid",
    )
