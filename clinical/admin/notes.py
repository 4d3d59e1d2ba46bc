"""The clinical record in the administration site: what was recorded, by whom and when, and whether seals hold.

Nothing is written here, and no narrative is shown: that is read in the record, by the care team.
"""

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin, RowsInline
from clinical.models import Addendum, Attendance, Countersignature, GroupNote, Overrule, ProgressNote

# The order in which a seal is read; the database keeps none.
SEAL = [
    "program",
    "group",
    "kind",
    "session",
    "starts_at",
    "ends_at",
    "began_at",
    "stopped_at",
    "break_minutes",
    "zone",
    "modality",
    "patient_state",
    "attending",
    "status",
    "minutes",
    "possible_minutes",
    "participation",
    "plan_objective",
    "due_on",
    "late",
    "signer",
    "cosigner",
    "form",
]


@admin.register(Attendance)
class AttendanceAdmin(HouseModelAdmin):
    """Who attended, as a facilitator confirmed it."""

    program_path = "session__group__program"
    patient_path = "patient_id"
    list_display = ("patient", "session", "status", "minutes", "participation", "taken_by", "taken_at")
    list_select_related = ("patient", "session__group", "taken_by")
    list_filter = ("status", "participation")
    search_fields = ("patient__record_number", "uid", "session__uid")
    search_help_text = gettext_lazy("Search by record number or uid, or by the uid of a session.")
    date_hierarchy = "taken_at"
    fields = (
        "session",
        "patient",
        "episode",
        "status",
        "minutes",
        "possible_minutes",
        "participation",
        "taken_by",
        "taken_at",
        "created_at",
        "uid",
    )
    ordering = ("-taken_at", "-pk")


@admin.register(GroupNote)
class GroupNoteAdmin(HouseModelAdmin):
    """That a shared part was written, by whom and when."""

    program_path = "session__group__program"
    list_display = ("session", "version", "written_by", "written_at")
    list_select_related = ("session__group", "written_by")
    search_fields = ("session__uid",)
    search_help_text = gettext_lazy("Search by the uid of a session.")
    date_hierarchy = "written_at"
    fields = ("session", "began_at", "stopped_at", "break_minutes", "version", "written_by", "written_at")
    ordering = ("-written_at", "-pk")


class AddendaInline(RowsInline):
    model = Addendum
    fields = ("kind", "signed_name", "signed_at")


class CountersignaturesInline(RowsInline):
    model = Countersignature
    fields = ("name", "at")


class OverrulesInline(RowsInline):
    model = Overrule
    fields = ("guard", "by", "at")
    readonly_fields = ("at",)


@admin.register(ProgressNote)
class ProgressNoteAdmin(HouseModelAdmin):
    """Drafts and sealed notes, without their text: signature, hash and the facts under the seal."""

    program_path = "session__group__program"
    patient_path = "patient_id"
    list_display = ("patient", "session", "author", "written_at", "signed_name", "signed_at", "sealed_at", "voided_at")
    list_select_related = ("patient", "session__group", "author")
    list_filter = (
        ("signed_at", admin.EmptyFieldListFilter),
        ("sealed_at", admin.EmptyFieldListFilter),
        ("voided_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("patient__record_number", "uid", "session__uid")
    search_help_text = gettext_lazy("Search by record number or uid, or by the uid of a session.")
    date_hierarchy = "written_at"
    fields = (
        "session",
        "patient",
        "attendance",
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
        "returned_by",
        "returned_at",
        "voided_name",
        "voided_by",
        "voided_at",
        "risk",
        "engagement",
        "intact",
        "content_hash",
        "sealed_facts",
        "created_at",
        "uid",
    )
    inlines = (AddendaInline, CountersignaturesInline, OverrulesInline)
    ordering = ("-written_at", "-pk")

    @admin.display(description=gettext_lazy("as it was signed"))
    def intact(self, obj):
        """Whether the note still says what was signed; reads the text once, and shows none of it."""
        if not obj.is_signed:
            return _("Not signed yet")
        whole = ProgressNote.objects.get(pk=obj.pk)
        return _("Yes, intact") if whole.is_intact else _("No: it differs from what was signed")

    @admin.display(description=gettext_lazy("facts under the seal"))
    def sealed_facts(self, obj):
        sealed = sorted(
            (obj.seal or {}).items(), key=lambda fact: SEAL.index(fact[0]) if fact[0] in SEAL else len(SEAL)
        )
        facts = ((name.replace("_", " "), _in_words(value)) for name, value in sealed)
        return format_html_join("", "<div>{}: {}</div>", facts) or "—"


def _in_words(value) -> str:
    """A sealed fact in a line: a signer's facts as they stand in the seal."""
    if isinstance(value, dict):
        return " · ".join(_in_words(v) for v in value.values() if v not in (None, ""))
    return "—" if value is None else str(value)


@admin.register(Addendum)
class AddendumAdmin(HouseModelAdmin):
    """That something was added to a signed note or document, by whom and when."""

    program_path = "note__session__group__program"
    patient_path = "note__patient_id"
    list_display = ("__str__", "kind", "signed_name", "signed_at")
    list_select_related = ("note__patient", "note__session__group", "document__patient")
    list_filter = ("kind",)
    search_fields = (
        "note__patient__record_number",
        "document__patient__record_number",
        "uid",
        "note__uid",
        "document__uid",
    )
    search_help_text = gettext_lazy("Search by record number or uid, or by the uid of a note or document.")
    date_hierarchy = "signed_at"
    fields = ("note", "document", "kind", "about_at", "signed_name", "signed_by", "signed_at", "created_at", "uid")
    ordering = ("-signed_at", "-pk")

    def of_programs(self, queryset, programs: list[int]):
        """Of a note by its session's program, of a document by its episode's."""
        return queryset.filter(
            Q(note__session__group__program__in=programs) | Q(document__episode__program__in=programs)
        )

    def patient_ids(self, request, rows) -> set[int]:
        """Whose note or document it was added to. One query."""
        found = Addendum.objects.filter(pk__in=[row.pk for row in rows])
        pairs = found.values_list("note__patient_id", "document__patient_id")
        return {pk for pair in pairs for pk in pair if pk is not None}


class UnderNoteAdmin(HouseModelAdmin):
    """What stands under a note and is kept with it."""

    program_path = "note__session__group__program"
    patient_path = "note__patient_id"
    list_select_related = ("note__patient", "note__session__group")
    search_fields = ("note__patient__record_number", "note__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of a note.")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")


@admin.register(Countersignature)
class CountersignatureAdmin(UnderNoteAdmin):
    """Co-facilitators' signatures."""

    list_display = ("note", "name", "at")
    fields = ("note", "user", "name", "at", "content_hash")


@admin.register(Overrule)
class OverruleAdmin(UnderNoteAdmin):
    """Warnings that were overruled before signing, without the reasons: these are read in the record."""

    list_display = ("note", "guard", "by", "at")
    list_select_related = (*UnderNoteAdmin.list_select_related, "by")
    list_filter = ("guard",)
    fields = ("note", "guard", "by", "at")
