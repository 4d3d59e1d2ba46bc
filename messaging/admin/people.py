"""How people are reached, in the administration site: as it is. Each decides it on their own pages, or by text."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.house_admin import HouseModelAdmin
from accounts.models import RoleAssignment
from messaging.models import Address, InboundText, Notice, Preference, PushSubscription, Stop


def people_of(programs: list[int]):
    """Ids of the accounts that hold or held a role in these programs."""
    return RoleAssignment.objects.filter(program__in=programs).values("user")


class OwnAdmin(HouseModelAdmin):
    """Rows of one account each."""

    patient_path = "user__patient"
    list_select_related = ("user",)
    search_fields = ("user__patient__record_number", "user__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of an account.")

    def of_programs(self, queryset, programs):
        return queryset.filter(user__in=people_of(programs))


@admin.register(Preference)
class PreferenceAdmin(OwnAdmin):
    """What people chose for themselves."""

    list_display = ("user", "channels", "lead_minutes", "quiet_from", "quiet_until", "muted")
    fields = ("user", "channels", "lead_minutes", "quiet_from", "quiet_until", "muted")
    ordering = ("-pk",)


@admin.register(Address)
class AddressAdmin(OwnAdmin):
    """Numbers people gave, and addresses that were refused."""

    list_display = ("user", "channel", "value", "consented_at", "failed_at", "failure")
    list_filter = ("channel", ("failed_at", admin.EmptyFieldListFilter))
    fields = ("user", "channel", "value", "consented_at", "failed_at", "failure", "created_at", "uid")
    ordering = ("-pk",)


@admin.register(PushSubscription)
class PushSubscriptionAdmin(OwnAdmin):
    """Browsers that asked to be told. Where they are is nobody's affair: it is not shown."""

    list_display = ("user", "created_at", "gone_at")
    list_filter = (("gone_at", admin.EmptyFieldListFilter),)
    fields = ("user", "created_at", "gone_at", "uid")
    ordering = ("-created_at", "-pk")


@admin.register(Notice)
class NoticeAdmin(OwnAdmin):
    """Messages on people's own pages: that they are there and whether they were read, not what they say."""

    list_display = ("user", "created_at", "read_at")
    list_filter = (("read_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "created_at"
    fields = ("user", "delivery", "created_at", "read_at", "uid")
    ordering = ("-created_at", "-pk")


class ByNumberAdmin(HouseModelAdmin):
    """Rows of a telephone number: those of people of the admin's programs."""

    def of_programs(self, queryset, programs):
        return queryset.filter(number__in=Address.objects.filter(user__in=people_of(programs)).values("value"))


@admin.register(Stop)
class StopAdmin(ByNumberAdmin):
    """Numbers that said STOP."""

    list_display = ("number", "stopped_at", "resumed_at")
    list_filter = (("resumed_at", admin.EmptyFieldListFilter),)
    fields = ("number", "stopped_at", "resumed_at")
    ordering = ("-stopped_at", "-pk")


@admin.register(InboundText)
class InboundTextAdmin(ByNumberAdmin):
    """What came in: what it was taken for and what was answered. What it said is not kept."""

    list_display = ("number", "meaning", "answer", "received_at")
    list_filter = ("meaning",)
    date_hierarchy = "received_at"
    fields = ("number", "meaning", "answer", "provider_id", "received_at")
    ordering = ("-received_at", "-pk")
