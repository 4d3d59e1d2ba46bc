"""What life changed, in the administration site: as it is. Each is decided on the dashboard."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from messaging.admin.people import people_of
from scheduling.models import (
    CalendarFeed,
    Closure,
    CoverRequest,
    ExcuseRequest,
    RequestPolicy,
    SeatOffer,
    SeatRequest,
    TimeOff,
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

    def of_programs(self, queryset, programs):
        return queryset.filter(user__in=people_of(programs))  # once each, however many roles


@admin.register(CoverRequest)
class CoverRequestAdmin(HouseModelAdmin):
    """Which sessions wanted somebody else, and how that ended."""

    program_path = "session__group__program"
    list_display = ("session", "part", "absent", "taken_by", "closed_at", "outcome")
    list_select_related = ("session__group", "absent", "taken_by")
    list_filter = ("outcome", "part")
    fields = ("session", "part", "absent", "time_off", "taken_by", "closed_at", "outcome", "created_at", "uid")
    ordering = ("-created_at", "-pk")


@admin.register(Closure)
class ClosureAdmin(HouseModelAdmin):
    """Days a program is or was closed."""

    program_path = "program"
    list_display = ("program", "starts_on", "last_on", "reason", "lifted_at")
    list_select_related = ("program",)
    list_filter = (("program", admin.RelatedOnlyFieldListFilter), ("lifted_at", admin.EmptyFieldListFilter))
    fields = (
        "program",
        "starts_on",
        "last_on",
        "reason",
        "with_appointments",
        "created_by",
        "lifted_at",
        "created_at",
        "uid",
    )
    ordering = ("-starts_on", "-pk")


@admin.register(SeatOffer)
class SeatOfferAdmin(HouseModelAdmin):
    """Seats offered to make up hours, and what became of them."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "session", "state", "offered_by", "answered_at")
    list_select_related = ("patient", "session__group", "offered_by")
    list_filter = ("state",)
    search_fields = ("patient__record_number", "session__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of a session.")
    fields = ("session", "patient", "episode", "offered_by", "state", "answered_at", "created_at", "uid")
    ordering = ("-created_at", "-pk")


@admin.register(CalendarFeed)
class CalendarFeedAdmin(HouseModelAdmin):
    """Whose calendar subscribes to their schedule. The address itself is known to nobody but them."""

    patient_path = "user__patient"
    list_display = ("user", "created_at", "read_at", "revoked_at")
    list_select_related = ("user",)
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    fields = ("user", "created_at", "read_at", "revoked_at", "uid")
    ordering = ("-created_at", "-pk")

    def of_programs(self, queryset, programs):
        return queryset.filter(user__in=people_of(programs))


@admin.register(RequestPolicy)
class RequestPolicyAdmin(HouseModelAdmin):
    """What a program lets people ask for, and until when."""

    program_path = "program"
    list_display = ("program", "excuse_hours", "seats_at_once")
    list_select_related = ("program",)
    fields = ("program", "excuse_hours", "seats_at_once")
    add_fields = ("program", "excuse_hours", "seats_at_once")
    changeable = ("excuse_hours", "seats_at_once")
    sentences = {"excused_until_0_to_72_hours": (gettext_lazy("Choose 0 to 72 hours."), "excuse_hours")}
    ordering = ("program__name", "pk")


@admin.register(ExcuseRequest)
class ExcuseRequestAdmin(HouseModelAdmin):
    """Who asked to be excused from which session, and what became of it; not why."""

    program_path = "booking__session__group__program"
    patient_path = "booking__patient_id"
    list_display = ("booking", "asked_for", "state", "answered_by", "answered_at")
    list_select_related = (
        "booking__patient",
        "booking__user",
        "booking__session__group",
        "booking__appointment",
        "answered_by",
    )
    list_filter = ("state",)
    search_fields = ("booking__patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid.")
    fields = (
        "booking",
        "asked_for",
        "state",
        "answered_by",
        "answered_at",
        "answers",
        "withdrawn_at",
        "created_at",
        "uid",
    )
    ordering = ("-asked_for", "-pk")


@admin.register(SeatRequest)
class SeatRequestAdmin(HouseModelAdmin):
    """Who asked for a seat to make up hours, and what became of it."""

    program_path = "episode__program"
    patient_path = "patient_id"
    list_display = ("patient", "session", "state", "answered_by", "closed_at")
    list_select_related = ("patient", "session__group", "answered_by")
    list_filter = ("state",)
    search_fields = ("patient__record_number", "session__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of a session.")
    fields = ("session", "patient", "episode", "state", "answered_by", "closed_at", "visit", "created_at", "uid")
    ordering = ("-created_at", "-pk")
