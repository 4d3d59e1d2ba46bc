"""Measures in the administration site: what was asked and answered, and the scores; no answer is shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin, RowsInline
from clinical.models import MeasureAssignment, MeasureResponse, MeasureRule, MeasureScore

BY_RECORD = gettext_lazy("Search by record number or uid.")


@admin.register(MeasureRule)
class MeasureRuleAdmin(HouseModelAdmin):
    """Which measures a program gives when. Set on the page of measures."""

    program_path = "program"
    list_display = ("program", "measure", "moment", "ended_at")
    list_select_related = ("program",)
    list_filter = ("moment",)
    search_fields = ("uid",)
    fields = ("program", "measure", "moment", "ended_at", "created_at", "uid")
    ordering = ("measure", "moment", "pk")


@admin.register(MeasureAssignment)
class MeasureAssignmentAdmin(HouseModelAdmin):
    """What was asked for, and what became of it."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "measure", "moment", "opens_on", "closes_on", "state")
    list_select_related = ("patient",)
    list_filter = ("state", "moment")
    search_fields = ("patient__record_number", "uid")
    search_help_text = BY_RECORD
    date_hierarchy = "opens_on"
    fields = (
        *("patient", "episode", "measure", "moment", "session", "opens_on", "closes_on", "state", "asked_by"),
        *("created_at", "uid"),
    )
    ordering = ("-opens_on", "-pk")


class ScoresInline(RowsInline):
    model = MeasureScore
    fields = ("scale", "value", "band", "prorated", "answered", "items")


@admin.register(MeasureResponse)
class MeasureResponseAdmin(HouseModelAdmin):
    """That a measure was answered, how and by whom, with its scores."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "measure", "mode", "answered_at", "entered_by", "voided_at")
    list_select_related = ("patient", "entered_by")
    list_filter = ("mode", ("voided_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = BY_RECORD
    date_hierarchy = "answered_at"
    fields = (
        *("patient", "episode", "measure", "form", "mode", "session", "assignment", "entered_by", "answered_at"),
        *("voided_at", "voided_name", "created_at", "uid"),
    )
    inlines = (ScoresInline,)
    ordering = ("-answered_at", "-pk")


@admin.register(MeasureScore)
class MeasureScoreAdmin(HouseModelAdmin):
    """Scores as they were computed."""

    program_path = "response__episode__program"
    patient_path = "response__patient_id"
    list_display = ("response", "scale", "value", "band", "prorated")
    list_select_related = ("response",)
    list_filter = ("prorated",)
    search_fields = ("response__patient__record_number", "response__uid")
    search_help_text = BY_RECORD
    fields = ("response", "scale", "value", "band", "prorated", "answered", "items")
    ordering = ("-response__answered_at", "-pk")
