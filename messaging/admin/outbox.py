"""The outbox in the administration site: read-only, but for a message whose outcome nobody could find out."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy, ngettext

from accounts.house_admin import HouseModelAdmin
from core.errors import Refusal
from messaging.models import Delivery
from messaging.services import settle_unknown
from messaging.subjects import of_programs


@admin.register(Delivery)
class DeliveryAdmin(HouseModelAdmin):
    """What was, is and will be sent."""

    patient_path = "recipient__patient"
    list_display = ("kind", "recipient", "channel", "due_at", "state", "reason", "attempts", "sent_at")
    list_select_related = ("recipient",)
    list_filter = ("state", "kind", "channel")
    search_fields = ("recipient__patient__record_number", "recipient__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of an account.")
    date_hierarchy = "due_at"
    ordering = ("-due_at", "-pk")
    fields = (
        "kind",
        "subject_id",
        "recipient",
        "channel",
        "tried",
        "variant",
        "due_at",
        "expires_at",
        "state",
        "reason",
        "attempts",
        "leased_until",
        "sent_at",
        "provider_ref",
        "created_at",
    )
    actions = ("it_left", "send_again")

    def of_programs(self, queryset, programs):
        return of_programs(queryset, programs)

    @admin.action(description=gettext_lazy("Outcome unknown: it did arrive, mark as sent"))
    def it_left(self, request, queryset):
        self._settle(request, queryset, left=True)

    @admin.action(description=gettext_lazy("Outcome unknown: it did not arrive, send it again"))
    def send_again(self, request, queryset):
        self._settle(request, queryset, left=False)

    def _settle(self, request, deliveries: Iterable[Delivery], left: bool) -> None:
        settled = 0
        for delivery in deliveries:
            try:
                settle_unknown(delivery=delivery, left=left, by=request.user)
                settled += 1
            except Refusal as refusal:
                messages.error(request, f"{delivery}: {refusal.message}")
        if settled:
            done = ngettext("%(n)s message settled.", "%(n)s messages settled.", settled) % {"n": settled}
            messages.success(request, done)
