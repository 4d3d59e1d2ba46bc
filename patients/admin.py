"""Patients and care teams in the administration site.

Somebody new is admitted on the dashboard: account, patient, episode and care team in one piece. Episodes, whose end touches
groups and sessions, have their page in `scheduling.admin`.
"""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Can, allows
from accounts.admin import StaffProfileAdmin
from accounts.house_admin import HouseForm, HouseModelAdmin, RowsInline
from accounts.models import StaffProfile
from patients.models import (
    CareTeamMember,
    Consent,
    ConsentDocument,
    ConsentWording,
    Episode,
    FirstStep,
    Invitation,
    Patient,
)
from patients.models.consents import ELEMENTS
from patients.services import follow_supervisor


class PatientForm(HouseForm):
    """Corrections to what is known of a person."""

    def clean_birth_date(self):
        """As on admission."""
        if self.cleaned_data["birth_date"] >= timezone.localdate():
            raise forms.ValidationError(_("The birth date must be in the past."), "born_in_the_future")
        return self.cleaned_data["birth_date"]


class EpisodesInline(RowsInline):
    model = Episode
    fields = ("program", "level_of_care", "started_on", "ended_on", "primary_clinician")


class CareTeamInline(RowsInline):
    model = CareTeamMember
    fields = ("user", "part", "source", "starts_at", "ends_at")


@admin.register(Patient)
class PatientAdmin(HouseModelAdmin):
    """People with an episode in the admin's programs. What they need of the house is narrative and not shown here."""

    program_path = "episodes__program"
    patient_path = "pk"
    list_display = ("record_number", "name", "state")
    list_filter = ("state",)
    search_fields = ("record_number", "uid")
    search_help_text = gettext_lazy("Search by record number or uid; not by name, which would be in the link.")
    changeable = (
        "legal_first_name",
        "legal_last_name",
        "preferred_name",
        "display_name",
        "pronouns",
        "birth_date",
        "state",
        "phone",
        "may_leave_message",
        "emergency_name",
        "emergency_relation",
        "emergency_phone",
    )
    fields = ("record_number", "user", *changeable, "created_at", "uid")
    form = PatientForm
    inlines = (EpisodesInline, CareTeamInline)
    sentences = {
        "patient_has_a_display_name": (gettext_lazy("Say which name peers see."), "display_name"),
    }

    def object_links(self, request, obj):
        links = super().object_links(request, obj)
        if allows(request.user, Can.READ_AUDIT):
            links.append((_("Who read this record"), reverse("admin:audit_read_changelist") + f"?patient_id={obj.pk}"))
        return links


@admin.register(CareTeamMember)
class CareTeamMemberAdmin(HouseModelAdmin):
    """Who may see whom, and why. Written by other deeds: assigning a clinician, joining a group, leading one."""

    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_display = ("patient", "user", "part", "source", "starts_at", "ends_at")
    list_select_related = ("patient", "user")
    list_filter = ("part", ("ends_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "user__uid")
    search_help_text = gettext_lazy("Search by record number, or by the uid of an account.")
    fields = ("patient", "user", "part", "source", "starts_at", "ends_at")
    ordering = ("-starts_at", "-pk")


admin.site.unregister(StaffProfile)


@admin.register(StaffProfile)
class FollowedStaffProfileAdmin(StaffProfileAdmin):
    """A new supervisor joins the care teams of the clinician's patients, the one before leaves them."""

    def save_changed(self, request, obj, form):
        saved = super().save_changed(request, obj, form)
        follow_supervisor(clinician=obj.user)
        return saved


@admin.register(Invitation)
class InvitationAdmin(HouseModelAdmin):
    """Links that let people in: when, by whom, what became of them. Sent and taken back on the person’s page."""

    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_display = ("patient", "channel", "invited_by", "expires_at", "tries", "locked_at", "revoked_at", "used_at")
    list_select_related = ("patient", "invited_by")
    list_filter = ("channel", ("used_at", admin.EmptyFieldListFilter), ("locked_at", admin.EmptyFieldListFilter))
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number, or by uid.")
    fields = (
        *("patient", "channel", "invited_by", "expires_at", "tries", "locked_at", "revoked_at", "used_at"),
        *("created_at", "uid"),
    )
    ordering = ("-pk",)


@admin.register(FirstStep)
class FirstStepAdmin(HouseModelAdmin):
    """Which of their first steps people have done."""

    program_path = "patient__episodes__program"
    patient_path = "patient_id"
    list_display = ("patient", "step", "done_at")
    list_select_related = ("patient",)
    search_fields = ("patient__record_number",)
    search_help_text = gettext_lazy("Search by record number.")
    fields = ("patient", "step", "done_at")
    ordering = ("-done_at", "-pk")


@admin.register(ConsentDocument)
class ConsentDocumentAdmin(HouseModelAdmin):
    """Versions of what a program’s people consent to. Worded and published on the dashboard, under Care."""

    program_path = "program"
    list_display = ("program", "kind", "version", "title", "published_at", "published_by")
    list_select_related = ("program", "published_by")
    list_filter = ("kind", ("published_at", admin.EmptyFieldListFilter))
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    fields = (
        *("program", "kind", "version", "title", "text", *ELEMENTS, "written_by", "published_at", "published_by"),
        *("created_at", "uid"),
    )
    ordering = ("program__name", "kind", "-version", "pk")


@admin.register(ConsentWording)
class ConsentWordingAdmin(HouseModelAdmin):
    """The words of versions in other languages, sealed with them."""

    program_path = "document__program"
    list_display = ("document", "language", "title", "written_by")
    list_select_related = ("document__program", "written_by")
    list_filter = ("language",)
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid.")
    fields = ("document", "language", "title", "text", *ELEMENTS, "written_by", "created_at", "uid")
    ordering = ("document__program__name", "document__kind", "-document__version", "language", "pk")


@admin.register(Consent)
class ConsentAdmin(HouseModelAdmin):
    """Who consented to what, who took it back, and who dealt with it. The names and words are narrative and not shown here."""

    program_path = "document__program"
    patient_path = "patient_id"
    list_display = (
        "patient",
        "document",
        "language",
        "signed_at",
        "withdrawn_at",
        "relied_until",
        "handled_at",
        "handled_by",
    )
    list_select_related = ("patient", "document__program", "handled_by")
    list_filter = (
        "document__kind",
        ("withdrawn_at", admin.EmptyFieldListFilter),
        ("handled_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("patient__record_number", "uid")
    search_help_text = gettext_lazy("Search by record number, or by uid.")
    fields = (
        *("document", "patient", "language", "signed_at", "withdrawn_at", "relied_until", "handled_at", "handled_by"),
        *("created_at", "uid"),
    )
    ordering = ("-signed_at", "-pk")
