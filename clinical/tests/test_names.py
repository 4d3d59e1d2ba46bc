"""Finding names and like texts, whatever they are made of."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.services.likeness import NEAR, essence, likeness
from clinical.services.name_words import ABBREVIATIONS, PARTICLES, SHORT_FORMS, WORDS_TOO
from clinical.services.names import SHORT, Finder, Person, fold

OWN = Person(1, ("Pat",), ("Peerson",))


def found(text: str, *firsts: str, last: str = "Zzyzx", own: Person = OWN, known=()) -> list[str]:
    return [f.words for f in Finder([own, Person(2, firsts, (last,))], known).look(text, own=own.key)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Quinn", "Thanked quinn for it."),
        ("Quinn", "It was Quinn’s idea."),
        ("Quinn", "It was QUINN'S idea."),
        ("Quinn", "(Quinn)"),
        ("Quinn", "a Quinn-like calm"),
        ("Quinn", "both Quinns"),
        ("José", "Jose spoke."),
        ("Jose", "José spoke."),
        ("Zoë", "Zoe spoke"),
        ("Zoë", unicodedata.normalize("NFD", "Told Zoë so.")),
        ("Łukasz", "lukasz was late"),
        ("Søren", "Soren smiled"),
        ("Anne-Marie", "Agreed with Marie."),
        ("Mary Ann", "Mary Ann agreed."),
        ("O’Brien", "as O'Brien said"),
        ("Робин", "Робин рассказал"),
        ("美玲", "今天美玲说了很多"),
        ("Elizabeth", "Liz nodded."),
        ("William", "talked with Billy afterwards"),
        ("Will", "He thanked Will for the ride."),
        ("Will", "Will shared his plan."),
        ("Will", "Will’s plan is written."),
        ("Grace", "with Grace, after the break"),
        ("May", "She answered May kindly."),
        ("Jo", "and Jo laughed"),
    ],
)
def test_names_that_are_found(name, text):
    assert found(text, name), text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Will", "He will practise. Will practise breathing daily."),
        ("Hope", "Hope for the future; spoke of hope."),
        ("May", "Next step: by May 5. In May he returns, and he may call."),
        ("Grace", "handled it with grace"),
        ("Love", "Engaged well; Love of music as coping."),
        ("Mark", "left a mark"),
        ("Al", "al dente; the algebra of it"),
        ("Ann", "an annual plan"),
        ("Art", "Art therapy next week."),
        ("Quinn", "quinnine, Quinnipiac"),
        ("Pat", "Pat spoke"),  # one's own name
    ],
)
def test_words_that_are_none(name, text):
    assert found(text, name) == [], text


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("as J.R. said", True),
        ("as J. R. said", True),
        ("JR agreed", True),
        ("told J., who nodded", True),
        ("junior, jr", False),
        ("J.R.R. Tolkien", False),
        ("THE ROOM JR WAS QUIET", False),
    ],
)
def test_initials(text, is_found):
    assert bool(found(text, "Jordan", last="Reyes")) is is_found, text


def test_the_fields_abbreviations_are_nobodys_initials():
    assert found("Denied SI and HI; goes to AA twice a week at 9 A.M. and 7 P.M.", "Sam", "Hal", last="Ingram") == []
    assert found("Denied SI; goes to AA.", "Abe", last="Abel") == []
    assert found("met A.A. after", "Abe", last="Abel") == ["A.A."]


def test_staff_and_namesakes():
    staff = Person(-1, ("Quinn",), ("Doctor",))
    assert found("Quinn explained the skill.", "Quinn", known=[staff]) == []
    assert found("Pat agreed with Pat Quill.", "Pat", last="Quill") == ["Quill"]


# --- properties

letters = st.text(st.sampled_from(string.ascii_lowercase + "éüñøłçäß"), min_size=SHORT + 1, max_size=12)
names = letters.map(str.capitalize).filter(
    lambda n: (
        fold(n) not in WORDS_TOO | PARTICLES
        and len(fold(n)) > SHORT
        and fold(n) not in {w for s in SHORT_FORMS.values() for w in s}
        and n.upper() not in ABBREVIATIONS
        and fold(n) not in OWN.ways
        and fold(n) != "peerson"
    )
)
fill = st.text(st.sampled_from(' .,;:!?\n()"“”-–0123456789'), max_size=12)
DULL = "spoke of the week and asked for time"


@given(name=names, before=fill, after=fill, possessive=st.sampled_from(["", "'s", "’s"]), case=st.sampled_from("lut"))
def test_a_name_is_found_wherever_it_stands(name, before, after, possessive, case):
    written = {"l": name.lower(), "u": name.upper(), "t": name}[case]
    written = written if fold(written) == fold(name) else name
    assert found(f"{DULL} {before}{written}{possessive}{after} {DULL}", name)


@given(name=names)
def test_accents_are_no_hiding_place(name):
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    assert found(f"{DULL}, {plain} said", name) and found(unicodedata.normalize("NFD", f"{DULL}, {name} said"), name)


@given(name=names, text=st.lists(letters, max_size=12))
def test_a_text_without_the_name_has_no_warning(name, text):
    free = [w for w in text if fold(w) not in (fold(name), fold(name) + "s", "zzyzx")]
    assert found(" ".join(free), name) == []


@given(name=names, text=st.text(max_size=200))
def test_ones_own_name_is_never_a_warning_and_no_text_breaks_it(name, text):
    own = Person(1, (name,), ("Peerson",))
    assert not any(fold(f) == fold(name) for f in found(f"{text} {name} {name}’s", name, own=own))


@given(one=names, other=names, rest=st.lists(letters, min_size=3, max_size=20))
def test_texts_that_differ_in_the_name_only_are_the_same(one, other, rest):
    said = " ".join(w for w in rest if fold(w) not in (fold(one), fold(other)))
    mine = essence(f"{one} said that he {said}.", {fold(one)})
    theirs = essence(f"{other.upper()} said — that SHE {said}!", {fold(other)})
    assert likeness(mine, theirs) == 100


@given(text=st.text(max_size=200), other=st.text(max_size=200))
def test_likeness_is_symmetric_and_between_0_and_100(text, other):
    one, two = essence(text), essence(other)
    assert 0 <= likeness(one, two) <= 100
    assert (likeness(one, two) >= NEAR) == (likeness(two, one) >= NEAR)
    assert likeness(one, one) == (100 if one else 0)


def test_word_order_is_no_disguise_and_other_words_are_other():
    one = essence("Named two triggers at work and how to leave the room before they grow.")
    assert likeness(one, essence("Before they grow, named two triggers at work and how to leave the room.")) >= NEAR
    assert likeness(one, essence("Spoke about a quarrel with a sister and rehearsed an apology.")) < NEAR
