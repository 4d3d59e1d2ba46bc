"""`manage.py load_program`: the example week, a second load, a changed file, refusals, the command's own errors."""

import datetime as dt
import re
import zoneinfo
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.core.management import CommandError
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts.access import Role
from accounts.models import Licence, Program, RoleAssignment, User
from accounts.services import create_account
from conftest import MONDAY_8
from dashboard.management.commands import load_program as command
from dashboard.programs import DEVELOPMENT_PASSWORD, loader
from dashboard.tests.program_files import EXAMPLE, SMALL, load, refusal, row_counts
from groups.models import USUAL_SIZE, Group, Qualification
from groups.services import withdraw_from_waitlist
from library.models import LibraryItem
from patients.models import ConsentDocument, Patient
from patients.services.consents import to_sign
from rooms.models import Agreement
from rooms.services import agreements
from scheduling.models import Booking, Session, Slot
from scheduling.services import leave_group
from scheduling.services.candidates import candidates
from scheduling.services.licences import licence_gaps
from scheduling.services.seats import unseated

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path, clock):
    """SMALL, written; `file.change(old, new)` edits it."""
    return File(tmp_path / "x.yaml")


class File:
    """A program file that is edited and loaded."""

    def __init__(self, path: Path):
        self.path, self.text = path, SMALL
        path.write_text(SMALL, encoding="utf-8")

    def change(self, old: str, new: str) -> "File":
        """Replace the first `old`."""
        assert old in self.text
        self.text = self.text.replace(old, new, 1)
        self.path.write_text(self.text, encoding="utf-8")
        return self

    def line(self, text: str) -> int:
        """The line of the first such text."""
        return self.text[: self.text.index(text)].count("\n") + 1

    def left(self) -> list[str]:
        """Load; what was left as it is. Nothing of any table has changed."""
        before = row_counts()
        out = load(self.path)
        assert row_counts() == before
        start = f"left as it is: {self.path}, "
        return [line.removeprefix(start) for line in out.splitlines() if line.startswith(start)]


@pytest.fixture(scope="class")
def loaded(django_db_setup, django_db_blocker):
    """What loading the example printed. It stays for a class."""
    django_settings.DEBUG = True
    with django_db_blocker.unblock(), time_machine.travel(MONDAY_8, tick=False), transaction.atomic():
        try:
            yield load(EXAMPLE, if_empty=True, development_sign_ins=True)
        finally:
            django_settings.DEBUG = False
            transaction.set_rollback(True)


class TestExample:
    """The published week, loaded once."""

    @pytest.fixture(autouse=True)
    def _loaded(self, loaded, db):
        """Every test works on it and leaves it as it was."""

    def test_it_prints_counts_and_nobodys_name(self, loaded):
        counts = dict(re.findall(r"^(\S.*?) +(\d+) made +0 already there$", loaded, re.M))
        assert {name: int(n) for name, n in counts.items()} == {
            "programs": 1,
            "staff": 7,
            "groups": 5,
            "weekly slots": 10,
            "patients": 11,
            "seats in groups": 51,
            "places on wait-lists": 1,
        }
        assert not any(name in loaded for user in User.objects.all() for name in (user.last_name, user.email))

    def test_it_is_marked_as_invented(self):
        text = EXAMPLE.read_text(encoding="utf-8")
        assert "invented" in text.splitlines()[0]
        assert set(re.findall(r"@(\S+)", text)) == {"example.org"}
        assert all(number.startswith("+1 213 555 01") for number in re.findall(r"\+1[ 0-9]+", text))

    def test_blocks_of_60_to_90_minutes(self):
        assert {slot.weekday for slot in Slot.objects.all()} == {0, 1, 2, 3, 4}
        assert all(60 <= slot.minutes <= 90 for slot in Slot.objects.all())

    def test_there_is_something_to_read_and_most_groups_work_through_it(self):
        assert LibraryItem.objects.published().count() >= 12
        following = Group.objects.filter(curriculum__name="Day by day")
        assert following.count() == 3 and all(g.curriculum.program_id == g.program_id for g in following)

    def test_everybody_has_at_least_9_treatment_hours_a_week(self):
        treatment = Counter()
        for slot in Slot.objects.all():
            treatment[slot.group_id] += slot.minutes - slot.break_minutes
        assert sum(treatment.values()) == 705
        for patient in Patient.objects.all():
            assert sum(treatment[m.group_id] for m in patient.memberships.all()) >= 9 * 60

    def test_8_to_12_members_a_group_one_of_them_full(self):
        sizes = {group.name: group.memberships.count() for group in Group.objects.all()}
        assert all(USUAL_SIZE[0] <= size <= USUAL_SIZE[1] for size in sizes.values())
        assert set(sizes.values()) == {9, 10, 11}
        full = Group.objects.get(name="Open sharing")
        assert sizes[full.name] == full.capacity
        assert full.waitlist.waiting().get().patient.memberships.count() == 4

    def test_every_seat_of_eight_weeks_is_booked(self):
        for group in Group.objects.all():
            assert unseated(memberships=group.memberships.all()) == []
            parts = Counter(group.facilitators.values_list("part", flat=True))
            assert parts == {"lead": 1, "co": 1}
        per_session = Booking.objects.live().exclude(part="member").values_list("session", flat=True)
        assert Counter(per_session) == dict.fromkeys(Session.objects.values_list("pk", flat=True), 2)
        assert Session.objects.count() == 10 * 8 + 2  # the ninth Monday is within eight weeks of this one

    def test_the_cast_is_varied(self):
        zones = set(User.objects.filter(patient__isnull=False).values_list("zone", flat=True))
        assert zones == {"America/Los_Angeles", "America/Denver", "America/New_York"}
        assert User.objects.filter(patient__isnull=False, language="es").count() == 1
        assert len(set(Patient.objects.values_list("pronouns", flat=True))) >= 5
        assert any(p.preferred_name and p.preferred_name != p.legal_first_name for p in Patient.objects.all())
        assert max(len(p.name) for p in Patient.objects.all()) > 60

    def test_everybody_is_visible_to_those_who_care_for_them(self):
        coordinator = User.objects.get(role_assignments__role=Role.CARE_COORDINATOR)
        supervisor = User.objects.get(role_assignments__role=Role.SUPERVISOR)
        assert Patient.objects.visible_to(coordinator).count() == Patient.objects.visible_to(supervisor).count() == 11

    def test_everybody_signs_in_with_the_development_password(self):
        user = User.objects.latest("pk")
        assert authenticate(email=user.email, password=DEVELOPMENT_PASSWORD) == user
        assert User.objects.values("password").distinct().count() == 1  # hashed once

    def test_loading_again_changes_nothing(self):
        before = row_counts()
        assert before["scheduling_bookingevent"] > 1000
        out = load(EXAMPLE)
        assert row_counts() == before
        assert "left as it is" not in out
        assert not re.search(r"[1-9]\d* made", out)

    def test_loading_again_another_day_changes_nothing(self):
        before = row_counts()
        with time_machine.travel(MONDAY_8 + dt.timedelta(days=3), tick=False):
            assert "left as it is" not in load(EXAMPLE)
        assert row_counts() == before

    def test_if_empty_reads_no_file(self):
        assert load(Path("no-such-file.yaml"), if_empty=True).count("\n") == 1

    def test_the_history_says_what_made_it(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT metadata->>'command' FROM pghistory_context")
            assert cursor.fetchall() == [("load_program",)]


# What is replaced in SMALL, by what, and what a second load says of it.
DIFFERENT = [
    (
        "America/Los_Angeles",
        "America/Denver",
        "programs.1.zone: it is America/Los_Angeles, the file says America/Denver.",
    ),
    ("credential: LCSW", "credential: LMFT", "staff.1.credential: it differs from the file."),
    ("first_name: Cleo", "first_name: Clio", "staff.2.first_name: it differs from the file."),
    ("X-1, expires_on", "X-2, expires_on", "staff.2.licences.1.number: it differs from the file."),
    ("2030-01-31", "2030-02-28", "staff.2.licences.1.expires_on: it differs from the file."),
    ("capacity: 5", "topic: New\n    capacity: 5", "groups.1.topic: it differs from the file."),
    ("kind: process", "kind: support", "groups.1.kind: it is process, the file says support."),
    (
        "lead: cleo@example.org\n    slots",
        "lead: sam@example.org\n    slots",
        "groups.1.lead: it differs from the file.",
    ),
    ("minutes: 90", "minutes: 75", "groups.1.slots.1.minutes: it is 90, the file says 75."),
    ("break: 10", "break: 15", "groups.1.slots.1.break: it is 10, the file says 15."),
    ("legal_last_name: Doe", "legal_last_name: Roe", "patients.1.legal_last_name: it differs from the file."),
    ("birth_date: 1990-01-01", "birth_date: 1990-01-02", "patients.1.birth_date: it differs from the file."),
    ("primary_clinician: cleo@", "primary_clinician: sam@", "patients.1.primary_clinician: it differs from the file."),
    ("started_on: -14 days", "started_on: 2026-02-17", "patients.1.started_on: it differs from the file."),
]


class TestChangedFile:
    """A second load of a file that now says something else."""

    @pytest.fixture(autouse=True)
    def _loaded(self, file):
        load(file.path)

    def test_what_differs_is_left_and_reported(self, file):
        for old, new, _note in DIFFERENT:
            file.change(old, new)
        expected = [f"line {file.line(new)}: {note}" for _old, new, note in DIFFERENT]
        assert sorted(file.left()) == sorted(expected)

    def test_relative_days_and_keys_not_given_are_not_compared(self, file):
        file.change("started_on: -14 days", "started_on: -20 days").change("    credential: LCSW\n", "")
        assert file.left() == []

    def test_what_is_new_is_added(self, file):
        file.change("X-1, expires_on: 2030-01-31}", "X-1}\n      - {state: NV, kind: LMFT, number: X-3}")
        file.change("roles: [care_coordinator]", "roles: [care_coordinator, billing]")
        file.change(
            '"12:00", minutes: 60}', '"12:00", minutes: 60}\n      - {weekday: Friday, start: "12:00", minutes: 60}'
        )
        file.change(
            "name: Clash\n    kind: skills", "name: Clash\n    kind: skills\n    co_facilitator: sam@example.org"
        )
        file.change("groups: [Morning]", "groups: [Morning, Noon]")
        out = load(file.path)
        assert "left as it is" not in out
        assert Licence.objects.filter(state="NV").exists()
        assert RoleAssignment.objects.filter(role=Role.BILLING, user__email="corey@example.org").exists()
        noon = Group.objects.get(name="Noon")
        assert noon.slots.count() == 2
        assert unseated(memberships=noon.memberships.all()) == []
        ben = Patient.objects.get(user__email="ben@example.org")
        assert ben.memberships.get(group=noon).joined_on == dt.date(2026, 3, 2)  # not from before it was said
        assert Group.objects.get(name="Clash").facilitators.get().user.first_name == "Sam"
        assert file.left() == []

    def test_what_was_ended_is_not_begun_again(self, file):
        noon, morning = Group.objects.get(name="Noon"), Group.objects.get(name="Morning")
        ann = noon.memberships.get(patient__user__email="ann@example.org")
        leave_group(membership=ann, left_on=dt.date(2026, 3, 2), reason="moved")
        withdraw_from_waitlist(entry=morning.waitlist.get())
        RoleAssignment.objects.filter(role=Role.CARE_COORDINATOR).update(ends_on=dt.date(2026, 3, 2))
        Slot.objects.filter(group=noon).update(ends_on=dt.date(2026, 3, 2))
        noon.facilitators.filter(part="co").update(left_on=dt.date(2026, 3, 2))
        dan = Patient.objects.get(user__email="dan@example.org")
        dan.episodes.update(ended_on=dt.date(2026, 3, 2))
        Group.objects.filter(name="Clash").update(ended_on=dt.date(2026, 3, 2))
        assert file.left() == [
            f"line {file.line('roles: [care_coordinator]')}: staff.3.roles.1: this role has an end.",
            f"line {file.line('waitlist')}: groups.1.waitlist.1: this person no longer waits.",
            f"line {file.line('co_facilitator')}: groups.2.co_facilitator: it differs from the file.",
            f"line {file.line('12:00')}: groups.2.slots.1: this slot has an end.",
            f"line {file.line('name: Clash')}: groups.3: this group has an end.",
            f"line {file.line('groups: [Morning, Noon]')}: patients.1.groups.2: this person has left this group.",
            f"line {file.line('email: dan@')}: patients.4: this person is not in care of this program.",
        ]

    def test_somebody_is_found_by_record_number_too(self, file):
        number = Patient.objects.get(user__email="ann@example.org").record_number
        file.change("email: ann@example.org", f"email: anna@example.org\n    record_number: {number}")
        (note,) = file.left()
        assert note.endswith("patients.1.email: it differs from the file.")
        file.change("email: anna@example.org", "email: ann@example.org")
        other = Patient.objects.get(user__email="ben@example.org").record_number
        file.change(f"record_number: {number}", f"record_number: {other}")
        (problem,) = refusal(file.path)
        assert problem.startswith(f"line {file.line('record_number')}: patients.1.record_number: ")


class TestTime:
    """The day of loading is the program's, wherever the server is."""

    @pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Honolulu", "Pacific/Auckland"])
    def test_a_session_of_this_evening_is_made_and_booked(self, file, clock, zone):
        local = zoneinfo.ZoneInfo(zone)
        clock.move_to(dt.datetime(2026, 3, 2, 20, 0, tzinfo=local))  # in UTC Tuesday, Tuesday, and Monday morning
        file.change("America/Los_Angeles", zone).change('"12:00"', '"21:00"')
        file.change("started_on: -14 days", "started_on: today")
        load(file.path)
        session = Session.objects.filter(group__name="Noon").earliest("starts_at")
        assert session.starts_at == dt.datetime(2026, 3, 2, 21, 0, tzinfo=local)
        assert Counter(session.bookings.values_list("part", flat=True)) == {"lead": 1, "co": 1, "member": 2}


class TestTwoAtOnce:
    """Two loads at the same moment take turns."""

    @pytest.fixture(autouse=True)
    def _committed(self, transactional_db):
        """The loads commit, each on a connection of its own."""

    def both(self, path: Path) -> list[str | None]:
        """Two loads, and what stopped each."""

        def one(_number) -> str | None:
            try:
                load(path)
                return None
            except CommandError as error:
                return str(error)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, range(2)))

    def test_the_second_finds_everything_there(self, file):
        assert self.both(file.path) == [None, None]
        assert Program.objects.count() == 1
        assert Patient.objects.count() == 6

    def test_without_the_turns_the_second_fails(self, file, monkeypatch):
        """The control of the test above."""
        monkeypatch.setattr(loader, "take_turns", Barrier(2, timeout=20).wait)
        assert sum(why is None for why in self.both(file.path)) == 1
        assert Program.objects.count() == 1


class TestRefusals:
    """A service says no, or the database does: nothing is loaded, and the line is named."""

    def test_an_address_that_is_somebody_elses(self, file):
        create_account(email="Eve@example.org", first_name="E", last_name="Else", zone="America/Denver")
        (problem,) = refusal(file.path)
        line = file.line("email: eve@")
        assert problem == f"line {line}: patients.5.email: Somebody already signs in with this e-mail address."

    def test_somebody_who_leads_elsewhere_is_not_named(self, file):
        load(file.change("kind: skills\n    slots", "kind: skills\n    lead: sam@example.org\n    slots").path)
        file.change('"10:00", minutes: 60', '"15:00", minutes: 60')  # stays at 10:00, so that only the database knows
        third = "  - name: Third\n    kind: skills\n    lead: sam@example.org\n"
        third += '    slots:\n      - {weekday: Monday, start: "10:30", minutes: 60}\n'
        (problem,) = refusal(file.change("\npatients:", f"{third}\npatients:").path)
        line = file.line("name: Third") + 2
        sentence = "This person leads “Clash” at that time. Nobody can be in two places at once."
        assert problem == f"line {line}: groups.4.lead: {sentence}"

    def test_a_slot_that_overlaps_the_one_it_was_changed_from(self, file):
        load(file.path)
        (problem,) = refusal(file.change('"09:00"', '"09:05"').path)
        assert problem.startswith(f"line {file.line('09:05')}: groups.1.slots.1")
        assert "This group already meets then" in problem

    def test_a_wall_of_the_database(self, file, monkeypatch):
        def broken(**fields):
            return Group.objects.create(**{**fields, "capacity": 99})

        monkeypatch.setattr(loader, "create_group", broken)
        (problem,) = refusal(file.path)
        assert problem == f"line {file.line('name: Morning')}: groups.1: the database refuses this (capacity_5_to_15)."


class TestCommand:
    """What is wrong before or beside the file's content."""

    def says(self, path: Path, **options) -> str:
        with pytest.raises(CommandError) as caught:
            load(path, **options)
        assert caught.value.returncode == 1
        return str(caught.value)

    def test_files_that_cannot_be_read(self, tmp_path):
        empty, binary = tmp_path / "empty.yaml", tmp_path / "binary.yaml"
        empty.write_text("# nothing\n", encoding="utf-8")
        binary.write_bytes(b"programs:\n  - name: \xff\n")
        assert self.says(tmp_path / "none.yaml") == f"{tmp_path / 'none.yaml'}: there is no such file."
        assert self.says(tmp_path) == f"{tmp_path}: this is a folder, not a file."
        assert self.says(empty) == f"{empty}: the file is empty."
        assert self.says(binary).splitlines()[0] == f"{binary}, line 2: this is not UTF-8 text."

    def test_development_sign_ins_are_refused_outside_debug(self, file, settings):
        settings.DEBUG = False
        assert "DEBUG" in self.says(file.path, development_sign_ins=True)
        assert not Program.objects.exists()

    def test_without_them_nobody_has_a_password(self, file):
        assert "reset link" in load(file.path)
        assert not any(user.has_usable_password() for user in User.objects.all())

    def test_a_database_that_cannot_be_used_is_one_line(self, file, monkeypatch):
        def fail(*args, **options):
            raise ProgrammingError('relation "accounts_program" does not exist\nLINE 1: SELECT')

        monkeypatch.setattr(command, "load_program", fail)
        assert self.says(file.path) == 'The database can\'t be used (relation "accounts_program" does not exist).'


# --- who may cover


def qualified(first: str) -> set[str]:
    return set(Qualification.objects.filter(user__first_name=first).values_list("kind", flat=True))


def test_those_who_lead_are_qualified_and_others_by_the_file(file):
    file.change("    credential: LCSW\n", "    credential: LCSW\n    qualified: [process, support]\n")
    load(file.path)
    assert qualified("Cleo") == {"process", "skills"}  # leads one of each
    assert qualified("Sam") == {"process", "support", "skills"}  # named, and co-facilitates
    before = row_counts()
    load(file.path)
    assert row_counts() == before
    file.change("    last_name: Clinic\n", "    last_name: Clinic\n    qualified: [support]\n")
    load(file.path)
    assert qualified("Cleo") == {"process", "skills", "support"}


def test_what_is_no_qualification(file):
    file.change("    roles: [care_coordinator]\n", "    roles: [care_coordinator]\n    qualified: [skills]\n")
    file.change("    credential: LCSW\n", "    credential: LCSW\n    qualified: [process, dancing, process]\n")
    lines = refusal(file.path)
    assert any("staff.3.qualified: is for a clinician or supervisor." in line for line in lines)
    assert any("staff.1.qualified.2: must be one of" in line for line in lines)
    assert any("staff.1.qualified.3: is already given" in line for line in lines)


def test_papers_of_the_house_are_published_once_and_left_where_there_are_some(file, clock):
    file.change("    zone: America/Los_Angeles\n", "    zone: America/Los_Angeles\n    papers: house\n")
    load(file.path)
    program = Program.objects.get()
    published = ConsentDocument.objects.published()
    assert set(published.values_list("kind", "version")) == {(kind, 1) for kind in ConsentDocument.Kind.values}
    agreement = Agreement.objects.of_program(program).get()
    assert agreement.guidelines and agreement.in_force_from == program.today
    assert len(agreement.wordings.get(language="es").guidelines) == len(agreement.guidelines)
    assert all(document.wordings.get(language="es").title != document.title for document in published)
    patient = Patient.objects.first()
    assert [one.kind for one in to_sign(patient)] and agreements.to_sign(program.pk, patient) == agreement
    assert file.left() == []


def test_papers_need_somebody_who_may_publish_them(tmp_path, clock):
    path = tmp_path / "program.yaml"
    path.write_text(
        "programs:\n  - name: Day track\n    zone: America/Los_Angeles\n    papers: house\n"
        "staff:\n  - email: corey@example.org\n    first_name: Corey\n    last_name: Care\n    roles: [care_coordinator]\n"
        "groups:\npatients:\n"
    )
    (said,) = refusal(path)
    assert "line 4: programs.1.papers: Somebody with the role program_admin or supervisor has to publish them." in said
    assert not Program.objects.exists()


def test_a_curriculum_that_the_program_does_not_have(clock, tmp_path):
    file = tmp_path / "program.yaml"
    file.write_text(SMALL.replace("kind: process\n", "kind: process\n    curriculum: Nothing\n"))
    (said,) = refusal(file)
    assert "The program has no curriculum of this name." in said


def test_in_the_example_a_session_can_be_covered_and_some_want_a_licence(clock):
    load(EXAMPLE)
    sessions = (
        Session.objects.filter(group__name="Mindfulness and grounding").select_related("group").order_by("starts_at")
    )
    able = [c.user.first_name for c in candidates(session=sessions[0], part="lead") if c.fits]
    assert able == ["Renata"]
    assert licence_gaps(sessions[:1]) == {sessions[0].pk: ["CO"]}
