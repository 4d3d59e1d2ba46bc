"""Accounts, programs, roles, staff profiles and licences in the administration site."""

import smtplib

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import STAFF, Can, Role, allows
from accounts.house_admin import HouseForm, HouseModelAdmin, RowsInline, programs_of
from accounts.models import Licence, Program, RoleAssignment, StaffProfile, User
from accounts.services import create_account, give_role, set_staff_profile

STAFF_ROLES = [(role.value, role.label) for role in Role if role in STAFF]


class HeldRole(admin.SimpleListFilter):
    """People who hold a role in the admin's programs today."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return Role.choices

    def queryset(self, request, queryset):
        if self.value() not in Role.values:
            return queryset
        held = RoleAssignment.objects.current().filter(program__in=programs_of(request), role=self.value())
        return queryset.filter(pk__in=held.values("user_id"))


class AccountForm(HouseForm):
    """An account's own columns."""

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class NewAccountForm(HouseForm):
    """A member of staff: their account and their first role. No password: they choose it by the link they are sent."""

    # Its choices are the admin's own programs (UserAdmin.get_form).
    program = forms.ModelChoiceField(Program.objects.none(), label=gettext_lazy("Program"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=STAFF_ROLES)
    send_link = forms.BooleanField(
        label=gettext_lazy("Send a link for choosing a password now"), required=False, initial=True
    )


class RolesInline(RowsInline):
    model = RoleAssignment
    fields = ("program", "role", "starts_on", "ends_on")


@admin.register(User)
class UserAdmin(HouseModelAdmin):
    """Accounts of everybody who has or had a role in the admin's programs."""

    program_path = "role_assignments__program"
    list_display = ("__str__", "email", "roles_here", "is_active", "last_login")
    list_filter = (HeldRole, "is_active")
    search_fields = ("uid",)
    search_help_text = gettext_lazy("Search by uid. Names and addresses are not searched: they would be in the link.")
    fields = ("email", "first_name", "last_name", "zone", "language", "is_active", "last_login", "created_at", "uid")
    changeable = ("email", "first_name", "last_name", "zone", "language", "is_active")
    form = AccountForm
    add_fields = ("email", "first_name", "last_name", "zone", "language", "program", "role", "send_link")
    add_form = NewAccountForm
    inlines = (RolesInline,)
    sentences = {
        "one_account_per_email": (gettext_lazy("Somebody already signs in with this e-mail address."), "email"),
        "accounts_user_email_key": (gettext_lazy("Somebody already signs in with this e-mail address."), "email"),
    }

    def get_queryset(self, request):
        here = RoleAssignment.objects.current().filter(program__in=programs_of(request))
        return super().get_queryset(request).prefetch_related(Prefetch("role_assignments", here, to_attr="held_here"))

    @admin.display(description=gettext_lazy("roles here"))
    def roles_here(self, obj):
        return ", ".join(sorted({str(held.get_role_display()) for held in obj.held_here})) or None

    def has_change_permission(self, request, obj=None):
        """Somebody who also works or is treated elsewhere is changed by an admin of all those programs.

        Whoever changes an address can have the link for a new password sent to it.
        """
        if obj is None or not super().has_change_permission(request, obj):
            return super().has_change_permission(request, obj)
        return set(obj.program_ids()) <= set(programs_of(request))

    def get_readonly_fields(self, request, obj=None):
        own = ["is_active"] if obj == request.user else []  # nobody locks themselves out by a slip
        return [*super().get_readonly_fields(request, obj), *own]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if "program" in form.base_fields:
            form.base_fields["program"] = self.formfield_for_dbfield(
                RoleAssignment._meta.get_field("program"), request=request
            )
        return form

    def patient_ids(self, request, rows):
        """Patients of the admin's programs: of staff who are treated elsewhere nothing of that is shown."""
        ours = RoleAssignment.objects.filter(
            user__in=[row.pk for row in rows], role=Role.PATIENT, program__in=programs_of(request)
        )
        return {pk for pk in ours.values_list("user__patient", flat=True) if pk is not None}

    # --- writes

    def save_new(self, request, obj, form):
        data = form.cleaned_data
        user = create_account(**{name: data[name] for name in ("email", "first_name", "last_name", "zone", "language")})
        give_role(user=user, program=data["program"], role=Role(data["role"]))
        request.link_for = user if data["send_link"] else None
        return user

    def save_changed(self, request, obj, form):
        obj = super().save_changed(request, obj, form)
        if "email" in form.changed_data:  # else the old address could go on signing in and asking for a new password
            EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()
        return obj

    # --- the link for choosing a password

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        if person := getattr(request, "link_for", None):  # only now: the account is committed
            self.send_link(request, person)
        return answer

    def get_urls(self):
        page = self.admin_site.admin_view(self.reset_view)
        page.model_admin = self  # as Django marks its own
        return [path("<path:object_id>/reset/", page, name="accounts_user_reset"), *super().get_urls()]

    @method_decorator(require_POST)
    def reset_view(self, request, object_id: str):
        """Send the person the link for choosing a password."""
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404(_("There is no such page."))
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        self.send_link(request, user)
        return redirect("admin:accounts_user_change", user.pk)

    def send_link(self, request, user: User) -> None:
        """Send the link and say whether it left."""
        form = ResetPasswordForm({"email": user.email})
        try:
            sent = form.is_valid() and user in form.users and bool(form.save(request))
        except (OSError, smtplib.SMTPException):
            sent = False
        if sent:
            messages.success(request, _("The link for choosing a password is on its way."))
        else:
            messages.error(request, _("The link for choosing a password could not be sent. Try again in a while."))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and obj.is_active and self.has_change_permission(request, obj):
            context["reset_url"] = reverse("admin:accounts_user_reset", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def object_links(self, request, obj):
        links = super().object_links(request, obj)
        if allows(request.user, Can.READ_AUDIT):
            links.append((_("What they read"), reverse("admin:audit_read_changelist") + f"?reader_id={obj.pk}"))
        return links


@admin.register(Program)
class ProgramAdmin(HouseModelAdmin):
    """The admin's own programs. Whoever adds one is its first admin: somebody has to see it."""

    program_path = "pk"
    list_display = ("name", "zone", "level_of_care", "weekly_goal_minutes")
    fields = ("name", "zone", "level_of_care", "weekly_goal_minutes", "created_at", "uid")
    changeable = ("name", "zone", "level_of_care", "weekly_goal_minutes")
    add_fields = changeable
    sentences = {
        "weekly_goal_is_sane": (gettext_lazy("The weekly goal is 60 to 2400 minutes."), "weekly_goal_minutes"),
        "accounts_program_name_key": (gettext_lazy("There is already a program of that name."), "name"),
    }

    def save_new(self, request, obj, form):
        obj.save()
        give_role(user=request.user, program=obj, role=Role.PROGRAM_ADMIN)
        return obj


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(HouseModelAdmin):
    """Who holds which role. A role is given and ended, never changed; patients get theirs by admission."""

    program_path = "program"
    patient_path = "user__patient"
    list_display = ("user", "role", "program", "starts_on", "ends_on")
    list_select_related = ("user", "program")
    list_filter = ("role", ("program", admin.RelatedOnlyFieldListFilter))
    search_fields = ("user__uid",)
    search_help_text = gettext_lazy("Search by the account’s uid.")
    fields = ("user", "program", "role", "starts_on", "ends_on")
    changeable = ("ends_on",)
    add_fields = ("user", "program", "role", "starts_on")
    sentences = {
        "assignment_ends_after_start": (gettext_lazy("The last day can’t be before the first."), "ends_on"),
        "one_open_assignment_per_role": (gettext_lazy("They hold this role in this program already."), "role"),
    }

    def has_change_permission(self, request, obj=None):
        """One's own roles, and a patient's, are not ended here: another admin does that, or the discharge."""
        mine = obj is not None and (obj.user_id == request.user.pk or obj.role == Role.PATIENT)
        return super().has_change_permission(request, obj) and not mine

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "role":
            kwargs["choices"] = STAFF_ROLES
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def choices(self, db_field, request):
        """Also people whose roles have ended: they may come back."""
        if db_field.name == "user":
            held = RoleAssignment.objects.filter(program__in=programs_of(request), role__in=[str(r) for r in STAFF])
            return User.objects.filter(pk__in=held.values("user_id"))
        return super().choices(db_field, request)

    def patient_ids(self, request, rows):
        return super().patient_ids(request, [row for row in rows if row.role == Role.PATIENT])

    def save_new(self, request, obj, form):
        data = form.cleaned_data
        return give_role(
            user=data["user"], program=data["program"], role=Role(data["role"]), starts_on=data["starts_on"]
        )


class LicenceForm(HouseForm):
    """A licence's line."""

    sentences = {
        "one_licence_per_state_and_kind": (
            gettext_lazy("There is already a licence of this kind for this state: change that one."),
            "kind",
        )
    }


class LicenceInline(RowsInline):
    """The one inline that is written: a licence belongs to its profile."""

    model = Licence
    form = LicenceForm
    fields = ("state", "kind", "number", "expires_on")
    show_change_link = False
    only_shown = False

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self.admin_site.get_model_admin(StaffProfile).has_change_permission(request, obj)


@admin.register(StaffProfile)
class StaffProfileAdmin(HouseModelAdmin):
    """What staff sign with, who supervises them, and their licences."""

    program_path = "user__role_assignments__program"
    list_display = ("user", "credential", "supervisor", "licence_list")
    list_select_related = ("user", "supervisor")
    search_fields = ("user__uid",)
    search_help_text = gettext_lazy("Search by the account’s uid.")
    changeable = ("credential", "supervisor")
    add_fields = ("user", *changeable)
    fields = (*add_fields, "qualified_for")
    inlines = (LicenceInline,)
    people = {"supervisor": [Role.SUPERVISOR]}
    sentences = {
        "nobody_supervises_themselves": (gettext_lazy("Nobody can supervise themselves."), "supervisor"),
        "one_licence_per_state_and_kind": LicenceForm.sentences["one_licence_per_state_and_kind"],
    }

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("licences")

    @admin.display(description=gettext_lazy("licences"))
    def licence_list(self, obj):
        return format_html_join(", ", "{}", ((licence,) for licence in obj.licences.all())) or None

    @admin.display(description=gettext_lazy("may cover"))
    def qualified_for(self, obj):
        kinds = ((held.get_kind_display(),) for held in obj.user.qualifications.order_by("kind"))
        return format_html_join(", ", "{}", kinds) or None

    def has_change_permission(self, request, obj=None):
        """As for their account: whoever also works elsewhere is changed by an admin of all those programs."""
        accounts = self.admin_site.get_model_admin(User)
        return super().has_change_permission(request, obj) and accounts.has_change_permission(request, obj and obj.user)

    def save_new(self, request, obj, form):
        return set_staff_profile(**form.cleaned_data)

    def save_changed(self, request, obj, form):
        if not form.changed_data:
            return obj
        return set_staff_profile(user=obj.user, credential=obj.credential, supervisor=obj.supervisor)


@admin.register(Licence)
class LicenceAdmin(HouseModelAdmin):
    """Every licence with its expiry. They are changed on the staff profile."""

    program_path = "staff__user__role_assignments__program"
    list_display = ("__str__", "staff", "expires_on")
    list_select_related = ("staff__user",)
    list_filter = ("expires_on",)
    fields = ("staff", "state", "kind", "number", "expires_on")
    ordering = ("expires_on", "pk")
