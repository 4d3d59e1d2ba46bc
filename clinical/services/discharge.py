"""The discharge summary, put together from the record (CLINICAL_FACTS section 1, discharge summary).

It drafts what the record knows; the clinician writes the rest, changes what is to be changed, and signs. It does not end the
stay: that is `scheduling.services.episodes.end_episode`.
"""

from collections import defaultdict

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinical.instruments import definitions
from clinical.models import (
    Attendance,
    Diagnosis,
    Document,
    Kind,
    MeasureScore,
    Medication,
    RiskAlert,
    TreatmentPlan,
)
from clinical.models.plans import Objective
from clinical.sections import sections_of
from core.formats import date_format
from core.templatetags.house import hours
from groups.models import Kind as GroupKind
from patients.models import Episode
from scheduling.models import Appointment, AppointmentKind, Booking


def _day(moment) -> str:
    return date_format(moment, "M j, Y")


def assemble_discharge(episode: Episode) -> tuple[dict[str, str], dict[str, str]]:
    """Draft texts by section key, and the facts (`admitted_on`, `discharged_on`, `level`). Nothing for what it doesn't know.

    Nine queries, whatever the length of the stay.
    """
    texts = {
        "attendance": _attendance(episode),
        "scores": _scores(episode),
        "diagnoses": _diagnoses(episode),
        "medications": _medications(episode),
        "goals": _goals(episode),
        "risk": _risk(episode),
        "safety": _safety_plan(episode),
    }
    ends = episode.ended_on or timezone.localdate()
    facts = {"admitted_on": str(episode.started_on), "discharged_on": str(ends), "level": episode.level_of_care}
    return {key: text for key, text in texts.items() if text}, facts


def _attendance(episode: Episode) -> str:
    """Attended of expected, by kind of group and of appointment, and the hours of all of it. Excused counts as expected."""
    groups = (
        Attendance.objects.filter(episode=episode)
        .order_by()
        .values_list("session__group__kind")
        .annotate(expected=Count("pk"), held=Count("pk", filter=Q(attended=True)), total=Sum("minutes"))
    )
    visits = (
        Appointment.objects.scheduled()
        .filter(episode=episode)
        .exclude(outcome="")
        .order_by()
        .values_list("kind")
        .annotate(expected=Count("pk"), held=Count("pk", filter=Q(outcome="held")), total=Sum("attended_minutes"))
    )
    lines, total = [], 0
    for names, rows in ((GroupKind, groups), (AppointmentKind, visits)):
        for kind, expected, attended, minutes in sorted(rows, key=lambda row: names.values.index(row[0])):
            lines.append(
                _("%(kind)s: %(n)s of %(all)s attended, %(hours)s")
                % {"kind": names(kind).label, "n": attended, "all": expected, "hours": hours(minutes or 0)}
            )
            total += minutes or 0
    if open_rolls := _without_roll_call(episode):
        lines.append(
            ngettext("%(n)s session is not on a roll-call yet", "%(n)s sessions are not on a roll-call yet", open_rolls)
            % {"n": open_rolls}
        )
    if not lines:
        return _("No session is on the record.")
    return "\n".join([*lines, _("Treatment hours altogether: %(hours)s") % {"hours": hours(total)}])


def _without_roll_call(episode: Episode) -> int:
    """How many sessions the person had a seat in are over, and nobody said whether they were there. Absent is not zero."""
    taken = Attendance.objects.filter(session=OuterRef("session"), patient=OuterRef("patient"))
    seats = Booking.objects.live().filter(
        ~Exists(taken), Q(membership__episode=episode) | Q(episode=episode), session__isnull=False
    )
    return seats.filter(ends_at__lte=timezone.now()).count()


def _scores(episode: Episode) -> str:
    """Each scale's first and last score of the stay, with its band."""
    rows = (
        MeasureScore.objects.filter(response__episode=episode, response__voided_at=None, value__isnull=False)
        .select_related("response")
        .order_by("response__measure", "scale", "response__answered_at", "pk")
    )
    series: dict[tuple[str, str], list[MeasureScore]] = defaultdict(list)
    for score in rows:
        series[score.response.measure, score.scale].append(score)
    return "\n".join(_score_line(measure, scale, found) for (measure, scale), found in series.items())


def _score_line(measure: str, scale: str, found: list[MeasureScore]) -> str:
    def said(score: MeasureScore) -> str:
        value = f"{score.value.normalize():f}"
        when = _day(timezone.localtime(score.response.answered_at))
        band = next((band.name for band in bands if band.key == score.band), "")
        return f"{value} ({band}, {when})" if band else f"{value} ({when})"

    definition = definitions().get(measure)
    of_it = {one.key: one for one in definition.scales} if definition else {}
    bands = of_it[scale].bands if scale in of_it else ()
    name = definition.name if definition else measure
    if len(of_it) > 1:
        name = f"{name}, {of_it[scale].name}"
    if len(found) == 1:
        return _("%(name)s: %(score)s, once") % {"name": name, "score": said(found[0])}
    return _("%(name)s: first %(first)s, last %(last)s") % {
        "name": name,
        "first": said(found[0]),
        "last": said(found[-1]),
    }


def _diagnoses(episode: Episode) -> str:
    rows = Diagnosis.objects.filter(patient=episode.patient_id, resolved_on=None, mistaken_at=None)
    ranks = Diagnosis.Rank.values
    found = sorted(rows, key=lambda d: (ranks.index(d.rank), d.code))
    return "\n".join(f"{d.code} {d.text} ({d.get_rank_display().lower()})" for d in found)


def _medications(episode: Episode) -> str:
    rows = Medication.objects.filter(patient=episode.patient_id, stopped_on=None, mistaken_at=None)
    lines = []
    for m in rows.order_by("-for_addiction", "pk"):
        line = " ".join(part for part in (m.name, m.dose, m.how) if part)
        lines.append(_("%(line)s (for addiction treatment)") % {"line": line} if m.for_addiction else line)
    return "\n".join(lines) or _("None recorded.")


def _goals(episode: Episode) -> str:
    """Every objective of the plan in force with how it stands."""
    newest = TreatmentPlan.objects.sealed().filter(episode=episode).order_by("-number").values("pk")[:1]
    rows = Objective.objects.filter(goal__problem__plan__in=newest)
    rows = rows.order_by("goal__problem__place", "goal__place", "place", "pk")
    return "\n".join(f"{o.text} ({o.get_status_display().lower()})" for o in rows if o.text)


def _risk(episode: Episode) -> str:
    """How many alerts there were and how they ended. Nothing when there was none: that is for the clinician to say."""
    rows = list(RiskAlert.objects.filter(episode=episode).order_by("raised_at"))
    if not rows:
        return ""
    lines = []
    for alert in rows:
        end = (
            _("closed %(day)s: %(what)s") % {"day": _day(alert.closed_at), "what": alert.get_disposition_display()}
            if alert.closed_at
            else _("still open")
        )
        lines.append(f"{_day(alert.raised_at)}, {alert.get_level_display().lower()}: {end}")
    count = ngettext("%(n)s alert during the stay.", "%(n)s alerts during the stay.", len(rows)) % {"n": len(rows)}
    return "\n".join([count, *lines])


def _safety_plan(episode: Episode) -> str:
    """A copy of the safety plan in force, under its headings."""
    plan = (
        Document.objects.sealed()
        .filter(patient=episode.patient_id, kind=Kind.SAFETY_PLAN)
        .order_by("-number", "-pk")
        .first()
    )
    if plan is None:
        return ""
    parts = [f"{s.label}:\n{plan.sections[s.key]}" for s in sections_of(plan.kind) if plan.sections.get(s.key)]
    version = _("Version %(n)s of %(day)s") % {"n": plan.number, "day": _day(timezone.localtime(plan.signed_at))}
    return "\n\n".join([version, *parts, _("988: call or text, day and night. 911 in an emergency.")])
