"""That a session had a room, and from when to when."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from rooms.models import Room


@admin.register(Room)
class RoomAdmin(HouseModelAdmin):
    """Rooms with their times. Nobody who was in one is named, and neither is what opens it on the media server."""

    program_path = "session__group__program"
    list_display = ("session", "backend", "began_at", "ended_at", "ended_by", "is_locked")
    list_select_related = ("session__group", "ended_by")
    list_filter = ("backend", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("uid", "session__uid")
    search_help_text = gettext_lazy("Search by uid, or by the uid of a session.")
    date_hierarchy = "began_at"
    fields = ("session", "backend", "began_at", "ended_at", "ended_by", "is_locked", "created_at", "uid")
    ordering = ("-pk",)
