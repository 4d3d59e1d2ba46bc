"""The ledger of media: facts that come twice, late, out of their order or never; and what is put right every minute."""

import datetime as dt
import itertools

import pytest

from rooms.media.base import EventKind, MediaEvent, MediaTrouble, Present
from rooms.models import MediaHandle, Participant, Room, TalkSpell
from rooms.services import ledger
from rooms.tasks import reconcile_media
from scheduling.models import Session

T0 = dt.datetime(2026, 3, 2, 17, 0, tzinfo=dt.UTC)  # an hour after the clock of the tests


def at(seconds: float) -> dt.datetime:
    return T0 + dt.timedelta(seconds=seconds)


@pytest.fixture
def room(house) -> Room:
    session = Session.objects.order_by("starts_at").first()
    return Room.objects.create(session=session, backend="janus", began_at=at(-60))


@pytest.fixture
def pat(room, house) -> Participant:
    return Participant.objects.create(
        room=room, user=house.pat.user, patient=house.pat, part="member", state="in", admitted_at=T0, shown="Pat"
    )


def event(
    kind: EventKind, seconds: float, pat: Participant, handle: str = "7", *, key: str | None = None
) -> MediaEvent:
    """As Janus tells it: only joining says whose it is."""
    key = (pat.key if kind is EventKind.JOINED else "") if key is None else key
    return MediaEvent(kind, pat.room.number, at(seconds), handle, key)


def handles() -> list[tuple]:
    return list(MediaHandle.objects.order_by("joined_at").values_list("handle", "joined_at", "left_at"))


def talk() -> list[tuple]:
    return list(TalkSpell.objects.order_by("began_at").values_list("began_at", "ended_at"))


def story(pat) -> list[MediaEvent]:
    return [
        event(EventKind.JOINED, 0, pat),
        event(EventKind.PUBLISHED, 1, pat),
        event(EventKind.TALKING, 10, pat),
        event(EventKind.QUIET, 15, pat),
        event(EventKind.TALKING, 20, pat),
        event(EventKind.UNPUBLISHED, 30, pat),
        event(EventKind.UNPUBLISHED, 30, pat),
        event(EventKind.LEFT, 30, pat),
    ]


TOLD = [("7", at(0), at(30))]
SPOKE = [(at(10), at(15)), (at(20), at(30))]


def test_a_story_told_once_or_twice_is_the_same(pat):
    ledger.take_events(story(pat))
    assert (handles(), talk()) == (TOLD, SPOKE)
    ledger.take_events(story(pat))
    assert (handles(), talk()) == (TOLD, SPOKE)
    assert {spell.participant_id for spell in TalkSpell.objects.all()} == {pat.pk}


@pytest.mark.parametrize("first", range(2, 8))
def test_two_facts_that_overtake_each_other_end_the_same(pat, first):
    told = story(pat)
    told[first - 1], told[first] = told[first], told[first - 1]
    ledger.take_events(told)
    assert handles() == TOLD
    assert [spell for spell in talk() if spell[0] != spell[1]] == SPOKE


def test_whoever_nobody_knows_is_passed_over(pat):
    ledger.take_events([event(EventKind.JOINED, 0, pat, key="somebody"), event(EventKind.TALKING, 1, pat, "8")])
    ledger.take_events([event(EventKind.LEFT, 2, pat, "9"), event(EventKind.QUIET, 2, pat, "9")])
    assert (handles(), talk()) == ([], [])


def test_a_server_that_says_whose_it_is_needs_no_order_at_all(pat):
    for told in itertools.permutations([EventKind.JOINED, EventKind.LEFT]):
        handle = "-".join(told)
        seconds = {EventKind.JOINED: 3, EventKind.LEFT: 9}
        ledger.take_events([event(kind, seconds[kind], pat, handle, key=pat.key) for kind in told])
        row = MediaHandle.objects.get(handle=handle)
        assert (row.joined_at, row.left_at) == (at(3), at(9))


def test_a_room_that_is_destroyed_closes_whoever_is_in_it(pat):
    ledger.take_events([event(EventKind.JOINED, 0, pat), event(EventKind.TALKING, 5, pat)])
    ledger.take_events([event(EventKind.JOINED, 50, pat, "8")])
    ledger.take_events([MediaEvent(EventKind.ROOM_GONE, pat.room.number, at(40))])
    assert handles() == [("7", at(0), at(40)), ("8", at(50), None)]
    assert talk() == [(at(5), at(40))]


def test_nobody_talks_by_sound_that_does_not_come(pat):
    ledger.take_events([event(EventKind.JOINED, 0, pat), event(EventKind.TALKING, 5, pat)])
    ledger.take_events([MediaEvent(EventKind.QUIET, 0, at(9), key=pat.key)])
    ledger.take_events([event(EventKind.TALKING, 12, pat)])
    ledger.hush(pat, at=at(14))
    assert talk() == [(at(5), at(9)), (at(12), at(14))]


class Answers:
    """What a media server says when it is asked, or that it does not."""

    def __init__(self, *present: Present, trouble: bool = False):
        self.present, self.trouble, self.asked = list(present), trouble, []

    def participants(self, room) -> list[Present]:
        self.asked.append(room.number)
        if self.trouble:
            raise MediaTrouble("away")
        return self.present


@pytest.fixture
def answer(monkeypatch):
    def use(answers: Answers) -> Answers:
        monkeypatch.setattr(ledger, "backend", lambda name: answers)
        monkeypatch.setattr(ledger, "configured", lambda: ["janus", "link"])
        return answers

    return use


def test_what_was_never_told_is_put_right_in_a_minute(pat, clock, answer):
    ledger.take_events([event(EventKind.JOINED, 0, pat), event(EventKind.TALKING, 5, pat)])
    clock.move_to(at(60))
    answer(Answers(trouble=True))
    reconcile_media()
    assert handles() == [("7", at(0), None)], "a server that is away has said nothing of anybody"
    answers = answer(Answers(Present("9", pat.key, True), Present("10", "nobody", True)))
    reconcile_media()
    assert answers.asked == [pat.room.number]
    assert handles() == [("7", at(0), at(60)), ("9", at(60), None)]
    assert talk() == [(at(5), at(60))]
    reconcile_media()
    assert len(handles()) == 2
    # The facts come after all, late.
    ledger.take_events([event(EventKind.LEFT, 30, pat), event(EventKind.JOINED, 40, pat, "9")])
    assert handles() == [("7", at(0), at(30)), ("9", at(40), None)]
    assert talk() == [(at(5), at(30))]


def test_who_joined_just_now_is_not_taken_for_gone(pat, clock, answer):
    ledger.take_events([event(EventKind.JOINED, 58, pat)])
    clock.move_to(at(60))
    answer(Answers())
    reconcile_media()
    assert handles() == [("7", at(58), None)]
    clock.move_to(at(120))
    reconcile_media()
    assert handles() == [("7", at(58), at(120))]


def test_rooms_that_are_over_and_empty_are_not_asked(pat, answer):
    Room.objects.filter(pk=pat.room_id).update(ended_at=at(90))
    answers = answer(Answers())
    reconcile_media()
    assert answers.asked == []
    ledger.take_events([event(EventKind.JOINED, 0, pat)])
    reconcile_media()
    assert answers.asked == [pat.room.number]
