"""The outbox in the administration site: read-only, but for a message whose outcome nobody could find out.

This floor doesn't know the program of what a delivery is about. The floor that writes a kind of delivery says which of its
subjects belong to which programs (`about`); a kind nobody speaks for is seen by nobody.
"""

from collections.abc import Callable, Iterable

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy, ngettext

from accounts.house_admin import HouseModelAdmin
from core.errors import Refusal
from messaging.models import Delivery
from messaging.services import settle_unknown

Subjects = Callable[[list[int]], QuerySet]
_subjects: dict[str, Subjects] = {}


def about(*kinds: str) -> Callable[[Subjects], Subjects]:
    """Register, for kinds of delivery, the function from programs to the ids of the subjects that belong to them."""

    def register(subjects: Subjects) -> Subjects:
        _subjects.update(dict.fromkeys(kinds, subjects))
        return subjects

    return register


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
        seen = Q(pk__in=[])
        for kind, subjects in _subjects.items():
            seen |= Q(kind=kind, subject_id__in=subjects(programs))
        return queryset.filter(seen)

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
