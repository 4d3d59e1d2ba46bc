"""Who gets to the door of a room, and what lets them in: their booking for this very session, and nothing else."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CLINICAL, Role
from accounts.models import User
from core.errors import Refusal
from rooms.media.base import MediaRoom, Person
from rooms.models import Backend, Participant, Room, RoomPolicy, Spell
from scheduling.models import Booking, Session

OPENS_BEFORE = dt.timedelta(minutes=10)  # for those in care; leaders come half an hour before
LEADERS_BEFORE = dt.timedelta(minutes=30)
STAYS_OPEN = dt.timedelta(minutes=30)  # past its planned end, for a session that takes longer


def policy_of(program_id: int) -> RoomPolicy:
    """A program's rules of rooms; the defaults, unsaved, where it has none."""
    return RoomPolicy.objects.filter(program_id=program_id).first() or RoomPolicy(program_id=program_id)


def enter(*, user: User, session_uid) -> Participant:
    """The person's ticket for this session's room; the room and the ticket are made when they are the first to come.

    A leader, or the supervisor of one, is let in at once; those in care come to the door first. Their name as shown is taken anew
    each time. Raises Refusal (not_yours: no booking, or no such session; cancelled, too_early, over, removed).
    """
    session = Session.objects.select_related("group__program").filter(uid=session_uid).first()
    part, booking = _part_in(session, user) if session and user.is_active else (None, None)
    if part is None:
        raise Refusal(_("There is no such session for you."), "not_yours")
    _check_open(session, leads=booking is None or booking.patient_id is None)
    room = _room_of(session)
    if room.is_over:
        raise Refusal(_("This session is over."), "over")
    staff = part in (Participant.Part.LEAD, Participant.Part.CO, Participant.Part.SUPERVISOR)
    shown = user.first_name if staff else booking.patient.display_name
    found = Participant.objects.filter(room=room, user=user).first()
    if found is None:
        now = timezone.now()
        values = {"part": part, "shown": shown, "patient": None if staff else booking.patient}
        values |= (
            {"state": Participant.State.IN, "admitted_at": now, "admitted_by": user}
            if staff
            else {"state": Participant.State.PREPARING}
        )
        found, _made = Participant.objects.get_or_create(room=room, user=user, defaults=values)
    if found.state == Participant.State.REMOVED:
        raise Refusal(
            _("You are no longer in this session. Call the clinic if you think that is a mistake."), "removed"
        )
    if (found.shown, found.part) != (shown, part):
        found.shown, found.part = shown, part
        found.save(update_fields=["shown", "part"])
    found.room = room
    return found


def _part_in(session: Session, user: User) -> tuple[str | None, Booking | None]:
    """As what they come, by their booking; a supervisor by that of whom they supervise. Two queries at most."""
    mine = Booking.objects.live().filter(session=session).select_related("patient")
    booking = mine.filter(user=user).first() or mine.filter(patient__user=user).first()
    if booking is not None:
        wanted = CLINICAL if booking.patient_id is None else {Role.PATIENT}
        return (booking.part, booking) if user.roles & wanted else (None, None)
    if Role.SUPERVISOR in user.roles and mine.filter(user__staff_profile__supervisor=user).exists():
        return Participant.Part.SUPERVISOR, None
    return None, None


def door_is_open(session: Session, *, leads: bool) -> bool:
    """Whether the door of a session's room is open now: ten minutes before it begins (for leaders half an hour), until half an
    hour past its planned end."""
    before = LEADERS_BEFORE if leads else OPENS_BEFORE
    return not session.is_cancelled and session.starts_at - before <= timezone.now() < session.ends_at + STAYS_OPEN


def _check_open(session: Session, *, leads: bool) -> None:
    now = timezone.now()
    if session.is_cancelled:
        raise Refusal(_("This session was cancelled."), "cancelled")
    if now < session.starts_at - (LEADERS_BEFORE if leads else OPENS_BEFORE):
        raise Refusal(_("The door is not open yet."), "too_early")
    if now >= session.ends_at + STAYS_OPEN:
        raise Refusal(_("This session is over."), "over")


def goes_on(session: Session) -> bool:
    """Whether people are still in a session past its planned end: nobody has ended its room, and its door stays open."""
    return timezone.now() < session.ends_at + STAYS_OPEN and Room.objects.running().filter(session=session).exists()


def _room_of(session: Session) -> Room:
    """The session's room, made with its agenda by whoever comes first."""
    found = Room.objects.filter(session=session).first()
    if found:
        return found
    from rooms.services.agenda import copy_plan  # which stands on the room that this makes

    try:
        with transaction.atomic():
            room = Room.objects.create(session=session, backend=backend_of(session))
            copy_plan(room)
    except IntegrityError:  # somebody else came at the same moment
        return Room.objects.get(session=session)
    return room


def backend_of(session: Session) -> str:
    """What carries a new room's sound and pictures: as the program says; where it says nothing, a group that has a link to meet
    elsewhere goes on meeting there."""
    policy = policy_of(session.group.program_id)
    if policy.pk is None and session.group.meeting_url:
        return Backend.LINK
    return policy.backend


@dataclass(frozen=True, slots=True)
class Pass:
    """What lets one person into one media room, now."""

    participant_id: int
    room: MediaRoom
    person: Person
    backend: str
    may_publish: bool
    is_muted: bool = False


def media_room(room: Room) -> MediaRoom:
    """The group's own room on the media server."""
    return MediaRoom(number=room.number, secret=room.secret, link=room.session.group.meeting_url)


def media_pass(user: User, session_uid) -> Pass:
    """The media room this person belongs in at this moment: the room, or the one beside it they were sent to.

    Raises Refusal (those of `enter`; not_in for somebody at the door).
    """
    participant = enter(user=user, session_uid=session_uid)
    if not participant.is_in:
        raise Refusal(_("A leader lets you in first."), "not_in")
    room = Room.objects.select_related("session__group").get(pk=participant.room_id)
    where = media_room(room)
    spell = (
        Spell.objects.filter(participant=participant, kind=Spell.Kind.BESIDE, ended_at=None)
        .select_related("beside")
        .first()
    )
    if spell:
        where = MediaRoom(number=spell.beside.number, secret=spell.beside.secret)
    return Pass(
        participant_id=participant.pk,
        room=where,
        person=Person(key=participant.key, name=participant.shown),
        backend=room.backend,
        may_publish=True,
        is_muted=participant.is_muted,
    )
