"""The pages of the door: what somebody in care goes through, what a leader reads of them, and the rules of both."""

import datetime as dt
import uuid

import pytest

from clinical.services.risk import raise_concern
from rooms.models import Agreement, Arrival, Participant, RoomPolicy
from rooms.services import door
from rooms.services.agreements import sign, write_version
from rooms.services.passes import enter
from rooms.tests.live import HERE, license_in, say_where
from tests.desk import Readings, browse, count, fields, text, told

pytestmark = pytest.mark.django_db
__all__ = ["browse"]

SAID = {**HERE, "is_here": "on", "is_private": "yes", "has_headphones": "yes", "is_able": "on", "others": ""}
RULES = "/desk/rooms/rules/"


@pytest.fixture
def doors(house, clock):
    """Five minutes before the session: the address of its door and of its room."""
    license_in(house.alice, "CA")
    clock.move_to(house.session.starts_at - dt.timedelta(minutes=5))
    return f"/my/rooms/{house.session.uid}/door/", f"/my/rooms/{house.session.uid}/"


def test_from_the_portal_to_the_door_and_by_knocking_into_the_waiting_room(house, doors, browse):
    address, room = doors
    pat = browse(house.pat.user)
    answer = pat.get(f"/my/sessions/{house.session.uid}/join/")
    assert answer["Location"] == address
    page = pat.get(address)
    assert "Where you are now" in text(page)
    answer = pat.post(address, {**SAID, "camera": "works", "speaker": "trouble"})
    assert answer["Location"] == room
    me = Participant.objects.get(patient=house.pat)
    assert (me.state, me.arrival.street, me.arrival.camera, me.arrival.speaker) == (
        "waiting",
        "12 Elm Street",
        "works",
        "trouble",
    )
    assert pat.get(address)["Location"] == room  # who knocked waits in the room's page
    assert "A leader will let you in" in text(pat.get(room))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"street": ""}, "Write where you are now"),
        ({"state": ""}, "Choose the state you are in now"),
        ({"is_here": ""}, "Look at the address, correct it if you are elsewhere"),
        ({"phone": " "}, "Write a number we can call you at"),
        ({"is_private": ""}, "Say whether the place is private"),
        ({"is_private": "no"}, "Say who is with you"),
        ({"is_able": ""}, "Please don’t join while you drive"),
        ({"street": "x" * 301}, "Keep this to 300 characters; now it has 301."),
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(house, doors, browse, wrong, said):
    answer = browse(house.pat.user).post(doors[0], {**SAID, "others": "", **wrong})
    page = text(answer)
    assert answer.status_code == 422 and said in page
    kept = fields(answer, "street")
    assert kept["city"] == "Fresno" and kept["phone"] == (wrong.get("phone", HERE["phone"]))
    assert not Arrival.objects.exists()


def test_last_time_is_filled_in_and_the_address_is_confirmed_each_time(house, doors, browse, clock):
    me = enter(user=house.pat.user, session_uid=house.session.uid)
    say_where(me, others="My cat")
    later = house.slot.sessions.order_by("starts_at")[1]
    clock.move_to(later.starts_at - dt.timedelta(minutes=5))
    sent = fields(browse(house.pat.user).get(f"/my/rooms/{later.uid}/door/"), "street")
    assert {name: sent[name] for name in HERE} == HERE
    assert not {"is_here", "is_able", "is_private"} & set(sent) and sent["others"] == ""
    other = fields(browse(house.quinn.user).get(f"/my/rooms/{later.uid}/door/"), "street")
    assert other["street"] == "" and other["state"] == "CA"


def test_the_agreement_comes_first_and_a_new_version_anew(house, doors, browse):
    today = house.program.today
    write_version(program=house.program, text="Be kind.", guidelines=["Kindness"], in_force_from=today, by=house.bob)
    pat = browse(house.pat.user)
    page = pat.get(doors[0])
    assert "Be kind." in text(page) and "Kindness" in text(page) and "What is written or drawn" in text(page)
    answer = pat.post(doors[0], {"version": 1, "name": " "})
    assert answer.status_code == 422 and "Write your name to sign" in text(answer)
    assert pat.post(doors[0], {"version": 1, "name": "Pat Peerson"})["Location"] == doors[0]
    assert "Where you are now" in text(pat.get(doors[0]))
    write_version(program=house.program, text="Be kinder.", guidelines=[], in_force_from=today, by=house.bob)
    page = text(pat.post(doors[0], {"version": 1, "name": "Pat Peerson"}))  # who read the old one
    assert "There is a newer version" in page and "Be kinder." in page
    assert house.pat.agreements.count() == 1
    tomorrow = today + dt.timedelta(days=1)
    pat.post(doors[0], {"version": 2, "name": "Pat Peerson"})
    write_version(program=house.program, text="Tomorrow.", guidelines=[], in_force_from=tomorrow, by=house.bob)
    assert "Where you are now" in text(pat.get(doors[0]))


def test_a_locked_door_is_told_in_the_waiting_room(house, doors, browse):
    alice = enter(user=house.alice, session_uid=house.session.uid)
    door.set_locked(by=alice, locked=True)
    pat = browse(house.pat.user)
    assert pat.post(doors[0], SAID)["Location"] == doors[1]
    assert 'data-locked="1"' in text(pat.get(doors[1]))


def test_too_early_over_and_removed_lead_to_a_page_that_says_so(house, doors, browse, clock):
    pat = browse(house.pat.user)
    clock.move_to(house.session.starts_at - dt.timedelta(minutes=11))
    pat = browse(house.pat.user)
    assert "A little early" in text(pat.get(doors[0], follow=True))
    clock.move_to(house.session.starts_at)
    pat = browse(house.pat.user)
    me, alice = (enter(user=u, session_uid=house.session.uid) for u in (house.pat.user, house.alice))
    door.remove(by=alice, participant=me, why="Filmed")
    for address in (*doors, f"/my/sessions/{house.session.uid}/join/"):
        assert told(pat.get(address, follow=True)) == [
            "You are no longer in this session. Call the clinic if you think that is a mistake."
        ]
    door.end_session(by=alice)
    assert told(pat.get(doors[0], follow=True)) == ["This session is over."]


def test_who_is_lost_past_the_end_comes_back_while_it_goes_on(house, doors, browse, clock):
    alice = enter(user=house.alice, session_uid=house.session.uid)
    clock.move_to(house.session.ends_at + dt.timedelta(minutes=5))
    join = f"/my/sessions/{house.session.uid}/join/"
    assert browse(house.pat.user).get(join)["Location"] == doors[0]
    door.end_session(by=alice)
    assert "This session is over" in text(browse(house.pat.user).get(join))


def test_a_room_of_another_program_has_the_same_door(house, doors, browse):
    RoomPolicy.objects.create(program=house.program, backend="link")
    page = text(browse(house.pat.user).get(doors[0]))
    assert "Where you are now" in page and "Camera and sound" not in page


@pytest.mark.parametrize("who", ["robin", "alice", "charlie", "billing"])
def test_nobody_else_has_a_door_here(house, doors, browse, who):
    found = getattr(house, who)
    answer = browse(getattr(found, "user", found)).get(doors[0])
    assert answer.status_code == (404 if who == "robin" else 403)


# --- a leader's card


def _card(house, one) -> str:
    return f"/desk/rooms/{house.session.uid}/door/{one.key}/"


def test_a_card_says_what_helps_and_its_reading_is_on_the_record(house, doors, browse):
    house.pat.emergency_name, house.pat.emergency_phone = "Sam Peerson", "+1 559 555 0199"
    house.pat.needs = "Live captions"
    house.pat.save()
    one, _alice = (enter(user=u, session_uid=house.session.uid) for u in (house.pat.user, house.alice))
    alice = browse(house.alice)
    assert "have not said yet where they are" in text(alice.get(_card(house, one)))
    say_where(one, microphone="denied", is_private=False, others="A sister")
    raise_concern(patient=house.pat, level=2, words="Sounded hopeless.", by=house.alice)
    readings = Readings()
    page = text(alice.get(_card(house, one)))
    for words in ("12 Elm Street", "+1 559 555 0101", "Sam Peerson", "Live captions", "A sister", "not private",
                  "Not allowed by the browser", "Open risk alert, Moderate"):  # fmt: skip
        assert words in page, words
    assert f'data-said="{Arrival.objects.get().given_at.isoformat()}"' in page, "what is confirmed is what was seen"
    assert readings.of(house.alice) == {"Pat"}


def test_a_card_takes_as_many_queries_with_twelve_at_the_door(house, doors, browse):
    one, other, _alice = (
        enter(user=u, session_uid=house.session.uid) for u in (house.pat.user, house.quinn.user, house.alice)
    )
    say_where(one)
    alice = browse(house.alice)
    before = count(alice, _card(house, one))
    say_where(other)
    assert count(alice, _card(house, one)) == before


@pytest.mark.parametrize("who", ["charlie", "coordinator", "admin", "billing", "pat", "quinn", "robin"])
def test_nobody_else_reads_a_card(house, doors, browse, who):
    one, _alice = (enter(user=u, session_uid=house.session.uid) for u in (house.pat.user, house.alice))
    say_where(one)
    found = getattr(house, who)
    answer = browse(getattr(found, "user", found)).get(_card(house, one))
    assert answer.status_code == (404 if who == "charlie" else 403) and "Elm" not in text(answer)


def test_a_card_is_of_somebody_at_this_door(house, doors, browse):
    _one, alice = (enter(user=u, session_uid=house.session.uid) for u in (house.pat.user, house.alice))
    for key in (alice.key, "none", uuid.uuid4().hex):
        assert browse(house.alice).get(f"/desk/rooms/{house.session.uid}/door/{key}/").status_code == 404
    # A supervisor reads it once they came to look in, and not from afar.
    bob = browse(house.bob)
    assert bob.get(_card(house, _one)).status_code == 404
    enter(user=house.bob, session_uid=house.session.uid)
    assert bob.get(_card(house, _one)).status_code == 200


# --- rules


def test_a_supervisor_sets_what_rooms_allow_and_keeping_needs_an_agreement(house, browse):
    bob = browse(house.bob)
    page = bob.get(RULES)
    assert "No agreement in force" in text(page)
    sent = fields(page, "program")
    prefix = f"p{house.program.pk}-"
    sent |= {f"{prefix}chat_keeps": "text", f"{prefix}break_after": "45"}
    answer = bob.post(RULES, sent)
    assert answer.status_code == 422 and "Write one first" in text(answer)
    assert not RoomPolicy.objects.exists()
    write_version(program=house.program, text="Kept.", guidelines=[], in_force_from=house.program.today, by=house.bob)
    assert "Confirm that the agreement" in text(bob.post(RULES, sent))
    assert bob.post(RULES, {**sent, f"{prefix}agreed": "on"}).status_code == 302
    policy = RoomPolicy.objects.get()
    assert (policy.chat_keeps, policy.break_after, policy.backend) == ("text", 45, "janus")
    assert bob.post(RULES, {**sent, f"{prefix}break_after": "5"}).status_code == 422
    assert bob.post(RULES, {**sent, f"{prefix}break_after": "60"}).status_code == 302  # keeps no more than before


def test_nothing_is_chosen_that_is_not_set_up(house, browse, settings):
    settings.LIVEKIT_URL = ""
    bob = browse(house.bob)
    sent = fields(bob.get(RULES), "program") | {f"p{house.program.pk}-backend": "livekit"}
    answer = bob.post(RULES, sent)
    assert answer.status_code == 422 and "not set up in this installation" in text(answer)
    assert not RoomPolicy.objects.exists()
    settings.LIVEKIT_URL = "wss://live.example.org"
    assert "not yet against a live server" in text(bob.get(RULES))
    assert bob.post(RULES, sent).status_code == 302
    settings.LIVEKIT_URL = ""
    assert bob.post(RULES, sent).status_code == 302, "what was chosen before stands in nobody’s way"
    assert RoomPolicy.objects.get().backend == "livekit"


def test_the_agreement_is_written_in_versions(house, browse):
    address = f"{RULES}{house.program.uid}/"
    bob = browse(house.bob)
    page = bob.get(address)
    sent = fields(page, "text")
    assert "What is said here stays here" in sent["text"] and "No recording of any kind." in sent["guidelines"]
    assert bob.post(address, {**sent, "text": " "}).status_code == 422
    yesterday = (house.program.today - dt.timedelta(days=1)).isoformat()
    assert "can’t have been in force before today" in text(bob.post(address, {**sent, "in_force_from": yesterday}))
    assert bob.post(address, sent)["Location"] == address
    first = Agreement.objects.get()
    assert (first.version, len(first.guidelines), first.written_by) == (1, 7, house.bob)
    assert "Nothing is different from version 1" in text(bob.post(address, sent))
    sign(agreement=first, patient=house.quinn, name="Quinn", by=house.quinn.user)
    readings = Readings()
    page = text(bob.get(address))
    assert "1 person has not signed version 1" in page and "Pat Peerson" in page and "Quinn Quill" not in page
    assert readings.of(house.bob) == {"Pat"}
    bob.post(address, {**sent, "text": "Shorter.", "still_same": "on"})
    assert Agreement.objects.count() == 2
    assert "2 people have not signed version 2" in text(bob.get(address))


def test_rules_are_of_ones_own_programs(house, browse):
    from tests.factories import make_program, make_staff

    other = make_staff(make_program("Elsewhere"), "program_admin", "Otto")
    address = f"{RULES}{house.program.uid}/"
    assert browse(other).get(address).status_code == 404
    assert browse(other).post(RULES, {"program": house.program.uid}).status_code == 404
    for who in (house.alice, house.coordinator, house.pat.user):
        assert browse(who).get(RULES).status_code == browse(who).get(address).status_code == 403
    assert browse(house.admin).get(RULES).status_code == 200
    assert RULES in text(browse(house.bob).get("/desk/care/"))


def test_the_agreement_in_two_languages(house, browse):
    client = browse(house.bob)
    address = f"/desk/rooms/rules/{house.program.uid}/"
    sent = fields(client.get(address), "text")
    assert sent["text"].startswith("We meet by video") and sent["es_text"].startswith("Nos reunimos por video")
    short = {**sent, "es_guidelines": "Solo una"}
    answer = client.post(address, short)
    assert answer.status_code == 422 and "There are 7 guidelines in English" in text(answer)
    assert not Agreement.objects.exists()
    client.post(address, sent)
    first = Agreement.objects.get()
    assert len(first.wordings.get(language="es").guidelines) == 7
    answer = client.post(address, {**sent, "text": "Other words."})
    assert answer.status_code == 422 and "The English was changed and the Spanish was not." in text(answer)
    client.post(address, {**sent, "text": "Other words.", "es_text": "", "es_guidelines": ""})
    second = Agreement.objects.get(version=2)
    assert not second.wordings.exists()
    answer = client.post(address, {"do": "word", "text": "Otras palabras.", "guidelines": "Solo una"})
    assert answer.status_code == 422 and "Otras palabras." in text(answer) and "There are 7 guidelines" in text(answer)
    client.post(address, {"do": "word", "text": "Otras palabras.", "guidelines": sent["es_guidelines"]})
    assert second.wordings.get().text == "Otras palabras." and "Otras palabras." in text(client.get(address))
    assert Agreement.objects.count() == 2, "nobody signs anew for a translation"


def test_for_our_own_words_the_spanish_is_offered_later_too(house, browse):
    client, address = browse(house.bob), f"/desk/rooms/rules/{house.program.uid}/"
    sent = fields(client.get(address), "in_force_from")
    client.post(address, {**sent, "es_text": "", "es_guidelines": ""})
    assert not Agreement.objects.get().wordings.exists()
    offered = fields(client.get(address), "text")
    assert offered["text"] == sent["es_text"] and offered["guidelines"] == sent["es_guidelines"]


def test_the_door_shows_the_agreement_in_ones_language(house, doors, browse):
    address, _room = doors
    words = {"es": ("Lo que se dice aquí se queda aquí.", ["Sin compañía"])}
    write_version(
        program=house.program,
        text="What is said here stays here.",
        guidelines=["Come alone"],
        in_force_from=house.program.today,
        by=house.bob,
        wordings=words,
    )
    house.pat.user.language = "es"
    house.pat.user.save()
    pat = browse(house.pat.user)
    page = text(pat.get(address))
    assert page.index("Lo que se dice aquí") < page.index("What is said here stays here.")
    sent = fields(pat.get(address), "name")
    answer = pat.post(address, {**sent, "name": "P"})
    assert answer.status_code == 422 and "Lo que se dice aquí" in text(answer)
    pat.post(address, {**sent, "name": "Pat Peerson"})
    assert house.pat.agreements.get().language == "es"
