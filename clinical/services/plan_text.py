"""What a treatment plan says, as one value: read from its rows, written to them, and what it still lacks to be signed."""

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Diagnosis, Goal, Intervention, Objective, Problem, TreatmentPlan
from core.errors import Refusal


@dataclass(slots=True)
class InterventionText:
    """What is done, how often, and by whom: a member of staff (id), or in words."""

    text: str = ""
    frequency: str = ""
    responsible: int | None = None
    responsible_words: str = ""
    uid: uuid.UUID | None = None


@dataclass(slots=True)
class ObjectiveText:
    """A measurable objective. line: set from the row, and kept in copies."""

    text: str = ""
    baseline: str = ""
    target: str = ""
    target_on: dt.date | None = None
    status: str = Objective.Status.OPEN
    interventions: list[InterventionText] = field(default_factory=list)
    uid: uuid.UUID | None = None
    line: uuid.UUID | None = None


@dataclass(slots=True)
class GoalText:
    """A long-term goal and its objectives."""

    text: str = ""
    objectives: list[ObjectiveText] = field(default_factory=list)
    uid: uuid.UUID | None = None


@dataclass(slots=True)
class ProblemText:
    """A problem, as shown by what, with its goals. diagnosis: an id of the patient's diagnoses."""

    text: str = ""
    evidence: str = ""
    diagnosis: int | None = None
    goals: list[GoalText] = field(default_factory=list)
    uid: uuid.UUID | None = None


@dataclass(slots=True)
class PlanText:
    """The whole plan, in its order. `uid` of a part: the row it is now; None: a new one."""

    strengths: str = ""
    culture: str = ""
    problems: list[ProblemText] = field(default_factory=list)

    def tidy(self) -> "PlanText":
        """The same without blanks around its texts."""
        return _mapped(self, lambda name, value: value.strip() if isinstance(value, str) else value)

    def as_copy(self) -> "PlanText":
        """The same as new rows; objectives keep their line."""
        return _mapped(self, lambda name, value: None if name == "uid" else value)


def _mapped(part, change):
    values = {}
    for f in dataclasses.fields(part):
        value = getattr(part, f.name)
        values[f.name] = [_mapped(p, change) for p in value] if isinstance(value, list) else change(f.name, value)
    return type(part)(**values)


# Level by level: the table, its way up, its list in the part above, its columns.
_LEVELS = (
    (Problem, "plan", "problems", ("text", "evidence", "diagnosis")),
    (Goal, "problem", "goals", ("text",)),
    (Objective, "goal", "objectives", ("text", "baseline", "target", "target_on", "status")),
    (Intervention, "objective", "interventions", ("text", "frequency", "responsible", "responsible_words")),
)
_PARTS = (ProblemText, GoalText, ObjectiveText, InterventionText)
_ID = {"diagnosis": "diagnosis_id", "responsible": "responsible_id"}


def read_text(plan: TreatmentPlan) -> PlanText:
    """What the plan's rows say. Four queries."""
    whole = PlanText(plan.strengths, plan.culture)
    above = {plan.pk: whole}
    path = ["plan", "problem__plan", "goal__problem__plan", "objective__goal__problem__plan"]
    for (model, up, children, columns), part, to_plan in zip(_LEVELS, _PARTS, path, strict=True):
        here = {}
        for row in model.objects.filter(**{to_plan: plan.pk}).order_by("place", "pk"):
            values = {name: getattr(row, _ID.get(name, name)) for name in columns}
            if model is Objective:
                values["line"] = row.line
            here[row.pk] = part(uid=row.uid, **values)
            getattr(above[getattr(row, f"{up}_id")], children).append(here[row.pk])
        above = here
    return whole


def _require_choices(plan: TreatmentPlan, text: PlanText) -> None:
    """Diagnoses are the patient's, whoever is responsible is staff. Names them in words. Two queries at the most."""
    wanted = {p.diagnosis for p in text.problems if p.diagnosis}
    if wanted and Diagnosis.objects.filter(pk__in=wanted, patient=plan.patient_id).count() != len(wanted):
        raise Refusal(_("This diagnosis is not on this person’s list."), "not_their_diagnosis")
    deeds = [i for p in text.problems for g in p.goals for o in g.objectives for i in o.interventions]
    ids = {i.responsible for i in deeds if i.responsible}
    people = {u.pk: u for u in User.objects.filter(pk__in=ids)} if ids else {}
    for deed in deeds:
        if deed.responsible and (deed.responsible not in people or not people[deed.responsible].is_staff_member):
            raise Refusal(_("Whoever is responsible is a member of staff, or written in words."), "not_staff")
        if deed.responsible and not deed.responsible_words:
            deed.responsible_words = str(people[deed.responsible])[:120]


def write_text(plan: TreatmentPlan, text: PlanText, *, keep_lines: bool = False) -> None:
    """Make the plan's rows say this: changed rows are changed, new ones added, the others removed.

    Rows are known by their uid, so that a part may be moved. A fixed number of queries for any number of parts.
    keep_lines: new objectives take the line of the part (a copy of another version). Raises Refusal (not_their_diagnosis,
    not_staff, in_use).
    """
    _require_choices(plan, text)
    path = ["plan", "problem__plan", "goal__problem__plan", "objective__goal__problem__plan"]
    above: list[tuple] = [(plan, text)]
    leftover = []
    for (model, up, children, columns), to_plan in zip(_LEVELS, path, strict=True):
        stored = {row.uid: row for row in model.objects.filter(**{to_plan: plan.pk})}
        new, changed, here = [], [], []
        for parent, part in above:
            for place, child in enumerate(getattr(part, children)):
                row = stored.pop(child.uid, None)
                values = {"place": place, f"{up}_id": parent.pk}
                values |= {_ID.get(name, name): getattr(child, name) for name in columns}
                if row is None:
                    row = model(**values)
                    if model is Objective and keep_lines and child.line:
                        row.line = child.line
                    new.append(row)
                elif any(getattr(row, name) != value for name, value in values.items()):
                    for name, value in values.items():
                        setattr(row, name, value)
                    changed.append(row)
                here.append((row, child))
        model.objects.bulk_create(new)
        model.objects.bulk_update(changed, ["place", up, *columns])
        leftover.append((model, [row.pk for row in stored.values()]))
        above = here
    try:
        for model, ids in reversed(leftover):
            if ids:
                model.objects.filter(pk__in=ids).delete()
    except ProtectedError:
        raise Refusal(
            _("A note already speaks of this objective: mark it as given up instead of removing it."), "in_use"
        ) from None


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing before a plan can be signed. place: of the field in the editor; where: in words; what: a sentence."""

    place: str
    where: str
    what: str


def lacking(text: PlanText, today: dt.date) -> list[Lack]:
    """Everything that keeps the plan from being signed, in its order."""
    found: list[Lack] = []
    if not text.problems:
        found.append(Lack("add-p", _("Plan"), _("add at least one problem.")))
    for p, problem in enumerate(text.problems):
        at, where = f"p{p}", _("Problem %(n)s") % {"n": p + 1}
        _need(found, problem.text, f"{at}-text", where, _("say what the problem is."))
        _need(found, problem.goals, f"add-{at}-g", where, _("add a goal."))
        for g, goal in enumerate(problem.goals):
            at_goal, where_goal = f"{at}-g{g}", _("%(where)s, goal %(n)s") % {"where": where, "n": g + 1}
            _need(found, goal.text, f"{at_goal}-text", where_goal, _("say what the goal is."))
            _need(found, goal.objectives, f"add-{at_goal}-o", where_goal, _("add a measurable objective."))
            for o, objective in enumerate(goal.objectives):
                words = _("%(where)s, objective %(n)s") % {"where": where_goal, "n": o + 1}
                _lacks_of_objective(found, objective, f"{at_goal}-o{o}", words, today)
    return found


def _need(found: list[Lack], value, place: str, where: str, what: str) -> None:
    if not value:
        found.append(Lack(place, where, what))


def _lacks_of_objective(found: list[Lack], one: ObjectiveText, at: str, where: str, today: dt.date) -> None:
    _need(found, one.text, f"{at}-text", where, _("say what is to be achieved."))
    _need(found, one.baseline, f"{at}-baseline", where, _("say how it stands now (baseline)."))
    _need(found, one.target, f"{at}-target", where, _("say what counts as reached (target)."))
    _need(found, one.target_on, f"{at}-target_on", where, _("set a target date."))
    if one.target_on and one.target_on < today and one.status == Objective.Status.OPEN:
        what = _("its target date is past: set another, or say how the objective stands.")
        found.append(Lack(f"{at}-target_on", where, what))
    _need(found, one.interventions, f"add-{at}-i", where, _("add an intervention."))
    for i, deed in enumerate(one.interventions):
        at_deed, words = f"{at}-i{i}", _("%(where)s, intervention %(n)s") % {"where": where, "n": i + 1}
        _need(found, deed.text, f"{at_deed}-text", words, _("say what is done."))
        _need(found, deed.frequency, f"{at_deed}-frequency", words, _("say how often."))
        who = deed.responsible or deed.responsible_words
        _need(found, who, f"{at_deed}-responsible", words, _("say who is responsible."))
