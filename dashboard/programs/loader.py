"""Applies a program file by the services. What is already there is never changed: differences are reported."""

import datetime as dt
import zoneinfo
from pathlib import Path

import pghistory
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, IntegrityError, connection
from django.db.utils import DataError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import Program, RoleAssignment, StaffProfile, User
from accounts.services import create_account, give_role, set_staff_profile
from core.errors import Refusal
from core.transactions import in_one_piece
from core.wordings import others
from dashboard.programs import DEVELOPMENT_PASSWORD, schema
from dashboard.programs.checks import check_file
from dashboard.programs.patients import PatientsLoader
from dashboard.programs.reader import FileProblems, Problem, Source, Spot, read_source
from dashboard.programs.report import Report
from groups.models import Curriculum, Facilitator, Group, Kind
from groups.services import create_group, qualify
from library.services import add_house_library
from patients.models import ConsentDocument
from patients.services.consents import may_word, publish, start_version
from rooms.models import Agreement
from rooms.services.agreements import offered, write_version
from scheduling.services import create_slot, lead_group

_LOCK = 0x10AD  # two loads at once take turns


def read_program(path: Path) -> tuple[schema.ProgramFile, Source]:
    """The file, found right in every respect that can be seen without a database.

    Raises FileProblem (no such file …), FileProblems with everything that is wrong.
    """
    source = read_source(path)
    return checked(source), source


def checked(source: Source) -> schema.ProgramFile:
    """The entries of a source. Raises FileProblems with everything that is wrong, once for each place and reason."""
    file, shapes = schema.read_file(source)
    known = {problem.place for problem in source.problems}
    found = [problem for problem in shapes + check_file(source) if problem.place not in known]
    if problems := source.problems + found:
        raise FileProblems(problems)
    return file


def load_program(path: Path, *, development_sign_ins: bool = False) -> Report:
    """Load a file in one transaction: all of it, or nothing.

    development_sign_ins: new accounts get DEVELOPMENT_PASSWORD; otherwise they are entered through a reset link.
    Raises FileProblem or FileProblems; a service's Refusal becomes the problem of the line it is about.
    """
    file, source = read_program(path)
    return _apply(file=file, source=source, development_sign_ins=development_sign_ins)


@in_one_piece
def _apply(*, file: schema.ProgramFile, source: Source, development_sign_ins: bool) -> Report:
    loader = Loader(file, source)
    with pghistory.context(command="load_program"):
        take_turns()
        try:
            loader.run()
        except Refusal as refusal:
            raise FileProblems([loader.refused(refusal)]) from None
        except (IntegrityError, DataError) as error:
            raise FileProblems([loader.broke(error)]) from None
        if development_sign_ins:
            loader.set_password(DEVELOPMENT_PASSWORD)
    return loader.report


def take_turns() -> None:
    """Wait until no other load is under way; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


class Loader(PatientsLoader):
    """One load. `spot` is the entry being loaded, for the line of what goes wrong."""

    def __init__(self, file: schema.ProgramFile, source: Source):
        self.file, self.source, self.report = file, source, Report(source)
        self.spot: Spot = ()
        self.programs: dict[str, Program] = {}
        self.users: dict[str, User] = {}
        self.groups: dict[tuple[str, str], Group] = {}
        self.new_accounts: list[User] = []

    def run(self) -> None:
        """Everything, in the order in which it depends on each other."""
        for index, entry in enumerate(self.file.programs):
            self.spot = ("programs", index)
            self.program(entry)
        for index, entry in enumerate(self.file.staff):
            self.spot = ("staff", index)
            self.account(entry)
        for index, entry in enumerate(self.file.staff):  # when every supervisor is there
            self.spot = ("staff", index)
            self.profile(entry)
        for index, entry in enumerate(self.file.programs):  # when somebody is there who may publish them
            self.spot = ("programs", index)
            if entry.papers:
                self.papers(self.programs[entry.name])
        for index, entry in enumerate(self.file.groups):
            self.spot = ("groups", index)
            self.group(entry)
        self.patients()
        self.waitlists()

    # --- what goes wrong

    def refused(self, refusal: Refusal) -> Problem:
        """A service's refusal, at its field or entry; names taken out."""
        spot = (*self.spot, refusal.field)
        sentence = str(refusal.message)
        for name in sorted(self.names(), key=len, reverse=True):
            sentence = sentence.replace(name, _("this person"))
        sentence = sentence[:1].upper() + sentence[1:]
        return self.source.problem(spot if spot in self.source.lines else self.spot, sentence)

    def broke(self, error: DatabaseError) -> Problem:
        """A wall of the database that no service named."""
        wall = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or _("unknown")
        return self.source.problem(self.spot, _("the database refuses this (%(wall)s).") % {"wall": wall})

    def names(self) -> set[str]:
        """Every person's name, as services write it."""
        names = {f"{person.first_name} {person.last_name}" for person in self.file.staff}
        for person in self.file.patients:
            names |= {
                f"{first} {person.legal_last_name}"
                for first in (person.preferred_name, person.legal_first_name)
                if first
            }
        return names

    # --- entries

    def program_of(self, name: str | None) -> Program:
        """The named program, or the only one."""
        return self.programs[name] if name else next(iter(self.programs.values()))

    def today(self, program: Program) -> dt.date:
        """The date in the program's zone."""
        return timezone.now().astimezone(zoneinfo.ZoneInfo(program.zone)).date()

    def program(self, entry: schema.Program) -> None:
        """Make a program."""
        row = Program.objects.filter(name=entry.name).first()
        if row:
            self.report.there["programs"] += 1
            stored = {name: getattr(row, name) for name in ("zone", "state", "level_of_care")}
            self.report.compare(self.spot, entry, stored | {"weekly_goal_hours": row.weekly_goal_minutes})
        else:
            self.report.made["programs"] += 1
            row = Program.objects.create(
                name=entry.name,
                zone=entry.zone,
                state=entry.state or "",
                level_of_care=entry.level_of_care,
                weekly_goal_minutes=entry.weekly_goal_hours,
            )
        if entry.library:
            add_house_library(program=row)
        self.programs[entry.name] = row

    def papers(self, program: Program) -> None:
        """Publish the house's own wordings of the consents and of the agreement in all our languages, each where the program has
        none yet.

        Raises Refusal (nobody_words).
        """
        by = next((user for user in self.users.values() if may_word(user, program)), None)
        if by is None:
            raise Refusal(
                _("somebody with the role program_admin or supervisor has to publish them."), "nobody_words", "papers"
            )
        for kind in ConsentDocument.Kind.values:
            if not ConsentDocument.objects.filter(program=program, kind=kind).exists():
                publish(document=start_version(program=program, kind=kind, by=by), by=by)
        if not Agreement.objects.of_program(program).exists():
            text, guidelines = offered()
            write_version(
                program=program,
                text=text,
                guidelines=guidelines,
                in_force_from=program.today,
                by=by,
                wordings={code: offered(code) for code in others()},
            )

    def account(self, entry: schema.Staff) -> None:
        """Make an account of staff and give it its roles."""
        programs = [self.programs[name] for name in entry.programs] or [self.program_of(None)]
        user = User.objects.filter(email__iexact=entry.email).first()
        if user:
            self.report.there["staff"] += 1
            stored = {name: getattr(user, name) for name in ("first_name", "last_name", "zone", "language")}
            self.report.compare(self.spot, entry, stored, personal=True)
        else:
            self.report.made["staff"] += 1
            user = create_account(
                email=entry.email,
                first_name=entry.first_name,
                last_name=entry.last_name,
                zone=entry.zone or programs[0].zone,
                language=entry.language,
            )
            self.new_accounts.append(user)
        self.users[entry.email] = user
        for program in programs:
            for index, role in enumerate(entry.roles):
                self.role(user, program, Role(role), (*self.spot, "roles", index))

    def role(self, user: User, program: Program, role: Role, spot: Spot) -> None:
        """Give a role that was never given; one that has ended stays ended."""
        held = RoleAssignment.objects.filter(user=user, program=program, role=role)
        if not held.exists():
            # Roles are in force by the date in UTC; in a zone ahead of it the program's date may be tomorrow's.
            give_role(user=user, program=program, role=role, starts_on=min(self.today(program), timezone.now().date()))
        elif not held.filter(ends_on=None).exists():
            self.report.leave(spot, _("this role has an end."))

    def profile(self, entry: schema.Staff) -> None:
        """Record credential, supervisor, licences and qualifications; of an existing profile only add the last two."""
        user = self.users[entry.email]
        if entry.qualified:
            qualify(user=user, kinds=[Kind(kind) for kind in entry.qualified])
        supervisor = self.users.get(entry.supervisor) if entry.supervisor else None
        profile = StaffProfile.objects.select_related("supervisor").filter(user=user).first()
        today = self.today(self.program_of(entry.programs[0] if entry.programs else None))
        licences = [
            {
                "state": licence.state,
                "kind": licence.kind,
                "number": licence.number,
                "expires_on": licence.expires_on and licence.expires_on.on(today),
            }
            for licence in entry.licences
        ]
        if profile is None:
            set_staff_profile(user=user, credential=entry.credential, supervisor=supervisor, licences=tuple(licences))
            return
        stored = {"credential": profile.credential, "supervisor": profile.supervisor and profile.supervisor.email}
        self.report.compare(self.spot, entry, stored, personal=True)
        pairs = enumerate(zip(licences, entry.licences, strict=True))
        new = [licence for index, (licence, said) in pairs if self.is_new(profile, licence, index, said)]
        if new:
            set_staff_profile(
                user=user, credential=profile.credential, supervisor=profile.supervisor, licences=tuple(new)
            )

    def is_new(self, profile: StaffProfile, licence: dict, index: int, entry: schema.Licence) -> bool:
        """Whether the profile has no licence of this state and kind; notes one that differs."""
        row = profile.licences.filter(state=licence["state"], kind=licence["kind"]).first()
        if row is None:
            return True
        spot = (*self.spot, "licences", index)
        stored = {"number": row.number}
        if entry.expires_on and not entry.expires_on.is_relative:
            stored["expires_on"] = schema.fields.Day(row.expires_on)
        self.report.compare(spot, entry, stored, personal=True)
        return False

    def group(self, entry: schema.Group) -> None:
        """Make a group, its slots, and only then its facilitators: leading refuses two places at once."""
        program = self.program_of(entry.program)
        row = Group.objects.filter(program=program, name=entry.name).select_related("curriculum").first()
        texts = {name: getattr(entry, name) or "" for name in ("topic", "focus", "approach", "meeting_url")}
        if row:
            self.report.there["groups"] += 1
            stored = {name: getattr(row, name) for name in ("kind", "capacity", *texts)}
            stored["curriculum"] = row.curriculum.name if row.curriculum else ""
            self.report.compare(self.spot, entry, stored)
        else:
            self.report.made["groups"] += 1
            kind = Kind(entry.kind)
            texts["curriculum"] = self.curriculum(program, entry.curriculum)
            row = create_group(program=program, name=entry.name, kind=kind, capacity=entry.capacity, **texts)
        self.groups[program.name, entry.name] = row
        if row.ended_on:
            self.report.leave(self.spot, _("this group has an end."))
            return
        place = self.spot
        for index, slot in enumerate(entry.slots):
            self.spot = (*place, "slots", index)
            self.slot(row, slot)
        for key, part in (("lead", Facilitator.Part.LEAD), ("co_facilitator", Facilitator.Part.CO)):
            self.spot = (*place, key)
            if email := getattr(entry, key):
                self.facilitator(row, self.users[email], part)

    def curriculum(self, program: Program, name: str) -> Curriculum | None:
        """The program's curriculum of this name. Raises Refusal (no_curriculum)."""
        found = Curriculum.objects.filter(program=program, name=name).first() if name else None
        if name and found is None:
            raise Refusal(_("the program has no curriculum of this name."), "no_curriculum", "curriculum")
        return found

    def slot(self, group: Group, entry: schema.Slot) -> None:
        """Make a weekly slot and its sessions."""
        same = group.slots.filter(weekday=entry.weekday, starts_at=entry.start)
        if row := same.filter(ends_on=None).first():
            self.report.there["slots"] += 1
            stored = {"minutes": row.minutes, "break_minutes": row.break_minutes, "topic": row.topic}
            self.report.compare(self.spot, entry, stored)
        elif same.exists():
            self.report.there["slots"] += 1
            self.report.leave(self.spot, _("this slot has an end."))
        else:
            self.report.made["slots"] += 1
            create_slot(
                group=group,
                weekday=entry.weekday,
                starts_at=entry.start,
                minutes=entry.minutes,
                break_minutes=entry.break_minutes,
                topic=entry.topic,
                starts_on=self.today(group.program),
            )

    def facilitator(self, group: Group, user: User, part: Facilitator.Part) -> None:
        """Let somebody lead from today, where nobody ever did in this part."""
        rows = group.facilitators.filter(part=part)
        if not rows.exists():
            lead_group(group=group, user=user, part=part, from_day=self.today(group.program))
        elif not rows.filter(user=user, left_on=None).exists():
            self.report.leave(self.spot, _("it differs from the file."))

    def set_password(self, password: str) -> None:
        """Give every new account the same password, hashed once."""
        User.objects.filter(pk__in=[user.pk for user in self.new_accounts]).update(password=make_password(password))
