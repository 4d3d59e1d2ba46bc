"""Phrases in the administration site: whose, and since when. Their words are their owner's."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from clinical.models import Snippet


@admin.register(Snippet)
class SnippetAdmin(HouseModelAdmin):
    """Whose phrases there are. Nothing of a patient is in them."""

    program_path = "user__role_assignments__program"
    list_display = ("short", "user", "created_at")
    list_select_related = ("user",)
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    fields = ("short", "user", "created_at", "uid")
    ordering = ("-created_at", "-pk")
