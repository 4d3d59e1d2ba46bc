"""Asking for measures: which a program gives when, whom is asked for what now, by themselves or by hand."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Program, User
from clinical.instruments import definition_of, given
from clinical.models import (
    Attendance,
    ClinicalPolicy,
    MeasureAssignment,
    MeasureRule,
    Moment,
)
from core.errors import Refusal
from patients.models import Episode
from scheduling.models import Booking

State = MeasureAssignment.State

# CLINICAL_FACTS 3e (own, from G+), as far as the wording ships: what holds for a program that has set no rules.
DEFAULTS = (
    ("phq9", Moment.INTAKE),
    ("phq9", Moment.WEEKLY),
    ("phq9", Moment.DISCHARGE),
    ("gad7", Moment.INTAKE),
    ("gad7", Moment.WEEKLY),
    ("gad7", Moment.DISCHARGE),
    ("pcl5", Moment.INTAKE),
    ("pcl5", Moment.MONTHLY),
    ("audit_c", Moment.INTAKE),
    ("bam_r", Moment.INTAKE),
    ("bam_r", Moment.DAY_30),
    ("bam_r", Moment.DISCHARGE),
    ("check_in", Moment.DAILY),
    ("group_climate", Moment.SESSION_END),
)
EVERY = {Moment.DAILY: 1, Moment.WEEKLY: 7, Moment.BIWEEKLY: 14, Moment.MONTHLY: 28}  # days
OPEN_FOR = {  # days it can be answered, the first included
    Moment.INTAKE: 14,
    Moment.DAILY: 1,
    Moment.WEEKLY: 6,
    Moment.BIWEEKLY: 10,
    Moment.MONTHLY: 14,
    Moment.DAY_30: 14,
    Moment.DISCHARGE: 14,
    Moment.SESSION_END: 2,
    Moment.BY_HAND: 14,
}
INTAKE_WITHIN = dt.timedelta(days=14)
BEFORE_DISCHARGE = dt.timedelta(days=7)


def rules_of(programs: Iterable[int]) -> dict[int, list[tuple[str, Moment]]]:
    """What each program (id) gives when: its own rules, or the defaults where it never set any. Two queries."""
    programs = list(programs)
    found: dict[int, list[tuple[str, Moment]]] = {program: [] for program in programs}
    own = set(MeasureRule.objects.filter(program__in=programs).values_list("program", flat=True))
    open_rules = MeasureRule.objects.filter(program__in=programs, ended_at=None)
    for program, measure, moment in open_rules.values_list("program", "measure", "moment"):
        found[program].append((measure, Moment(moment)))
    return {program: rules if program in own else list(DEFAULTS) for program, rules in found.items()}


@transaction.atomic
def set_rules(*, program: Program, rules: Iterable[tuple[str, Moment]], may_prorate: bool, by: User) -> None:
    """Say which measures the program gives when, and whether incomplete ones are prorated.

    Raises Refusal (no_wording) for a measure whose wording the site has not loaded.
    """
    wanted = set(rules)
    for measure, _moment in wanted:
        if measure not in given():
            raise Refusal(
                _("The wording of %(m)s is not loaded here.") % {"m": definition_of(measure).name}, "no_wording"
            )
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    known = set(rules_of([program.pk])[program.pk])
    if not MeasureRule.objects.filter(program=program).exists():
        known = set()  # the defaults become rules of its own
    MeasureRule.objects.bulk_create(
        MeasureRule(program=program, measure=measure, moment=moment) for measure, moment in sorted(wanted - known)
    )
    now = timezone.now()
    for measure, moment in known - wanted:
        MeasureRule.objects.filter(program=program, measure=measure, moment=moment, ended_at=None).update(ended_at=now)
    if not wanted and not MeasureRule.objects.filter(program=program).exists():
        # Nothing at all is a rule too: one that was ended as it was made says that the defaults don't hold.
        MeasureRule.objects.create(program=program, measure="phq9", moment=Moment.BY_HAND, ended_at=now)
    policy, _made = ClinicalPolicy.objects.get_or_create(program=program)
    if policy.may_prorate != may_prorate:
        policy.may_prorate = may_prorate
        policy.save(update_fields=["may_prorate"])


@transaction.atomic
def ask(*, episode: Episode, measure: str, by: User, days: int = OPEN_FOR[Moment.BY_HAND]) -> MeasureAssignment:
    """Ask for a measure by hand, from today for so many days; what is open already is returned.

    Raises Refusal (no_wording, asked_today).
    """
    if measure not in given():
        raise Refusal(_("The wording of this measure is not loaded here."), "no_wording", "measure")
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(episode.program.zone)).date()
    Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
    mine = MeasureAssignment.objects.filter(episode=episode, measure=measure, session=None)
    if known := mine.open(today).first():
        return known
    if mine.filter(opens_on=today).exists():
        raise Refusal(_("This was answered or withdrawn today already."), "asked_today", "measure")
    return MeasureAssignment.objects.create(
        patient=episode.patient,
        episode=episode,
        measure=measure,
        moment=Moment.BY_HAND,
        opens_on=today,
        closes_on=today + dt.timedelta(days=days - 1),
        asked_by=by,
    )


def assign_due(*, now: dt.datetime | None = None) -> int:
    """Ask everybody in care for what is due, and close what was not answered in time. Returns how many were asked for.

    Eight queries for any number of people; twice, or by two workers at once, changes nothing.
    """
    moment = now or timezone.now()
    episodes = list(
        Episode.objects.filter(Q(ended_on=None) | Q(ended_on__gt=moment.date() - dt.timedelta(days=1))).select_related(
            "program"
        )
    )
    today = {e.pk: moment.astimezone(zoneinfo.ZoneInfo(e.program.zone)).date() for e in episodes}
    rules = rules_of({e.program_id for e in episodes})
    last: dict[tuple[int, str, str], dt.date] = {}
    asked = MeasureAssignment.objects.filter(episode__in=episodes, session=None).exclude(state=State.WITHDRAWN)
    for pk, measure, when, day in (
        asked.order_by().values_list("episode", "measure", "moment").annotate(day=Max("opens_on"))
    ):
        last[pk, measure, when] = day
    wording = given()
    new = [
        opening(episode, measure, when, today[episode.pk])
        for episode in episodes
        if episode.started_on <= today[episode.pk] and (not episode.ended_on or episode.ended_on > today[episode.pk])
        for measure, when in rules[episode.program_id]
        if measure in wording
        and when != Moment.SESSION_END
        and _is_due(episode, measure, when, today[episode.pk], last)
    ]
    new += _after_sessions(rules, wording, moment)
    with transaction.atomic():
        newest = MeasureAssignment.objects.aggregate(pk=Max("pk"))["pk"] or 0
        MeasureAssignment.objects.bulk_create(new, ignore_conflicts=True, batch_size=2000)
        made = MeasureAssignment.objects.filter(pk__gt=newest).count()
    _close_what_is_over(moment)
    return made


def _is_due(episode: Episode, measure: str, when: Moment, today: dt.date, last: Mapping) -> bool:
    own = last.get((episode.pk, measure, when))
    if when == Moment.INTAKE:
        # Not of those long in care when the rule came.
        return own is None and today < episode.started_on + INTAKE_WITHIN
    if when == Moment.DAY_30:
        day = episode.started_on + dt.timedelta(days=30)
        return own is None and day <= today <= day + dt.timedelta(days=14)
    if when == Moment.DISCHARGE:
        return own is None and bool(episode.ended_on) and episode.ended_on - BEFORE_DISCHARGE <= today
    # What was asked for at intake or by hand counts as this round too.
    others = [last.get((episode.pk, measure, m)) for m in (when, Moment.INTAKE, Moment.BY_HAND, Moment.DAY_30)]
    latest = max((day for day in others if day), default=None)
    return latest is None or latest <= today - dt.timedelta(days=EVERY[when])


def opening(episode: Episode, measure: str, when: Moment, today: dt.date, **more) -> MeasureAssignment:
    """What is asked of somebody from a day on, unsaved."""
    return MeasureAssignment(
        patient_id=episode.patient_id,
        episode_id=episode.pk,
        measure=measure,
        moment=when,
        opens_on=today,
        closes_on=today + dt.timedelta(days=OPEN_FOR[when] - 1),
        **more,
    )


def _after_sessions(rules: Mapping, wording: Mapping, now: dt.datetime) -> list[MeasureAssignment]:
    """The check at the end of each session that ended within half a day, for those expected and not known to be absent."""
    wanted = {
        program: [measure for measure, when in found if when == Moment.SESSION_END and measure in wording]
        for program, found in rules.items()
    }
    absent = set(
        Attendance.objects.filter(
            attended=False, session__ends_at__gt=now - dt.timedelta(hours=12), session__ends_at__lte=now
        ).values_list("session", "patient")
    )
    booked = Booking.objects.live().filter(
        session__isnull=False,
        patient__isnull=False,
        ends_at__gt=now - dt.timedelta(hours=12),
        ends_at__lte=now,
        session__group__program__in=[program for program, measures in wanted.items() if measures],
    )
    found = []
    for booking in booked.select_related("membership__episode", "episode", "session__group"):
        if (booking.session_id, booking.patient_id) in absent:
            continue
        day = booking.ends_at.astimezone(zoneinfo.ZoneInfo(booking.session.zone)).date()
        for measure in wanted[booking.session.group.program_id]:
            found.append(opening(booking.stay, measure, Moment.SESSION_END, day, session_id=booking.session_id))
    return found


def _close_what_is_over(now: dt.datetime) -> None:
    # The latest zone's day: nobody loses an evening. (A day is over everywhere twelve hours after it is over in UTC.)
    over = (now - dt.timedelta(hours=12)).date()
    MeasureAssignment.objects.filter(state=State.OPEN, closes_on__lt=over).update(state=State.MISSED)
    MeasureAssignment.objects.filter(state=State.OPEN, episode__ended_on__lt=over).update(state=State.WITHDRAWN)


@transaction.atomic
def withdraw(*, assignment: MeasureAssignment, by: User) -> None:
    """Take back what was asked for. Raises Refusal (not_open)."""
    found = MeasureAssignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    if found.state != State.OPEN:
        raise Refusal(_("This is no longer open."), "not_open")
    found.state = State.WITHDRAWN
    found.save(update_fields=["state"])
