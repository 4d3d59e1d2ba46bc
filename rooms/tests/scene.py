"""A room without a live process: the cast in it, and what each of them would hear."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.test import TestCase
from django.utils import timezone

from core.tests.racing import together
from patients.models import Patient
from rooms import live, wire
from rooms.models import Agreement, AgreementSignature, Participant, Room
from rooms.services.door import admit
from rooms.services.passes import enter
from rooms.tests.live import license_in, say_where
from scheduling.models import Session
from tests.factories import House

live.load()


@dataclass
class Scene:
    """The session is on; Alice leads, Pat and Quinn were let in."""

    house: House
    room: Room
    alice: Participant
    pat: Participant
    quinn: Participant

    def ask(self, who: Participant, what: str, **given) -> object:
        """What a command answers, as over the socket."""
        return live.run(who.pk, what, given)

    def picture(self, who: Participant) -> dict:
        """What a page of theirs starts from."""
        return live.picture(who.pk)


@contextmanager
def heard() -> Iterator[list[wire.Numbered]]:
    """What is told inside, once it is committed."""
    with wire.held_back() as told, TestCase.captureOnCommitCallbacks(execute=True):
        yield told


def for_whom(told: list[wire.Numbered], who: Participant) -> list[tuple[str, dict]]:
    """Of what was told, what somebody hears."""
    return [
        (one.news.kind, dict(one.news.data))
        for one in told
        if wire.is_for(one.news.to, key=who.key, leads=who.is_leader, is_in=who.is_in)
    ]


def build_scene(house: House, session: Session | None = None) -> Scene:
    """Let the cast into the room of a session (their first). The clock stands where its door is open."""
    session = session or house.session
    license_in(house.alice, "CA")
    alice = enter(user=house.alice, session_uid=session.uid)
    pat, quinn = (come_in(alice, patient) for patient in (house.pat, house.quinn))
    return Scene(house, alice.room, alice, pat, quinn)


def come_in(leader: Participant, patient: Patient) -> Participant:
    """They say where they are, and the leader lets them in."""
    one = enter(user=patient.user, session_uid=leader.room.session.uid)
    say_where(one)
    admit(by=leader, participant=one)
    return Participant.objects.select_related("room").get(pk=one.pk)


@pytest.fixture
def scene(house, clock) -> Scene:
    """The cast in the room of their session, five minutes after it began."""
    clock.shift(65 * 60)
    return build_scene(house)


def sign_agreement(house: House, *patients) -> Agreement:
    """An agreement in force, signed by these (Pat and Quinn)."""
    last = Agreement.objects.of_program(house.program).first()
    agreement = Agreement.objects.create(
        program=house.program,
        version=last.version + 1 if last else 1,
        text="What is written here is kept.",
        in_force_from=timezone.localdate(),
        written_by=house.bob,
    )
    for patient in patients or (house.pat, house.quinn):
        AgreementSignature.objects.create(agreement=agreement, patient=patient, name="Signed", at=timezone.now())
    return agreement


def meanwhile(deed: Callable[[], object]) -> object:
    """What a service does, in a thread: a browser’s driver keeps an event loop in ours."""
    (done,) = together([deed])
    if isinstance(done, Exception):
        raise done
    return done
