"""The part of a load that is about patients: admission, seats in groups, wait-lists."""

import datetime as dt

from django.utils.translation import gettext as _

from accounts.models import Program, User
from core.errors import Refusal
from dashboard.programs import schema
from dashboard.programs.reader import Spot
from groups.models import Group
from groups.services import join_waitlist
from patients.models import CareTeamMember, Episode, Patient
from patients.services import add_to_care_team, admit_patient
from scheduling.services import seat_member


class PatientsLoader:
    """Loads patients once programs, staff and groups are there (`loader.Loader` is the whole)."""

    def patients(self) -> None:
        """Every patient of the file, with their seats."""
        self.episodes: dict[str, Episode | None] = {}
        for index, entry in enumerate(self.file.patients):
            self.spot = ("patients", index)
            self.patient(entry)

    def patient(self, entry: schema.Patient) -> None:
        """Admit somebody, or compare them with what is stored, and seat them."""
        program = self.program_of(entry.program)
        patient = self.stored_patient(entry)
        if patient:
            self.report.there["patients"] += 1
            episode = patient.episodes.filter(program=program, ended_on=None).first()
            self.compare_patient(entry, patient, episode)
            joined_on = max(self.today(program), episode.started_on) if episode else None
        else:
            self.report.made["patients"] += 1
            joined_on = entry.started_on.on(self.today(program))
            episode = self.admit(entry, program, joined_on)
        self.episodes[entry.email] = episode
        if not episode:
            self.report.leave(self.spot, _("this person is not in care of this program."))
            return
        place = self.spot
        if entry.care_coordinator:
            self.spot = (*place, "care_coordinator")
            self.coordinator(episode, self.users[entry.care_coordinator])
        for index, name in enumerate(entry.groups):
            self.spot = (*place, "groups", index)
            self.seat(self.groups[program.name, name], episode, joined_on)

    def stored_patient(self, entry: schema.Patient) -> Patient | None:
        """By e-mail address or record number. Raises Refusal (two_people) when these are two people's."""
        patients = Patient.objects.select_related("user")
        by_email = patients.filter(user__email__iexact=entry.email).first()
        by_number = patients.filter(record_number=entry.record_number).first() if entry.record_number else None
        if by_email and by_number and by_email != by_number:
            raise Refusal(_("is the number of another person than the e-mail address."), "two_people", "record_number")
        return by_email or by_number

    def admit(self, entry: schema.Patient, program: Program, started_on: dt.date) -> Episode:
        """Admit somebody new."""
        contact = entry.emergency_contact
        episode = admit_patient(
            program=program,
            primary_clinician=self.users[entry.primary_clinician],
            email=entry.email,
            legal_first_name=entry.legal_first_name,
            legal_last_name=entry.legal_last_name,
            birth_date=entry.birth_date.date,
            state=entry.state,
            zone=entry.zone or program.zone,
            display_name=entry.display_name,
            preferred_name=entry.preferred_name,
            pronouns=entry.pronouns,
            language=entry.language,
            phone=entry.phone or "",
            emergency_name=contact.name if contact else "",
            emergency_relation=contact.relation if contact else "",
            emergency_phone=contact.phone if contact else "",
            started_on=started_on,
            weekly_goal_minutes=entry.weekly_goal_hours,
            record_number=entry.record_number or "",
        )
        self.new_accounts.append(episode.patient.user)
        return episode

    def compare_patient(self, entry: schema.Patient, patient: Patient, episode: Episode | None) -> None:
        """Note what the file says otherwise."""
        names = ("record_number", "legal_first_name", "legal_last_name", "preferred_name", "pronouns", "state", "phone")
        stored = {name: getattr(patient, name) for name in names}
        stored |= {"email": patient.user.email.lower(), "zone": patient.user.zone, "language": patient.user.language}
        stored["birth_date"] = schema.fields.Day(patient.birth_date)
        if entry.display_name:
            stored["display_name"] = patient.display_name
        if episode:
            stored["primary_clinician"] = episode.primary_clinician.email.lower()
            stored["weekly_goal_hours"] = episode.weekly_goal_minutes
            if not entry.started_on.is_relative:
                stored["started_on"] = schema.fields.Day(episode.started_on)
        self.report.compare(self.spot, entry, stored, personal=True)
        if entry.emergency_contact:
            parts = {part: getattr(patient, f"emergency_{part}") for part in ("name", "relation", "phone")}
            self.report.compare((*self.spot, "emergency_contact"), entry.emergency_contact, parts, personal=True)

    def coordinator(self, episode: Episode, user: User) -> None:
        """Put the coordinator on the care team, where this stay never had one."""
        source = f"coordinator:{episode.pk}"
        places = CareTeamMember.objects.filter(patient=episode.patient, source=source)
        if not places.exists():
            add_to_care_team(patients=[episode.patient], user=user, part=CareTeamMember.Part.COORDINATOR, source=source)
        elif not places.filter(user=user, ends_at=None).exists():
            self.report.leave(self.spot, _("it differs from the file."))

    def seat(self, group: Group, episode: Episode, joined_on: dt.date) -> None:
        """Give a seat to somebody who never had one in this group."""
        rows = group.memberships.filter(patient=episode.patient)
        if not rows.exists():
            self.report.made["seats"] += 1
            seat_member(group=group, episode=episode, joined_on=joined_on)
            return
        self.report.there["seats"] += 1
        if not rows.not_over(self.today(group.program)).exists():
            self.report.leave(self.spot, _("this person has left this group."))

    def waitlists(self) -> None:
        """Everybody who waits, group by group."""
        for number, entry in enumerate(self.file.groups):
            group = self.groups[self.program_of(entry.program).name, entry.name]
            for index, email in enumerate(entry.waitlist):
                self.spot = ("groups", number, "waitlist", index)
                if episode := self.episodes[email]:
                    self.wait(group, episode, self.spot)

    def wait(self, group: Group, episode: Episode, spot: Spot) -> None:
        """Put somebody on the wait-list who never was on it."""
        rows = group.waitlist.filter(patient=episode.patient)
        if rows.exists():
            self.report.there["waiting"] += 1
            if not rows.waiting().exists():
                self.report.leave(spot, _("this person no longer waits."))
        elif group.memberships.filter(patient=episode.patient).exists():
            self.report.leave(spot, _("this person has had a seat in this group."))
        else:
            self.report.made["waiting"] += 1
            join_waitlist(group=group, episode=episode)
