"""Risk alerts: raised in the transaction of what raised them, told at once, escalated on time, closed with a disposition.

CLINICAL_FACTS section 9. An alert is a row that nobody can dismiss; each step of it is a row that nobody can change.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import Program, RoleAssignment, User
from clinical.models import Kind, Level, MeasureResponse, OnCallShift, RiskAlert, RiskStep
from clinical.services.followups import may_own, open_follow_up, usual_owner
from clinical.services.sealing import signature
from core.errors import Refusal
from patients.models import CareTeamMember, Episode, Patient
from patients.services import add_to_care_team, end_care_team
from scheduling.services.news import tell

# Section 9, 2: unacknowledged in 15 min (high) or 2 h (others), it escalates. Times are the project's own.
WITHIN = {
    Level.HIGH: dt.timedelta(minutes=15),
    Level.MODERATE: dt.timedelta(hours=2),
    Level.LOW: dt.timedelta(hours=2),
}
JOINED_WITHIN = dt.timedelta(hours=1)
PRESSED_AGAIN = dt.timedelta(minutes=5)
TOLD_UNTIL = dt.timedelta(days=1)
SEEN_ANEW = dt.timedelta(minutes=1)
ACCESS_AFTER = dt.timedelta(hours=72)  # section 9, 6: the follow-up call comes within 24 to 72 h
NEXT_CONTACT_WITHIN = dt.timedelta(days=90)  # a slip of the year is told, instead of care that never comes
SAID_BY_SOMEBODY = (RiskAlert.Source.OWN, RiskAlert.Source.CONCERN, RiskAlert.Source.NOTE)
RAISED, ESCALATED = "risk_raised", "risk_escalated"

What = RiskStep.What
log = logging.getLogger(__name__)


def _step(alert: RiskAlert, what: What, by: User | None, now: dt.datetime, words: str = "", whom: int | None = None):
    return RiskStep(alert=alert, what=what, by=by, at=now, words=words, whom_id=whom)


def on_call(program: Program, now: dt.datetime) -> list[int]:
    """Ids of whoever is on call for the program; where nobody is, of its supervisors, else of its admins, so that an alert always
    reaches somebody. Three queries at most."""
    shifts = OnCallShift.objects.at(now).filter(program=program, user__is_active=True)
    found = list(shifts.values_list("user", flat=True))
    return found or holding(program, Role.SUPERVISOR) or holding(program, Role.PROGRAM_ADMIN)


def holding(program: Program, *roles: Role) -> list[int]:
    held = RoleAssignment.objects.current().filter(program=program, role__in=roles, user__is_active=True)
    return list(held.order_by("user").values_list("user", flat=True).distinct())


def tell_of(alert: RiskAlert, kind: str, to: Iterable[int], now: dt.datetime, *, turn: int | None = None) -> None:
    """Tell these people (ids), let them see the person while the alert is open, and keep who was told. turn: which time of this
    kind it is; by default how often it was raised or escalated."""
    people = list(User.objects.filter(pk__in=list(dict.fromkeys(to))).order_by("pk"))
    # Who sees them only until some hour may lose sight of them before the alert is closed.
    seeing = CareTeamMember.objects.current(now).filter(patient=alert.patient, user__in=people, ends_at=None)
    known = set(seeing.values_list("user", flat=True))
    for person in people:
        if person.pk not in known:
            add_to_care_team(
                patients=[alert.patient],
                user=person,
                part=CareTeamMember.Part.ON_CALL,
                source=f"risk:{alert.pk}",
                at=now,
            )
    # Each time is told once.
    turn = alert.steps.filter(what__in=(What.RAISED, What.ESCALATED)).count() if turn is None else turn
    tell(kind, alert.pk, variant=turn, to=[p.pk for p in people], until=now + TOLD_UNTIL)
    RiskStep.objects.bulk_create(_step(alert, What.TOLD, None, now, whom=person.pk) for person in people)


@transaction.atomic
def raise_alert(
    *,
    patient: Patient,
    episode: Episode | None,
    source: RiskAlert.Source,
    level: Level,
    by: User,
    trigger: str = "",
    words: str = "",
    response: MeasureResponse | None = None,
    now: dt.datetime | None = None,
) -> RiskAlert:
    """Raise an alert, in the caller's transaction: the primary clinician and whoever is on call are told at once.

    trigger: what it was, as a code without narrative ("phq9:9"). An open alert of the same source and trigger from within the
    hour is joined instead, and graver if this one is. Raises Refusal (no_stay) for somebody who was never in care.
    """
    moment = now or timezone.now()
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)  # one of two clicks at once
    episode = episode or patient.episodes.select_related("program", "primary_clinician").order_by("-started_on").first()
    if episode is None:
        raise Refusal(_("This person was never admitted to a program."), "no_stay")
    known = (
        RiskAlert.objects.filter(
            patient=patient, source=source, trigger=trigger, closed_at=None, raised_at__gt=moment - JOINED_WITHIN
        )
        .select_for_update(no_key=True)  # whoever closes it just now: then this is a new one
        .order_by("-raised_at")
        .first()
    )
    if known:
        return _join(known, level, by, moment, words)
    alert = RiskAlert.objects.create(
        patient=patient,
        episode=episode,
        program=episode.program,
        source=source,
        level=level,
        trigger=trigger,
        words=words.strip(),
        response=response,
        raised_by=by,
        raised_at=moment,
        acknowledge_by=moment + WITHIN[Level(level)],
    )
    RiskStep.objects.bulk_create([_step(alert, What.RAISED, by, moment)])
    tell_of(alert, RAISED, [episode.primary_clinician_id, *on_call(episode.program, moment)], moment)
    return alert


def _join(alert: RiskAlert, level: Level, by: User, now: dt.datetime, words: str) -> RiskAlert:
    """Once more. Graver: it has to be taken on anew, and everybody is told again. Pressed again by the person themselves, or more
    said by a colleague: whoever was told is told again, at most every few minutes."""
    is_graver = level < alert.level
    if is_graver:
        alert.level = level
        alert.acknowledged_at = alert.acknowledged_by = None
        alert.acknowledge_by = min(alert.acknowledge_by, now + WITHIN[Level(level)])
        alert.save(update_fields=["level", "acknowledge_by", "acknowledged_at", "acknowledged_by"])
    RiskStep.objects.bulk_create([_step(alert, What.RAISED, by, now, words.strip())])
    told = alert.steps.filter(what=What.TOLD)
    is_news = alert.source in SAID_BY_SOMEBODY and not told.filter(at__gt=now - PRESSED_AGAIN).exists()
    if is_graver or is_news:
        tell_of(alert, RAISED, list(told.values_list("whom", flat=True)), now)
    return alert


def alert_of_note(note) -> RiskAlert | None:
    """The last alert that the note's (or document's) risk statement raised. One query."""
    return (
        RiskAlert.objects.filter(patient=note.patient_id, source=RiskAlert.Source.NOTE, trigger=str(note.uid))
        .order_by("-raised_at")
        .first()
    )


def raise_from_note(
    *, note, by: User, level: Level = Level.MODERATE, now: dt.datetime | None = None
) -> RiskAlert | None:
    """An alert from the risk statement of a progress note or document; None when nothing was reported. Raised from its draft
    already: the same alert, and other words are kept as a step of it while it is open."""
    return _raise_from(note, by, level, now) if note.risk == "reported" else None


@transaction.atomic
def _raise_from(note, by: User, level: Level, now: dt.datetime | None) -> RiskAlert:
    words = note.risk_text.strip()
    if known := alert_of_note(note):
        raised = known.steps.filter(what=What.RAISED)
        if words == known.words or words in [step.words for step in raised]:
            return known
        held = RiskAlert.objects.select_for_update(no_key=True).get(pk=known.pk)
        if held.closed_at is None:
            return _join(held, level, by, now or timezone.now(), words)
    episode = getattr(note, "episode", None) or note.attendance.episode
    return raise_alert(
        patient=note.patient,
        episode=episode,
        source=RiskAlert.Source.NOTE,
        level=level,
        trigger=str(note.uid),
        words=words,
        by=by,
        now=now,
    )


def raise_from_draft(*, note, by: User, level: Level = Level.MODERATE) -> RiskAlert:
    """The same before the note is signed: risk does not wait for a signature. Raises Refusal (risk, risk_text)."""
    if note.risk != "reported":
        raise Refusal(_("Say first that risk was reported."), "risk", "risk")
    # A crisis contact says it in its own parts.
    if not note.risk_text.strip() and getattr(note, "kind", "") != Kind.CRISIS:
        raise Refusal(_("Say what was reported, and what was done."), "risk_text", "risk_text")
    return raise_from_note(note=note, by=by, level=level)


def raise_concern(*, patient: Patient, level: Level, words: str, by: User) -> RiskAlert:
    """A colleague's concern, in their words. Raises Refusal (empty, no_stay)."""
    if not words.strip():
        raise Refusal(_("Say what you saw or heard."), "empty", "words")
    return raise_alert(
        patient=patient,
        episode=None,
        source=RiskAlert.Source.CONCERN,
        level=level,
        trigger=f"by:{by.pk}",
        words=words,
        by=by,
    )


def raise_own(*, patient: Patient) -> RiskAlert:
    """Somebody asks for help themselves: high. Pressing again within the hour joins the open alert."""
    return raise_alert(
        patient=patient, episode=None, source=RiskAlert.Source.OWN, level=Level.HIGH, trigger="own", by=patient.user
    )


def _open(alert: RiskAlert) -> RiskAlert:
    """The alert under its lock. Raises Refusal (closed)."""
    found = RiskAlert.objects.select_for_update(no_key=True).get(pk=alert.pk)
    if found.closed_at:
        raise Refusal(_("This alert is closed. Raise a new one if there is reason to."), "closed")
    return found


@transaction.atomic
def see(*, alert: RiskAlert, by: User) -> None:
    """Keep that somebody opened the alert; the same person within a minute is one opening."""
    now = timezone.now()
    if not alert.steps.filter(what=What.SEEN, by=by, at__gt=now - SEEN_ANEW).exists():
        RiskStep.objects.bulk_create([_step(alert, What.SEEN, by, now)])


@transaction.atomic
def acknowledge(*, alert: RiskAlert, by: User) -> RiskAlert:
    """Take it on: it escalates no further. Somebody else's acknowledgement stays. Raises Refusal (closed)."""
    found = _open(alert)
    if found.acknowledged_at is None:
        found.acknowledged_at, found.acknowledged_by = timezone.now(), by
        found.save(update_fields=["acknowledged_at", "acknowledged_by"])
        RiskStep.objects.bulk_create([_step(found, What.ACKNOWLEDGED, by, found.acknowledged_at)])
    return found


BY_HAND = (What.TRIED, What.SPOKE, What.CONSULTED, What.ACTED, What.NOTED)


@transaction.atomic
def add_step(*, alert: RiskAlert, what: What, words: str, by: User) -> RiskStep:
    """Write down what was done. Raises Refusal (closed, not_a_step, empty)."""
    found = _open(alert)
    if what not in BY_HAND:
        raise Refusal(_("Choose what was done."), "not_a_step", "what")
    if not words.strip():
        raise Refusal(_("Say it in a few words."), "empty", "words")
    return RiskStep.objects.create(alert=found, what=what, words=words.strip(), by=by, at=timezone.now())


@transaction.atomic
def close_alert(
    *,
    alert: RiskAlert,
    disposition: RiskAlert.Disposition,
    words: str,
    by: User,
    follow_up_at: dt.datetime | None = None,
) -> RiskAlert:
    """Close it with what was decided and why. follow_up_at: the next contact; it becomes a follow-up of the primary clinician's.

    Raises Refusal (closed, not_acknowledged, not_a_disposition, empty, past, too_far).
    """
    found, now = _open(alert), timezone.now()
    if found.acknowledged_at is None:
        raise Refusal(_("Acknowledge it first."), "not_acknowledged")
    if disposition not in RiskAlert.Disposition.values:
        raise Refusal(_("Say what was decided."), "not_a_disposition", "disposition")
    if not words.strip():
        raise Refusal(_("Say how you assessed it and what was done."), "empty", "words")
    if follow_up_at and follow_up_at <= now:
        raise Refusal(_("The next contact is still to come."), "past", "follow_up_at")
    if follow_up_at and follow_up_at > now + NEXT_CONTACT_WITHIN:
        raise Refusal(_("The next contact comes within days, not months: check the date."), "too_far", "follow_up_at")
    found.disposition, found.disposition_words, found.follow_up_at = disposition, words.strip(), follow_up_at
    found.closed_at, found.closed_by, found.closed_name = now, by, signature(by)
    found.save(
        update_fields=["disposition", "disposition_words", "follow_up_at", "closed_at", "closed_by", "closed_name"]
    )
    RiskStep.objects.bulk_create([_step(found, What.CLOSED, by, now)])
    end_care_team(source=f"risk:{found.pk}", at=max(now + ACCESS_AFTER, follow_up_at or now))
    if follow_up_at:
        # Whoever closes it has it, when the primary clinician can't be given it: an alert must not stay open for that.
        usual = usual_owner(found.episode, None)
        owner = usual if may_own(usual, found.patient) else by
        day = timezone.localtime(follow_up_at).date()
        open_follow_up(episode=found.episode, reason="care", by=by, owner=owner, due_on=day)
    return found


def _rung(alert: RiskAlert) -> list[int]:
    """Who is told at this escalation: first the supervisors (of whoever was told, and of the program) beside those told before;
    from the second on the whole care team and the program's admins too."""
    told = set(alert.steps.filter(what=What.TOLD).values_list("whom", flat=True))
    theirs = User.objects.filter(supervisees__user__in=told).values_list("pk", flat=True)
    people = told | set(theirs) | set(holding(alert.program, Role.SUPERVISOR))
    if alert.escalations > 1:
        team = CareTeamMember.objects.current().filter(patient=alert.patient)
        people |= set(team.values_list("user", flat=True)) | set(holding(alert.program, Role.PROGRAM_ADMIN))
    return sorted(people)


def escalate_due(*, now: dt.datetime | None = None, limit: int = 50) -> int:
    """Escalate what nobody acknowledged in time. Returns how many. Each in its own transaction; rows another worker holds are
    passed over, so that two workers at once escalate once."""
    moment = now or timezone.now()
    count, stuck = 0, []
    while count < limit:
        try:
            pk = _escalate_one(moment, stuck)
        except _NotTold as failed:
            stuck.append(failed.pk)
            continue
        if pk is None:
            break
        count += 1
    if stuck:
        raise RuntimeError(f"{len(stuck)} alerts could not be escalated") from None
    return count


class _NotTold(Exception):  # noqa: N818 - goes to the log as one sentence, after the others were told
    def __init__(self, pk: int):
        super().__init__(pk)
        self.pk = pk


def _escalate_one(moment: dt.datetime, but: list[int]) -> int | None:
    """Escalate the longest due alert but these. Raises _NotTold when it can't be, so that it does not hold up the others."""
    alert = None
    try:
        with transaction.atomic():
            alert = (
                RiskAlert.objects.filter(acknowledged_at=None, closed_at=None, acknowledge_by__lte=moment)
                .exclude(pk__in=but)
                .select_for_update(no_key=True, skip_locked=True, of=("self",))
                .select_related("patient", "program")
                .order_by("acknowledge_by")
                .first()
            )
            if alert is None:
                return None
            alert.escalations += 1
            alert.acknowledge_by = moment + WITHIN[Level(alert.level)]
            alert.save(update_fields=["escalations", "acknowledge_by"])
            RiskStep.objects.bulk_create([_step(alert, What.ESCALATED, None, moment)])
            tell_of(alert, ESCALATED, _rung(alert), moment)
    except Exception as error:
        if alert is None:
            raise
        log.exception("an alert could not be escalated")
        raise _NotTold(alert.pk) from error
    return alert.pk
