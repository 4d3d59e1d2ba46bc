"""What a board refuses to hold: ways to reach anybody, links, last names; and all that it does not take for one."""

import pytest

from clinical.services.names import Person
from core.errors import Refusal
from threads.discretion import first_only, names_in_full, refuse_last_names, refuse_ways

PAT = Person(1, ("Pat", "Patricia"), ("Peerson",))
QUINN = Person(2, ("Quinn",), ("de la Quill",))


@pytest.mark.parametrize(
    "text",
    [
        "pat@example.org",
        "Write me: pat.peer+1@example.co.uk!",
        "pat＠example.org",
        "pat at example dot org",
        "pat (at) gmail [dot] com",
        "escríbanme a pat arroba gmail punto com",
        "213-555-0142",
        "call (213) 555 0142 tonight",
        "+1 213 555 0142",
        "+44 20 7946 0958",
        "２１３ ５５５ ０１４２",
        "213\u200b555\u200b0142",
        "555 0142",
        "two one three five five five oh one four two",
        "dos uno tres cinco cinco cinco cero uno",
        "find @patpeer",
        "my insta is patpeer",
        "mi Instagram es patpeer",
        "snap: pat99",
        "Add me on Facebook",
        "búscame en Telegram",
        "text me on Signal",
    ],
)
def test_ways_to_reach_somebody_are_refused(text):
    with pytest.raises(Refusal) as caught:
        refuse_ways(text)
    assert (caught.value.code, caught.value.field) == ("contact", "text")


@pytest.mark.parametrize("text", ["https://example.org/x", "www.example.org", "see example.com", "example dot com"])
def test_links_are_refused(text):
    with pytest.raises(Refusal) as caught:
        refuse_ways(text)
    assert caught.value.code == "link"


@pytest.mark.parametrize(
    "text",
    [
        "I called 988, and 911 the time before. Texting 741741 helped.",
        "The line is 1-800-662-4357.",
        "Call the clinic: 555 0100.",
        "Breathe: 1 2 3 4 5 6 7 8. And 10 9 8 7 6 5 4 3 2 1.",
        "30 days on 2026-03-02, 90 on 06/01/2026; we meet 9:00-10:30.",
        "On day 1 of 3 I slept 2 of 8 hours, then 4, then 6 or 7.",
        "Thanks.me too.So good",
        "My warning signal: I stop calling people. I nearly lost it at 10 dot.",
        "I looked at the dot on the wall. One, two, three. He is on Facebook too much, like me.",
        "3 @ a time",
        "Estoy mejor. Dormí 7 horas y caminé 20 minutos.",
    ],
)
def test_what_is_none_is_let_in(settings, text):
    settings.CLINIC_PHONE = "(415) 555-0100"
    refuse_ways(text)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Thank you Quinn Quill", "Quill"),
        ("Quinn Smith said it well", "Smith"),  # right or not: a refusal tells nothing
        ("quinn and Quinn O’Hara", "O’Hara"),
        ("I am Pat Peerson", "Peerson"),
        ("it is me, pat peerson", "peerson"),
    ],
)
def test_a_name_after_a_first_name_is_refused(text, more):
    with pytest.raises(Refusal) as caught:
        refuse_last_names(text, ["Quinn", "Sunny Day"], own=PAT)
    assert caught.value.code == "last_name" and f"“{more}”" in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "Thank you Quinn. You helped.",
        "Quinn I felt that too",
        "Hi Quinn Thank you",
        "Quinn’s Tuesday was like mine",
        "Sunny Day said so, and Sunny Today is better",
        "quinn quill",  # waits for a look instead: see below
        "Gracias Quinn Yo también",
    ],
)
def test_a_first_name_is_welcome(text):
    refuse_last_names(text, ["Quinn", "Sunny Day"], own=PAT)


def test_a_full_name_is_found_however_it_is_written():
    assert names_in_full("I saw quinn DE LA quill", [PAT, QUINN]) and names_in_full("Patrícia Peerson", [PAT])
    assert not names_in_full("Quinn, and Peerson Street", [PAT, QUINN])


def test_a_shown_name_loses_the_last_name():
    assert first_only("Pat Peerson", ["Peerson"]) == "Pat" and first_only("Sunny Day", ["Peerson"]) == "Sunny Day"
    assert first_only("Peerson", ["Peerson"]) == "Peerson", "something has to be shown"
