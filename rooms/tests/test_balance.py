"""The balance of talk: the arithmetic of stretches against a count of seconds, and what is said of whom."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.models import Participant, Room
from rooms.queries import talk_balance
from rooms.services.balance import seconds_of, takes_much
from tests.desk import more_people

ZERO = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
NOW = 120


def at(second: int) -> dt.datetime:
    return ZERO + dt.timedelta(seconds=second)


stretch = st.tuples(st.sampled_from(["pat", "quinn"]), st.integers(0, NOW), st.one_of(st.none(), st.integers(0, NOW)))


@given(st.lists(stretch, max_size=12))
def test_every_second_of_a_person_counts_once_however_many_connections_heard_it(found):
    counted: dict[str, set[int]] = {"pat": set(), "quinn": set()}
    for who, began, ended in found:
        counted[who] |= set(range(began, NOW if ended is None else ended))
    given_ = [(who, at(began), None if ended is None else at(ended)) for who, began, ended in found]
    seconds = seconds_of(given_, at(NOW))
    assert {who: seconds.get(who, 0) for who in counted} == {who: len(seen) for who, seen in counted.items()}


@pytest.mark.parametrize(
    ("seconds", "total", "members", "much"),
    [
        (60, 119, 10, False),  # too early to say
        (60, 200, 10, True),  # 30 %, three times the even share
        (48, 200, 10, False),  # 24 % is less than 2.5 times the even share
        (40, 200, 20, False),  # 20 % is not more than a fifth
        (42, 200, 20, True),
        (120, 200, 2, False),  # two people: nobody can take 2.5 times half
        (0, 0, 0, False),
    ],
)
def test_who_takes_much_of_the_room(seconds, total, members, much):
    assert takes_much(seconds, total, members) is much


def test_who_has_not_spoken_and_what_the_leaders_took(care_scene):
    for one in (care_scene.alice, care_scene.pat, care_scene.quinn):
        care_scene.connect(one)
    care_scene.talk(care_scene.alice, 0, 60)
    care_scene.talk(care_scene.pat, 60, 90)
    care_scene.talk(care_scene.pat, 80, 100)  # a second tab: ten seconds counted once
    care_scene.talk(care_scene.pat, 280, None)  # talking now
    care_scene.talk(care_scene.quinn, 100, 102)  # a cough
    found = talk_balance(care_scene.room)
    lines = {line.name: line for line in found.people}
    assert (lines["Pat"].seconds, lines["Pat"].share, lines["Pat"].before) == (60, 0.97, None)
    assert lines["Quinn"].is_silent and not lines["Pat"].is_silent
    assert found.leaders == 0.49 and found.before == 0 and found.leaders_before is None
    assert [line.name for line in found.people] == ["Quinn", "Pat", "Alice"]


def test_the_last_four_sessions_of_the_group(care_scene, house):
    later = list(house.group.sessions.order_by("starts_at")[:6])
    shares = []
    for n, session in enumerate(later[:5]):
        room = Room.objects.filter(session=session).first() or Room.objects.create(session=session, backend="janus")
        for user, patient, part in ((house.pat.user, house.pat, "member"), (house.alice, None, "lead")):
            one, _made = Participant.objects.get_or_create(
                room=room, user=user, defaults={"patient": patient, "part": part, "shown": "x", "state": "in",
                                                "admitted_at": session.starts_at},
            )  # fmt: skip
            care_scene.talk(one, 0, 100 * (n + 1) if patient else 100)
        care_scene.talk(one, 500, None)  # left open by a media server that died: it counts for nothing
        shares.append(room)
    found = talk_balance(Room.objects.create(session=later[5], backend="janus"))
    assert found.before == 4 and found.people == []
    assert found.leaders_before == pytest.approx(400 / 1800, abs=0.01)  # the oldest of five is not looked at


def test_as_many_queries_for_twelve_as_for_two(care_scene, django_assert_num_queries):
    with django_assert_num_queries(3):
        talk_balance(care_scene.room)
    for n, patient in enumerate(more_people(care_scene.house, 10)):
        one = Participant.objects.create(
            room=care_scene.room, user=patient.user, patient=patient, part="member", shown=f"M{n}", state="in",
            admitted_at=care_scene.session.starts_at,
        )  # fmt: skip
        care_scene.talk(one, n, n + 50)
    with django_assert_num_queries(3):
        assert len(talk_balance(care_scene.room).people) == 13
