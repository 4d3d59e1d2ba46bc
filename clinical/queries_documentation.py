"""What the page of a session's documentation reads: objectives to choose from, and how far each part is."""

from collections import defaultdict
from collections.abc import Iterable

from clinical.models import Attendance, GroupNote, Objective, ProgressNote, RiskAlert, Snippet, TreatmentPlan
from clinical.services.attendance import held_minutes
from patients.models import Episode, Patient
from scheduling.models import Session


def objectives_of(patients: Iterable[Patient]) -> dict[int, list[Objective]]:
    """The open objectives of each person's plan in force (the newest sealed one of their open stay), in the plan's order. One
    query for any number of people; nobody without such a plan is in it."""
    plans = (
        TreatmentPlan.objects.sealed()
        .filter(patient__in=[p.pk for p in patients], episode__in=Episode.objects.open())
        .order_by("patient_id", "-episode__started_on", "-number")
        .distinct("patient_id")
    )
    found: dict[int, list[Objective]] = defaultdict(list)
    for objective in (
        Objective.objects.filter(goal__problem__plan__in=plans.values("pk"), status=Objective.Status.OPEN)
        .select_related("goal__problem__plan")
        .order_by("goal__problem__place", "goal__problem_id", "goal__place", "goal_id", "place", "pk")
    ):
        found[objective.goal.problem.plan.patient_id].append(objective)
    return dict(found)


def alerts_of(notes: Iterable[ProgressNote]) -> dict[int, RiskAlert]:
    """By patient (id), the last alert that the risk statement of one of these notes raised. One query; none where no note reports
    any."""
    triggers = [str(note.uid) for note in notes if note.risk == "reported"]
    if not triggers:
        return {}
    found = RiskAlert.objects.filter(source=RiskAlert.Source.NOTE, trigger__in=triggers).order_by("raised_at")
    return {alert.patient_id: alert for alert in found}


def phrases_of(user) -> dict[str, str]:
    """One's own phrases by their shorthand. One query."""
    return {s.short: s.text for s in Snippet.objects.visible_to(user)}


def versions_of(session: Session, people: Iterable[int]) -> dict:
    """How each part stands now, in short: the shared part's version, the session's minutes, and by person (id) the version of
    their note, their attendance in a word and whether their note is signed. No narrative is read. Three queries."""
    shared = (
        GroupNote.objects.filter(session=session)
        .only("version", "began_at", "stopped_at", "break_minutes", "session")
        .first()
    )
    rows = {pk: [0, "", False] for pk in people}
    for attendance in Attendance.objects.filter(session=session, patient__in=rows):
        rows[attendance.patient_id][1] = attendance.as_seen
    for pk, version, signed in (
        ProgressNote.objects.standing()
        .filter(session=session, patient__in=rows)
        .values_list("patient_id", "version", "signed_at")
    ):
        rows[pk][0], rows[pk][2] = version, signed is not None
    return {"shared": shared.version if shared else 0, "possible": held_minutes(session, shared), "rows": rows}
