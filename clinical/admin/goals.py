"""A person's goals, steps and suggestions in the administration site: that there are some; never what they say."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from clinical.models import OwnStep, PlainWords, PlanSuggestion, SharedGoal


class _OfPatientAdmin(HouseModelAdmin):
    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_select_related = ("patient",)
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    ordering = ("-pk",)


@admin.register(PlainWords)
class PlainWordsAdmin(_OfPatientAdmin):
    """Which objectives were put into plain words, by whom."""

    list_display = ("patient", "line", "by", "at")
    list_select_related = ("patient", "by")
    fields = ("patient", "line", "by", "at", "created_at", "uid")


@admin.register(OwnStep)
class OwnStepAdmin(_OfPatientAdmin):
    """Steps people set themselves."""

    list_display = ("patient", "line", "done_at", "removed_at")
    fields = ("patient", "line", "place", "done_at", "removed_at", "created_at", "uid")


@admin.register(SharedGoal)
class SharedGoalAdmin(_OfPatientAdmin):
    """What was shared with a group, from when to when."""

    list_display = ("patient", "membership", "shared_at", "ended_at", "taken_down_by")
    list_select_related = ("patient", "membership__group", "membership__patient", "taken_down_by")
    fields = ("patient", "membership", "line", "shared_at", "ended_at", "taken_down_by", "created_at", "uid")


@admin.register(PlanSuggestion)
class PlanSuggestionAdmin(_OfPatientAdmin):
    """Changes suggested to plans for hard times, and what became of them."""

    list_display = ("patient", "kind", "state", "changed_at", "closed_by", "closed_at")
    list_select_related = ("patient", "closed_by")
    list_filter = ("state", "kind")
    fields = (
        "patient",
        "document",
        "kind",
        "state",
        "version",
        "changed_at",
        "closed_by",
        "closed_at",
        "created_at",
        "uid",
    )
