"""What the live room, and what was answered ahead, propose to whoever documents a session. Presence proposes, people confirm:
nothing here is saved."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils import formats, timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinical.models import ATTENDED, Attendance, GroupNote, Status
from clinical.services.attendance import held_minutes
from rooms.models import Device, Participant, QuickRating
from rooms.presence import Attended
from rooms.queries_presence import PersonSeen, RoomSeen, room_of, seen_of
from scheduling.models import Booking, ExcuseRequest, Session
from scheduling.services.requests import excuses_of

MAY_MISS = dt.timedelta(minutes=5)  # of the whole session; whoever missed no more was present throughout
SAME_MINUTES = 2  # a confirmed row that differs by no more says the same


@dataclass(frozen=True, slots=True)
class Proposal:
    """How somebody attended, as far as their room saw it. minutes: all of them for who was present, None for who was not
    there.

    why: what was seen, in words. trouble, trouble_text: of disruptions. talk_share: percent of all the talking; None where the
    room heard nobody. ratings: the leaders' quick ratings, (label, 0-4). camera_off: came without a picture, as tested before.
    """

    patient_id: int
    status: Status
    minutes: int | None
    why: str
    trouble: bool = False
    trouble_text: str = ""
    talk_share: int | None = None
    ratings: tuple[tuple[str, int], ...] = ()
    camera_off: bool = False
    is_from_room: bool = True

    def differs_from(self, attendance: Attendance) -> bool:
        """Whether what was confirmed says something else: another status, or minutes further away than a rounding."""
        if attendance.status in ATTENDED and self.status in ATTENDED:
            return abs(attendance.minutes - self.minutes) > SAME_MINUTES
        return (attendance.status in ATTENDED) != (self.status in ATTENDED)


@dataclass(frozen=True, slots=True)
class SharedProposal:
    """The shared part as the room saw it. Times: None where they are as scheduled."""

    began_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    break_minutes: int | None = None
    activities: str = ""
    handouts: str = ""

    def values(self) -> dict[str, object]:
        """By the columns of the shared part."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class FromRoom:
    """What a room proposes: by patient (id), and of the shared part."""

    people: dict[int, Proposal] = field(default_factory=dict)
    shared: SharedProposal = field(default_factory=SharedProposal)


def propose(session: Session) -> dict[int, Proposal]:
    """A proposal for everybody expected, by patient (id); where the session had no room or is not over, for those excused
    ahead. Thirteen queries for any number of people."""
    expected = Booking.objects.live().filter(session=session, patient__isnull=False)
    note = GroupNote.objects.filter(session=session).first()
    people = list(expected.values_list("patient_id", flat=True))
    return with_excuses(read_room(session, people, held_minutes(session, note)), excuses_of(session), people).people


def with_excuses(found: FromRoom, excuses: dict[int, ExcuseRequest], people: Iterable[int]) -> FromRoom:
    """The same, and whoever was excused ahead and did not come is proposed as excused. No queries."""
    proposed = dict(found.people)
    for pk in people:
        excuse, seen = excuses.get(pk), proposed.get(pk)
        if excuse is None or excuse.state != ExcuseRequest.State.EXCUSED or (seen and seen.status in ATTENDED):
            continue
        why = _("asked ahead, and %(name)s excused them") % {"name": excuse.answered_by}
        if seen and seen.is_from_room:
            why = f"{why}; {seen.why}"
        proposed[pk] = Proposal(pk, Status.EXCUSED, None, why, is_from_room=False)
    return replace(found, people=proposed)


def read_room(session: Session, people: Iterable[int], possible: int) -> FromRoom:
    """What the session's room proposes of these patients (ids). possible: the session's treatment minutes.

    Nothing while the session goes on, and nothing of people where the room was not used. Nine queries, of a session that came
    with its room; none when it has no room.
    """
    room, now = room_of(session), timezone.now()
    if room is None or not (room.is_over or now >= session.ends_at):
        return FromRoom()
    seen = seen_of(session, now)
    if room.began_at is None and not any(one.attended.came for one in seen.people.values()):
        return FromRoom()
    found = {pk: _of_person(pk, seen.people.get(pk), seen, possible, session) for pk in people}
    return FromRoom(found, _of_shared(session, seen))


def _of_person(patient_id: int, one: PersonSeen | None, seen: RoomSeen, possible: int, session: Session) -> Proposal:
    if one is None or not one.attended.came:
        return Proposal(patient_id, Status.NO_SHOW, None, _why_missed(one))
    status, minutes = _status_of(one.attended), one.attended.minutes(possible)
    if status == Status.PRESENT:
        minutes = possible
    elif seen.breaks is None and session.break_minutes:  # nobody marked the break, and it is no treatment
        minutes = min(minutes, max(1, possible - round(one.attended.missed / 60)))
    return Proposal(
        patient_id,
        status,
        minutes,
        _why(one),
        trouble=bool(one.attended.losses or one.troubles),
        trouble_text=_trouble_words(one),
        talk_share=None if one.talk_share is None else round(one.talk_share * 100),
        ratings=tuple(
            (str(QuickRating.Scale(scale).label), one.ratings[scale])
            for scale in QuickRating.Scale.values
            if scale in one.ratings
        ),
        camera_off=one.camera in (Device.OFF, Device.DENIED, Device.MISSING),
    )


def _status_of(attended: Attended) -> Status:
    """Present, late or left early, by which end they missed more of. Somebody who was away in the middle left for a while."""
    if attended.missed <= MAY_MISS.total_seconds():
        return Status.PRESENT
    return Status.LATE if attended.late_by > attended.left_early_by else Status.LEFT_EARLY


def _time(moment: dt.datetime) -> str:
    return formats.time_format(timezone.localtime(moment), "g:i")


def _why_missed(one: PersonSeen | None) -> str:
    if one is None:
        return _("was not in the room")
    if one.attended.connected:
        return _("was in for less than half a minute")
    return _("came to the door and was not let in")


def _why(one: PersonSeen) -> str:
    attended = one.attended
    words = [_("in from %(from)s to %(to)s") % {"from": _time(attended.first_in), "to": _time(attended.last_out)}]
    if one.state == Participant.State.REMOVED:
        words.append(_("removed by a leader"))
    if attended.losses:
        words.append(_lost(attended.losses))
    away = round(attended.away / 60)
    if away:
        words.append(ngettext("stepped away for %(n)s minute", "stepped away for %(n)s minutes", away) % {"n": away})
    return ", ".join(words)


def _lost(times: int) -> str:
    if times == 1:
        return _("lost once")
    return _("lost twice") if times == 2 else _("lost %(n)s times") % {"n": times}


def _trouble_words(one: PersonSeen) -> str:
    """Losses and reports of trouble, in a sentence each; nothing of what was said."""
    words = []
    if losses := one.attended.losses:
        words.append(
            _("Connection lost once.")
            if losses == 1
            else _("Connection lost twice.")
            if losses == 2
            else _("Connection lost %(n)s times.") % {"n": losses}
        )
    if one.troubles:
        times = get_text_list([_time(at) for at in one.troubles], _("and"))
        words.append(_("Told of technical trouble at %(times)s.") % {"times": times})
    return " ".join(words)


def _of_shared(session: Session, seen: RoomSeen) -> SharedProposal:
    began, stopped = (moment.replace(second=0, microsecond=0) for moment in seen.held)
    done = "; ".join(seen.steps)
    polls = "; ".join(seen.polls)
    polls = _("Polls: %(titles)s") % {"titles": polls} if polls else ""
    breaks = seen.break_minutes
    return SharedProposal(
        began_at=began if began != session.starts_at else None,
        stopped_at=stopped if stopped != session.ends_at and stopped > began else None,
        break_minutes=breaks if breaks != session.break_minutes else None,
        activities="\n".join(part for part in (done, polls) if part),
        handouts="; ".join(seen.handouts),
    )
