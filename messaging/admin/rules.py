"""What programs decide about messages, in the administration site, and how their providers are. Changed on staff's pages."""

from django.contrib import admin

from accounts.house_admin import HouseModelAdmin
from messaging.models import Policy, Provider, Template


@admin.register(Policy)
class PolicyAdmin(HouseModelAdmin):
    """When and how a program reminds."""

    program_path = "program"
    list_display = ("program", "channels", "lead_minutes", "quiet_from", "quiet_until")
    list_select_related = ("program",)
    fields = ("program", "channels", "lead_minutes", "quiet_from", "quiet_until")
    ordering = ("program__name",)


@admin.register(Template)
class TemplateAdmin(HouseModelAdmin):
    """A program's own wordings."""

    program_path = "program"
    list_display = ("program", "kind", "channel", "language", "written_by", "written_at")
    list_select_related = ("program", "written_by")
    list_filter = ("kind", "channel", "language")
    fields = ("program", "kind", "channel", "language", "subject", "text", "written_by", "written_at", "uid")
    ordering = ("program__name", "kind", "channel", "language")


@admin.register(Provider)
class ProviderAdmin(HouseModelAdmin):
    """Whether a provider is being asked. It is every program's, and nobody's data."""

    list_display = ("name", "failures", "open_until", "next_at")
    fields = ("name", "failures", "open_until", "next_at")
    ordering = ("name",)

    def of_programs(self, queryset, programs):
        return queryset
