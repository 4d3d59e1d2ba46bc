"""Every kind of wrong program file: each problem with its exact line, all at once, and nothing is loaded."""

import pytest

from dashboard.programs.reader import FileProblem, parse
from dashboard.tests.program_files import SMALL, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def wrong(tmp_path):
    """What the command says of a text."""

    def wrong(text: str) -> list[str]:
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        return refusal(path)

    return wrong


def line_of(text: str, part: str) -> int:
    """The line of the first such part."""
    return text[: text.index(part)].count("\n") + 1


DAY = 'must be a date like 2026-03-02, or days from today like "-14 days".'
CLOCK = 'must be a time of day in quotes, from "00:00" to "23:59".'
ROLE = "must be one of billing, care_coordinator, clinician, program_admin, supervisor."
STATE = "must be a state of the US by its two letters, like CA."
TEXT = "must be text; put it in quotes."
NUMBER = "must be a whole number from 5 to 15."
ZONE = "must be an IANA time zone, like America/Los_Angeles."
LEADS = "must be a clinician or supervisor."
KIND = "must be one of process, psychoeducation, skills, support."
WEEKDAY = "must be a weekday by its English name, like Monday."

# What is replaced in SMALL, by what; the line expected (counted from the first one replaced), the place, the sentence.
WRONG = [
    ("capacity: 5", "capacity: 40", 0, "groups.1.capacity", "must be between 5 and 15, not 40."),
    ("capacity: 5", "capacity: 4", 0, "groups.1.capacity", "must be between 5 and 15, not 4."),
    ("capacity: 5", "capacity: five", 0, "groups.1.capacity", NUMBER),
    ("capacity: 5", "capacity: yes", 0, "groups.1.capacity", NUMBER),
    ("capacity: 5", "capacity: 5.5", 0, "groups.1.capacity", NUMBER),
    ("minutes: 90, break: 10", "minutes: 241", 0, "groups.1.slots.1.minutes", "must be between 15 and 240, not 241."),
    ("minutes: 90, break: 10", "minutes: 14", 0, "groups.1.slots.1.minutes", "must be between 15 and 240, not 14."),
    (
        "minutes: 90, break: 10",
        "minutes: 60, break: 60",
        0,
        "groups.1.slots.1.break",
        "must be shorter than the session (60 minutes).",
    ),
    (
        'weekday: Monday, start: "10:45"',
        'weekday: Mondey, start: "10:45"',
        0,
        "groups.1.slots.2.weekday",
        f"{WEEKDAY} Did you mean “Monday”?",
    ),
    ('start: "10:45"', "start: 1045", 0, "groups.1.slots.2.start", CLOCK),
    ('"10:45"', '"24:00"', 0, "groups.1.slots.2.start", CLOCK),
    ('"10:45"', '"10:15"', 0, "groups.1.slots.2.start", "overlaps with the slot on line 29."),
    (
        "zone: America/Los_Angeles",
        "zone: America/Los_Angles",
        0,
        "programs.1.zone",
        f"{ZONE} Did you mean “America/Los_Angeles”?",
    ),
    (
        "zone: America/Los_Angeles",
        "zone: America/Los_Angeles\n    level_of_care: 3",
        1,
        "programs.1.level_of_care",
        "must be one of 1, 2.1, 2.5.",
    ),
    (
        "zone: America/Los_Angeles",
        "zone: America/Los_Angeles\n    weekly_goal_hours: .nan",
        1,
        "programs.1.weekly_goal_hours",
        "must be a number of hours from 1 to 40.",
    ),
    ("kind: process", "kind: prcess", 0, "groups.1.kind", f"{KIND} Did you mean “process”?"),
    ("    kind: process\n", "", -1, "groups.1.kind", "is missing."),
    ("kind: process", "kind:", 0, "groups.1.kind", "is missing."),
    ("kind: process", "knid: process", 0, "groups.1.knid", "is not a key here. Did you mean “kind”?"),
    ("kind: process", "kind: process\n    color: red", 1, "groups.1.color", "is not a key here."),
    ("kind: process", "kind: process\n    kind: skills", 1, "groups.1.kind", "given twice, first on line 25."),
    ("name: Clash", "name: Morning", 0, "groups.3.name", "is already given on line 24."),
    ("name: Noon", "name: {a: b}", 0, "groups.2.name", TEXT),
    ("name: Noon", "name: ''", 0, "groups.2.name", "must not be empty."),
    ("name: Noon", "name: " + "x" * 121, 0, "groups.2.name", "must have at most 120 characters, not 121."),
    (
        "name: Noon",
        'name: "a\\0b"',
        0,
        "groups.2.name",
        "must not hold line breaks or characters that can't be printed.",
    ),
    ("state: CA\n", "state: ZZ\n", 0, "patients.1.state", STATE),
    ("state: CA, kind", "state: ca, kind", 0, "staff.2.licences.1.state", f"{STATE} Did you mean “CA”?"),
    ("number: X-1", "number: 17", 0, "staff.2.licences.1.number", TEXT),
    ("2030-01-31", "soon", 0, "staff.2.licences.1.expires_on", DAY),
    (
        "2030-01-31",
        "2030-02-31",
        0,
        "staff.2.licences.1.expires_on",
        "this can't be read as a value; if it is text, put it in quotes.",
    ),
    (
        "email: sam@example.org",
        "email: sam.example.org",
        0,
        "staff.1.email",
        "must be an e-mail address, like name@example.org.",
    ),
    ("email: corey@example.org", "email: Cleo@Example.org", 0, "staff.3.email", "is already given on line 11."),
    ("email: ben@example.org", "email: corey@example.org", 0, "patients.2.email", "is already given on line 18."),
    ("roles: [clinician]", "roles: [clinicain]", 0, "staff.2.roles.1", f"{ROLE} Did you mean “clinician”?"),
    ("roles: [clinician]", "roles: [patient]", 0, "staff.2.roles.1", ROLE),
    ("roles: [clinician]", "roles: clinician", 0, "staff.2.roles", "must be a list."),
    ("roles: [clinician]", "roles: []", 0, "staff.2.roles", "must not be empty."),
    ("roles: [clinician]", "roles: [clinician, clinician]", 0, "staff.2.roles.2", "is already given on line 14."),
    (
        "supervisor: sam@",
        "supervisor: samm@",
        0,
        "staff.2.supervisor",
        "is not the e-mail of anybody under staff. Did you mean the one on line 6?",
    ),
    ("supervisor: sam@", "supervisor: corey@", 0, "staff.2.supervisor", "must be somebody with the role supervisor."),
    ("supervisor: sam@", "supervisor: cleo@", 0, "staff.2.supervisor", "must be somebody else."),
    (
        "roles: [supervisor]",
        "roles: [supervisor]\n    programs: [Night track]",
        1,
        "staff.1.programs.1",
        "is not a program of this file.",
    ),
    ("lead: cleo@", "lead: ann@", 0, "groups.1.lead", "is not the e-mail of anybody under staff."),
    ("lead: cleo@", "lead: corey@", 0, "groups.1.lead", LEADS),
    (
        "co_facilitator: sam@",
        "co_facilitator: cleo@",
        0,
        "groups.2.co_facilitator",
        "must be somebody else than the lead.",
    ),
    (
        "kind: skills\n    slots",
        "kind: skills\n    co_facilitator: cleo@example.org\n    slots",
        1,
        "groups.3.co_facilitator",
        "leads the slot on line 29 at the same time.",
    ),
    (
        "kind: process",
        "kind: process\n    meeting_url: http://example.org",
        1,
        "groups.1.meeting_url",
        "must be a web address that begins with https://.",
    ),
    ("kind: process", "kind: process\n    program: Day", 1, "groups.1.program", "is not a program of this file."),
    (
        "waitlist: [ed@",
        "waitlist: [edd@",
        0,
        "groups.1.waitlist.1",
        "is not the e-mail of anybody under patients. Did you mean the one on line 84?",
    ),
    ("waitlist: [ed@", "waitlist: [ann@", 0, "groups.1.waitlist.1", "is already a member of this group."),
    ("capacity: 5", "capacity: 6", 5, "groups.1.waitlist", "the group is not full: 5 of 6 seats are taken."),
    (
        "groups: [Morning, Noon]",
        "groups: [Morning, Non]",
        0,
        "patients.1.groups.2",
        "is not a group of this program. Did you mean “Noon”?",
    ),
    ("groups: [Morning, Noon]", "groups: [Morning, Morning]", 0, "patients.1.groups.2", "is already given on line 51."),
    (
        "groups: [Morning, Noon]",
        "groups: [Morning, Clash]",
        0,
        "patients.1.groups.2",
        "meets at the same time as “Morning”.",
    ),
    ("primary_clinician: cleo@", "primary_clinician: corey@", 0, "patients.1.primary_clinician", LEADS),
    (
        "started_on: -14 days",
        "care_coordinator: sam@example.org",
        0,
        "patients.1.care_coordinator",
        "must be somebody with the role care_coordinator.",
    ),
    ("started_on: -14 days", "started_on: 14 days ago", 0, "patients.1.started_on", DAY),
    (
        "started_on: -14 days",
        "started_on: -9999 days",
        0,
        "patients.1.started_on",
        "must be from 2016-02-23 to 2027-03-03.",
    ),
    (
        "birth_date: 1990-01-01",
        "birth_date: 2090-01-01",
        0,
        "patients.1.birth_date",
        "must be from 1895-11-24 to 2026-03-01.",
    ),
    ("birth_date: 1990-01-01", "birth_date: 1990", 0, "patients.1.birth_date", "must be a date like 1990-12-31."),
    ("state: CA\n", "state: CA\n    phone: 2135550100\n", 1, "patients.1.phone", TEXT),
    (
        "state: CA\n",
        "state: CA\n    phone: call me\n",
        1,
        "patients.1.phone",
        'must be a phone number, like "+1 213 555 0100".',
    ),
    (
        "state: CA\n",
        "state: CA\n    emergency_contact: {name: Al}\n",
        1,
        "patients.1.emergency_contact.phone",
        "is missing.",
    ),
    (
        "state: CA\n",
        "state: CA\n    emergency_contact: Al\n",
        1,
        "patients.1.emergency_contact",
        "must be keys with values.",
    ),
]


@pytest.mark.parametrize(("old", "new", "offset", "place", "sentence"), WRONG)
def test_one_problem(wrong, old, new, offset, place, sentence):
    line = line_of(SMALL, old) + offset
    assert wrong(SMALL.replace(old, new, 1)) == [f"line {line}: {place}: {sentence}"]


def test_all_problems_at_once_by_line(wrong):
    text = (
        SMALL.replace("America/Los_Angeles", "Mars")
        .replace("capacity: 5", "capacity: 40")
        .replace("minutes: 60", "minutes: 0")
    )
    text = text.replace("lead: cleo@", "lead: nobody@").replace("birth_date: 1990-01-01", "birth_date: never", 1)
    problems = wrong(text)
    places = [problem.split(": ")[1] for problem in problems]
    assert places == [
        "programs.1.zone",
        "groups.1.capacity",
        "groups.1.lead",
        "groups.1.slots.2.minutes",
        "groups.2.lead",
        "groups.2.slots.1.minutes",
        "groups.3.slots.1.minutes",
        "patients.1.birth_date",
    ]
    lines = [int(problem.split(": ")[0].removeprefix("line ")) for problem in problems]
    assert lines == sorted(lines)


def test_members_beyond_capacity(wrong):
    text = SMALL.replace("    waitlist: [ed@example.org]\n", "").replace("groups: [Noon]", "groups: [Noon, Morning]")
    line = text.rstrip().count("\n") + 1
    sentence = "“Morning” has only 5 seats; put this person on its waitlist."
    assert wrong(text) == [f"line {line}: patients.6.groups.2: {sentence}"]


def test_several_programs_must_be_told_apart(wrong):
    text = SMALL.replace("\nstaff:", "  - name: Evening\n    zone: America/New_York\n\nstaff:")
    problems = wrong(text)
    assert (
        f"line {line_of(text, 'name: Noon')}: groups.2.program: is missing; the file has several programs." in problems
    )
    assert len(problems) == 3 + 3 + 6
    assert all(problem.endswith("is missing; the file has several programs.") for problem in problems)


def test_an_hour_in_another_zone_is_the_same_hour(wrong):
    """13:00 in New York is 10:00 in Los Angeles: Cleo cannot lead both."""
    programs = "    programs: [Day track, Evening]\n"
    text = SMALL.replace("\nstaff:", "  - name: Evening\n    zone: America/New_York\n\nstaff:")
    text = text.replace("    roles:", programs + "    roles:").replace(
        "    kind: ", "    program: Day track\n    kind: "
    )
    text = text.replace("    state: CA\n", "    state: CA\n    program: Day track\n")
    text = text.replace(
        "program: Day track\n    kind: skills\n    slots",
        "program: Evening\n    kind: skills\n    lead: cleo@example.org\n    slots",
    )
    text = text.replace('"10:00"', '"13:00"')
    line, other = line_of(text, "program: Evening") + 2, line_of(text, '"09:00"')
    assert wrong(text) == [f"line {line}: groups.3.lead: leads the slot on line {other} at the same time."]


NOT_YAML = [
    ("programs: [\n", 1),
    ("programs:\n\t- name: x\n", 2),
    ("a: b\nc: d: e\n", 2),
    ('a: b\nc: "never closed\nd: e\n', 2),
    ("a: b\n---\nc: d\n", 2),
    ("a: b\nc: *nowhere\n", 2),
    ("a: b\nc: \x07\n", 2),
]


@pytest.mark.parametrize(("text", "line"), NOT_YAML)
def test_not_yaml(wrong, text, line):
    (problem,) = wrong(text)
    assert problem.startswith(f"line {line}: ")
    assert "YAML" in problem


def test_yaml_that_is_not_taken(wrong):
    text = SMALL.replace("kind: process", "kind: &kind process").replace("kind: skills", "kind: *kind", 1)
    text = text.replace("first_name: Sam", "first_name: !!python/name:os.system").replace(
        "capacity: 5", "[capacity]: 5"
    )
    problems = wrong(text)
    assert f"line {line_of(text, '!!python')}: staff.1.first_name: tags (!name) are not taken." in problems
    assert (
        f"line {line_of(text, '*kind')}: groups.2.kind: aliases (*name) are not taken; write the value out." in problems
    )
    assert f"line {line_of(text, '[capacity]')}: groups.1: a key must be a plain word." in problems


@pytest.mark.parametrize("text", ["- a\n", "a\n", "17\n"])
def test_not_keys_with_values(wrong, text):
    assert wrong(text) == ["line 1: must be keys with values."]


def test_nested_without_end():
    with pytest.raises(FileProblem):
        parse("[" * 700)
