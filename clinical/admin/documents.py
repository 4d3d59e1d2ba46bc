"""Documents, diagnoses and medications in the administration site: that they are there, by whom and when. No narrative."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from clinical.models import Diagnosis, Document, Medication, WorkedOn

_SEARCH = ("patient__record_number", "uid")
_SEARCH_HELP = gettext_lazy("Search by record number or uid.")


@admin.register(Document)
class DocumentAdmin(HouseModelAdmin):
    """Drafts and sealed documents without their texts: signatures, hash and the facts under the seal."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "kind", "number", "happened_at", "author", "signed_name", "signed_at", "voided_at")
    list_select_related = ("patient", "author")
    list_filter = ("kind", ("signed_at", admin.EmptyFieldListFilter), ("voided_at", admin.EmptyFieldListFilter))
    search_fields = _SEARCH
    search_help_text = _SEARCH_HELP
    date_hierarchy = "happened_at"
    fields = (
        "patient",
        "episode",
        "kind",
        "template",
        "number",
        "appointment",
        "happened_at",
        "ended_at",
        "risk",
        "author",
        "version",
        "written_at",
        "signed_name",
        "signed_by",
        "signed_at",
        "cosigner",
        "cosigned_name",
        "cosigned_at",
        "sealed_at",
        "returned_at",
        "returned_by",
        "voided_at",
        "voided_name",
        "intact",
        "content_hash",
        "sealed_facts",
        "created_at",
        "uid",
    )
    ordering = ("-happened_at", "-pk")

    @admin.display(description=gettext_lazy("as it was signed"))
    def intact(self, obj):
        """Whether the document still says what was signed; reads the texts once, and shows none of them."""
        if not obj.is_signed:
            return _("Not signed yet")
        whole = Document.objects.get(pk=obj.pk)
        return _("Yes, intact") if whole.is_intact else _("No: it differs from what was signed")

    @admin.display(description=gettext_lazy("facts under the seal"))
    def sealed_facts(self, obj):
        facts = (
            (name.replace("_", " "), "—" if value is None else value)
            for name, value in sorted((obj.seal or {}).items())
        )
        return format_html_join("", "<div>{}: {}</div>", facts) or "—"


@admin.register(WorkedOn)
class WorkedOnAdmin(HouseModelAdmin):
    """Which documents worked on an objective of a plan, and the progress."""

    program_path = "document__episode__program"
    patient_path = "document__patient_id"
    list_display = ("document", "objective", "progress")
    list_select_related = ("document__patient", "objective__goal__problem__plan__patient")
    list_filter = ("progress",)
    search_fields = ("document__patient__record_number", "document__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of a document.")
    fields = ("document", "objective", "progress")
    ordering = ("-pk",)


@admin.register(Diagnosis)
class DiagnosisAdmin(HouseModelAdmin):
    """That a diagnosis was recorded, by whom and when; neither its code nor its words are on the list."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "rank", "diagnosed_on", "resolved_on", "mistaken_at", "recorded_by")
    list_select_related = ("patient", "by")
    list_filter = ("rank", ("resolved_on", admin.EmptyFieldListFilter), ("mistaken_at", admin.EmptyFieldListFilter))
    search_fields = _SEARCH
    search_help_text = _SEARCH_HELP
    date_hierarchy = "diagnosed_on"
    fields = (
        "patient",
        "episode",
        "code",
        "rank",
        "since",
        "diagnosed_on",
        "resolved_on",
        "mistaken_at",
        "by",
        "created_at",
        "uid",
    )
    ordering = ("-diagnosed_on", "-pk")

    @admin.display(description=gettext_lazy("recorded by"), ordering="by")
    def recorded_by(self, obj):
        return obj.by


@admin.register(Medication)
class MedicationAdmin(HouseModelAdmin):
    """That a medication was recorded, by whom and when; its name is read in the record."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "source", "for_addiction", "started_on", "stopped_on", "mistaken_at", "recorded_at")
    list_select_related = ("patient",)
    list_filter = ("source", "for_addiction", ("stopped_on", admin.EmptyFieldListFilter))
    search_fields = _SEARCH
    search_help_text = _SEARCH_HELP
    date_hierarchy = "recorded_at"
    fields = (
        "patient",
        "episode",
        "source",
        "for_addiction",
        "prescriber",
        "started_on",
        "stopped_on",
        "mistaken_at",
        "by",
        "recorded_at",
        "created_at",
        "uid",
    )
    ordering = ("-recorded_at", "-pk")
