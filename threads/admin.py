"""What a program promises whoever writes, and which groups have a board. What people write is no matter of administration."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.house_admin import HouseModelAdmin
from threads.models import AnswerPolicy, Board


@admin.register(AnswerPolicy)
class AnswerPolicyAdmin(HouseModelAdmin):
    """Within how many business days somebody is answered."""

    program_path = "program"
    list_display = ("program", "business_days")
    list_select_related = ("program",)
    fields = ("program", "business_days")
    add_fields = ("program", "business_days")
    changeable = ("business_days",)
    sentences = {"answer_within_1_to_5_days": (_("Promise one to five business days."), "business_days")}
    ordering = ("program__name", "pk")


@admin.register(Board)
class BoardAdmin(HouseModelAdmin):
    """Which groups have a board, since when, and whether posts are looked at first. Turned on and off on the group's page."""

    program_path = "group__program"
    list_display = ("group", "looks_first", "opened_at", "opened_by", "closed_at", "closed_by")
    list_select_related = ("group", "opened_by", "closed_by")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    search_fields = ("uid", "group__uid")
    search_help_text = _("Search by uid, or by the uid of a group.")
    fields = ("group", "looks_first", "opened_at", "opened_by", "closed_at", "closed_by", "created_at", "uid")
    ordering = ("group__name", "pk")
