"""Whoever is put out leaves nothing open behind: no hand, no turn, no leader alone in a private room, no place in a plan."""

import pytest

from rooms.models import Beside, Hand, Place, Spell
from rooms.queries_beside import for_leaders, whereabouts
from rooms.services import aside, beside
from rooms.services.beside import How
from rooms.services.door import admit, readmit, remove
from rooms.services.hands import hands_of, raise_hand
from rooms.services.passes import enter
from rooms.services.rounds import end_turn, round_of, start_round
from rooms.tests.floor import Seated, seat
from rooms.tests.live import say_where
from rooms.tests.scene import for_whom, heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def seated(house, clock) -> Seated:
    return seat(house, clock)


def put_out(seated: Seated) -> list:
    with heard() as news:
        remove(by=seated.alice, participant=seated.pat, why="Filmed the screen")
    return news


def test_their_hand_is_down_and_stays_down_when_they_are_back(seated):
    raise_hand(by=seated.pat)
    raise_hand(by=seated.quinn)
    news = put_out(seated)
    assert ("hands.place", {"place": 1}) in for_whom(news, seated.quinn)
    assert hands_of(seated.room, seated.alice, seated.pat.came_at)["order"] == [seated.quinn.key]
    readmit(by=seated.alice, participant=seated.pat, why="A misunderstanding")
    back = enter(user=seated.house.pat.user, session_uid=seated.house.session.uid)
    say_where(back)
    admit(by=seated.alice, participant=back)
    assert not Hand.objects.filter(participant=back, lowered_at=None).exists()


def test_their_turn_goes_on_to_the_next(seated):
    start_round(by=seated.alice, kind="check_in")
    assert round_of(seated.room)["round"]["now"] == seated.pat.key
    news = put_out(seated)
    assert dict(for_whom(news, seated.quinn))["round"]["round"]["now"] == seated.quinn.key
    end_turn(by=seated.quinn, key=seated.quinn.key)
    assert round_of(seated.room)["round"] is None


def test_a_private_room_they_were_in_is_over(seated):
    private = aside.take_aside(by=seated.alice, participant=seated.pat)
    news = put_out(seated)
    private.refresh_from_db()
    assert private.closed_at and whereabouts(seated.alice) is None
    assert ("you.moved", {"beside": None}) in for_whom(news, seated.alice)
    theirs = [kind for kind, _data in for_whom(news, seated.pat)]
    assert theirs.index("you.moved") < theirs.index("you"), "what comes after they would not hear any more"
    assert not Spell.objects.filter(ended_at=None).exists()


def test_they_are_out_of_the_rooms_beside_and_of_the_plan(seated):
    one, _two = beside.make_rooms(by=seated.alice, count=2, how=How.HAND)
    beside.place(by=seated.alice, participant=seated.pat, beside_id=one.pk)
    beside.open_rooms(by=seated.alice)
    news = put_out(seated)
    rooms = dict(for_whom(news, seated.alice))["beside.rooms"]["rooms"]
    assert [(room["inside"], room["placed"]) for room in rooms] == [([], []), ([], [])]
    assert for_leaders(seated.room)["rooms"] == rooms
    assert not Place.objects.exists() and Beside.objects.filter(closed_at=None).count() == 2
