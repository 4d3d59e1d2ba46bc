"""Rooms of twelve that are on now: two who lead, ten in care, everybody let in and signed in."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from accounts.access import Role
from accounts.models import Program, StaffProfile, User
from bench.world import MEMBERS, ZONE, members, people
from groups.models import Facilitator, Group, Kind, Membership
from rooms.models import Backend, Participant, Room
from scheduling.models import Booking, Session

OF_TWELVE = MEMBERS + 2


@dataclass(frozen=True, slots=True)
class On:
    """A room and who is in it, leaders first."""

    session: Session
    room: Room
    users: list[User]


def build(rooms: int) -> list[On]:
    """Fill an empty database with so many rooms whose sessions began five minutes ago."""
    now = timezone.now().replace(microsecond=0)
    program = Program.objects.create(name="Bench", zone=ZONE)
    leads, cos = (people(program, Role.CLINICIAN, rooms, first=n) for n in (0, rooms))
    StaffProfile.objects.bulk_create(StaffProfile(user=user, credential="LMFT") for user in (*leads, *cos))
    groups = Group.objects.bulk_create(
        Group(program=program, name=f"Group {n}", kind=Kind.values[n % 4], topic="Coping", capacity=12)
        for n in range(rooms)
    )
    day = now.date() - dt.timedelta(days=14)
    Facilitator.objects.bulk_create(
        Facilitator(group=group, user=user, part=part, joined_on=day)
        for part, users in (("lead", leads), ("co", cos))
        for group, user in zip(groups, users, strict=True)
    )
    members(program, groups, leads, now - dt.timedelta(days=14))
    sessions = Session.objects.bulk_create(
        Session(group=g, starts_at=now - dt.timedelta(minutes=5), ends_at=now + dt.timedelta(minutes=85), zone=ZONE)
        for g in groups
    )
    found = [_let_in(*one) for one in zip(sessions, leads, cos, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return found


def _let_in(session: Session, lead: User, co: User) -> On:
    """Book everybody of its group and let them in."""
    times = {"session": session, "starts_at": session.starts_at, "ends_at": session.ends_at}
    joined = list(Membership.objects.filter(group=session.group_id).select_related("patient__user"))
    Booking.objects.bulk_create(
        [
            Booking(part="lead", user=lead, **times),
            Booking(part="co", user=co, **times),
            *(Booking(part="member", patient=one.patient, membership=one, **times) for one in joined),
        ]
    )
    room = Room.objects.create(session=session, backend=Backend.JANUS)
    ticket = {"room": room, "state": Participant.State.IN, "admitted_at": session.starts_at, "admitted_by": lead}
    Participant.objects.bulk_create(
        [
            Participant(part="lead", user=lead, shown=lead.first_name, **ticket),
            Participant(part="co", user=co, shown=co.first_name, **ticket),
            *(
                Participant(
                    part="member", user=m.patient.user, patient=m.patient, shown=m.patient.display_name, **ticket
                )
                for m in joined
            ),
        ]
    )
    return On(session, room, [lead, co, *(one.patient.user for one in joined)])
