"""What people read of their records and what they ask about them, in the administration site: rules to set; that it was asked,
withheld, downloaded, and when. No narrative."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.house_admin import HouseModelAdmin
from clinical.models import AmendmentRequest, AmendmentStatement, RecordExport, ReleasePolicy, Withholding

_SEARCH = ("patient__record_number", "uid")
_SEARCH_HELP = _("Search by record number or uid.")


@admin.register(ReleasePolicy)
class ReleasePolicyAdmin(HouseModelAdmin):
    """Which kinds of signed documents a program's people read, and after how many days."""

    program_path = "program"
    list_display = ("program", "notes", "visits", "plans", "discharge", "measures", "days")
    list_select_related = ("program",)
    fields = ("program", "notes", "visits", "plans", "discharge", "measures", "days")
    add_fields = fields
    changeable = ("notes", "visits", "plans", "discharge", "measures", "days")
    sentences = {"released_within_30_days": (_("Show them within 30 days."), "days")}
    ordering = ("program__name", "pk")


@admin.register(Withholding)
class WithholdingAdmin(HouseModelAdmin):
    """That something is withheld from somebody, by whom, on which ground, and what a review came to."""

    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_display = ("patient", "ground", "name", "at", "review_asked_at", "reviewed_at", "upheld", "lifted_at")
    list_select_related = ("patient",)
    list_filter = ("ground", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = _SEARCH
    search_help_text = _SEARCH_HELP
    date_hierarchy = "at"
    fields = (
        *("patient", "ground", "by", "name", "at", "review_asked_at", "reviewed_at", "reviewed_by", "reviewed_name"),
        *("upheld", "lifted_at", "lifted_by", "uid"),
    )
    ordering = ("-at", "-pk")


@admin.register(RecordExport)
class RecordExportAdmin(HouseModelAdmin):
    """Who downloaded their own record, when, and how much of what was in it."""

    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_display = ("patient", "form", "at", "size")
    list_select_related = ("patient",)
    list_filter = ("form",)
    search_fields = _SEARCH
    search_help_text = _SEARCH_HELP
    date_hierarchy = "at"
    fields = ("patient", "by", "form", "at", "size", "digest", "facts", "uid")
    ordering = ("-at", "-pk")


@admin.register(AmendmentRequest)
class AmendmentRequestAdmin(HouseModelAdmin):
    """That a correction was asked for, by when it is to be answered, and what was decided."""

    program_path = "program"
    patient_path = "patient_id"
    list_display = ("patient", "about", "asked_on", "due_on", "extended_at", "decision", "decided_at", "withdrawn_at")
    list_select_related = ("patient",)
    list_filter = ("about", "decision", "basis", ("decided_at", admin.EmptyFieldListFilter))
    search_fields = _SEARCH
    search_help_text = _SEARCH_HELP
    date_hierarchy = "asked_on"
    fields = (
        *("patient", "program", "about", "asked_at", "asked_on", "due_on", "extended_at", "extended_by"),
        *("withdrawn_at", "decision", "basis", "decided_at", "decided_by", "decided_name", "uid"),
    )
    ordering = ("due_on", "pk")


@admin.register(AmendmentStatement)
class AmendmentStatementAdmin(HouseModelAdmin):
    """That a statement was set against a refusal, or a reply to it."""

    program_path = "request__program"
    patient_path = "request__patient_id"
    list_display = ("request", "kind", "name", "at")
    list_select_related = ("request",)
    list_filter = ("kind",)
    search_fields = ("request__patient__record_number", "uid")
    search_help_text = _SEARCH_HELP
    date_hierarchy = "at"
    fields = ("request", "kind", "by", "name", "at", "uid")
    ordering = ("-at", "-pk")
