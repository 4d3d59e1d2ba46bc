"""Prompts in the administration site. Journals have no page there: what is in them is their writers', and what they share is
their care team's."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from journal.models import Prompt


@admin.register(Prompt)
class PromptAdmin(HouseModelAdmin):
    """What a program's people may write about. Prompts are about nobody."""

    program_path = "program"
    list_display = ("text", "program", "kind", "topic", "place", "is_active")
    list_select_related = ("program",)
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), "kind", "is_active")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    changeable = ("kind", "topic", "text", "place", "is_active")
    fields = ("program", *changeable, "created_at", "uid")
    add_fields = ("program", *changeable)
    sentences = {"one_prompt_of_a_wording": (gettext_lazy("This program already has this prompt."), "text")}
