"""The library in the administration site: what there is to read and to fill in. What people do with it has no page there."""

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin, RowsInline
from core.errors import Refusal
from library.models import LibraryItem, WorksheetField
from library.services import new_version, publish, withdraw_item


class FieldsInline(RowsInline):
    model = WorksheetField
    fields = ("place", "label", "label_es", "kind", "required", "is_active")


@admin.register(LibraryItem)
class LibraryItemAdmin(HouseModelAdmin):
    """Articles, worksheets and recordings of a program."""

    program_path = "program"
    list_display = ("__str__", "kind", "unit", "program", "version", "place", "published_at", "withdrawn_at")
    list_select_related = ("program", "unit__curriculum")
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), "kind")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    changeable = (
        *("unit", "title", "title_es", "summary", "summary_es", "text", "text_es"),
        *("minutes", "place", "file", "link"),
    )
    fields = ("program", "kind", *changeable, "version", "published_at", "withdrawn_at", "created_at", "uid")
    add_fields = ("program", "kind", *changeable)
    inlines = (FieldsInline,)
    actions = ("put_in", "take_out", "make_new_version")
    # Django's own widget would link to an address that files of ours don't have.
    formfield_overrides = HouseModelAdmin.formfield_overrides | {models.FileField: {"widget": forms.FileInput}}
    sentences = {
        "item_of_its_programs_unit": (gettext_lazy("Choose a unit of the item’s own program."), "unit"),
        "library_item_has_a_title": (gettext_lazy("Give it a title, in English or in Spanish."), "title"),
        "only_recordings_have_files": (gettext_lazy("Only a recording has a file or a link."), "file"),
        "published_items_can_be_read": (
            gettext_lazy("It is in the library: it needs its title and its whole text in one language."),
            "text",
        ),
        "published_recordings_can_be_heard": (gettext_lazy("It needs a file or a link."), "file"),
        "library_link_is_safe": (gettext_lazy("A link begins with https://."), "link"),
        "library_item_takes_some_minutes": (gettext_lazy("From 1 to 240 minutes."), "minutes"),
    }

    def object_links(self, request, obj):
        as_read = (_("As people read it"), reverse("library:item", args=[obj.uid]))
        return [as_read, *super().object_links(request, obj)]

    def _each(self, request, queryset, deed, done: str) -> None:
        """Do it to each; what is refused is said, and stops nothing else."""
        for item in queryset:
            try:
                deed(item=item)
            except Refusal as refusal:
                messages.error(request, refusal.message)
            else:
                messages.success(request, done % {"item": item})

    @admin.action(description=gettext_lazy("Put into the library"))
    def put_in(self, request, queryset):
        self._each(request, queryset, publish, _("“%(item)s” is in the library."))

    @admin.action(description=gettext_lazy("Take out of the library"))
    def take_out(self, request, queryset):
        self._each(request, queryset, withdraw_item, _("“%(item)s” is taken out. Who has it as homework keeps it."))

    @admin.action(description=gettext_lazy("Make a new version, to be changed"))
    def make_new_version(self, request, queryset):
        self._each(request, queryset, new_version, _("“%(item)s” has a new version: change it, then put it in."))


@admin.register(WorksheetField)
class WorksheetFieldAdmin(HouseModelAdmin):
    """The questions of worksheets. What somebody has begun to answer stays as it was asked: make a new version of it."""

    program_path = "item__program"
    list_display = ("__str__", "item", "place", "kind", "required", "is_active")
    list_select_related = ("item",)
    list_filter = (("item", admin.RelatedOnlyFieldListFilter), "kind")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    changeable = (
        *("place", "kind", "label", "label_es", "help", "help_es", "choices", "choices_es"),
        *("required", "is_active"),
    )
    fields = ("item", *changeable, "created_at", "uid")
    add_fields = ("item", *changeable)
    linked = ("item",)
    sentences = {
        "questions_asked_stay": (
            gettext_lazy("Somebody has begun to answer this worksheet. Make a new version of it, and change that."),
            None,
        ),
        "a_question_asks_something": (gettext_lazy("Write the question, in English or in Spanish."), "label"),
        "a_choice_has_answers": (gettext_lazy("Write the answers to choose from, one on each line."), "choices"),
    }
