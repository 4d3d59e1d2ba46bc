"""A session in course for tests of services: who is in, connected, talking."""

import datetime as dt

import pytest
from django.utils import timezone

from rooms import wire
from rooms.models import Connection, Participant, Room, TalkSpell
from rooms.services.door import admit
from rooms.services.passes import enter
from rooms.tests.live import license_in, say_where


class Scene:
    """The cast in their session, five minutes after it began."""

    def __init__(self, house, clock):
        self.house, self.clock = house, clock
        clock.move_to(house.session.starts_at + dt.timedelta(minutes=5))
        self.session = house.session
        license_in(house.alice, "CA")
        self.alice = self.enter(house.alice)
        self.pat, self.quinn = self.let_in(house.pat), self.let_in(house.quinn)
        self.room = Room.objects.select_related("session__group__program").get()

    def enter(self, user) -> Participant:
        """At the door; staff are in."""
        return enter(user=user, session_uid=self.session.uid)

    def let_in(self, patient) -> Participant:
        """Alice lets them in."""
        one = self.enter(patient.user)
        say_where(one)
        admit(by=self.alice, participant=one)
        one.refresh_from_db()
        return one

    def connect(self, one: Participant, minutes_ago: float = 6) -> Connection:
        """A page of theirs is open."""
        now = timezone.now()
        return Connection.objects.create(
            participant=one, opened_at=now - dt.timedelta(minutes=minutes_ago), seen_at=now
        )

    def lose(self, connection: Connection, seconds_ago: float, why: str = Connection.Why.LOST) -> None:
        """It closed."""
        connection.closed_at, connection.why = timezone.now() - dt.timedelta(seconds=seconds_ago), why
        connection.save()

    def talk(self, one: Participant, start: float, end: float | None) -> None:
        """They were heard, seconds after the session began."""
        began = one.room.session.starts_at
        TalkSpell.objects.create(
            participant=one,
            began_at=began + dt.timedelta(seconds=start),
            ended_at=None if end is None else began + dt.timedelta(seconds=end),
        )


@pytest.fixture
def care_scene(house, clock) -> Scene:
    """Alice, Pat and Quinn are in."""
    return Scene(house, clock)


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """`with told() as news:` — what was told by the deeds inside, once they are committed."""

    class Listening:
        def __enter__(self):
            self.news: list[wire.News] = []
            self.held = wire.held_back()
            self.sent = self.held.__enter__()
            self.capture = django_capture_on_commit_callbacks(execute=True)
            self.capture.__enter__()
            return self.news

        def __exit__(self, *error):
            self.capture.__exit__(*error)
            self.held.__exit__(None, None, None)
            self.news.extend(one.news for one in self.sent)

    return Listening
