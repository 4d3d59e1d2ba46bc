"""Episodes, facilitators and memberships in the administration site: what touches sessions and seats."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CLINICAL
from accounts.house_admin import HouseForm, HouseModelAdmin
from groups.models import Facilitator, Membership
from patients.models import Episode
from patients.services import assign_primary_clinician, open_episode
from scheduling.services import end_episode, lead_group, leave_group, seat_member
from scheduling.views.common import warn_of_licences


class EpisodeForm(HouseForm):
    """Another goal, another primary clinician, or the end of the stay."""

    def clean(self):
        data = super().clean()
        if data.get("ended_reason") and not data.get("ended_on") and "ended_on" not in self.errors:
            self.add_error("ended_on", forms.ValidationError(_("Say from which day on."), "required"))
        return data


@admin.register(Episode)
class EpisodeAdmin(HouseModelAdmin):
    """Stays in the admin's programs. A new one is of somebody who was here before."""

    program_path = "program"
    patient_path = "patient_id"
    list_display = ("record_number", "patient", "program", "started_on", "ended_on", "primary_clinician")
    list_select_related = ("patient", "program", "primary_clinician")
    list_filter = (
        ("program", admin.RelatedOnlyFieldListFilter),
        "level_of_care",
        ("ended_on", admin.EmptyFieldListFilter),
    )
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    changeable = ("level_of_care", "weekly_goal_minutes", "primary_clinician", "ended_on", "ended_reason")
    fields = ("patient", "program", "started_on", *changeable, "created_at", "uid")
    add_fields = ("patient", "program", "level_of_care", "weekly_goal_minutes", "started_on", "primary_clinician")
    raw_id_fields = ("patient",)
    people = {"primary_clinician": CLINICAL}
    form = EpisodeForm
    places = {"reason": "ended_reason"}
    sentences = {
        "episode_goal_is_sane": (gettext_lazy("The weekly goal is 60 to 2400 minutes."), "weekly_goal_minutes"),
    }

    @admin.display(description=gettext_lazy("record number"), ordering="patient__record_number")
    def record_number(self, obj):
        return obj.patient.record_number

    def has_change_permission(self, request, obj=None):
        over = obj is not None and obj.ended_on is not None
        return super().has_change_permission(request, obj) and not over

    def save_new(self, request, obj, form):
        return open_episode(**form.cleaned_data)

    def save_changed(self, request, obj, form):
        if plain := [name for name in ("level_of_care", "weekly_goal_minutes") if name in form.changed_data]:
            obj.save(update_fields=plain)
        if "primary_clinician" in form.changed_data:
            assign_primary_clinician(episode=obj, clinician=form.cleaned_data["primary_clinician"])
        if ended_on := form.cleaned_data["ended_on"]:
            return end_episode(
                episode=obj, ended_on=ended_on, reason=form.cleaned_data["ended_reason"], by=request.user
            )
        return obj


@admin.register(Facilitator)
class FacilitatorAdmin(HouseModelAdmin):
    """Who leads which group. Somebody new in a part takes over from who had it."""

    program_path = "group__program"
    list_display = ("group", "user", "part", "joined_on", "left_on")
    list_select_related = ("group", "user")
    list_filter = (("group", admin.RelatedOnlyFieldListFilter), "part", ("left_on", admin.EmptyFieldListFilter))
    fields = ("group", "user", "part", "joined_on", "left_on")
    add_fields = ("group", "user", "part", "joined_on")
    people = {"user": CLINICAL}
    ordering = ("group__name", "-joined_on", "pk")

    def save_new(self, request, obj, form):
        data = form.cleaned_data
        part = Facilitator.Part(data["part"])
        made = lead_group(group=data["group"], user=data["user"], part=part, from_day=data["joined_on"])
        warn_of_licences(request, made.group)
        return made


class MembershipForm(HouseForm):
    """Ending a membership: the day and the reason."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "left_on" in self.fields:
            self.fields["left_on"].required = True


@admin.register(Membership)
class MembershipAdmin(HouseModelAdmin):
    """Who belongs to which group. A membership is ended, never changed; coming back is a new one."""

    program_path = "group__program"
    patient_path = "patient_id"
    list_display = ("patient", "group", "joined_on", "left_on", "left_reason")
    list_select_related = ("patient", "group")
    list_filter = (("group", admin.RelatedOnlyFieldListFilter), ("left_on", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    fields = ("group", "patient", "episode", "joined_on", "left_on", "left_reason", "uid")
    changeable = ("left_on", "left_reason")
    add_fields = ("group", "episode", "joined_on")
    raw_id_fields = ("episode",)
    form = MembershipForm
    ordering = ("-joined_on", "-pk")
    sentences = {"membership_dates": (gettext_lazy("That is before they joined."), "left_on")}
    places = {"reason": "left_reason"}

    def has_change_permission(self, request, obj=None):
        over = obj is not None and obj.left_on is not None
        return super().has_change_permission(request, obj) and not over

    def save_new(self, request, obj, form):
        return seat_member(**form.cleaned_data)

    def save_changed(self, request, obj, form):
        return leave_group(membership=obj, left_on=obj.left_on, reason=obj.left_reason)
