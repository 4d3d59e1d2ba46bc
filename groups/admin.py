"""Groups and their wait-lists in the administration site.

Seats and facilitators, whose services touch dated sessions, have their pages in `scheduling.admin`.
"""

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CLINICAL
from accounts.house_admin import HouseModelAdmin, RowsInline
from groups.models import Curriculum, CurriculumUnit, Facilitator, Group, Membership, Qualification, WaitlistEntry
from groups.services import create_group, disqualify, join_waitlist, qualify, withdraw_from_waitlist


class FacilitatorsInline(RowsInline):
    model = Facilitator
    fields = ("user", "part", "joined_on", "left_on")


class MembershipsInline(RowsInline):
    model = Membership
    fields = ("patient", "joined_on", "left_on", "left_reason")


class WaitlistInline(RowsInline):
    model = WaitlistEntry
    fields = ("patient", "asked_at", "ended_at", "outcome")


class UnitsInline(RowsInline):
    model = CurriculumUnit
    fields = ("place", "title", "aim")


@admin.register(Curriculum)
class CurriculumAdmin(HouseModelAdmin):
    """What a program's groups work through."""

    program_path = "program"
    list_display = ("name", "program", "kind", "approach", "ended_on")
    list_select_related = ("program",)
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), "kind")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    changeable = ("name", "kind", "approach", "ended_on")
    fields = ("program", *changeable, "created_at", "uid")
    add_fields = ("program", "name", "kind", "approach")
    inlines = (UnitsInline,)
    sentences = {
        "one_curriculum_of_a_name": (gettext_lazy("This program already has a curriculum of that name."), "name"),
    }


@admin.register(CurriculumUnit)
class CurriculumUnitAdmin(HouseModelAdmin):
    """The units of a curriculum, in their order."""

    program_path = "curriculum__program"
    list_display = ("title", "curriculum", "place")
    list_select_related = ("curriculum",)
    list_filter = (("curriculum", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    changeable = ("place", "title", "title_es", "aim", "prompts", "prompts_es")
    fields = ("curriculum", *changeable, "created_at", "uid")
    add_fields = ("curriculum", *changeable)
    sentences = {"one_unit_of_a_title": (gettext_lazy("This curriculum already has a unit of that title."), "title")}


@admin.register(Group)
class GroupAdmin(HouseModelAdmin):
    """Groups of the admin's programs."""

    program_path = "program"
    list_display = ("name", "program", "kind", "approach", "capacity", "ended_on")
    list_select_related = ("program",)
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), "kind", "approach")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    changeable = ("name", "kind", "topic", "focus", "approach", "curriculum", "capacity", "meeting_url")
    fields = ("program", *changeable, "ended_on", "created_at", "uid")
    add_fields = ("program", *changeable)
    inlines = (FacilitatorsInline, MembershipsInline, WaitlistInline)
    sentences = {
        "one_group_of_a_name": (gettext_lazy("This program already has a group of that name."), "name"),
        "capacity_5_to_15": (gettext_lazy("A group holds 5 to 15 members."), "capacity"),
        "groups_group_curriculum_of_program": (
            gettext_lazy("Choose a curriculum of the group’s own program."),
            "curriculum",
        ),
    }

    def save_new(self, request, obj, form):
        return create_group(**form.cleaned_data)


@admin.register(Qualification)
class QualificationAdmin(HouseModelAdmin):
    """Who may lead which kind of group: of these somebody is asked when cover is wanted. Leading a group adds its kind."""

    program_path = "user__role_assignments__program"
    list_display = ("user", "kind")
    list_select_related = ("user",)
    list_filter = ("kind",)
    search_fields = ("user__uid",)
    search_help_text = gettext_lazy("Search by the account’s uid.")
    fields = ("user", "kind")
    add_fields = fields
    people = {"user": CLINICAL}
    ordering = ("user__last_name", "user__first_name", "kind")
    actions = ("take_away",)
    sentences = {
        "one_qualification_per_kind": (gettext_lazy("They are qualified for this kind of group already."), "kind"),
    }

    @admin.action(description=gettext_lazy("No longer qualified"))
    def take_away(self, request, queryset):
        for qualification in queryset:
            disqualify(qualification=qualification)
        messages.success(request, _("They are no longer asked to cover such groups."))

    def save_new(self, request, obj, form):
        qualify(user=form.cleaned_data["user"], kinds=[form.cleaned_data["kind"]])
        return Qualification.objects.get(user=obj.user, kind=obj.kind)


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(HouseModelAdmin):
    """Who waits for a seat, and how the waiting ended."""

    program_path = "group__program"
    patient_path = "patient_id"
    list_display = ("patient", "group", "asked_at", "ended_at", "outcome")
    list_select_related = ("patient", "group")
    list_filter = (("group", admin.RelatedOnlyFieldListFilter), "outcome")
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    fields = ("group", "patient", "episode", "asked_at", "ended_at", "outcome", "uid")
    add_fields = ("group", "episode")
    raw_id_fields = ("episode",)
    ordering = ("-asked_at", "-pk")
    actions = ("withdraw",)

    @admin.action(description=gettext_lazy("Take off the wait-list"))
    def withdraw(self, request, queryset):
        for entry in queryset:
            withdraw_from_waitlist(entry=entry)
        messages.success(request, _("They no longer wait."))

    def save_new(self, request, obj, form):
        return join_waitlist(**form.cleaned_data)
