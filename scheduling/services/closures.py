"""A program closes for some days, and opens again: nothing closes or opens without a person saying so."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import Program, User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.models import Group
from messaging.models import Delivery
from messaging.services import plan
from patients.models import Episode
from scheduling.models import Appointment, Booking, Closure, Session
from scheduling.services import seat_news  # noqa: F401 - registers how the news is composed
from scheduling.services.closed import LocalDate
from scheduling.services.reminders import plan_again
from scheduling.services.seats import reconcile_bookings
from scheduling.services.windows import close_windows, follow_leaders, reopen_windows

LONGEST = 60  # days; a longer one is a slip of the year


@dataclass(slots=True)
class Effect:
    """What a closure does: the sessions and appointments that fall away, and how many people are told."""

    sessions: list[Session]
    appointments: list[Appointment]
    people: int


@dataclass(slots=True)
class Lifted:
    """What lifting a closure did: what takes place again, what does not, and the seats that somebody lost meanwhile."""

    sessions: list[Session] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    not_restored: list[Session | Appointment] = field(default_factory=list)
    elsewhere: int = 0


def _lock(program: Program) -> list[int]:
    """Everything that could make something on a closed day waits: the program (so that no group is added), its stays, for
    appointments, and its groups, for sessions, in order of their ids. Returns the groups' ids."""
    Program.objects.select_for_update().get(pk=program.pk)
    list(
        Episode.objects.select_for_update(no_key=True, of=("self",))
        .filter(program=program, ended_on=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    groups = Group.objects.select_for_update(no_key=True).filter(program=program).order_by("pk")
    return list(groups.values_list("pk", flat=True))


def _on_its_days(rows, closure: Closure):
    """Of sessions or appointments, those to come whose date in their own zone the closure holds."""
    first, last = (dt.datetime.combine(d, dt.time.min, dt.UTC) for d in (closure.starts_on, closure.last_on))
    return rows.annotate(local_day=LocalDate("zone", "starts_at")).filter(
        # Wide, for the index: a date begins somewhere at UTC+14 and ends last at UTC-12.
        starts_at__gt=max(timezone.now(), first - dt.timedelta(hours=14)),
        starts_at__lt=last + dt.timedelta(hours=36),
        local_day__range=(closure.starts_on, closure.last_on),
    )


@in_one_piece
def close_days(
    *,
    program: Program,
    starts_on: dt.date,
    last_on: dt.date,
    reason: str,
    with_appointments: bool = True,
    by: User,
) -> Closure:
    """Close the program from `starts_on` to `last_on`, both included. Everybody expected but `by` is told at once.

    What takes place on these days (by the date in its own zone) and has not begun is cancelled, also what was changed by hand;
    what is made ahead for them later is made cancelled. with_appointments: individual ones too.
    A fixed number of queries. Raises Refusal (no_reason, dates, past, too_long, already_closed).
    """
    if not reason.strip():
        raise Refusal(_("Say why it is closed."), "no_reason", "reason")
    if last_on < starts_on:
        raise Refusal(_("The last day comes before the first."), "dates", "last_on")
    if last_on < program.today:
        raise Refusal(_("These days are over."), "past", "last_on")
    if (last_on - starts_on).days >= LONGEST:
        raise Refusal(_("Close %(n)s days at the most at a time.") % {"n": LONGEST}, "too_long", "last_on")
    group_ids = _lock(program)
    there = Closure.objects.in_force().filter(program=program, starts_on__lte=last_on, last_on__gte=starts_on).first()
    if there:
        raise Refusal(
            _("%(program)s is already closed then: %(days)s, %(reason)s.")
            % {"program": program, "days": days_in_words(there.starts_on, there.last_on), "reason": there.reason},
            "already_closed",
            "starts_on",
        )
    closure = Closure.objects.create(
        program=program,
        starts_on=starts_on,
        last_on=last_on,
        reason=reason.strip(),
        with_appointments=with_appointments,
        created_by=by,
    )
    sessions = list(_on_its_days(Session.objects.scheduled().filter(group__in=group_ids), closure))
    _cancel(Session, "session", sessions, closure, by)
    reconcile_bookings(group_ids=group_ids)
    close_windows(session_ids=[s.pk for s in sessions])
    if with_appointments:
        appointments = list(_on_its_days(Appointment.objects.scheduled().filter(episode__program=program), closure))
        _cancel(Appointment, "appointment", appointments, closure, by)
        ids = [a.pk for a in appointments]
        Booking.objects.live().filter(appointment__in=ids).update(released_at=timezone.now())
    return closure


def _cancel(model, kind: str, things: list, closure: Closure, by: User) -> None:
    """Cancel these sessions or appointments because of the closure, and plan the news. Three queries."""
    model.objects.filter(pk__in=[thing.pk for thing in things]).update(
        status=model.Status.CANCELLED,
        reason=closure.reason,
        closure=closure,
        changes=F("changes") + 1,
        changed_at=timezone.now(),
    )
    for thing in things:
        thing.changes += 1
    _tell(f"{kind}_cancelled", kind, things, by)


def _tell(kind: str, of: str, things: list, by: User, only: set[tuple[int, int]] | None = None) -> None:
    """Plan the news for everybody booked but `by`; only: for these (thing, account). Two queries."""
    by_id = {thing.pk: thing for thing in things}
    booked = Booking.objects.live().filter(**{f"{of}__in": by_id})
    now = timezone.now()
    people = {
        (pk, user or of_patient)
        for pk, user, of_patient in booked.values_list(f"{of}_id", "user_id", "patient__user_id")
    }
    plan(
        Delivery(
            kind=kind,
            subject_id=pk,
            recipient_id=user,
            variant=by_id[pk].changes,
            due_at=now,
            expires_at=by_id[pk].starts_at,
        )
        for pk, user in sorted(people)
        if user != by.pk and (only is None or (pk, user) in only)
    )


def preview_closure(**deed) -> Effect:
    """What `close_days` with these arguments would do: it is done and taken back. Raises its Refusals."""
    with transaction.atomic():
        before = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        closure = close_days(**deed)
        told = Delivery.objects.filter(pk__gt=before, kind__in=["session_cancelled", "appointment_cancelled"])
        about = Q(kind="session_cancelled", subject_id__in=closure.sessions.values("pk")) | Q(
            kind="appointment_cancelled", subject_id__in=closure.appointments.values("pk")
        )
        effect = Effect(
            sessions=list(closure.sessions.select_related("group").order_by("starts_at", "pk")),
            appointments=list(closure.appointments.select_related("provider").order_by("starts_at", "pk")),
            people=told.filter(about).aggregate(n=Count("recipient", distinct=True))["n"],
        )
        transaction.set_rollback(True)
    return effect


@in_one_piece
def lift_closure(*, closure: Closure, by: User) -> Lifted:
    """Open again: what the closure closed and has not begun takes place where its people are still free, and they are told.

    A series, group or stay that ended meanwhile brings nothing back; an appointment neither where one of the two is elsewhere
    by now. Visitors get their seats back. A fixed number of queries. Raises Refusal (already_lifted).
    """
    group_ids = _lock(closure.program)
    closure = Closure.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=closure.pk)
    if closure.lifted_at is not None:
        raise Refusal(_("This closure is lifted already."), "already_lifted")
    closure.lifted_at = timezone.now()
    closure.save(update_fields=["lifted_at"])
    lifted = Lifted()
    _restore_sessions(closure, group_ids, lifted, by)
    _restore_appointments(closure, lifted, by)
    return lifted


def _restore_sessions(closure: Closure, group_ids: list[int], lifted: Lifted, by: User) -> None:
    coming = closure.sessions.filter(starts_at__gt=timezone.now()).select_related("slot", "group")
    for session in coming.annotate(day=LocalDate("zone", "starts_at")):
        (lifted.not_restored if _is_over(session) else lifted.sessions).append(session)
    ids = [session.pk for session in lifted.sessions]
    _schedule(Session, lifted.sessions)
    before = Booking.objects.filter(session__in=ids, released_at__gte=closure.created_at)
    expected = {(b.session_id, b.user_id, b.patient_id): b for b in before.select_related("session", "episode")}
    reconcile_bookings(group_ids=group_ids)
    visits = [b for b in expected.values() if b.part == Booking.Part.VISITOR and _is_open(b.episode, b.session)]
    _book_again(visits)
    follow_leaders(group_ids=group_ids)
    reopen_windows(sessions=lifted.sessions)
    now_there = Booking.objects.live().filter(session__in=ids).values_list("session_id", "user_id", "patient_id")
    lifted.elsewhere = len({(user, patient) for _pk, user, patient in set(expected) - set(now_there)})
    plan_again(sessions=ids)
    _tell_restored("session", lifted.sessions, by)


def _restore_appointments(closure: Closure, lifted: Lifted, by: User) -> None:
    coming = closure.appointments.filter(starts_at__gt=timezone.now()).select_related("episode", "series", "provider")
    wanted = []
    for appointment in coming.annotate(day=LocalDate("zone", "starts_at")):
        series = appointment.series
        is_over = series and series.ends_on and series.ends_on <= appointment.series_date and not appointment.by_hand
        if is_over or not _is_open(appointment.episode, appointment):
            lifted.not_restored.append(appointment)
        else:
            wanted.append(appointment)
    parts = [(Booking.Part.LEAD, {"user_id": "provider_id"})]
    parts.append((Booking.Part.CLIENT, {"patient_id": "patient_id", "episode_id": "episode_id"}))
    _book_again(
        Booking(
            appointment=appointment,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            part=part,
            **{field: getattr(appointment, name) for field, name in whose.items()},
        )
        for part, whose in parts
        for appointment in wanted
    )
    booked = Booking.objects.live().filter(appointment__in=[a.pk for a in wanted])
    both = dict(booked.order_by().values("appointment").annotate(n=Count("pk")).values_list("appointment", "n"))
    lifted.appointments = [a for a in wanted if both.get(a.pk) == len(parts)]
    lifted.not_restored += [a for a in wanted if both.get(a.pk) != len(parts)]
    ids = [a.pk for a in lifted.appointments]
    booked.exclude(appointment__in=ids).update(released_at=timezone.now())
    _schedule(Appointment, lifted.appointments)
    plan_again(appointments=ids)
    _tell_restored("appointment", lifted.appointments, by)


def _is_over(session: Session) -> bool:
    """Whether its series went on otherwise, or its group ended: then it is not to come back."""
    slot, ended_on = session.slot, session.group.ended_on
    series_over = slot is not None and slot.ends_on is not None and slot.ends_on <= session.slot_date
    return (series_over and not session.by_hand) or (ended_on is not None and ended_on <= session.day)


def _is_open(stay: Episode, thing: Session | Appointment) -> bool:
    """Whether the stay is open on the day of the thing, in the thing's zone."""
    day = thing.starts_at.astimezone(zoneinfo.ZoneInfo(thing.zone)).date()
    return stay.started_on <= day and (stay.ended_on is None or stay.ended_on > day)


def _book_again(bookings: Iterable[Booking]) -> None:
    """Book those who are free; whoever is elsewhere by now stays unbooked. One query."""
    Booking.objects.bulk_create(
        [
            Booking(
                session_id=b.session_id,
                appointment_id=b.appointment_id,
                starts_at=b.starts_at,
                ends_at=b.ends_at,
                part=b.part,
                user_id=b.user_id,
                patient_id=b.patient_id,
                episode_id=b.episode_id,
            )
            for b in bookings
        ],
        ignore_conflicts=True,
    )


def _schedule(model, things: list) -> None:
    """These take place again. One query."""
    model.objects.filter(pk__in=[thing.pk for thing in things]).update(
        status=model.Status.SCHEDULED, reason="", closure=None, changes=F("changes") + 1, changed_at=timezone.now()
    )
    for thing in things:
        thing.changes += 1


def _tell_restored(of: str, things: list, by: User) -> None:
    """Tell those who have been told that it is cancelled. News of that which has not left yet is not sent any more."""
    told = Delivery.objects.filter(kind=f"{of}_cancelled", subject_id__in=[thing.pk for thing in things])
    told = told.exclude(state=Delivery.State.PLANNED).values_list("subject_id", "recipient_id")
    _tell(f"{of}_restored", of, things, by, only=set(told))


def days_in_words(starts_on: dt.date, last_on: dt.date) -> str:
    """The days of a closure: "July 3, 2026" or "July 3, 2026 – July 5, 2026"."""
    first, last = (formats.date_format(day, "F j, Y") for day in (starts_on, last_on))
    return first if starts_on == last_on else f"{first} – {last}"
