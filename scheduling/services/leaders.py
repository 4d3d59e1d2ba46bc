"""Who leads a slot or a session instead of the group's own facilitator: whether they may, and whom a slot's leader sees.

Who leads one session only sees its people in its window: `windows.follow_windows`.
"""

import datetime as dt
import zoneinfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CLINICAL
from accounts.models import User
from core.errors import Refusal
from groups.models import Facilitator, Group, Membership
from groups.services import finishing_time
from patients.models import CareTeamMember, Patient
from patients.services import add_to_care_team, end_care_team, holds_role
from scheduling.models import Session, Slot

PARTS = ("lead", "co")


def slot_source(slot: Slot) -> str:
    """What a care-team row written because somebody leads this slot carries as its source."""
    return f"slot:{slot.pk}"


def check_leaders(*, group: Group, day: dt.date, named: dict[str, User | None], new: dict[str, User | None]) -> None:
    """Refuse whoever may not lead on `day`. named: part -> whom the slot or session names, None the group's own; new: those
    of them that were named just now. Raises Refusal (not_a_clinician, two_parts) at the field of the part."""
    for part, user in new.items():
        if user is not None and not holds_role(user, group.program, CLINICAL):
            raise Refusal(_("%(name)s is not a clinician of this program.") % {"name": user}, "not_a_clinician", part)
    own = dict(Facilitator.objects.current(day).filter(group=group).values_list("part", "user"))
    both = {part: named[part].pk if named[part] else own.get(part) for part in PARTS}
    if both["lead"] is not None and both["lead"] == both["co"]:
        part = "co" if new.get("co") else "lead"
        raise Refusal(
            _("%(name)s would then both lead and co-facilitate. Choose two people.")
            % {"name": named[part] or named["lead"] or named["co"]},
            "two_parts",
            part,
        )


def named_by(thing: Slot | Session) -> list[User]:
    """Whom a slot or session names to lead it."""
    return [user for user in (thing.lead, thing.co) if user is not None]


def begin_access(slot: Slot) -> None:
    """Put those whom the slot names on the care teams of the group's members, from the slot's first day. Two queries each."""
    members = Patient.objects.filter(pk__in=slot.group.memberships.not_over().values("patient_id"))
    for user in named_by(slot):
        _let_see(slot, user, members)


def end_access(slot: Slot) -> None:
    """End it after the finishing time, when the slot has ended. Two queries at most."""
    if slot.lead_id or slot.co_id:
        end_care_team(source=slot_source(slot), at=finishing_time(slot.group.program, slot.ends_on))


def _let_see(slot: Slot, user: User, patients) -> None:
    begins = dt.datetime.combine(slot.starts_on, dt.time.min, zoneinfo.ZoneInfo(slot.zone))
    add_to_care_team(
        patients=patients,
        user=user,
        part=CareTeamMember.Part.FACILITATOR,
        source=slot_source(slot),
        at=max(begins, timezone.now()),
        until=finishing_time(slot.group.program, slot.ends_on) if slot.ends_on else None,
    )


def _named_slots(group: Group) -> list[Slot]:
    slots = group.slots.not_over().filter(Q(lead__isnull=False) | Q(co__isnull=False))
    return list(slots.select_related("lead", "co", "group__program"))


def welcome(membership: Membership) -> None:
    """Somebody joined: whoever leads a slot of the group by name sees them too. One query, and two for each such person."""
    for slot in _named_slots(membership.group):
        for user in named_by(slot):
            _let_see(slot, user, [membership.patient])


def part_with(membership: Membership) -> None:
    """Somebody left: the same people stop seeing them after the finishing time. One query, and one for each such slot."""
    until = finishing_time(membership.group.program, membership.left_on)
    for slot in _named_slots(membership.group):
        end_care_team(source=slot_source(slot), patient=membership.patient, at=until)
