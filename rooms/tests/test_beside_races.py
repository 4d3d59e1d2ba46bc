"""Leaders who press at the same moment, each on a connection of their own: the room’s lock holds rooms beside together."""

import threading
from functools import partial

from core.tests.racing import backend_pid, eventually, somebody_else, waits_for_a_lock
from rooms.models import Beside, Participant, Room, Spell
from rooms.services import beside
from rooms.services.beside import How
from rooms.tests.floor import seat


def lost_people() -> list[str]:
    """Who is in a room beside that is closed: nobody is there, and no bell calls them back."""
    left = Spell.objects.filter(ended_at=None, beside__closed_at__isnull=False)
    return list(left.values_list("participant__shown", flat=True))


def moved_while_all_are_called_back(found, monkeypatch) -> None:
    """Bob moves Pat to another room; while his deed is not finished, Alice brings everybody back. Each on a connection of
    their own; Bob goes on once Alice is through, or is held up."""
    one, two = beside.make_rooms(by=found.alice, count=2, how=How.HAND)
    beside.place(by=found.alice, participant=found.pat, beside_id=one.pk)
    beside.open_rooms(by=found.alice)
    inside, go_on, take = threading.Event(), threading.Event(), beside.take

    def held_up(*given):
        inside.set()
        assert go_on.wait(30)
        return take(*given)

    monkeypatch.setattr(beside, "take", held_up)
    with somebody_else() as as_bob, somebody_else() as as_alice:
        pid = as_alice(backend_pid).result()
        moving = as_bob(partial(beside.place, by=found.bob, participant=found.pat, beside_id=two.pk))
        assert inside.wait(30)
        calling = as_alice(partial(beside.close_rooms, by=found.alice))
        eventually(lambda: calling.done() or waits_for_a_lock(pid))
        go_on.set()
        moving.result(30)
        calling.result(30)


def test_nobody_is_moved_into_a_room_that_closes_meanwhile(committed_house, clock, monkeypatch):
    found = seat(committed_house, clock)
    moved_while_all_are_called_back(found, monkeypatch)
    assert lost_people() == []
    assert not Spell.objects.filter(ended_at=None).exists()
    assert not Beside.objects.filter(closed_at=None).exists()


def test_without_the_rooms_lock_somebody_is_left_behind(committed_house, clock, monkeypatch):
    """The negative control."""
    found = seat(committed_house, clock)
    with monkeypatch.context() as broken:
        broken.setattr(type(Room.objects.all()), "select_for_update", lambda self, **_how: self)
        moved_while_all_are_called_back(found, monkeypatch)
    assert lost_people() == [Participant.objects.get(pk=found.pat.pk).shown]
