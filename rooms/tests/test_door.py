"""The door: what somebody says there, who lets them in and when nobody may, putting out and taking back."""

import datetime as dt

import pytest
from django.utils import timezone

from core.errors import Refusal
from rooms import media
from rooms.commands.door import at_the_door as door_part
from rooms.live import load, picture
from rooms.media.base import MediaTrouble
from rooms.models import Arrival, Participant
from rooms.services import arrivals, door
from rooms.services.agreements import sign, write_version
from rooms.services.passes import enter
from rooms.tests.live import license_in, say_where
from tests.desk import more_people
from tests.factories import make_staff
from tests.stack import wait_for

pytestmark = pytest.mark.django_db
load()


@pytest.fixture
def at_the_door(house, clock):
    """Alice in the room, licensed in CA; Pat and Quinn at its door five minutes before the session."""
    license_in(house.alice, "CA")
    clock.move_to(house.session.starts_at - dt.timedelta(minutes=5))
    people = [house.alice, house.pat.user, house.quinn.user]
    return house, *(enter(user=user, session_uid=house.session.uid) for user in people)


def refused(deed, **given) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**given)
    assert str(caught.value.message)
    return caught.value.code


def state_of(one: Participant) -> str:
    return Participant.objects.get(pk=one.pk).state


def test_nobody_knocks_before_saying_where_they_are(at_the_door):
    _house, alice, pat, _quinn = at_the_door
    assert refused(door.knock, by=pat) == "no_arrival"
    assert refused(door.admit, by=alice, participant=pat) == "no_arrival"
    say_where(pat)
    door.knock(by=pat)
    assert state_of(pat) == "waiting"
    door.knock(by=pat)  # again does nothing
    door.admit(by=alice, participant=pat)
    assert state_of(pat) == "in"


def test_nobody_comes_in_where_no_leader_is_licensed(at_the_door):
    house, alice, pat, _quinn = at_the_door
    license_in(house.charlie, "NV")
    say_where(pat, state="NV")
    door.knock(by=pat)  # knocking is free: the leaders are to know
    assert refused(door.admit, by=alice, participant=pat) == "not_licensed"
    row = picture(alice.pk)["door"][0]
    assert (row["stop"], row["place"], row["licensed"]) == ("not_licensed", "NV", ["Charlie Stranger"])
    # Somebody else's licence helps only when they lead, and an expired one never does.
    license_in(house.alice, "NV")
    licence = house.alice.staff_profile.licences.get(state="NV")
    licence.expires_on = timezone.localdate() - dt.timedelta(days=1)
    licence.save()
    assert refused(door.admit, by=alice, participant=pat) == "not_licensed"
    licence.expires_on = timezone.localdate()
    licence.save()
    door.admit(by=alice, participant=pat)
    assert state_of(pat) == "in"


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"street": " "}, "missing", "street"),
        ({"city": ""}, "missing", "city"),
        ({"phone": ""}, "missing", "phone"),
        ({"state": "ZZ"}, "missing", "state"),
        ({"camera": "hacked"}, "missing", "camera"),
        ({"others": "x" * 301}, "too_long", "others"),
        ({"is_able": False}, "not_able", "is_able"),
    ],
)
def test_what_is_said_at_the_door_has_to_be_whole(at_the_door, wrong, code, field):
    _house, _alice, pat, _quinn = at_the_door
    with pytest.raises(Refusal) as caught:
        say_where(pat, **wrong)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert not Arrival.objects.exists()


def test_it_is_said_at_the_door_and_by_those_in_care_only(at_the_door):
    _house, alice, pat, _quinn = at_the_door
    with pytest.raises(Refusal, match="staff"):
        say_where(alice)
    say_where(pat)
    door.admit(by=alice, participant=pat)
    with pytest.raises(Refusal, match="inside"):
        say_where(pat)


def test_confirmed_aloud_by_whom_and_when_until_the_place_changes(at_the_door):
    house, alice, pat, quinn = at_the_door
    assert refused(arrivals.confirm, by=alice, participant=pat, aloud=True) == "no_arrival"
    say_where(pat)
    assert refused(arrivals.confirm, by=quinn, participant=pat, aloud=True) == "not_in"
    arrivals.confirm(by=alice, participant=pat, aloud=True)
    arrival = Arrival.objects.get(participant=pat)
    assert (arrival.confirmed_by, arrival.confirmed_at) == (house.alice, timezone.now())
    say_where(pat, phone="+1 559 555 0102")
    assert Arrival.objects.get().confirmed_at
    say_where(pat, street="The library, 3 Main Street")
    assert Arrival.objects.get().confirmed_at is None


def test_nobody_confirms_an_address_they_have_not_seen(at_the_door, clock):
    """Pat says another address while a leader has the card of the first one open, and hears Pat say the first."""
    _house, alice, pat, _quinn = at_the_door
    say_where(pat)
    seen = Arrival.objects.get(participant=pat).given_at.isoformat()
    clock.shift(20)
    say_where(pat, street="The library, 3 Main Street")
    assert refused(arrivals.confirm, by=alice, participant=pat, aloud=True, said=seen) == "said_anew"
    assert Arrival.objects.get(participant=pat).confirmed_at is None
    arrivals.confirm(
        by=alice, participant=pat, aloud=True, said=Arrival.objects.get(participant=pat).given_at.isoformat()
    )
    assert Arrival.objects.get(participant=pat).confirmed_at
    arrivals.confirm(by=alice, participant=pat, aloud=False, said=seen)
    assert Arrival.objects.get(participant=pat).confirmed_at is None, "taken back at any time"


def test_help_near_a_place_is_remembered_for_the_program(at_the_door):
    _house, alice, pat, quinn = at_the_door
    say_where(pat)
    arrivals.note_help(by=alice, participant=pat, local_emergency=" 559 555  0911", nearest_ed="St. Elsewhere\nElm 1")
    say_where(quinn, city="fresno", street="40 Oak Street")
    near = Arrival.objects.get(participant=quinn)
    assert (near.local_emergency, near.nearest_ed) == ("559 555 0911", "St. Elsewhere\nElm 1")
    say_where(quinn, city="Fresno", state="OR")
    assert Arrival.objects.get(participant=quinn).nearest_ed == ""
    code = refused(arrivals.note_help, by=alice, participant=pat, local_emergency="9" * 33, nearest_ed="")
    assert code == "too_long"


def test_last_time_is_filled_in_for_them_alone(at_the_door, clock):
    house, _alice, pat, _quinn = at_the_door
    assert arrivals.last_of(house.pat) is None
    say_where(pat)
    assert arrivals.last_of(house.pat).street == "12 Elm Street"
    assert arrivals.last_of(house.quinn) is None


def test_an_agreement_in_force_is_signed_first_and_a_new_version_anew(at_the_door, clock):
    house, alice, pat, _quinn = at_the_door
    today = house.program.today
    first = write_version(program=house.program, text="One", guidelines=["Kind"], in_force_from=today, by=house.bob)
    say_where(pat)
    assert refused(door.knock, by=pat) == "not_signed"
    assert refused(door.admit, by=alice, participant=pat) == "not_signed"
    assert refused(sign, agreement=first, patient=house.pat, name=" P", by=house.pat.user) == "unnamed"
    assert refused(sign, agreement=first, patient=house.pat, name="Pat Peerson", by=house.alice) == "not_own"
    sign(agreement=first, patient=house.pat, name="Pat Peerson", by=house.pat.user)
    door.knock(by=pat)
    second = write_version(program=house.program, text="Two", guidelines=[], in_force_from=today, by=house.bob)
    assert refused(door.admit, by=alice, participant=pat) == "not_signed"
    assert refused(sign, agreement=first, patient=house.quinn, name="Quinn", by=house.quinn.user) == "not_in_force"
    sign(agreement=second, patient=house.pat, name="Pat Peerson", by=house.pat.user)
    door.admit(by=alice, participant=pat)
    assert house.pat.agreements.count() == 2


def test_all_who_may_come_in_and_the_others_stay_with_the_reason(at_the_door):
    _house, alice, pat, quinn = at_the_door
    say_where(pat)
    say_where(quinn, state="TX")
    door.knock(by=pat)
    door.knock(by=quinn)
    assert door.admit_all(by=alice, only_confirmed=True).count == 0
    arrivals.confirm(by=alice, participant=pat, aloud=True)
    assert door.admit_all(by=alice, only_confirmed=True).count == 1
    done = door.admit_all(by=alice, only_confirmed=False)
    assert (done.count, [(key, why.code) for key, why in done.kept]) == (0, [(quinn.key, "not_licensed")])
    assert (state_of(pat), state_of(quinn)) == ("in", "waiting")


def test_a_locked_door_says_so_and_lets_nobody_in(at_the_door):
    _house, alice, pat, quinn = at_the_door
    say_where(pat)
    door.admit(by=alice, participant=pat)
    door.set_locked(by=alice, locked=True)
    say_where(quinn)
    assert refused(door.knock, by=quinn) == "locked"
    assert refused(door.admit, by=alice, participant=quinn) == "locked"
    assert refused(door.admit_all, by=alice, only_confirmed=False) == "locked"
    door.admit(by=alice, participant=pat)  # who is in stays in
    door.set_locked(by=alice, locked=False)
    door.knock(by=quinn)


def test_turned_away_with_words_and_knocks_again(at_the_door):
    _house, alice, pat, _quinn = at_the_door
    say_where(pat)
    door.knock(by=pat)
    assert refused(door.turn_away, by=alice, participant=pat, words=" ") == "no_words"
    door.turn_away(by=alice, participant=pat, words="Give me two minutes, please.")
    assert state_of(pat) == "preparing"
    assert refused(door.turn_away, by=alice, participant=pat, words="Again") == "not_waiting"
    door.knock(by=pat)
    assert state_of(pat) == "waiting"


def test_removed_stays_out_until_taken_back_and_then_comes_to_the_door_anew(at_the_door):
    house, alice, pat, _quinn = at_the_door
    say_where(pat)
    door.admit(by=alice, participant=pat)
    assert refused(door.remove, by=alice, participant=pat, why=" ") == "no_reason"
    assert refused(door.remove, by=alice, participant=alice, why="Tired") == "a_leader"
    assert refused(door.readmit, by=alice, participant=pat, why="?") == "not_removed"
    door.remove(by=alice, participant=pat, why="Filmed the screen")
    assert refused(door.knock, by=pat) == "removed"
    assert refused(door.admit, by=alice, participant=pat) == "removed_before"
    assert refused(enter, user=house.pat.user, session_uid=house.session.uid) == "removed"
    assert refused(door.readmit, by=alice, participant=pat, why="") == "no_reason"
    door.readmit(by=alice, participant=pat, why="A misunderstanding")
    pat = enter(user=house.pat.user, session_uid=house.session.uid)
    assert (pat.state, pat.removed_why, pat.readmitted_why) == ("preparing", "Filmed the screen", "A misunderstanding")
    assert refused(door.knock, by=pat) == "no_arrival"  # they say again where they are


@pytest.mark.parametrize("away", [False, True])
def test_the_media_server_is_told_and_may_be_away(
    at_the_door, away, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    _house, alice, pat, _quinn = at_the_door
    told = []

    class Server:
        def remove(self, room, key):
            told.append(("remove", room.number, key))
            if away:
                raise MediaTrouble("It does not answer.")

        def end_room(self, room):
            told.append(("end", room.number, ""))

    monkeypatch.setattr(media, "backend", lambda name: Server(), raising=False)
    with django_capture_on_commit_callbacks(execute=True):
        door.remove(by=alice, participant=pat, why="Filmed the screen")
    number = pat.room.number
    wait_for(lambda: told == [("remove", number, pat.key)], why="the media server is not told")
    assert state_of(pat) == "removed"
    with django_capture_on_commit_callbacks(execute=True):
        door.end_session(by=alice)
    wait_for(lambda: ("end", number, "") in told, why="the media room stays")


def test_leaders_see_who_is_at_the_door_by_as_many_queries_and_members_nobody(house, clock, django_assert_num_queries):
    license_in(house.alice, "CA")
    house.group.capacity = 15
    house.group.save()
    people = [house.pat, *more_people(house, 11, group=house.group)]
    clock.move_to(house.session.starts_at)
    alice = enter(user=house.alice, session_uid=house.session.uid)
    make_staff(house.program)
    for place, patient in enumerate(people):
        one = enter(user=patient.user, session_uid=house.session.uid)
        say_where(one, state="CA" if place % 2 else "NV")
        door.knock(by=one)
        if place in (0, 11):
            room = type(alice.room).objects.select_related("session__group__program").get(pk=alice.room_id)
            with django_assert_num_queries(4):
                rows = door_part(room, alice)
            assert len(rows) == place + 1
        clock.shift(1)
    assert [row["name"] for row in rows] == [p.display_name for p in people]  # the longest first
    assert door_part(room, one) == []
    words = str([row | {"key": ""} for row in rows])  # a key is drawn, and may hold any three letters
    assert "Elm" not in words and "555" not in words  # no address, no number over the wire
    assert set(picture(one.pk)) == {"seq", "me", "over"}


def test_strangers_and_members_know_nothing_of_anothers_arrival_or_signature(at_the_door):
    house, _alice, pat, _quinn = at_the_door
    agreement = write_version(
        program=house.program, text="One", guidelines=[], in_force_from=house.program.today, by=house.bob
    )
    sign(agreement=agreement, patient=house.pat, name="Pat Peerson", by=house.pat.user)
    say_where(pat)
    signatures = type(house.pat.agreements.get()).objects
    for seen, whom in ((True, house.alice), (True, house.bob), (True, house.pat.user), (False, house.charlie),
                       (False, house.quinn.user), (False, house.robin.user), (False, house.billing)):  # fmt: skip
        assert Arrival.objects.visible_to(whom).exists() == seen
        if whom != house.billing:  # who sees the program's people
            assert signatures.visible_to(whom).exists() == seen
