"""Rooms beside the room: planned, filled, opened, closed, by services; what each person is told, and what nobody may learn."""

import dataclasses
import datetime as dt
import random

import pytest
import time_machine
from django.utils import timezone

from core.errors import Refusal
from rooms import live, wire
from rooms.models import Apart, Beside, Call, Connection, Participant, Room, Spell
from rooms.presence import GRACE
from rooms.queries_presence import seen_of
from rooms.services import aside, beside
from rooms.services.beside import How
from rooms.services.passes import enter
from rooms.services.presence import close_connection, open_connection
from rooms.tests.live import house_on_air
from scheduling.models import Session

pytestmark = pytest.mark.django_db
live.load()


class Air:
    """A session that is on, with its people, and what was told of it."""

    def __init__(self):
        self.house, self.session = house_on_air()
        for user in (self.house.alice, self.house.pat.user, self.house.quinn.user):
            enter(user=user, session_uid=self.session.uid)
        # How people are let in is another matter (test_door.py).
        Participant.objects.update(state="in", admitted_at=timezone.now())
        found = {p.shown: p for p in Participant.objects.all()}
        self.alice, self.pat, self.quinn = found["Alice"], found["Pat"], found["Quinn"]
        for one in found.values():
            open_connection(one)
        self.room = self.alice.room

    def hears(self, one: Participant, told) -> list[tuple[str, dict]]:
        """What of it reaches this person."""
        return [
            (n.news.kind, dict(n.news.data))
            for n in told
            if wire.is_for(n.news.to, key=one.key, leads=one.is_leader, is_in=True)
        ]

    def picture(self, one: Participant) -> dict:
        return live._picture(one.pk)

    def where(self, one: Participant) -> str | None:
        spell = Spell.objects.filter(participant=one, kind="beside", ended_at=None).select_related("beside").first()
        return spell and spell.beside.name


@pytest.fixture
def air(settings, django_capture_on_commit_callbacks) -> Air:
    settings.MFA_REQUIRED_FOR_STAFF = False
    made = Air()
    made.commit = django_capture_on_commit_callbacks
    return made


def keep_apart(air: Air, one: Participant, other: Participant) -> Apart:
    first, second = sorted([one.patient_id, other.patient_id])
    return Apart.objects.create(
        group=air.house.group, one_id=first, other_id=second, reason="A matter between them", by=air.house.alice
    )


def test_made_placed_opened_and_closed_with_presence_unbroken(air):
    connected = list(Connection.objects.values("pk", "opened_at", "closed_at"))
    one, two = beside.make_rooms(by=air.alice, count=2, how=How.HAND)
    assert (one.name, two.name) == ("Room 1", "Room 2")
    beside.place(by=air.alice, participant=air.pat, beside_id=one.pk)
    beside.place(by=air.alice, participant=air.quinn, beside_id=two.pk)
    assert air.where(air.pat) is None
    with wire.held_back() as told, air.commit(execute=True):
        beside.open_rooms(by=air.alice, minutes=10)
    assert (air.where(air.pat), air.where(air.quinn), air.where(air.alice)) == ("Room 1", "Room 2", None)
    heard = dict(air.hears(air.pat, told))
    assert heard["you.moved"]["beside"]["name"] == "Room 1"
    assert "beside.rooms" not in heard
    beside.place(by=air.alice, participant=air.pat, beside_id=two.pk)
    assert air.where(air.pat) == "Room 2"
    beside.visit(by=air.alice, beside_id=two.pk)
    assert air.where(air.alice) == "Room 2"
    aside.go_back(by=air.alice)
    assert air.where(air.alice) is None
    beside.close_rooms(by=air.alice)
    beside.close_rooms(by=air.alice)
    assert not Spell.objects.filter(ended_at=None).exists()
    assert not Beside.objects.filter(closed_at=None).exists()
    assert list(Connection.objects.values("pk", "opened_at", "closed_at")) == connected


def test_refusals(air):
    def code(deed, **given):
        with pytest.raises(Refusal) as refused:
            deed(**given)
        return refused.value.code

    assert code(beside.make_rooms, by=air.pat, count=2, how=How.HAND) == "not_a_leader"
    assert code(beside.make_rooms, by=air.alice, count=9, how=How.HAND) == "how_many"
    assert code(beside.make_rooms, by=air.alice, how=How.HAND) == "how_many"
    assert code(beside.make_rooms, by=air.alice, names=["A", " A "], how=How.HAND) == "no_name"
    assert code(beside.make_rooms, by=air.alice, count=3, how=How.CHANCE) == "too_many_rooms"
    assert code(beside.open_rooms, by=air.alice) == "no_rooms"
    Room.objects.update(backend="link")  # another program, with rooms of its own
    assert code(beside.make_rooms, by=air.alice, count=2, how=How.HAND) == "no_breakouts"
    assert code(aside.take_aside, by=air.alice, participant=air.pat) == "no_breakouts"
    Room.objects.update(backend="janus")
    assert code(beside.open_rooms, by=air.alice, minutes=0) == "minutes"
    assert code(beside.add_time, by=air.alice, minutes=5) == "not_open"
    assert code(beside.broadcast, by=air.alice, text="Hello") == "not_open"
    assert code(beside.call_help, by=air.pat) == "not_beside"
    assert code(aside.tell_group, by=air.pat, told=True) == "not_aside"
    assert code(aside.take_aside, by=air.alice, participant=air.alice) == "not_in_care"
    beside.make_rooms(by=air.alice, names=["Garden", "Library"], how=How.CHANCE)
    beside.open_rooms(by=air.alice)
    assert code(beside.make_rooms, by=air.alice, count=2, how=How.HAND) == "already_open"
    assert code(beside.open_rooms, by=air.alice) == "already_open"
    assert code(beside.add_time, by=air.alice, minutes=5) == "no_end"
    assert code(beside.place, by=air.alice, participant=air.pat, beside_id=0) == "no_room"


def test_pairs_are_kept_apart_and_it_says_so_when_that_is_impossible(air):
    keep_apart(air, air.pat, air.quinn)
    for seed in range(5):
        beside.make_rooms(by=air.alice, count=2, how=How.APART, chance=random.Random(seed))
        rooms = beside.planned(air.room).values_list("places__participant", flat=True)
        assert sorted(rooms) == [air.pat.pk, air.quinn.pk]
    with pytest.raises(Refusal) as refused:
        beside.make_rooms(by=air.alice, count=1, how=How.APART)
    assert refused.value.code == "not_apart"
    assert beside.planned(air.room).count() == 2  # the plan before it stays

    one, _two = beside.make_rooms(by=air.alice, count=2, how=How.HAND)
    beside.place(by=air.alice, participant=air.pat, beside_id=one.pk)
    with pytest.raises(Refusal) as refused:
        beside.place(by=air.alice, participant=air.quinn, beside_id=one.pk)
    assert refused.value.code == "apart"
    beside.place(by=air.alice, participant=air.quinn, beside_id=one.pk, even_so=True)


def test_nothing_a_member_hears_tells_of_pairs(air):
    """The same deeds with and without a pair kept apart: members are told the same."""

    def run() -> tuple[list, dict]:
        with wire.held_back() as told, air.commit(execute=True):
            beside.make_rooms(by=air.alice, count=2, how=How.APART, chance=random.Random(4))
            beside.open_rooms(by=air.alice)
        heard = [sorted((kind, sorted(data)) for kind, data in air.hears(one, told)) for one in (air.pat, air.quinn)]
        shape = air.picture(air.pat)["beside"]
        beside.close_rooms(by=air.alice)
        return heard, sorted(shape)

    without = run()
    pair = keep_apart(air, air.pat, air.quinn)
    assert run() == without
    assert "apart" not in air.picture(air.pat)["beside"]
    assert air.picture(air.alice)["beside"]["apart"] == [
        [p.key for p in sorted((air.pat, air.quinn), key=lambda p: p.patient_id)]
    ]
    assert not Apart.objects.visible_to(air.pat.user).exists()
    assert list(Apart.objects.visible_to(air.house.alice)) == [pair]


def test_time_is_over_with_nobody_to_say_so(air):
    beside.make_rooms(by=air.alice, count=2, how=How.CHANCE)
    beside.open_rooms(by=air.alice, minutes=5)
    beside.add_time(by=air.alice, minutes=5)
    assert beside.close_due(timezone.now() + dt.timedelta(minutes=9)) == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=10, seconds=1), tick=False):
        with wire.held_back() as told, air.commit(execute=True):
            assert beside.close_due() == 2
        assert beside.close_due() == 0
    assert ("you.moved", {"beside": None}) in air.hears(air.pat, told)
    assert not Spell.objects.filter(ended_at=None).exists()


def test_help_is_called_once_taken_and_answered(air):
    one, _two = beside.make_rooms(by=air.alice, count=2, how=How.HAND)
    beside.place(by=air.alice, participant=air.pat, beside_id=one.pk)
    beside.open_rooms(by=air.alice)
    with wire.held_back() as told, air.commit(execute=True):
        beside.call_help(by=air.pat)
        beside.call_help(by=air.pat)
        beside.take_help(by=air.alice, participant=air.pat)
    assert Call.objects.count() == 1
    assert [data for kind, data in air.hears(air.pat, told) if kind == "beside.help"] == [
        {"called": True, "coming": ""},
        {"called": True, "coming": "Alice"},
    ]
    assert air.hears(air.quinn, told) == []
    assert [call["name"] for call in air.picture(air.alice)["beside"]["help"]] == ["Pat"]
    assert air.picture(air.pat)["beside"]["called"]
    beside.visit(by=air.alice, beside_id=one.pk)
    call = Call.objects.get()
    assert call.closed_at and call.taken_by == air.house.alice
    assert not air.picture(air.pat)["beside"]["called"]


def test_a_private_room_is_known_to_leaders_and_who_is_in_it_alone(air):
    with wire.held_back() as told, air.commit(execute=True):
        private = aside.take_aside(by=air.alice, participant=air.pat)
    assert air.where(air.pat) == air.where(air.alice) == "Private room"
    heard = air.hears(air.quinn, told)
    assert {kind for kind, _data in heard} == {"people.changed"}
    assert sorted(data["key"] for _kind, data in heard) == sorted([air.pat.key, air.alice.key])
    assert all(data["away"] and data["beside"] is None for _kind, data in heard)
    seen = {p["name"]: (p["away"], p["beside"]) for p in air.picture(air.quinn)["people"]}
    assert seen["Pat"] == seen["Alice"] == (True, None)
    assert {p["name"]: p["beside"] for p in air.picture(air.pat)["people"]}["Alice"] == private.pk
    assert air.picture(air.quinn)["beside"]["told"] == []

    with wire.held_back() as told, air.commit(execute=True):
        aside.tell_group(by=air.pat, told=True)
    assert air.hears(air.quinn, told) == [("beside.told", {"key": air.pat.key, "told": True})]
    assert air.picture(air.quinn)["beside"]["told"] == [air.pat.key]

    with wire.held_back() as told, air.commit(execute=True):
        aside.go_back(by=air.pat)  # who is in it may leave it; then it is over for both
    assert air.where(air.pat) is air.where(air.alice) is None
    assert ("beside.told", {"key": air.pat.key, "told": False}) in air.hears(air.quinn, told)
    assert {p["name"]: p["away"] for p in air.picture(air.quinn)["people"]}["Pat"] is False


def test_from_a_room_beside_to_a_private_one_and_back(air):
    one, two = beside.make_rooms(by=air.alice, names=["Garden", "Library"], how=How.HAND)
    beside.place(by=air.alice, participant=air.pat, beside_id=one.pk)
    private = aside.take_aside(by=air.alice, participant=air.pat)
    beside.open_rooms(by=air.alice)
    assert air.where(air.pat) == "Private room"
    beside.place(by=air.alice, participant=air.pat, beside_id=two.pk)
    assert air.where(air.pat) == "Private room"
    aside.end_aside(by=air.alice, beside_id=private.pk)
    assert (air.where(air.pat), air.where(air.alice)) == ("Library", None)
    aside.take_aside(by=air.alice, participant=air.pat)
    beside.close_rooms(by=air.alice)  # a private room is not closed with the others
    assert air.where(air.pat) == "Private room"
    aside.go_back(by=air.pat)
    assert air.where(air.pat) is None


def test_nobody_is_left_alone_in_a_private_room(air):
    one, _two = beside.make_rooms(by=air.alice, count=2, how=How.HAND)
    beside.place(by=air.alice, participant=air.quinn, beside_id=one.pk)
    beside.open_rooms(by=air.alice)
    aside.take_aside(by=air.alice, participant=air.pat)
    aside.go_back(by=air.alice)
    assert air.where(air.pat) is air.where(air.alice) is None
    beside.call_help(by=air.quinn)
    private = aside.take_aside(by=air.alice, participant=air.pat)
    beside.visit(by=air.alice, beside_id=one.pk)  # the call came while she was with Pat
    assert (air.where(air.pat), air.where(air.alice)) == (None, "Room 1")
    private.refresh_from_db()
    assert private.closed_at


def test_a_leader_who_is_lost_leaves_nobody_alone_in_a_private_room(air, django_assert_num_queries):
    aside.take_aside(by=air.alice, participant=air.pat)
    page = Connection.objects.open().get(participant=air.alice)
    now = timezone.now() + GRACE * 3
    with django_assert_num_queries(1):
        assert beside.close_due(now) == 0  # she is there, however long
    close_connection(page.pk, Connection.Why.LOST)
    assert beside.close_due() == 0  # a moment of bad network ends nothing
    again = open_connection(air.alice)
    assert beside.close_due(now) == 0
    close_connection(again.pk, Connection.Why.LOST)
    with wire.held_back() as told, air.commit(execute=True):
        assert beside.close_due(now) == 1
    assert (air.where(air.pat), air.where(air.alice)) == (None, None)
    assert ("you.moved", {"beside": None}) in air.hears(air.pat, told)
    assert beside.close_due(now) == 0


def test_whom_nobody_waits_for_keeps_the_private_room(air):
    """Both were lost: it is there when they are back, and ends only when one of them waits."""
    aside.take_aside(by=air.alice, participant=air.pat)
    for page in Connection.objects.open():
        close_connection(page.pk, Connection.Why.LOST)
    now = timezone.now() + GRACE * 3
    assert beside.close_due(now) == 0
    open_connection(air.pat)
    assert beside.close_due(now) == 1


def test_another_leader_stays_with_them(air):
    charlie = Participant.objects.create(
        room=air.room, part="co", state="in", user=air.house.charlie, shown="Charlie", admitted_at=timezone.now()
    )
    private = aside.take_aside(by=air.alice, participant=air.pat)
    beside.visit(by=charlie, beside_id=private.pk)
    aside.go_back(by=air.alice)
    assert (air.where(air.pat), air.where(charlie), air.where(air.alice)) == ("Private room", "Private room", None)
    aside.go_back(by=charlie)
    assert air.where(air.pat) is None


def test_minutes_in_rooms_beside_are_minutes_of_the_session(air):
    """Pat is in a breakout, taken aside from it, back in it and with everybody again; Quinn stays where they are. Both were
    connected all the time, and both attended the same."""
    began = timezone.now().replace(microsecond=0)
    Connection.objects.update(opened_at=began, seen_at=began)
    Participant.objects.update(admitted_at=began)
    with time_machine.travel(began, tick=False) as clock:
        one, _two = beside.make_rooms(by=air.alice, count=2, how=How.HAND)
        beside.place(by=air.alice, participant=air.pat, beside_id=one.pk)
        for minutes, deed in (
            (5, lambda: beside.open_rooms(by=air.alice)),
            (10, lambda: aside.take_aside(by=air.alice, participant=air.pat)),
            (7, lambda: aside.go_back(by=air.pat)),
            (3, lambda: beside.close_rooms(by=air.alice)),
            (5, lambda: None),
        ):
            clock.shift(minutes * 60)
            deed()
        assert air.where(air.pat) is None
        for page in Connection.objects.all():
            close_connection(page.pk, Connection.Why.LEFT)
        people = seen_of(Session.objects.get(pk=air.session.pk)).people
    pat, quinn = (people[one.patient_id].attended for one in (air.pat, air.quinn))
    assert (pat.connected, pat.treated, pat.beside, pat.away) == (1800, 1800, 1200, 0)
    assert dataclasses.replace(pat, beside=0) == quinn
    assert Spell.objects.filter(participant=air.pat, kind="beside").count() == 3


def test_the_picture_costs_the_same_for_any_number(air, django_assert_num_queries):
    def count(viewer: Participant) -> int:
        room = Participant.objects.select_related("room__session__group").get(pk=viewer.pk).room
        with django_assert_num_queries(8 if viewer.is_leader else 2):
            live.PARTS["beside"](room, viewer)

    for rooms in (1, 2):
        beside.make_rooms(by=air.alice, count=rooms, how=How.CHANCE)
        for viewer in (air.alice, air.pat):
            count(viewer)
