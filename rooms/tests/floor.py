"""People in a room without sockets: let in, and connected as the database knows it."""

import datetime as dt
from dataclasses import dataclass

from groups.models import Facilitator, Group
from rooms.models import Connection, Participant, Room
from rooms.services.door import admit
from rooms.services.passes import enter
from rooms.services.presence import close_connection, open_connection
from rooms.tests.live import license_in, say_where
from scheduling.services import lead_group, seat_member
from tests.factories import House, make_patient


@dataclass
class Seated:
    """A session that is on, and who is in its room."""

    house: House
    room: Room
    alice: Participant
    bob: Participant  # her supervisor, who leads with her here
    pat: Participant
    quinn: Participant
    others: list[Participant]

    @property
    def members(self) -> list[Participant]:
        return [self.pat, self.quinn, *self.others]


def seat(house: House, clock, more: int = 0) -> Seated:
    """At five past nine: Alice, her co-facilitator Bob, Pat, Quinn and so many more are in the room of the house's session."""
    lead_group(group=house.group, user=house.bob, part=Facilitator.Part.CO, from_day=house.session.starts_at.date())
    license_in(house.alice, "CA")
    patients = [house.pat, house.quinn]
    if more:
        Group.objects.filter(pk=house.group.pk).update(capacity=15)
    for n in range(more):
        episode = make_patient(house.program, house.alice, f"Another{n}")
        seat_member(group=house.group, episode=episode, joined_on=house.session.starts_at.date())
        patients.append(episode.patient)
    clock.move_to(house.session.starts_at + dt.timedelta(minutes=5))
    alice, bob = (arrive(user, house) for user in (house.alice, house.bob))
    found = []
    for patient in patients:
        one = enter(user=patient.user, session_uid=house.session.uid)
        say_where(one)
        admit(by=alice, participant=one)
        clock.shift(1)
        found.append(arrive(patient.user, house))
    return Seated(house, alice.room, alice, bob, found[0], found[1], found[2:])


def arrive(user, house: House) -> Participant:
    """They enter and have a page open."""
    one = enter(user=user, session_uid=house.session.uid)
    open_connection(one)
    return one


def leave(one: Participant) -> None:
    """Their pages are gone."""
    for pk in Connection.objects.open().filter(participant=one).values_list("pk", flat=True):
        close_connection(pk, Connection.Why.LEFT)
