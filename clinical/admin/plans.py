"""Treatment plans in the administration site: which versions there are, who signed, whether seals hold. No narrative."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from clinical.models import Goal, Intervention, Objective, PlanAgreement, PlanReview, Problem, TreatmentPlan

_BY_NUMBER = gettext_lazy("Search by record number or uid.")


@admin.register(TreatmentPlan)
class TreatmentPlanAdmin(HouseModelAdmin):
    """Versions of plans, without their text."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "number", "author", "written_at", "signed_name", "sealed_at", "voided_at")
    list_select_related = ("patient", "author")
    list_filter = (("sealed_at", admin.EmptyFieldListFilter), ("voided_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = _BY_NUMBER
    date_hierarchy = "written_at"
    fields = (
        "patient",
        "episode",
        "number",
        "review_days",
        "author",
        "version",
        "written_at",
        "signed_name",
        "signed_by",
        "signed_at",
        "cosigner",
        "cosigned_at",
        "sealed_at",
        "returned_at",
        "voided_at",
        "voided_name",
        "intact",
        "content_hash",
        "created_at",
        "uid",
    )
    ordering = ("-written_at", "-pk")

    @admin.display(description=gettext_lazy("as it was signed"))
    def intact(self, obj):
        """Whether the plan still says what was signed; reads the text once, and shows none of it."""
        if not obj.is_signed:
            return _("Not signed yet")
        whole = TreatmentPlan.objects.get(pk=obj.pk)
        return _("Yes, intact") if whole.is_intact else _("No: it differs from what was signed")


class _PartAdmin(HouseModelAdmin):
    """A part of a plan: that it is there, and where."""

    search_help_text = _BY_NUMBER
    ordering = ("-pk",)


@admin.register(Problem)
class ProblemAdmin(_PartAdmin):
    program_path = "plan__episode__program"
    patient_path = "plan__patient_id"
    list_display = ("plan", "place", "diagnosis")
    list_select_related = ("plan__patient", "diagnosis")
    search_fields = ("plan__patient__record_number", "uid")
    fields = ("plan", "place", "diagnosis", "created_at", "uid")


@admin.register(Goal)
class GoalAdmin(_PartAdmin):
    program_path = "problem__plan__episode__program"
    patient_path = "problem__plan__patient_id"
    list_display = ("problem", "place")
    list_select_related = ("problem__plan__patient",)
    search_fields = ("problem__plan__patient__record_number", "uid")
    fields = ("problem", "place", "created_at", "uid")


@admin.register(Objective)
class ObjectiveAdmin(_PartAdmin):
    program_path = "goal__problem__plan__episode__program"
    patient_path = "goal__problem__plan__patient_id"
    list_display = ("goal", "place", "status", "target_on", "line")
    list_select_related = ("goal__problem__plan__patient",)
    list_filter = ("status",)
    search_fields = ("goal__problem__plan__patient__record_number", "uid")
    fields = ("goal", "place", "status", "target_on", "line", "created_at", "uid")


@admin.register(Intervention)
class InterventionAdmin(_PartAdmin):
    program_path = "objective__goal__problem__plan__episode__program"
    patient_path = "objective__goal__problem__plan__patient_id"
    list_display = ("objective", "place", "responsible")
    list_select_related = ("objective__goal__problem__plan__patient", "responsible")
    search_fields = ("objective__goal__problem__plan__patient__record_number", "uid")
    fields = ("objective", "place", "responsible", "responsible_words", "created_at", "uid")


@admin.register(PlanAgreement)
class PlanAgreementAdmin(HouseModelAdmin):
    """What patients answered, without their words."""

    program_path = "plan__episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "plan", "answer", "name", "at")
    list_select_related = ("patient", "plan__patient")
    list_filter = ("answer",)
    search_fields = ("patient__record_number", "uid", "plan__uid")
    search_help_text = _BY_NUMBER
    date_hierarchy = "at"
    fields = ("plan", "patient", "answer", "name", "at", "content_hash", "created_at", "uid")
    ordering = ("-at", "-pk")


@admin.register(PlanReview)
class PlanReviewAdmin(HouseModelAdmin):
    """Reviews, without what was said."""

    program_path = "plan__episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "plan", "reviewed_on", "next_on", "outcome", "name")
    list_select_related = ("patient", "plan__patient")
    list_filter = ("outcome",)
    search_fields = ("patient__record_number", "uid", "plan__uid")
    search_help_text = _BY_NUMBER
    date_hierarchy = "reviewed_on"
    fields = ("plan", "patient", "reviewed_on", "next_on", "outcome", "by", "name", "at", "created_at", "uid")
    ordering = ("-reviewed_on", "-pk")
