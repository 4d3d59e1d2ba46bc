"""Slots, sessions and bookings in the administration site. Sessions are cancelled and moved on the dashboard."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from scheduling.models import Booking, Session, Slot
from scheduling.services import create_slot
from scheduling.views.common import warn_of_licences


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
