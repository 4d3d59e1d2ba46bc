"""Reads of treatment plans: the document, progress on each objective over time, what is due. Fixed numbers of queries."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Objective, PlanAgreement, PlanReview, Problem, ProgressNote, TreatmentPlan, WorkedOn
from clinical.models.documents import Kind
from clinical.models.notes import Progress
from clinical.services.plans import INITIAL_PLAN_DAYS, open_version, plan_in_force, review_due
from patients.models import Episode, Patient

DUE_SOON = dt.timedelta(days=7)
DOTS = 12  # so many of the latest points are drawn; the table has all of them


@dataclass(frozen=True, slots=True)
class Point:
    """Once that somebody signed what was done towards an objective. progress: -1 to 3, None: not rated."""

    at: dt.datetime
    kind: str
    progress: int | None
    who: str
    key: str

    @property
    def words(self) -> str:
        """The progress in words."""
        return str(Progress(self.progress).label) if self.progress is not None else _("Not rated")

    @property
    def step(self) -> str:
        """For the style: "worse", "none", "some", "much", "achieved" or "unrated"."""
        return Progress(self.progress).name.lower() if self.progress is not None else "unrated"


@dataclass(slots=True)
class Line:
    """One objective through all versions, as its newest sealed version words it, and its points in time order."""

    line: uuid.UUID
    text: str
    goal: str
    status: str
    target_on: dt.date | None
    number: int
    points: list[Point] = field(default_factory=list)

    @property
    def status_words(self) -> str:
        """How it stands, in words."""
        return str(Objective.Status(self.status).label)

    @property
    def latest(self) -> list[Point]:
        """The points that are drawn."""
        return self.points[-DOTS:]

    @property
    def earlier(self) -> int:
        """How many came before those that are drawn."""
        return max(0, len(self.points) - DOTS)


def attainment_of(patient: Patient, since: dt.datetime | None = None) -> list[Line]:
    """Progress on every objective of the patient's sealed plans, in the order of the newest version; then those only older
    versions had. Three queries. Voided plans and notes, and notes nobody signed, don't count. since: points from then on.
    """
    lines: dict[uuid.UUID, Line] = {}
    line_of: dict[int, uuid.UUID] = {}
    rows = (
        Objective.objects.filter(
            goal__problem__plan__patient=patient,
            goal__problem__plan__sealed_at__isnull=False,
            goal__problem__plan__voided_at=None,
        )
        .select_related("goal__problem__plan")
        .order_by("-goal__problem__plan__sealed_at", "goal__problem__place", "goal__place", "place", "pk")
    )
    for row in rows:
        line_of[row.pk] = row.line
        number = row.goal.problem.plan.number
        lines.setdefault(row.line, Line(row.line, row.text, row.goal.text, row.status, row.target_on, number))
    notes = ProgressNote.objects.signed().filter(patient=patient, plan_objective__isnull=False)
    worked = WorkedOn.objects.filter(
        document__patient=patient, document__signed_at__isnull=False, document__voided_at=None
    )
    if since:
        notes, worked = notes.filter(session__starts_at__gte=since), worked.filter(document__happened_at__gte=since)
    found: list[tuple[int, Point]] = [
        (objective, Point(at, _("Group session"), progress, who, f"n{key}"))
        for objective, at, progress, who, key in notes.order_by().values_list(
            "plan_objective_id", "session__starts_at", "progress", "signed_name", "pk"
        )
    ]
    found += [
        (objective, Point(at, str(Kind(kind).label), progress, who, f"d{key}"))
        for objective, at, kind, progress, who, key in worked.values_list(
            "objective_id", "document__happened_at", "document__kind", "progress", "document__signed_name", "pk"
        )
    ]
    for objective, point in sorted(found, key=lambda pair: (pair[1].at, pair[1].key)):
        if objective in line_of:
            lines[line_of[objective]].points.append(point)
    return list(lines.values())


def document_of(plan: TreatmentPlan, lines: list[Line] = ()) -> list[Problem]:
    """The plan's problems with everything below them; objectives bear `.timeline` (their Line, or None). Four queries."""
    by_line = {line.line: line for line in lines}
    problems = list(
        plan.problems.select_related("diagnosis").prefetch_related("goals__objectives__interventions__responsible")
    )
    for problem in problems:
        for goal in problem.goals.all():
            for objective in goal.objectives.all():
                objective.timeline = by_line.get(objective.line)
    return problems


def episode_of(patient: Patient) -> Episode | None:
    """The stay a plan is for: the newest that is open, else the newest. One query."""
    stays = list(patient.episodes.select_related("program", "primary_clinician").order_by("-started_on", "-pk"))
    today = timezone.localdate()
    return next((s for s in stays if s.ended_on is None or s.ended_on > today), stays[0] if stays else None)


@dataclass(frozen=True, slots=True)
class Summary:
    """How a patient's plan stands. goals: of the version in force, still open ones first."""

    episode: Episode | None
    plan: TreatmentPlan | None
    draft: TreatmentPlan | None
    goals: list[str]
    review_on: dt.date | None
    first_due_on: dt.date | None
    agreement: PlanAgreement | None

    @property
    def is_overdue(self) -> bool:
        """The review, or the first plan, should have been by now."""
        due = self.review_on or self.first_due_on
        return bool(due and due < timezone.localdate())


def summary_of(user: User, patient: Patient) -> Summary | None:
    """How the plan stands, for the patient's page; None for somebody who may not know of them. Seven queries at the most."""
    if not Patient.objects.visible_to(user).filter(pk=patient.pk).exists():
        return None
    episode = episode_of(patient)
    if episode is None:
        return Summary(None, None, None, [], None, None, None)
    plan, draft = plan_in_force(episode), open_version(episode)
    in_care = episode.ended_on is None or episode.ended_on > timezone.localdate()
    if plan is None:
        first = episode.started_on + dt.timedelta(days=INITIAL_PLAN_DAYS) if in_care else None
        return Summary(episode, None, draft, [], None, first, None)
    goals = [g.text for p in plan.problems.prefetch_related("goals") for g in p.goals.all()]
    agreement = plan.agreements.order_by("-at", "-pk").first()
    return Summary(episode, plan, draft, goals, review_due(plan) if in_care else None, None, agreement)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do about somebody's plan. what: "first", "review", "disagrees", "unanswered", "returned"."""

    episode: Episode
    what: str
    on: dt.date | None
    plan: TreatmentPlan | None

    @property
    def patient(self) -> Patient:
        return self.episode.patient

    @property
    def is_overdue(self) -> bool:
        return bool(self.on and self.on < timezone.localdate())

    @property
    def words(self) -> str:
        """What it is, in words."""
        return {
            "first": _("No treatment plan yet"),
            "review": _("Review of the plan"),
            "disagrees": _("Doesn’t agree with the plan"),
            "unanswered": _("Has not signed the plan yet"),
            "returned": _("Returned for changes"),
        }[self.what]


def plans_due(user: User) -> list[Due]:
    """What is to be done about plans by this person, the earliest first: of the patients whose primary clinician they are; and
    what is overdue of their supervisees'. Five queries whatever the rows.

    A first plan is due INITIAL_PLAN_DAYS after admission; a review as its clock says, shown from a week before.
    """
    today = timezone.localdate()
    mine = Q(primary_clinician=user) | Q(primary_clinician__staff_profile__supervisor=user)
    episodes = list(
        Episode.objects.open().filter(mine).visible_to(user).select_related("patient", "primary_clinician").distinct()
    )
    plans: dict[int, TreatmentPlan] = {}
    opened: dict[int, TreatmentPlan] = {}
    rows = TreatmentPlan.objects.filter(episode__in=episodes, voided_at=None).defer("strengths", "culture")
    for plan in rows.order_by("number"):
        (plans if plan.is_sealed else opened)[plan.episode_id] = plan
    ids = [plan.pk for plan in plans.values()]
    reviews = {r.plan_id: r for r in PlanReview.objects.filter(plan__in=ids).order_by("reviewed_on", "pk")}
    answers = {a.plan_id: a.answer for a in PlanAgreement.objects.filter(plan__in=ids).order_by("at", "pk")}
    found = []
    for episode in episodes:
        plan, draft = plans.get(episode.pk), opened.get(episode.pk)
        if draft and draft.returned_at and not draft.is_signed:
            found.append(Due(episode, "returned", timezone.localdate(draft.returned_at), draft))
        if plan is None:
            if not (draft and draft.is_signed):  # what waits for a co-signature is the supervisor's turn
                on = episode.started_on + dt.timedelta(days=INITIAL_PLAN_DAYS)
                found.append(Due(episode, "first", on, draft))
            continue
        # A plan without a review row needs no look-up: its clock is in its own columns.
        last = reviews.get(plan.pk)
        on = last.next_on if last else timezone.localdate(plan.sealed_at) + dt.timedelta(days=plan.review_days)
        if on <= today + DUE_SOON:
            found.append(Due(episode, "review", on, plan))
        if plan.pk not in answers:
            found.append(Due(episode, "unanswered", None, plan))
        elif answers[plan.pk] == PlanAgreement.Answer.DISAGREES:
            found.append(Due(episode, "disagrees", None, plan))
    found = [due for due in found if due.episode.primary_clinician_id == user.pk or due.is_overdue]
    return sorted(found, key=lambda due: (due.on or today, due.episode.pk))
