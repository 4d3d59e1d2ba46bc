"""Deeds on groups: create, lead, join, leave, wait.

These change the groups' own tables. Seats in dated sessions follow from them: `scheduling.services` wraps join, leave and
lead so that both happen in one transaction.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CLINICAL
from accounts.models import Program, User
from core.errors import Refusal
from groups.models import HARD_LIMIT, Facilitator, Group, Kind, Membership, Qualification, WaitlistEntry
from patients.models import CareTeamMember, Episode, Patient
from patients.services import add_to_care_team, end_care_team, holds_role

FINISHING_DAYS = 7


def care_source(group: Group) -> str:
    """What a care-team row written because of this group carries as its source."""
    return f"group:{group.pk}"


def finishing_time(program: Program, last_day: dt.date) -> dt.datetime:
    """Until when somebody who stopped working with a patient on `last_day` still sees them, to finish and sign notes.

    The end of that day in the program's zone plus FINISHING_DAYS (notes are due within 3 business days).
    """
    midnight = dt.datetime.combine(last_day, dt.time.min, zoneinfo.ZoneInfo(program.zone))
    return max(midnight, timezone.now()) + dt.timedelta(days=FINISHING_DAYS)


def lock_group(group: Group) -> Group:
    """The group under a row lock. Whoever changes its members, leaders or seats takes this lock first."""
    return Group.objects.select_for_update(no_key=True).get(pk=group.pk)


def lock_episode(episode: Episode) -> Episode:
    """The episode under a row lock, which comes before the group's: nobody joins a group as their stay is being ended."""
    locked = Episode.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("patient", "program").get(pk=episode.pk)


def seats_taken(group: Group, from_day: dt.date) -> int:
    """The most members the group has at once on any day from `from_day` on. A seat promised for later is taken. One query."""
    spans = group.memberships.not_over(from_day).values_list("joined_on", "left_on")
    spans = [(max(joined, from_day), left) for joined, left in spans if left is None or left > joined]
    return max(
        (sum(joined <= day and (left is None or left > day) for joined, left in spans) for day, _left in spans),
        default=0,
    )


@transaction.atomic
def create_group(*, program: Program, name: str, kind: Kind, capacity: int, **fields) -> Group:
    """A new group. capacity: members at the most, 5 to 15. Raises Refusal (capacity, name_taken)."""
    if not HARD_LIMIT[0] <= capacity <= HARD_LIMIT[1]:
        raise Refusal(_("A group holds 5 to 15 members."), "capacity", "capacity")
    if Group.objects.filter(program=program, name=name).exists():
        raise Refusal(_("This program already has a group of that name."), "name_taken", "name")
    return Group.objects.create(program=program, name=name, kind=kind, capacity=capacity, **fields)


def qualify(*, user: User, kinds: Iterable[Kind]) -> None:
    """Record that somebody may lead these kinds of group. Twice changes nothing. One query."""
    Qualification.objects.bulk_create([Qualification(user=user, kind=kind) for kind in kinds], ignore_conflicts=True)


def disqualify(*, qualification: Qualification) -> None:
    """They are no longer asked to cover that kind of group; what they lead stays theirs. The history keeps the row."""
    qualification.delete()


@transaction.atomic
def set_facilitator(*, group: Group, user: User, part: Facilitator.Part, from_day: dt.date) -> Facilitator:
    """Let `user` lead (or co-lead) from `from_day`; whoever did so before leaves on that day.

    Members' care teams follow at once, and whoever is given a group counts as qualified for its kind.
    Raises Refusal (not_a_clinician, two_parts).
    """
    group = lock_group(group)
    if not holds_role(user, group.program, CLINICAL):
        raise Refusal(_("%(name)s is not a clinician of this program.") % {"name": user}, "not_a_clinician", "user")
    same = group.facilitators.filter(left_on=None, part=part, user=user).first()
    if same:
        return same
    in_place = group.facilitators.not_over(from_day)
    if in_place.filter(user=user).exclude(part=part).exists():
        raise Refusal(_("%(name)s already has a part in this group.") % {"name": user}, "two_parts", "user")
    for before in in_place.filter(part=part).select_related("user"):
        before.left_on = max(from_day, before.joined_on)
        before.save(update_fields=["left_on"])
        end_care_team(source=care_source(group), user=before.user, at=finishing_time(group.program, before.left_on))
    row = Facilitator.objects.create(group=group, user=user, part=part, joined_on=from_day)
    qualify(user=user, kinds=[Kind(group.kind)])
    members = Patient.objects.filter(pk__in=group.memberships.not_over().values("patient_id"))
    add_to_care_team(patients=members, user=user, part=CareTeamMember.Part.FACILITATOR, source=care_source(group))
    return row


@transaction.atomic
def join_group(*, group: Group, episode: Episode, joined_on: dt.date) -> Membership:
    """Give the episode's patient a seat from `joined_on` and its facilitators a place on their care team.

    The group's row lock makes "count, then take" one step: the last seat is sold once.
    Raises Refusal (group_full, already_member, other_program, group_ended, episode_closed).
    """
    episode = lock_episode(episode)
    group = lock_group(group)
    patient = episode.patient
    if group.ended_on and group.ended_on <= joined_on:
        raise Refusal(_("This group has ended."), "group_ended", "joined_on")
    if episode.program_id != group.program_id:
        raise Refusal(_("%(name)s is not in this group's program.") % {"name": patient}, "other_program", "episode")
    if joined_on < episode.started_on or (episode.ended_on and joined_on >= episode.ended_on):
        raise Refusal(_("%(name)s is not in care on that day.") % {"name": patient}, "episode_closed", "joined_on")
    if group.memberships.filter(patient=patient).not_over(joined_on).exists():
        raise Refusal(_("%(name)s is already a member.") % {"name": patient}, "already_member", "episode")
    if seats_taken(group, joined_on) >= group.capacity:
        raise Refusal(
            _("All %(n)s seats of this group are taken. You can put %(name)s on the wait-list.")
            % {"n": group.capacity, "name": patient},
            "group_full",
            "episode",
        )
    membership = Membership.objects.create(group=group, patient=patient, episode=episode, joined_on=joined_on)
    WaitlistEntry.objects.waiting().filter(group=group, patient=patient).update(
        ended_at=timezone.now(), outcome=WaitlistEntry.Outcome.SEATED
    )
    for facilitator in group.facilitators.not_over().select_related("user"):
        add_to_care_team(
            patients=[patient],
            user=facilitator.user,
            part=CareTeamMember.Part.FACILITATOR,
            source=care_source(group),
        )
    return membership


@transaction.atomic
def leave_group(*, membership: Membership, left_on: dt.date, reason: str) -> Membership:
    """End a membership: `left_on` is the first day no longer a member. What was before that day stays as it was.

    Somebody who was to leave later may leave sooner. The facilitators leave the care team after their finishing time, unless
    another group or part keeps them on it.
    Raises Refusal (already_left, left_before_joined, no_reason).
    """
    lock_group(membership.group)
    locked = Membership.objects.select_for_update(of=("self",)).select_related("group__program", "patient")
    membership = locked.get(pk=membership.pk)
    planned = membership.left_on
    if planned is not None and (planned <= membership.group.program.today or left_on >= planned):
        raise Refusal(_("%(name)s has already left this group.") % {"name": membership.patient}, "already_left")
    if left_on < membership.joined_on:
        raise Refusal(_("That is before they joined."), "left_before_joined", "left_on")
    if not reason.strip():
        raise Refusal(_("Say why they leave."), "no_reason", "reason")
    membership.left_on, membership.left_reason = left_on, reason.strip()
    membership.save(update_fields=["left_on", "left_reason"])
    end_care_team(
        source=care_source(membership.group),
        patient=membership.patient,
        at=finishing_time(membership.group.program, left_on),
    )
    return membership


@transaction.atomic
def join_waitlist(*, group: Group, episode: Episode) -> WaitlistEntry:
    """Wait for a seat. Raises Refusal (seat_free, already_member, already_waiting, other_program, episode_closed)."""
    episode = lock_episode(episode)
    group = lock_group(group)
    if episode.ended_on and episode.ended_on <= timezone.localdate():
        raise Refusal(_("%(name)s is no longer in care.") % {"name": episode.patient}, "episode_closed", "episode")
    if episode.program_id != group.program_id:
        raise Refusal(
            _("%(name)s is not in this group's program.") % {"name": episode.patient}, "other_program", "episode"
        )
    if group.memberships.filter(patient=episode.patient).not_over().exists():
        raise Refusal(_("%(name)s is already a member.") % {"name": episode.patient}, "already_member", "episode")
    if WaitlistEntry.objects.waiting().filter(group=group, patient=episode.patient).exists():
        raise Refusal(_("%(name)s is already waiting.") % {"name": episode.patient}, "already_waiting", "episode")
    if seats_taken(group, timezone.localdate()) < group.capacity:
        raise Refusal(_("There is a free seat; they can join now."), "seat_free", "episode")
    return WaitlistEntry.objects.create(group=group, patient=episode.patient, episode=episode)


@transaction.atomic
def withdraw_from_waitlist(*, entry: WaitlistEntry) -> None:
    """Stop waiting. Twice changes nothing."""
    WaitlistEntry.objects.filter(Q(pk=entry.pk), ended_at=None).update(
        ended_at=timezone.now(), outcome=WaitlistEntry.Outcome.WITHDRAWN
    )
