"""The clinical record in the administration site: what was recorded, by whom and when, and whether seals hold.

Nothing is written here, and no narrative is shown: that is read in the record, by the care team.
"""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin, RowsInline
from clinical.models import Addendum, Attendance, GroupNote, ProgressNote

# The order in which a seal is read; the database keeps none.
SEAL = [
    "program",
    "group",
    "kind",
    "session",
    "starts_at",
    "ends_at",
    "zone",
    "modality",
    "attending",
    "status",
    "minutes",
    "participation",
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
    fields = ("session", "version", "written_by", "written_at")
    ordering = ("-written_at", "-pk")


class AddendaInline(RowsInline):
    model = Addendum
    fields = ("signed_name", "signed_at")


@admin.register(ProgressNote)
class ProgressNoteAdmin(HouseModelAdmin):
    """Drafts and sealed notes, without their text: signature, hash and the facts under the seal."""

    program_path = "session__group__program"
    patient_path = "patient_id"
    list_display = ("patient", "session", "author", "written_at", "signed_name", "signed_at")
    list_select_related = ("patient", "session__group", "author")
    list_filter = (("signed_at", admin.EmptyFieldListFilter),)
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
        "intact",
        "content_hash",
        "sealed_facts",
        "created_at",
        "uid",
    )
    inlines = (AddendaInline,)
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
        facts = ((name.replace("_", " "), "—" if value is None else value) for name, value in sealed)
        return format_html_join("", "<div>{}: {}</div>", facts) or "—"


@admin.register(Addendum)
class AddendumAdmin(HouseModelAdmin):
    """That something was added to a signed note, by whom and when."""

    program_path = "note__session__group__program"
    patient_path = "note__patient_id"
    list_display = ("note", "signed_name", "signed_at")
    list_select_related = ("note__patient", "note__session__group")
    search_fields = ("note__patient__record_number", "uid", "note__uid")
    search_help_text = gettext_lazy("Search by record number or uid, or by the uid of a note.")
    date_hierarchy = "signed_at"
    fields = ("note", "signed_name", "signed_by", "signed_at", "created_at", "uid")
    ordering = ("-signed_at", "-pk")
