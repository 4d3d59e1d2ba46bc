"""Who read what, and who changed what, in the administration site.

It stands on this floor because it names people of all others: the audit's own rows hold only numbers, and the change
history of a table is limited by the page of that table.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pghistory.core
from django.contrib import admin
from django.contrib.admin.utils import display_for_field, display_for_value
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import STAFF, Can, stamped
from accounts.house_admin import HouseModelAdmin, narrative_fields, programs_of
from accounts.models import Program, User
from audit.models import Read
from groups.models import Group
from patients.models import Patient

EMPTY = "—"
NAMED = (User, Patient, Program, Group)  # a foreign key to one of these is written by name, any other by number


class AuditAdmin(HouseModelAdmin):
    """A page on who did what."""

    can = Can.READ_AUDIT
    show_full_result_count = False  # these tables grow without end

    def get_urls(self):
        return stamped(self.can, super().get_urls())


# --- readings


class OwnReadings(admin.SimpleListFilter):
    """Looking at this list is a reading too. Those are left out unless asked for: they would soon be all there is."""

    title = gettext_lazy("readings of this list")
    parameter_name = "of_this_list"

    def lookups(self, request, model_admin):
        return [("shown", _("Shown too"))]

    def choices(self, changelist):
        for value, words in ((None, _("Left out")), ("shown", _("Shown too"))):
            address = changelist.get_query_string({self.parameter_name: value})  # None takes it out
            yield {"selected": self.value() == value, "query_string": address, "display": words}

    def queryset(self, request, queryset):
        lists = reverse("admin:audit_read_changelist")
        return queryset if self.value() == "shown" else queryset.exclude(what=Read.What.ADMIN, path__startswith=lists)


@admin.register(Read)
class ReadAdmin(AuditAdmin):
    """Who read whose record: of patients of the admin's programs, whoever the reader."""

    patient_path = "patient_id"
    list_display = ("at", "reader", "record_number", "patient", "what", "why", "path")
    list_filter = ("what", OwnReadings)
    linked = ("patient_id", "reader_id")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    fields = ("at", "reader", "record_number", "patient", "what", "why", "path")

    def of_programs(self, queryset, programs):
        return queryset.filter(patient_id__in=Patient.objects.filter(episodes__program__in=programs).values("pk"))

    def prepare(self, request, rows):
        """Names for the numbers, in two queries."""
        readers = User.objects.in_bulk({row.reader_id for row in rows})
        patients = Patient.objects.defer(*narrative_fields(Patient)).in_bulk({row.patient_id for row in rows})
        for row in rows:
            row.reader_found, row.patient_found = readers.get(row.reader_id), patients.get(row.patient_id)

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare(request, [row])
        return row

    @admin.display(description=gettext_lazy("reader"))
    def reader(self, obj):
        return obj.reader_found or _("Account %(pk)s") % {"pk": obj.reader_id}

    @admin.display(description=gettext_lazy("record number"))
    def record_number(self, obj):
        return obj.patient_found.record_number if obj.patient_found else EMPTY

    @admin.display(description=gettext_lazy("patient"))
    def patient(self, obj):
        return obj.patient_found.name if obj.patient_found else EMPTY


# --- changes


class ChangedBy(admin.SimpleListFilter):
    """Who made the change: staff of the admin's programs, or the system itself."""

    title = gettext_lazy("person")
    parameter_name = "by"

    def lookups(self, request, model_admin):
        people = [(str(user.pk), str(user)) for user in model_admin.staff(request, STAFF)]
        return [*people, ("system", _("The system"))]

    def queryset(self, request, queryset):
        user = "pgh_context__metadata__user"
        if self.value() == "system":
            return queryset.filter(Q(pgh_context=None) | Q(**{user: None}) | Q(**{f"{user}__isnull": True}))
        if (self.value() or "").isdecimal():
            return queryset.filter(**{user: int(self.value())})
        return queryset


class Deed(admin.SimpleListFilter):
    """Rows added, rows changed."""

    title = gettext_lazy("deed")
    parameter_name = "deed"
    WORDS = {"insert": gettext_lazy("Added"), "update": gettext_lazy("Changed")}

    def lookups(self, request, model_admin):
        return list(self.WORDS.items())

    def queryset(self, request, queryset):
        return queryset.filter(pgh_label=self.value()) if self.value() in self.WORDS else queryset


class ChangeAdmin(AuditAdmin):
    """The change history of one table: a row for each insert and each update, written by trigger."""

    change_list_template = "admin/changes/change_list.html"
    change_form_template = "admin/changes/change_form.html"
    list_display = ("when", "deed", "of_row", "changes", "who", "address")
    list_filter = (Deed, ChangedBy)
    linked = ("pgh_obj",)
    date_hierarchy = "pgh_created_at"
    ordering = ("-pgh_id",)
    fields = ("when", "deed", "of_row", "who", "address", "request_id", "changes", "as_it_stood")

    # --- rows

    @property
    def table(self) -> HouseModelAdmin:
        """The page of the table this is the history of. It says which rows are whose, and of which patient."""
        return self.admin_site.get_model_admin(self.model.pgh_tracked_model)

    def of_programs(self, queryset, programs):
        table = self.model.pgh_tracked_model
        return queryset.filter(pgh_obj__in=self.table.of_programs(table._base_manager.all(), programs).values("pk"))

    def get_queryset(self, request):
        """With the row as it is today and the number of the change before it."""
        names = ["pgh_obj", *(f"pgh_obj__{name}" for name in self.table.list_select_related or ())]
        before = self.model._base_manager.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
        rows = (
            self.model._default_manager.select_related("pgh_context", *names)
            .defer(*(f"pgh_obj__{name}" for name in narrative_fields(self.model.pgh_tracked_model)))
            .annotate(before_id=Subquery(before.order_by("-pgh_id").values("pgh_id")[:1]))
            .order_by(*self.ordering)
        )
        return self.of_programs(rows, programs_of(request))

    def patient_ids(self, request, rows):
        return self.table.patient_ids(request, [row.pgh_obj for row in rows])

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare(request, [row])
        return row

    def prepare(self, request, rows):
        """Each row's state before, and names for numbers: a query for each kind of row that is named."""
        before = self.model._base_manager.in_bulk({row.before_id for row in rows if row.before_id})
        wanted: dict[type[models.Model], set[int]] = defaultdict(set)
        for row in rows:
            row.before = before.get(row.before_id)
            row.meta = row.pgh_context.metadata if row.pgh_context else {}
            wanted[User].add(row.meta.get("user"))
            for state in (row, row.before):
                for field in columns(self.model) if state else ():
                    if field.related_model in NAMED:
                        wanted[field.related_model].add(getattr(state, field.attname))
        found = {table: table._base_manager.in_bulk(pks - {None}) for table, pks in wanted.items()}
        for row in rows:
            row.names = found

    # --- columns

    @admin.display(description=gettext_lazy("when"), ordering="pgh_id")
    def when(self, obj):
        return display_for_value(obj.pgh_created_at, EMPTY)

    @admin.display(description=gettext_lazy("deed"))
    def deed(self, obj):
        return Deed.WORDS.get(obj.pgh_label, obj.pgh_label)

    @admin.display(description=gettext_lazy("row"))
    def of_row(self, obj):
        return f"{obj.pgh_obj} ({obj.pgh_obj_id})"

    @admin.display(description=gettext_lazy("who"))
    def who(self, obj):
        pk = obj.meta.get("user")
        return _("The system") if pk is None else obj.names[User].get(pk) or _("Account %(pk)s") % {"pk": pk}

    @admin.display(description=gettext_lazy("address of the request"))
    def address(self, obj):
        return obj.meta.get("url") or EMPTY

    @admin.display(description=gettext_lazy("request"))
    def request_id(self, obj):
        return obj.meta.get("request") or EMPTY

    @admin.display(description=gettext_lazy("what changed"))
    def changes(self, obj):
        return format_html_join("", "<div>{}</div>", ((line,) for line in differences(obj))) or EMPTY

    @admin.display(description=gettext_lazy("the row after it"))
    def as_it_stood(self, obj):
        lines = ((label(field), written(field, obj)) for field in columns(self.model))
        return format_html_join("", "<div>{}: {}</div>", lines)

    # --- words

    @property
    def list_title(self) -> str:
        """What the list is called."""
        return _("Changes of %(rows)s") % {"rows": self.model.pgh_tracked_model._meta.verbose_name_plural}

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": self.list_title, **(extra_context or {})})

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        row = self.model.pgh_tracked_model._meta.verbose_name
        title = _("Change of %(row)s") % {"row": row}
        context |= {"title": title, "subtitle": self.of_row(obj), "list_title": self.list_title}
        return super().render_change_form(request, context, add, change, form_url, obj)


def columns(history: type[models.Model]) -> list[models.Field]:
    """The columns of the table that its history keeps, as the table declares them."""
    table = history.pgh_tracked_model
    kept = (field.name for field in history._meta.concrete_fields if not field.name.startswith("pgh_"))
    return [table._meta.get_field(name) for name in kept if name != table._meta.pk.name]


def label(field: models.Field) -> str:
    """What a column is called."""
    return str(field.verbose_name)


def written(field: models.Field, state, names: dict | None = None) -> str:
    """A column's value in words. Narrative is not shown."""
    value = getattr(state, field.attname)
    if field.name in narrative_fields(field.model):
        return _("not shown here") if value else EMPTY
    if value in (None, ""):
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.is_relation:
        row = (names or getattr(state, "names", {})).get(field.related_model, {}).get(value)
        return str(row or f"#{value}")
    return str(display_for_field(value, field, EMPTY))


def differences(row) -> Iterator[str]:
    """One line for each column that differs from the state before."""
    for field in columns(type(row)) if row.before else ():
        if getattr(row, field.attname) == getattr(row.before, field.attname):
            continue
        if field.name in narrative_fields(field.model):
            yield _("%(column)s: changed") % {"column": label(field)}
        else:
            yield f"{label(field)}: {written(field, row.before, row.names)} → {written(field, row, row.names)}"


def register_histories(histories: Iterable[type[models.Model]]) -> None:
    """A page for the history of every table that has a page itself."""
    for history in histories:
        if admin.site.is_registered(history.pgh_tracked_model):
            admin.site.register(history, ChangeAdmin)


register_histories(pghistory.core.event_models())
