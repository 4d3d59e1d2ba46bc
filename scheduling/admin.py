"""Slots, sessions, appointments and bookings in the administration site; and what touches them: episodes, seats, facilitators.

Sessions are cancelled and moved on the dashboard.
"""

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import CLINICAL
from accounts.house_admin import HouseForm, HouseModelAdmin
from groups.models import Facilitator, Membership
from patients.models import Episode
from patients.services import assign_primary_clinician, open_episode
from scheduling.models import Appointment, AppointmentSeries, Booking, CoverRequest, OpenHours, Session, Slot, TimeOff
from scheduling.services import create_slot, end_episode, lead_group, leave_group, seat_member
from scheduling.services.licences import licence_warning


def warn_of_licences(request, group) -> None:
    """Say which states nobody who leads the group's coming sessions is licensed in."""
    if warning := licence_warning(group):
        messages.warning(request, warning)


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


@admin.register(Slot)
class SlotAdmin(HouseModelAdmin):
    """Weekly slots. Their times stay as they were made: sessions follow from them."""

    program_path = "group__program"
    list_display = ("__str__", "zone", "minutes", "break_minutes", "topic", "starts_on", "ends_on")
    list_select_related = ("group",)
    list_filter = (("group", admin.RelatedOnlyFieldListFilter), "weekday")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    add_fields = ("group", "weekday", "starts_at", "zone", "minutes", "break_minutes", "topic", "starts_on")
    fields = (*add_fields, "ends_on", "created_at", "uid")
    sentences = {
        "slot_15_to_240_minutes": (gettext_lazy("A session lasts 15 to 240 minutes."), "minutes"),
        "slot_break_within": (gettext_lazy("The break must be shorter than the session."), "break_minutes"),
        "slot_weekday": (gettext_lazy("Choose a weekday."), "weekday"),
    }

    def save_new(self, request, obj, form):
        slot = create_slot(**form.cleaned_data)
        warn_of_licences(request, slot.group)
        return slot


@admin.register(Session)
class SessionAdmin(HouseModelAdmin):
    """Dated sessions, as they are."""

    program_path = "group__program"
    list_display = ("group", "starts_at", "ends_at", "zone", "status", "moved_from")
    list_select_related = ("group",)
    list_filter = (("group", admin.RelatedOnlyFieldListFilter), "status")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    date_hierarchy = "starts_at"
    fields = (
        "group",
        "slot",
        "slot_date",
        "starts_at",
        "ends_at",
        "zone",
        "break_minutes",
        "topic",
        "status",
        "reason",
        "moved_from",
        "changes",
        "created_at",
        "uid",
    )


@admin.register(Booking)
class BookingAdmin(HouseModelAdmin):
    """Who is expected at which session or appointment. Bookings follow from members, facilitators and cancellations."""

    program_path = "session__group__program"
    patient_path = "patient_id"
    list_display = ("__str__", "part", "user", "patient", "starts_at", "released_at")
    list_select_related = ("session__group", "appointment", "user", "patient")
    list_filter = ("part", ("released_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "session__uid", "appointment__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of a session or appointment.")
    date_hierarchy = "starts_at"
    fields = (
        "session",
        "appointment",
        "starts_at",
        "ends_at",
        "part",
        "user",
        "patient",
        "membership",
        "episode",
        "released_at",
    )
    ordering = ("-starts_at", "-pk")

    def of_programs(self, queryset, programs):
        return queryset.filter(Q(session__group__program__in=programs) | Q(appointment__episode__program__in=programs))


@admin.register(Appointment)
class AppointmentAdmin(HouseModelAdmin):
    """Individual appointments, as they are. They are booked, moved and cancelled on the dashboard."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("kind", "provider", "patient", "starts_at", "status", "outcome", "moved_from")
    list_select_related = ("provider", "patient")
    list_filter = ("kind", "status", "outcome")
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    fields = (
        "kind",
        "provider",
        "patient",
        "episode",
        "series",
        "series_date",
        "hours",
        "starts_at",
        "ends_at",
        "zone",
        "status",
        "reason",
        "moved_from",
        "changes",
        "by_hand",
        "closure",
        "booked_by",
        "outcome",
        "attended_minutes",
        "recorded_by",
        "created_at",
        "uid",
    )


@admin.register(AppointmentSeries)
class AppointmentSeriesAdmin(HouseModelAdmin):
    """Series of appointments, as they are. They are started, changed and ended on the dashboard."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("kind", "provider", "patient", "weekday", "starts_at", "zone", "every", "starts_on", "ends_on")
    list_select_related = ("provider", "patient")
    list_filter = ("kind", "weekday", ("ends_on", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    ordering = ("-starts_on", "-pk")
    fields = (
        "kind",
        "provider",
        "patient",
        "episode",
        "weekday",
        "starts_at",
        "zone",
        "minutes",
        "every",
        "starts_on",
        "ends_on",
        "created_at",
        "uid",
    )


@admin.register(OpenHours)
class OpenHoursAdmin(HouseModelAdmin):
    """When providers let patients pick a time. Each opens and closes their own on the dashboard."""

    program_path = "program"
    list_display = ("provider", "program", "weekday", "starts_at", "ends_at", "zone", "starts_on", "ends_on")
    list_select_related = ("provider", "program")
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), "weekday", ("ends_on", admin.EmptyFieldListFilter))
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    fields = (
        "provider",
        "program",
        "kinds",
        "weekday",
        "starts_at",
        "ends_at",
        "zone",
        "minutes",
        "buffer_minutes",
        "notice_hours",
        "daily_limit",
        "starts_on",
        "ends_on",
        "created_at",
        "uid",
    )


@admin.register(TimeOff)
class TimeOffAdmin(HouseModelAdmin):
    """Who is away, as it is: it is entered and withdrawn on the dashboard, where cover follows."""

    program_path = "user__role_assignments__program"
    list_display = ("user", "starts_at", "ends_at", "withdrawn_at")
    list_select_related = ("user",)
    list_filter = (("withdrawn_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "starts_at"
    fields = ("user", "starts_at", "ends_at", "created_by", "withdrawn_at", "created_at", "uid")
    ordering = ("-starts_at", "-pk")


@admin.register(CoverRequest)
class CoverRequestAdmin(HouseModelAdmin):
    """Which sessions wanted somebody else, and how that ended."""

    program_path = "session__group__program"
    list_display = ("session", "part", "absent", "taken_by", "closed_at", "outcome")
    list_select_related = ("session__group", "absent", "taken_by")
    list_filter = ("outcome", "part")
    fields = ("session", "part", "absent", "time_off", "taken_by", "closed_at", "outcome", "created_at", "uid")
    ordering = ("-created_at", "-pk")
