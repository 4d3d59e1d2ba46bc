"""What every page of the administration site has in common.

- Rights are the house's roles, never Django's permission tables. Nothing is ever deleted.
- An admin sees the rows of their own programs and nothing else: lists, single rows and the choices of a form alike.
- Writes go by the services. What a service or the database refuses comes back as a sentence on the form, with all that
  was typed.
- Narrative text (encrypted columns) is not shown: it is read in the record, by the care team.
- A page that shows a patient's rows puts that on the record, once for each patient on it.
- No name gets into an address: search is by record number, filters are on facts that are not personal.
"""

from collections.abc import Iterable

import pghistory.core
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import lookup_spawns_duplicates, unquote
from django.contrib.admin.widgets import ForeignKeyRawIdWidget, RelatedFieldWidgetWrapper
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, InternalError, models
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import STAFF, Can, Role, allows
from accounts.models import RoleAssignment, User
from audit.models import Read
from audit.services import log_reads
from core.errors import Refusal
from core.fields import EncryptedTextField
from core.transactions import in_one_piece


def programs_of(request) -> list[int]:
    """Ids of the programs the request's admin runs today."""
    return request.user.program_ids(Role.PROGRAM_ADMIN)


def narrative_fields(model: type[models.Model]) -> list[str]:
    """Names of the model's encrypted columns."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


class HouseForm(forms.ModelForm):
    """A form that can be shown once more with what a service or the database refused, and that speaks in sentences."""

    refusal: Refusal | None = None
    sentences: dict[str, tuple[str, str | None]] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                self._keep_present_choice(name, field)

    def _keep_present_choice(self, name: str, field: forms.ModelChoiceField) -> None:
        """What is chosen now stays a choice, so that saving another field doesn't quietly empty this one."""
        present = self.instance._meta.get_field(name).value_from_object(self.instance) if self.instance.pk else None
        if present is not None:
            known = Q(pk__in=field.queryset.values("pk")) | Q(pk=present)
            field.queryset = field.queryset.model._base_manager.filter(known)

    def clean(self):
        data = super().clean()
        if self.refusal:
            self.refusal.add_to(self)
        return data

    def _update_errors(self, errors):
        """Django says “Constraint … is violated”; say what is wrong instead, beside the field."""
        known = errors.error_dict if hasattr(errors, "error_dict") else {NON_FIELD_ERRORS: errors.error_list}
        for error in known.pop(NON_FIELD_ERRORS, []):
            sentence, field = self.sentences.get(self._constraint_of(error), (None, None))
            place = field if field in self.fields else NON_FIELD_ERRORS
            known.setdefault(place, []).append(ValidationError(sentence, "constraint") if sentence else error)
        super()._update_errors(ValidationError(known))

    def _constraint_of(self, error: ValidationError) -> str:
        """The name of the constraint the error is about; "" when it is about none."""
        unique = (error.params or {}).get("unique_check")
        for constraint in self._meta.model._meta.constraints:
            alike = bool(unique) and tuple(getattr(constraint, "fields", ())) == tuple(unique)
            if alike or constraint.get_violation_error_message() == error.message:
                return constraint.name
        return ""


class LimitedRawId(ForeignKeyRawIdWidget):
    """Django's raw-id field, naming only rows that may be chosen. Django's own names any row whose number is typed."""

    def __init__(self, rel, admin_site, queryset):
        super().__init__(rel, admin_site)
        self.queryset = queryset

    def chosen(self, value) -> models.Model | None:
        """The row of this number, if it may be chosen."""
        try:
            return self.queryset.filter(pk=value).first() if value else None
        except (ValueError, TypeError):
            return None

    def label_and_url_for_value(self, value):
        row = self.chosen(value)
        if row is None:
            return "", ""
        page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        return str(row), reverse(page, args=[row.pk], current_app=self.admin_site.name)


class HouseModelAdmin(admin.ModelAdmin):
    """The base of every page. A subclass says:

    program_path: the lookup from a row to its program. patient_path: the lookup from a row to its one patient's id.
    fields: what is shown of a row; `changeable`: which of them may be changed. add_fields: what is asked for a new row.
    people: which roles somebody must hold to be a choice of a field. sentences: by constraint, what to say and beside
    which field. places: what a service calls a field, where the form calls it otherwise. linked: columns by which other
    pages may narrow the list.
    """

    can = Can.USE_ADMIN
    program_path = ""
    patient_path = ""
    changeable: tuple[str, ...] = ()
    add_fields: tuple[str, ...] = ()
    add_form: type[HouseForm] | None = None
    people: dict[str, Iterable[Role]] = {}
    sentences: dict[str, tuple[str, str | None]] = {}
    places: dict[str, str] = {}
    linked: tuple[str, ...] = ()

    form = HouseForm
    list_per_page = 50
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    # --- rights

    def may(self, request) -> bool:
        """Whether the request's user may be here at all."""
        return allows(request.user, self.can)

    def has_module_permission(self, request):
        return self.may(request)

    def has_view_permission(self, request, obj=None):
        return self.may(request)

    def has_add_permission(self, request):
        return self.may(request) and bool(self.add_fields)

    def has_change_permission(self, request, obj=None):
        return self.may(request) and bool(self.changeable)

    def has_delete_permission(self, request, obj=None):
        return False

    # --- rows

    def of_programs(self, queryset, programs: list[int]):
        """The rows that belong to these programs."""
        ours = {f"{self.program_path}__in": programs}
        if lookup_spawns_duplicates(self.opts, self.program_path):
            return queryset.filter(pk__in=self.model._base_manager.filter(**ours).values("pk"))
        return queryset.filter(**ours)

    def get_queryset(self, request):
        rows = super().get_queryset(request).defer(*narrative_fields(self.model))
        return self.of_programs(rows, programs_of(request))

    def lookup_allowed(self, lookup, value, request=None):
        """Only what a filter or a link of ours asks: by hand one could otherwise put a name into an address."""
        filters = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        names = [getattr(item, "parameter_name", item) for item in filters]
        allowed = [name for name in (*names, *self.linked, self.date_hierarchy) if name]
        return any(lookup == name or lookup.startswith(f"{name}__") for name in allowed)

    # --- on the record

    def patient_ids(self, request, rows: Iterable[models.Model]) -> set[int]:
        """The patients whose data these rows are. At most one query."""
        if not self.patient_path:
            return set()
        if self.patient_path in {"pk", *(field.attname for field in self.opts.concrete_fields)}:
            found = [getattr(row, self.patient_path) for row in rows]
        else:
            pks = [row.pk for row in rows]
            found = self.model._base_manager.filter(pk__in=pks).values_list(self.patient_path, flat=True)
        return {pk for pk in found if pk is not None}

    def log_shown(self, request, patients: Iterable[int]) -> None:
        """Put on the record that these patients' rows were shown. One query."""
        log_reads(request=request, patient_ids=sorted(patients), what=Read.What.ADMIN, why="administration")

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        self.prepare(request, changelist.result_list)
        return changelist

    def changelist_view(self, request, extra_context=None):
        answer = super().changelist_view(request, extra_context)
        if changelist := (getattr(answer, "context_data", None) or {}).get("cl"):  # else an action sent us elsewhere
            self.log_shown(request, self.patient_ids(request, changelist.result_list))
        return answer

    def prepare(self, request, rows: list) -> None:
        """Give the rows of one page what their columns need, in a fixed number of queries."""

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        shown = self.patient_ids(request, [obj]) if obj else set()
        for inline in context["inline_admin_formsets"]:
            rows = [form.instance for form in inline.formset.forms if form.instance.pk]
            shown |= self._page_of(inline.opts.model).patient_ids(request, rows)
        form = context["adminform"].form
        for name, field in form.fields.items():
            if isinstance(field.widget, LimitedRawId) and (row := field.widget.chosen(form[name].value())):
                shown |= self._page_of(type(row)).patient_ids(request, [row])
        self.log_shown(request, shown)
        context["object_links"] = self.object_links(request, obj) if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _page_of(self, model: type[models.Model]) -> "HouseModelAdmin":
        return self.admin_site.get_model_admin(model)

    # --- history: by trigger, not Django's own log, which would keep names in the clear and know no programs

    def log_addition(self, request, obj, message):
        return None

    def log_change(self, request, obj, message):
        return None

    def log_deletions(self, request, queryset):
        return None

    def history_url(self, pk) -> str:
        """Where the changes of the row are shown; "" where none are kept."""
        for history in pghistory.core.event_models(tracks_model=self.model):
            if self.admin_site.is_registered(history):
                page = f"admin:{history._meta.app_label}_{history._meta.model_name}_changelist"
                return reverse(page, query={"pgh_obj": pk})
        return ""

    def history_view(self, request, object_id, extra_context=None):
        row, page = self.get_object(request, unquote(object_id)), self.history_url(object_id)
        if row is None or not page:
            raise Http404(_("There is no such page."))
        return redirect(page)

    def object_links(self, request, obj) -> list[tuple[str, str]]:
        """Links beside a row's heading: (words, address)."""
        page = self.history_url(obj.pk) if allows(request.user, Can.READ_AUDIT) else ""
        return [(_("History"), page)] if page else []

    # --- forms

    def get_fields(self, request, obj=None):
        return self.add_fields if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request, obj=None):
        return () if obj is None else [name for name in self.get_fields(request, obj) if name not in self.changeable]

    def get_inlines(self, request, obj):
        """On the page of a new row, only inlines that are written there."""
        return [inline for inline in super().get_inlines(request, obj) if obj or not inline.only_shown]

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None and self.add_form:
            kwargs["form"] = self.add_form
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal, form.sentences = getattr(request, "house_refusal", None), self.sentences
        return form

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # without the windows for adding and changing: each has its own page
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        rows = self.choices(db_field, request)
        kwargs["queryset"] = rows
        if db_field.name in self.raw_id_fields:
            kwargs["widget"] = LimitedRawId(db_field.remote_field, self.admin_site, rows)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def choices(self, db_field, request):
        """What may be chosen for a foreign key: rows of the admin's own programs, and of people only staff."""
        if db_field.related_model is User:
            return self.staff(request, self.people.get(db_field.name, STAFF))
        page = self._page_of(db_field.related_model)
        return page.get_queryset(request).select_related(*(page.list_select_related or ()))

    def staff(self, request, roles: Iterable[Role]):
        """People who hold one of the roles in the admin's programs today."""
        held = RoleAssignment.objects.current().filter(program__in=programs_of(request), role__in=list(roles))
        return User.objects.filter(pk__in=held.values("user_id"), is_active=True)

    # --- writes

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = super().changeform_view
        if request.method == "POST":
            view = in_one_piece(view)  # services run inside it: it is what begins again after a deadlock
        try:
            return view(request=request, object_id=object_id, form_url=form_url, extra_context=extra_context)
        except Refusal as refusal:
            refusal.field = self.places.get(refusal.field, refusal.field)
            request.house_refusal = refusal
        except (IntegrityError, InternalError) as error:
            request.house_refusal = self.refusal_of(error)
        # All that was begun is rolled back. Once more, to show the form as it was typed, the sentence beside its field.
        return super().changeform_view(request, object_id, form_url, extra_context)

    def refusal_of(self, error: Exception) -> Refusal:
        """What the database refused, as a sentence."""
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "database"
        unknown = (_("The database does not allow this. Nothing was saved."), None)
        sentence, field = self.sentences.get(name, unknown)
        return Refusal(sentence, name, field)

    def save_model(self, request, obj, form, change):
        made = self.save_changed(request, obj, form) if change else self.save_new(request, obj, form)
        if made is not None and made is not obj:
            obj.__dict__.update(made.__dict__)  # the row the service wrote is the one the page goes on with

    def save_new(self, request, obj, form) -> models.Model | None:
        """Write a new row; by a service, where there is one. Returns the row."""
        obj.save()
        return obj

    def save_changed(self, request, obj, form) -> models.Model | None:
        """Write what was changed and nothing else, so that two people can change two columns."""
        if changed := [name for name in form.changed_data if name in self.changeable]:
            obj.save(update_fields=changed)
        return obj


class RowsInline(admin.TabularInline):
    """Rows that belong to the row of the page: listed with a link to their own pages, changed there."""

    extra = 0
    can_delete = False
    show_change_link = True
    only_shown = True

    def has_view_permission(self, request, obj=None):
        return allows(request.user, Can.USE_ADMIN)

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        page = self.admin_site.get_model_admin(self.model)
        rows = super().get_queryset(request).defer(*narrative_fields(self.model))
        return page.of_programs(rows.select_related(*(page.list_select_related or ())), programs_of(request))
