"""A program's rules of live rooms, and its agreement, as they stand."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from rooms.models import Agreement, AgreementWording, RoomPolicy


@admin.register(RoomPolicy)
class RoomPolicyAdmin(HouseModelAdmin):
    """What a program allows and keeps in its rooms. Set on the page of its rules."""

    program_path = "program"
    list_display = ("program", "backend", "peer_chat", "chat_keeps", "poll_keeps", "board_keeps", "camera")
    list_select_related = ("program",)
    list_filter = ("backend", "peer_chat", "chat_keeps", "poll_keeps", "board_keeps", "camera")
    search_fields = ("uid",)
    fields = (
        *("program", "backend", "peer_chat", "chat_keeps", "poll_keeps", "board_keeps", "camera", "break_after"),
        *("created_at", "uid"),
    )
    ordering = ("program__name", "pk")


@admin.register(Agreement)
class AgreementAdmin(HouseModelAdmin):
    """Versions of a program's agreement. Who signed one is read in the record."""

    program_path = "program"
    list_display = ("program", "version", "in_force_from", "written_by")
    list_select_related = ("program", "written_by")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    date_hierarchy = "in_force_from"
    fields = ("program", "version", "in_force_from", "text", "guidelines", "written_by", "created_at", "uid")
    ordering = ("program__name", "-version", "pk")


@admin.register(AgreementWording)
class AgreementWordingAdmin(HouseModelAdmin):
    """The words of versions in other languages."""

    program_path = "agreement__program"
    list_display = ("agreement", "language", "written_by")
    list_select_related = ("agreement__program", "written_by")
    list_filter = ("language",)
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    fields = ("agreement", "language", "text", "guidelines", "written_by", "created_at", "uid")
    ordering = ("agreement__program__name", "-agreement__version", "language", "pk")
