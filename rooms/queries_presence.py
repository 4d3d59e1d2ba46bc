"""What a live room saw of its session: who was there, for how long, what was done. Facts of machines; nothing said or written."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import DurationField, F, Sum
from django.db.models.functions import Cast, Coalesce, Greatest, Least
from django.utils import timezone

from rooms.models import (
    Call,
    Connection,
    Device,
    HandoutShown,
    Participant,
    Poll,
    QuickRating,
    Room,
    Spell,
    Step,
    StepKind,
    TalkSpell,
)
from rooms.presence import Attended, Seen, Stretch, attended, merged, seconds
from scheduling.models import Session


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """What the room saw of one person in care.

    talk_share: their share of all the talking, 0 to 1; None where the room heard nobody. troubles: when they told of technical
    trouble. ratings: the leaders' latest quick rating by scale. camera: how it did at the door.
    """

    attended: Attended
    state: str
    talk_share: float | None = None
    troubles: tuple[dt.datetime, ...] = ()
    ratings: dict[str, int] = field(default_factory=dict)
    camera: str = Device.UNTESTED


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """A session as its room saw it. held: from when to when; breaks: None when no agenda was run. people: by patient (id)."""

    held: Stretch
    breaks: list[Stretch] | None
    people: dict[int, PersonSeen]
    steps: list[str]
    handouts: list[str]
    polls: list[str]

    @property
    def break_minutes(self) -> int | None:
        """Whole minutes of the breaks that were held; None when the agenda was not run."""
        return None if self.breaks is None else round(seconds(self.breaks) / 60)


def room_of(session: Session) -> Room | None:
    """The session's room. No query when the session came with it (`select_related("room")`)."""
    return getattr(session, "room", None)


def seen_of(session: Session, now: dt.datetime | None = None) -> RoomSeen | None:
    """What the session's room saw of it, up to now; None without a room. Nine queries for any number of people, ten
    where a removal was taken back."""
    room, now = room_of(session), now or timezone.now()
    if room is None:
        return None
    people = list(room.participants.select_related("arrival"))
    let_in, out = _comings(people)
    pages = _pages_of(room)
    steps = list(Step.objects.filter(room=room, began_at__isnull=False))
    held = held_stretch(room, [seen for p in people if p.is_leader for seen in pages[p.pk]], now)
    breaks = _common([(s.began_at, s.ended_at or now) for s in steps if s.kind == StepKind.BREAK], held)
    spells = _spells_of(room, now)
    talk = _talk_of(room, held, now)
    troubles, ratings = _troubles_of(room), _ratings_of(room)
    whole = sum(talk.values())
    seen = {
        p.patient_id: PersonSeen(
            attended=attended(
                pages[p.pk],
                held=held,
                now=now,
                admitted_at=let_in[p.pk],
                out=out[p.pk],
                away=spells[p.pk, Spell.Kind.AWAY],
                beside=spells[p.pk, Spell.Kind.BESIDE],
                breaks=breaks,
            ),
            state=p.state,
            talk_share=talk.get(p.pk, 0) / whole if whole else None,
            troubles=tuple(troubles[p.pk]),
            ratings=ratings[p.pk],
            camera=_camera_of(p),
        )
        for p in people
        if p.patient_id
    }
    return RoomSeen(
        held=held,
        breaks=breaks if steps else None,
        people=seen,
        steps=[str(s) for s in steps if s.kind != StepKind.BREAK],
        handouts=_titles(HandoutShown.objects.filter(room=room).values_list("handout__title", flat=True)),
        polls=_titles(Poll.objects.filter(room=room).values_list("title", flat=True)),
    )


def held_stretch(room: Room, leaders: list[Seen], now: dt.datetime) -> Stretch:
    """From when to when the session was held: from its beginning (else as scheduled) until a leader ended it.

    Where none did, until it was planned to end, or until the last leader's page went before that.
    """
    began = room.began_at or room.session.starts_at
    if room.ended_at and room.ended_by_id:
        return began, max(began, room.ended_at)
    ended = room.session.ends_at
    if leaders:
        ended = min(ended, max(one.until(now) for one in leaders))
    return began, max(began, ended)


def _common(stretches: list[Stretch], held: Stretch) -> list[Stretch]:
    return merged((max(a, held[0]), min(b, held[1])) for a, b in stretches)


def _comings(people: list[Participant]) -> tuple[dict[int, dt.datetime | None], dict[int, list[Stretch]]]:
    """When each was let in first, and from when to when they were out between a removal and being let in again. One query where
    a removal was taken back, else none."""
    let_in = {p.pk: p.admitted_at for p in people}
    out: dict[int, list[Stretch]] = defaultdict(list)
    if back := [p.pk for p in people if p.readmitted_at]:
        left: dict[int, dt.datetime] = {}
        for event in Participant.pgh_event_model.objects.filter(pgh_obj__in=back).order_by("pgh_id"):
            pk = event.pgh_obj_id
            if event.state == Participant.State.IN:
                let_in[pk] = min(let_in[pk] or event.admitted_at, event.admitted_at)
                if pk in left:
                    out[pk].append((left.pop(pk), event.admitted_at))
            elif event.state == Participant.State.REMOVED:
                left.setdefault(pk, event.removed_at)
        for pk, at in left.items():
            out[pk].append((at, dt.datetime.max.replace(tzinfo=dt.UTC)))
    return let_in, out


def _pages_of(room: Room) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    for one in Connection.objects.filter(participant__room=room):
        lost = one.why == Connection.Why.LOST
        found[one.participant_id].append(Seen(one.opened_at, one.closed_at, one.seen_at, lost=lost))
    return found


def _spells_of(room: Room, now: dt.datetime) -> dict[tuple[int, str], list[Stretch]]:
    found: dict[tuple[int, str], list[Stretch]] = defaultdict(list)
    for spell in Spell.objects.filter(participant__room=room):
        found[spell.participant_id, spell.kind].append((spell.began_at, spell.ended_at or now))
    return found


def _talk_of(room: Room, held: Stretch, now: dt.datetime) -> dict[int, float]:
    """Seconds each was heard talking while the session was held, by participant (id); leaders too."""
    until = Least(Coalesce(F("ended_at"), now), held[1])
    spoken = Cast(until - Greatest(F("began_at"), held[0]), DurationField())
    rows = (
        TalkSpell.objects.filter(participant__room=room, began_at__lt=held[1])
        .exclude(ended_at__lte=held[0])
        .values("participant_id")
        .annotate(spoken=Sum(Greatest(spoken, dt.timedelta(0), output_field=DurationField())))
    )
    return {row["participant_id"]: row["spoken"].total_seconds() for row in rows}


def _troubles_of(room: Room) -> dict[int, list[dt.datetime]]:
    found: dict[int, list[dt.datetime]] = defaultdict(list)
    calls = Call.objects.filter(participant__room=room, kind=Call.Kind.TROUBLE).order_by("at")
    for participant_id, at in calls.values_list("participant_id", "at"):
        found[participant_id].append(at)
    return found


def _ratings_of(room: Room) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for one in QuickRating.objects.filter(participant__room=room).order_by("at"):
        found[one.participant_id][one.scale] = one.value
    return found


def _camera_of(participant: Participant) -> str:
    arrival = getattr(participant, "arrival", None)
    return arrival.camera if arrival else Device.UNTESTED


def _titles(found) -> list[str]:
    """Each once, in the order of its first time."""
    return list(dict.fromkeys(found))
