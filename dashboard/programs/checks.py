"""What is wrong between entries: doubled names, references to nobody, two places at once, groups over capacity."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _

from accounts.access import CLINICAL, Role
from dashboard.programs.draft import Draft, draft_of
from dashboard.programs.fields import did_you_mean, guess
from dashboard.programs.reader import Problem, Source, Spot, shown
from dashboard.programs.times import overlap

CLINICIANS = frozenset(role.value for role in CLINICAL)


def check_file(source: Source) -> list[Problem]:
    """Every problem between entries, also in a file some of whose values are wrong."""
    checks = _Checks(source)
    checks.run()
    return checks.problems


class _Checks:
    """One pass over a draft. `people`: staff by e-mail; `groups`: groups by program and name."""

    def __init__(self, source: Source):
        self.source, self.file, self.problems = source, draft_of(source.values), []
        self.programs = {program.name: program for program in self.file.programs if program.name}
        self.people = {person.email: person for person in reversed(self.file.staff) if person.email}
        self.patients = {patient.email: patient for patient in reversed(self.file.patients) if patient.email}
        self.groups: dict[tuple[str, str], Draft] = {}
        self.members: dict[int, list[Draft]] = defaultdict(list)  # by the group's index
        # While one e-mail address, name or list is wrong, it may be what another entry means: no note of what follows.
        self.knows_staff = _whole(self.file, "staff", "email")
        self.knows_patients = _whole(self.file, "patients", "email")
        self.knows_programs = _whole(self.file, "programs", "name")
        self.knows_groups = _whole(self.file, "groups", "name")
        self.knows_members = self.knows_patients

    def run(self) -> None:
        """All checks, entries in the order of the file."""
        self.once((p.at("name"), p.name) for p in self.file.programs)
        self.once((p.at("email"), p.email) for section in (self.file.staff, self.file.patients) for p in section)
        self.once((p.at("record_number"), p.record_number) for p in self.file.patients)
        for person in self.file.staff:
            self.staff(person)
        for group in self.file.groups:
            self.group(group)
        self.once(
            (g.at("name"), (g.program_name, g.name) if g.name and g.program_name else None) for g in self.file.groups
        )
        self.nobody_leads_twice_at_once()
        for patient in self.file.patients:
            self.patient(patient)
        for group in self.file.groups:
            self.waitlist(group)

    # --- small tools

    def say(self, spot: Spot, sentence: str) -> None:
        """Note a problem."""
        self.problems.append(self.source.problem(spot, sentence))

    def once(self, values: Iterable[tuple[Spot, Any]]) -> None:
        """Note each value that has already been used; None is no value."""
        first: dict[Any, Spot] = {}
        for spot, value in values:
            if value is not None and first.setdefault(value, spot) != spot:
                self.say(spot, _("is already given on line %(line)d.") % {"line": self.source.line(first[value])})

    def program_of(self, entry: Draft) -> str | None:
        """The name of an entry's program. Notes one that is unknown, or missing where there are several."""
        if not self.knows_programs:
            return None
        if entry.program is None:
            if entry.raw.get("program") is None and len(self.programs) > 1:
                self.say(entry.at("program"), _("is missing; the file has several programs."))
            return next(iter(self.programs)) if len(self.programs) == 1 else None
        return self.known_program(entry.at("program"), entry.program)

    def known_program(self, spot: Spot, name: str) -> str | None:
        """The name, if there is such a program; else a note."""
        if name in self.programs:
            return name
        self.say(spot, did_you_mean(_("is not a program of this file."), name, self.programs))
        return None

    def programs_of(self, person: Draft) -> set[str]:
        """The programs a member of staff works in."""
        return {name for _spot, name in person.programs} or (set(self.programs) if len(self.programs) == 1 else set())

    def person(self, spot: Spot, email: str | None, roles: frozenset[str], program: str | None, sentence: str) -> None:
        """Check that `email` is staff with one of the roles in the program; `sentence` says what they must be."""
        if email is None:
            return
        person = self.people.get(email)
        programs = self.programs_of(person) if person else set()
        if person is None:
            if self.knows_staff:
                self.say(spot, self.nobody(_("is not the e-mail of anybody under staff."), email, self.people))
        elif person.roles and _all_read(person, "roles") and not roles & {role for _spot, role in person.roles}:
            self.say(spot, sentence)
        elif program and programs and programs <= set(self.programs) and program not in programs:
            self.say(spot, _("does not work in this program."))

    def nobody(self, sentence: str, email: str, known: dict[str, Draft]) -> str:
        """`sentence`, with the line of an address that is close."""
        by_name = {address.partition("@")[0]: address for address in known}
        if meant := guess(email.partition("@")[0], by_name):
            line = self.source.line(known[by_name[meant]].at("email"))
            return f"{sentence} {_('Did you mean the one on line %(line)d?') % {'line': line}}"
        return sentence

    # --- entries

    def staff(self, person: Draft) -> None:
        """Programs, roles, licences, qualifications, supervisor."""
        for spot, name in person.programs:
            if self.knows_programs:
                self.known_program(spot, name)
        if self.knows_programs and len(self.programs) > 1 and not person.raw.get("programs"):
            self.say(person.at("programs"), _("is missing; the file has several programs."))
        self.once(person.programs)
        self.once(person.roles)
        self.once((li.at("kind"), (li.state, li.kind) if li.state and li.kind else None) for li in person.licences)
        self.once(person.qualified)
        if person.qualified and _all_read(person, "roles") and not CLINICIANS & {role for _spot, role in person.roles}:
            self.say(person.at("qualified"), _("is for a clinician or supervisor."))
        if person.supervisor and person.supervisor == person.email:
            self.say(person.at("supervisor"), _("must be somebody else."))
        else:
            sentence = _("must be somebody with the role supervisor.")
            self.person(person.at("supervisor"), person.supervisor, frozenset({Role.SUPERVISOR.value}), None, sentence)

    def group(self, group: Draft) -> None:
        """Name, facilitators, slots."""
        group.program_name = self.program_of(group)
        if group.name and group.program_name:
            self.groups.setdefault((group.program_name, group.name), group)
        for part in ("lead", "co_facilitator"):
            sentence = _("must be a clinician or supervisor.")
            self.person(group.at(part), getattr(group, part), CLINICIANS, group.program_name, sentence)
        if group.lead and group.lead == group.co_facilitator:
            self.say(group.at("co_facilitator"), _("must be somebody else than the lead."))
        for slot in group.slots:
            if slot.minutes and slot.break_minutes and slot.break_minutes >= slot.minutes:
                self.say(slot.at("break"), _("must be shorter than the session (%(n)d minutes).") % {"n": slot.minutes})
        for one, other in combinations(group.slots, 2):
            if overlap(one, "UTC", other, "UTC"):
                line = self.source.line(one.spot)
                self.say(other.at("start"), _("overlaps with the slot on line %(line)d.") % {"line": line})

    def zone_of(self, group: Draft) -> str | None:
        """The zone a group's slots are in."""
        return self.programs[group.program_name].zone if group.program_name else None

    def clashes(self, groups: Iterable[Draft]) -> Iterator[tuple[Draft, Draft, Draft, Draft]]:
        """Groups of which slots overlap: (first group, its slot, second group, its slot), once for each pair."""
        for one, other in combinations(groups, 2):
            zone, other_zone = self.zone_of(one), self.zone_of(other)
            if one is other or not zone or not other_zone:
                continue
            pairs = ((a, b) for a in one.slots for b in other.slots if overlap(a, zone, b, other_zone))
            if clash := next(pairs, None):
                yield one, clash[0], other, clash[1]

    def nobody_leads_twice_at_once(self) -> None:
        """Across all groups, as lead and as co-facilitator."""
        led: dict[str, list[Draft]] = defaultdict(list)
        for group in self.file.groups:
            for email in {group.lead, group.co_facilitator} - {None}:
                led[email].append(group)
        for email, groups in led.items():
            for _one, slot, other, _its_slot in self.clashes(groups):
                part = "lead" if other.lead == email else "co_facilitator"
                line = self.source.line(slot.spot)
                self.say(other.at(part), _("leads the slot on line %(line)d at the same time.") % {"line": line})

    def patient(self, patient: Draft) -> None:
        """Program, clinician, coordinator, groups."""
        program = patient.program_name = self.program_of(patient)
        sentence = _("must be a clinician or supervisor.")
        self.person(patient.at("primary_clinician"), patient.primary_clinician, CLINICIANS, program, sentence)
        sentence = _("must be somebody with the role care_coordinator.")
        roles = frozenset({Role.CARE_COORDINATOR.value})
        self.person(patient.at("care_coordinator"), patient.care_coordinator, roles, program, sentence)
        self.once(patient.groups)
        self.knows_members &= _all_read(patient, "groups")
        joined: dict[int, tuple[Spot, Draft]] = {}
        for spot, name in patient.groups:
            if group := self.known_group(spot, name, program):
                joined.setdefault(group.spot[-1], (spot, group))
        for spot, group in joined.values():
            self.take_seat(spot, patient, group)
        spots = {index: spot for index, (spot, _group) in joined.items()}
        for one, _slot, other, _its_slot in self.clashes(group for _spot, group in joined.values()):
            self.say(
                spots[other.spot[-1]],
                _("meets at the same time as “%(other)s”.") % {"other": shown(one.name)},
            )

    def known_group(self, spot: Spot, name: str, program: str | None) -> Draft | None:
        """The group of that name in the program, else a note."""
        if group := self.groups.get((program, name)):
            return group
        self.knows_members = False
        if program and self.knows_groups and all(g.program_name for g in self.file.groups):
            names = [known for of, known in self.groups if of == program]
            self.say(spot, did_you_mean(_("is not a group of this program."), name, names))
        return None

    def take_seat(self, spot: Spot, patient: Draft, group: Draft) -> None:
        """Count a member; a note for each beyond the capacity."""
        self.members[group.spot[-1]].append(patient)
        if group.capacity and len(self.members[group.spot[-1]]) > group.capacity:
            values = {"name": shown(group.name), "n": group.capacity}
            self.say(spot, _("“%(name)s” has only %(n)d seats; put this person on its waitlist.") % values)

    def waitlist(self, group: Draft) -> None:
        """Those who wait: patients of the program, not members, of a group that is full."""
        members = self.members[group.spot[-1]]
        self.once(group.waitlist)
        for spot, email in group.waitlist:
            patient = self.patients.get(email)
            if patient is None:
                if self.knows_patients:
                    self.say(spot, self.nobody(_("is not the e-mail of anybody under patients."), email, self.patients))
            elif any(member is patient for member in members):
                self.say(spot, _("is already a member of this group."))
            elif patient.program_name and group.program_name and patient.program_name != group.program_name:
                self.say(spot, _("is not in this group's program."))
        if group.waitlist and group.capacity and len(members) < group.capacity and self.knows_members:
            values = {"n": len(members), "capacity": group.capacity}
            self.say(group.at("waitlist"), _("the group is not full: %(n)d of %(capacity)d seats are taken.") % values)


def _whole(file: Draft, section: str, name: str) -> bool:
    """Whether a section is a list of entries of which each has this field right."""
    return _all_read(file, section) and all(getattr(entry, name) for entry in getattr(file, section))


def _all_read(entry: Draft, name: str) -> bool:
    """Whether a list could be read whole; while an item is wrong, it may be the one that is asked for."""
    raw = entry.raw.get(name)
    return raw is None or (isinstance(raw, list) and len(raw) == len(getattr(entry, name)))
