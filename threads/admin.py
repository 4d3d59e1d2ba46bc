"""What a program promises whoever writes. Messages themselves are no matter of administration."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.house_admin import HouseModelAdmin
from threads.models import AnswerPolicy


@admin.register(AnswerPolicy)
class AnswerPolicyAdmin(HouseModelAdmin):
    """Within how many business days somebody is answered."""

    program_path = "program"
    list_display = ("program", "business_days")
    list_select_related = ("program",)
    fields = ("program", "business_days")
    add_fields = ("program", "business_days")
    changeable = ("business_days",)
    sentences = {"answer_within_1_to_5_days": (_("Promise one to five business days."), "business_days")}
    ordering = ("program__name", "pk")
