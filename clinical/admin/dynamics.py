"""Leaders' observations and psychotherapy notes in the administration site: that there is one, whose, when. No more."""

from django.contrib import admin

from accounts.house_admin import HouseModelAdmin
from clinical.models import GroupObservation, PsychotherapyNote


@admin.register(GroupObservation)
class GroupObservationAdmin(HouseModelAdmin):
    """That a session was observed, by whom and when."""

    program_path = "session__group__program"
    list_display = ("session", "written_by", "written_at", "version")
    list_select_related = ("session__group", "written_by")
    search_fields = ("uid", "session__uid")
    date_hierarchy = "written_at"
    fields = ("session", "written_by", "written_at", "version", "created_at", "uid")
    ordering = ("-written_at", "-pk")


@admin.register(PsychotherapyNote)
class PsychotherapyNoteAdmin(HouseModelAdmin):
    """That a clinician of the program keeps a note of a day."""

    program_path = "author__role_assignments__program"
    list_display = ("author", "about_on", "written_at")
    list_select_related = ("author",)
    search_fields = ("uid",)
    date_hierarchy = "about_on"
    fields = ("author", "about_on", "written_at", "version", "created_at", "uid")
    ordering = ("-about_on", "-pk")
