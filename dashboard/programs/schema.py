"""The shape of a program file, entry by entry. What concerns several entries at once is in `checks`.

A key may be left empty; it then counts as not given. Unknown keys are refused.
"""

import typing
from functools import cache
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from accounts.access import STAFF
from accounts.models import Licence as LicenceRow
from accounts.models import Program as ProgramRow
from accounts.models import StaffProfile, User
from dashboard.programs import fields
from dashboard.programs.reader import Problem, Source, Spot
from groups.models import HARD_LIMIT, USUAL_SIZE, Approach, Kind
from groups.models import Curriculum as CurriculumRow
from groups.models import Group as GroupRow
from patients.models import Patient as PatientRow
from scheduling.models import Slot as SlotRow

YEAR = 366


def _column(model: Any, name: str, **options: Any) -> Any:
    return fields.text(model._meta.get_field(name), **options)


Levels = fields.one_of(ProgramRow.LevelOfCare.values, numbers=True)
Language = fields.one_of(code for code, _name in User._meta.get_field("language").choices)
ProgramName = _column(ProgramRow, "name")
GroupName = _column(GroupRow, "name")
Hours = fields.hours(1, 40)


class Entry(BaseModel):
    """Any part of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def drop_empty(cls, values: Any) -> Any:
        """A known key without a value is a key not given."""
        if not isinstance(values, dict):
            return values
        known = cls.keys()
        return {key: value for key, value in values.items() if value is not None or key not in known}

    @classmethod
    def keys(cls) -> dict[str, str]:
        """Key in the file -> name of the field ("break" is a word of Python's)."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    def states(self, name: str) -> bool:
        """Whether the file gives this field, rather than leaving it to its default."""
        return name in self.model_fields_set


class Program(Entry):
    """A track of treatment."""

    name: ProgramName
    zone: fields.Zone
    state: fields.State | None = None
    level_of_care: Levels = ProgramRow.LevelOfCare.IOP.value
    weekly_goal_hours: Hours = 9 * 60  # kept in minutes
    library: fields.one_of(["house"]) | None = None
    papers: fields.one_of(["house"]) | None = None


class Licence(Entry):
    """A licence in one state."""

    state: fields.State
    kind: _column(LicenceRow, "kind")
    number: _column(LicenceRow, "number")
    expires_on: fields.date(least=-YEAR, most=20 * YEAR) | None = None


class Staff(Entry):
    """A member of staff. programs: names; may be left out where the file has one program.

    qualified: kinds of group they may cover, besides those they lead.
    """

    email: fields.Email
    first_name: _column(User, "first_name")
    last_name: _column(User, "last_name")
    roles: Annotated[list[fields.one_of(role.value for role in STAFF)], Field(min_length=1)]
    programs: list[ProgramName] = []
    credential: _column(StaffProfile, "credential", blank=True) = ""
    licences: list[Licence] = []
    qualified: list[fields.one_of(Kind.values)] = []
    supervisor: fields.Email | None = None
    zone: fields.Zone | None = None
    language: Language = "en"


class Slot(Entry):
    """Meets every week then. start: wall time in the program's zone. minutes: break included."""

    weekday: fields.Weekday
    start: fields.Clock
    minutes: fields.whole(15, 240)
    break_minutes: Annotated[fields.whole(0, 239), Field(alias="break")] = 0
    topic: _column(SlotRow, "topic", blank=True) = ""


class Group(Entry):
    """A group with its weekly slots. waitlist: e-mail addresses of patients, the longest waiting first."""

    name: GroupName
    program: ProgramName | None = None
    kind: fields.one_of(Kind.values)
    topic: _column(GroupRow, "topic", blank=True) = ""
    focus: _column(GroupRow, "focus", blank=True, lines=True) = ""
    approach: fields.one_of(Approach.values) | None = None
    curriculum: _column(CurriculumRow, "name", blank=True) = ""
    capacity: fields.whole(*HARD_LIMIT) = USUAL_SIZE[1]
    lead: fields.Email | None = None
    co_facilitator: fields.Email | None = None
    meeting_url: fields.WebAddress | None = None
    slots: list[Slot] = []
    waitlist: list[fields.Email] = []


class Contact(Entry):
    """Whom to call in an emergency."""

    name: _column(PatientRow, "emergency_name")
    relation: _column(PatientRow, "emergency_relation", blank=True) = ""
    phone: fields.Phone


class Patient(Entry):
    """A person admitted to a program. groups: names of groups of that program."""

    email: fields.Email
    record_number: _column(PatientRow, "record_number") | None = None
    legal_first_name: _column(PatientRow, "legal_first_name")
    legal_last_name: _column(PatientRow, "legal_last_name")
    preferred_name: _column(PatientRow, "preferred_name", blank=True) = ""
    display_name: _column(PatientRow, "display_name", blank=True) = ""
    pronouns: _column(PatientRow, "pronouns", blank=True) = ""
    birth_date: fields.date(least=-130 * YEAR, most=-1, relative=False)
    state: fields.State
    zone: fields.Zone | None = None
    language: Language = "en"
    phone: fields.Phone | None = None
    emergency_contact: Contact | None = None
    program: ProgramName | None = None
    primary_clinician: fields.Email
    care_coordinator: fields.Email | None = None
    weekly_goal_hours: Hours | None = None  # kept in minutes
    started_on: fields.date(least=-10 * YEAR, most=YEAR) = fields.Day()
    groups: list[GroupName] = []


class ProgramFile(Entry):
    """The whole file."""

    programs: Annotated[list[Program], Field(min_length=1)]
    staff: list[Staff] = []
    groups: list[Group] = []
    patients: list[Patient] = []


def read_file(source: Source) -> tuple[ProgramFile | None, list[Problem]]:
    """The file's entries, or None and one problem for each wrong value, unknown or missing key."""
    try:
        return ProgramFile.model_validate(source.values), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    meant = {(*e["loc"][:-1], _meant(e)) for e in found if e["type"] == "extra_forbidden"}
    return None, [
        source.problem(tuple(e["loc"]), sentence_of(e))
        for e in found
        if not (e["type"] == "missing" and tuple(e["loc"]) in meant)  # said already: "nmae" is "name"
    ]


def _known_keys(error: dict) -> dict[str, str]:
    """The keys that may be where this error is."""
    return _model_at(tuple(error["loc"][:-1])).keys()


def _meant(error: dict) -> str:
    return fields.guess(str(error["loc"][-1]), _known_keys(error))


def sentence_of(error: dict) -> str:
    """What pydantic found, in a sentence for the person who writes the file."""
    match error["type"]:
        case "house":
            return error["ctx"]["sentence"]
        case "missing":
            return _("is missing.")
        case "extra_forbidden":
            return fields.did_you_mean(_("is not a key here."), str(error["loc"][-1]), _known_keys(error))
        case "list_type":
            return _("must be a list.")
        case "too_short":
            return _("must not be empty.")
        case "model_type" | "model_attributes_type" | "dict_type":
            return _("must be keys with values.")
    return error["msg"]


def _model_at(spot: Spot) -> type[Entry]:
    """The model of the entry at a place."""
    model: type[Entry] = ProgramFile
    for part in spot:
        if isinstance(part, str):
            model = entry_type(model.model_fields[model.keys()[part]].annotation) or model
    return model


@cache
def entry_type(annotation: Any) -> type[Entry] | None:
    """The Entry within an annotation (`list[Slot]`, `Contact | None`), if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := entry_type(part))), None)


@cache
def item_adapter(model: type[Entry], name: str) -> TypeAdapter:
    """What checks one value of a field: the field itself, or an item of it when it is a list."""
    info = model.model_fields[name]
    if typing.get_origin(info.annotation) is list:
        return TypeAdapter(typing.get_args(info.annotation)[0])
    return TypeAdapter(Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation)
