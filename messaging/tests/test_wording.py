"""What a message may not say."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from accounts.access import Role
from core.errors import Refusal
from messaging.kinds import KINDS
from messaging.models import Channel, Template
from messaging.wording import errors_of, forbidden_in, warnings_of
from messaging.wordings import WordingRefusal, default_wording, reset_template, save_template, segments
from scheduling.services import news, reminders  # noqa: F401 - their kinds
from tests.factories import make_group, make_patient, make_program, make_staff

REMINDER = "session_reminder"


def names(text: str, program=None) -> dict[str, str]:
    """What a text says that it may not, with why."""
    return {word: why.name for word, why in forbidden_in(text, program)}


@pytest.mark.parametrize(
    ("text", "word", "why"),
    [
        ("See you at the group!", "group", "CLINICAL"),
        ("GROUPS meet on Monday", "GROUPS", "CLINICAL"),
        ("Your IOP is on Monday", "IOP", "CLINICAL"),
        ("Recovery comes first", "Recovery", "CLINICAL"),
        ("your therapies", "therapies", "CLINICAL"),
        ("the clinician's room", "clinician's", "CLINICAL"),
        ("Behavioral Health appointment", "Behavioral Health", "CLINICAL"),
        ("Tu terapia es mañana", "terapia", "CLINICAL"),
        ("Psiquiatría", "Psiquiatría", "CLINICAL"),
        ("sus sesiones grupales", "grupales", "CLINICAL"),
        ("your depression", "depression", "DIAGNOSIS"),
        ("About your Opioids", "Opioids", "DIAGNOSIS"),
        ("trastorno", "trastorno", "DIAGNOSIS"),
        ("las adicciones", "adicciones", "DIAGNOSIS"),
        ("ADICCIÓN", "ADICCIÓN", "DIAGNOSIS"),
        ("adiccio\u0301n", "adicción", "DIAGNOSIS"),
        ("self-harm", "self harm", "DIAGNOSIS"),
        ("DBT on Monday", "DBT", "KIND"),
        ("relapse prevention", "relapse prevention", "KIND"),
        ("a 12-step meeting", "12 step", "KIND"),
        ("your Skills appointment", "Skills", "KIND"),
        ("gro\u200bup", "group", "CLINICAL"),
        ("_group_", "group", "CLINICAL"),
    ],
)
def test_words_that_are_never_said(text, word, why):
    assert names(text) == {word: why}


@pytest.mark.parametrize(
    "text",
    [
        "Hi {name}, this is a reminder of your appointment on {when}. Sign in: {link}",
        "Hola {name}: tiene una cita el {when}. Responda STOP para no recibir más textos.",
        "In danger? Call 911. In a crisis, call or text 988.",
        "",
    ],
)
def test_words_that_may_be_said(text):
    assert names(text) == {}


def test_parts_of_words_are_not_taken_for_words():
    assert names("regrouped groupings clinicaly iopx") == {}


def test_what_the_installation_knows(house):
    make_group(house.program, name="New Horizons", topic="Letting go")
    make_staff(house.program, Role.CLINICIAN, "Ana", "García-Núñez")
    assert names("Welcome to Day Track", house.program) == {"Day Track": "PROGRAM"}
    assert names("Your new horizons await", house.program) == {"new horizons": "PROGRAM"}
    assert names("letting go, today", house.program) == {"letting go": "PROGRAM"}
    assert names("Ask Peerson", house.program) == {"Peerson": "NAME"}
    assert names("ask Quill’s sister", house.program) == {"Quill’s": "NAME"}
    assert names("Dr. GARCIA NUNEZ", house.program) == {"GARCIA NUNEZ": "NAME"}
    assert names("Ms. Nuñez", house.program) == {"Nuñez": "NAME"}
    assert names("With Pat, Alice and Quinn", house.program) == {}  # first names say little


def test_people_next_door_are_not_known_here(house):
    other = make_program("Evening track")
    make_patient(other, make_staff(other), "Zed", "Zimmerling")
    assert names("Ask Zimmerling", house.program) == {}
    assert names("Ask Zimmerling", other) == {"Zimmerling": "NAME"}
    assert names("The evening track", house.program) == {"evening track": "PROGRAM"}  # as telling as one's own


def test_an_everyday_word_stays_everybodys(house):
    make_patient(house.program, house.alice, "Sunny", "Day")
    make_patient(house.program, house.alice, "John", "Doe")
    assert names("Have a good day. Day by day!", house.program) == {}
    assert names("It does matter.", house.program) == {}
    assert names("Please ask Day", house.program) == {"Day": "NAME"}
    assert names("ask doe", house.program) == {"doe": "NAME"}


def save(house, text, subject="", by=None, **where):
    where = {"kind": REMINDER, "channel": Channel.EMAIL, "language": "en", **where}
    return save_template(program=house.program, subject=subject, text=text, by=by or house.admin, **where)


def refused(house, code, *args, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        save(house, *args, **kwargs)
    assert caught.value.code == code
    assert not Template.objects.exists()
    return caught.value


def test_a_wording_is_saved_and_saved_anew(house):
    template, warnings = save(house, "Hi {name},\r\nsee you {when}: {link} \r\n", subject=" See\n you ")
    assert (template.subject, template.text) == ("See you", "Hi {name},\nsee you {when}: {link}")
    assert template.written_by == house.admin and warnings == []
    again, _none = save(house, "At {when}: {link}", by=house.bob)
    assert again.pk == template.pk and again.written_by == house.bob and Template.objects.count() == 1
    assert again.events.count() == 2


def test_each_refusal_names_the_word(house):
    assert "“group”" in refused(house, "names_clinical", "See you at the group {when}").message
    assert "“Monday process”" in refused(house, "names_program", "Monday process: {when}").message
    assert "“Peerson”" in refused(house, "names_name", "Dear Ms. Peerson, {when}").message
    assert "“{wehn}”" in refused(house, "unknown_placeholder", "See you {wehn}").message
    assert "{when}" in refused(house, "unknown_placeholder", "See you {").message
    refused(house, "foreign_address", "{when} https://zoom.us/j/1?pwd=PatPeer")
    refused(house, "no_words", " \r\n ")
    refusal = refused(house, "names_clinical", "{when}", subject="IOP")
    assert refusal.field == "subject"


def test_everything_wrong_is_told_at_once(house):
    with pytest.raises(WordingRefusal) as caught:
        save(house, "Your DBT group {wehn}", subject="Therapy")
    assert [(f.field, f.code) for f in caught.value.faults] == [
        ("subject", "names_clinical"),
        ("text", "names_kind"),
        ("text", "names_clinical"),
        ("text", "unknown_placeholder"),
    ]


def test_what_is_left_out_is_told_and_saved(house):
    template, warnings = save(house, "See you soon.", channel=Channel.SMS, subject="ignored")
    assert template.subject == ""
    assert [w.code for w in warnings] == ["placeholder_missing", "placeholder_missing", "no_stop"]
    assert "{when}" in warnings[0].sentence


def test_a_text_message_has_a_length(house):
    refused(house, "too_long", "á" * 400, channel=Channel.SMS)
    save(house, "a" * 600, channel=Channel.SMS)


def test_only_of_ones_own_program(house):
    stranger = make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN, "Otto")
    for by in (stranger, house.alice, house.coordinator, house.pat.user):
        refused(house, "not_yours", "See you {when}", by=by)
    save(house, "See you {when}: {link}")
    with pytest.raises(Refusal):
        reset_template(program=house.program, kind=REMINDER, channel="email", language="en", by=stranger)
    assert Template.objects.count() == 1


def test_back_to_the_products_words(house):
    save(house, "See you {when}: {link}")
    where = {"program": house.program, "kind": REMINDER, "channel": "email", "language": "en"}
    assert reset_template(**where, by=house.bob) and not Template.objects.exists()
    assert not reset_template(**where, by=house.bob)


@pytest.mark.parametrize(("field", "value"), [("kind", "nothing"), ("channel", "fax"), ("language", "tlh")])
def test_no_such_message(house, field, value):
    refused(house, "unknown_kind", "{when}", **{field: value})


# --- the product's own words


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
@pytest.mark.parametrize("channel", Channel.values)
def test_the_products_own_words_pass(house, language, channel):
    assert len(KINDS) >= 4
    for kind in KINDS.values():
        subject, text = default_wording(kind, channel, language)
        assert errors_of(kind, subject=subject, text=text, program=house.program) == [], (kind.name, text)
        assert warnings_of(kind, channel=channel, subject=subject, text=text) == [], (kind.name, text)


def test_every_kind_is_known_where_the_pages_are_served():
    """A process that imports nothing but the settings knows every kind that is registered anywhere in the sources."""
    ours = [Path(app.path) for app in apps.get_app_configs() if "site-packages" not in app.path]
    sources = [path for app in ours for path in app.rglob("*.py") if "tests" not in path.parts]
    written = {
        line.strip().strip('",')
        for path in sources
        for before, line in itertools.pairwise(path.read_text().splitlines())
        if before.startswith("@composes(") and line.strip().startswith('"')
    }
    code = "import django; django.setup(); from messaging.kinds import KINDS; print(*KINDS)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert REMINDER in written
    assert written <= set(done.stdout.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, 1)),
        ("a" * 160, (160, 1)),
        ("a" * 161, (161, 2)),
        ("€" * 80, (160, 1)),
        ("ñ" * 160, (160, 1)),
        ("á" * 70, (70, 1)),  # not in the short alphabet
        ("á" * 71, (71, 2)),
        ("’" + "a" * 70, (71, 2)),
        ("🙂" * 35, (70, 1)),
    ],
)
def test_parts_of_a_text(text, expected):
    assert segments(text) == expected
