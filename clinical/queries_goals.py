"""Goals as their person, their clinician and their group see them. Fixed numbers of queries."""

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinical.models import Objective, OwnStep, PlainWords, PlanSuggestion, SharedGoal
from clinical.services.goals import objectives_in_force
from groups.models import Group, Membership
from patients.models import Episode, Patient


@dataclass(slots=True)
class OwnGoal:
    """One objective of the plan in force. words: as a clinician says it plainly, else its own text. shared: what stands in the
    person's groups."""

    line: uuid.UUID
    objective: Objective
    words: str
    plain: PlainWords | None
    steps: list[OwnStep] = field(default_factory=list)
    away: list[OwnStep] = field(default_factory=list)
    shared: list[SharedGoal] = field(default_factory=list)

    @property
    def toward(self) -> str:
        """The long-term goal it belongs to."""
        return self.objective.goal.text

    @property
    def target_on(self) -> dt.date | None:
        return self.objective.target_on

    @property
    def done(self) -> int:
        """How many steps are ticked."""
        return sum(step.done_at is not None for step in self.steps)


def goals_of(patient: Patient) -> tuple[list[OwnGoal], list[OwnGoal]]:
    """The patient's goals that are open, and those they reached, in the plan's order. Five queries."""
    objectives = objectives_in_force(patient)
    plain = {p.line: p for p in PlainWords.objects.filter(patient=patient)}
    steps, away, shared = defaultdict(list), defaultdict(list), defaultdict(list)
    for step in OwnStep.objects.filter(patient=patient):
        (away if step.removed_at else steps)[step.line].append(step)
    for one in SharedGoal.objects.standing().filter(patient=patient).select_related("membership__group"):
        shared[one.line].append(one)
    found = []
    for o in objectives:
        said = plain.get(o.line)
        words = said.text if said and said.text else o.text
        found.append(OwnGoal(o.line, o, words, said, steps[o.line], away[o.line], shared[o.line]))
    status = Objective.Status
    return (
        [g for g in found if g.objective.status == status.OPEN],
        [g for g in found if g.objective.status == status.ACHIEVED],
    )


def memberships_of(patient: Patient) -> list[Membership]:
    """The groups somebody is in today, by name. One query."""
    return list(Membership.objects.current().filter(patient=patient).select_related("group").order_by("group__name"))


@dataclass(slots=True)
class Circle:
    """One group somebody is in, and what is shared there: (name as known there, their words, whether it is one's own)."""

    group: Group
    said: list[tuple[str, list[SharedGoal], bool]] = field(default_factory=list)


def circles_of(patient: Patient) -> list[Circle]:
    """What those in the patient's groups share, oneself first, then by name. Two queries."""
    found = {m.group_id: Circle(m.group) for m in memberships_of(patient)}
    rows = SharedGoal.objects.visible_to(patient.user).standing().filter(membership__group__in=found)
    by_person: dict[tuple[int, int], list[SharedGoal]] = defaultdict(list)
    for row in rows.select_related("patient", "membership").order_by("shared_at", "pk"):
        by_person[row.membership.group_id, row.patient_id].append(row)
    for (group, person), said in by_person.items():
        found[group].said.append((said[0].patient.display_name, said, person == patient.pk))
    for circle in found.values():
        circle.said.sort(key=lambda one: (not one[2], one[0].casefold()))
    return list(found.values())


TOLD_FOR = dt.timedelta(days=30)


def taken_down_of(patient: Patient) -> list[SharedGoal]:
    """What a leader took down of what somebody shares, the latest first, until they share it anew; for a month. One query."""
    anew = SharedGoal.objects.filter(membership=OuterRef("membership"), line=OuterRef("line"), pk__gt=OuterRef("pk"))
    rows = SharedGoal.objects.filter(patient=patient, taken_down_by__isnull=False).exclude(Exists(anew))
    rows = rows.filter(ended_at__gt=timezone.now() - TOLD_FOR, membership__in=Membership.objects.current())
    return list(rows.select_related("membership__group", "taken_down_by").order_by("-ended_at", "-pk"))


def shared_in(user, group: Group) -> list[SharedGoal]:
    """What stands in a group, as far as this member of staff may know of who shares it, by name. One query."""
    rows = SharedGoal.objects.visible_to(user).standing().filter(membership__group=group).select_related("patient")
    return list(rows.order_by("patient__legal_last_name", "patient__legal_first_name", "shared_at", "pk"))


def suggestions_for(user) -> list[PlanSuggestion]:
    """Changes suggested by the people whose primary clinician this is, the longest waiting first. One query."""
    stays = Episode.objects.open().filter(primary_clinician=user)
    rows = PlanSuggestion.objects.open().visible_to(user).filter(patient__in=stays.values("patient_id"))
    return list(rows.defer("sections", "words").select_related("patient"))
