"""Two members of a group who are not put into one room beside. For the group's leaders; members never learn of it."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import User
from core.errors import Refusal
from groups.models import Facilitator, Group, Membership
from patients.models import Patient
from rooms.models import Apart

LONGEST = 1000  # characters of a reason


def groups_led(user: User):
    """Groups the person leads now, or whose leaders they supervise."""
    leaders = Q(user=user)
    if Role.SUPERVISOR in user.roles:
        leaders |= Q(user__staff_profile__supervisor=user)
    return Group.objects.filter(pk__in=Facilitator.objects.current().filter(leaders).values("group"))


def members_of(group: Group, user: User):
    """The group's members, now and to come, whom the person may know of."""
    members = Membership.objects.not_over().filter(group=group).values("patient")
    seen = Patient.objects.visible_to(user).filter(pk__in=members)
    return seen.order_by("legal_last_name", "legal_first_name", "pk")


@transaction.atomic
def keep_apart(*, group: Group, one: Patient, other: Patient, reason: str, by: User) -> Apart:
    """Keep two members apart from now on. Raises Refusal (not_theirs, same, no_reason, already)."""
    if not groups_led(by).filter(pk=group.pk).exists():
        raise Refusal(_("Only the leaders of this group can do that."), "not_theirs")
    if one.pk == other.pk:
        raise Refusal(_("Choose two people."), "same", "other")
    if members_of(group, by).filter(pk__in=[one.pk, other.pk]).count() != 2:
        raise Refusal(_("Choose two members of this group."), "not_theirs", "other")
    if not reason.strip():
        raise Refusal(_("Say why, for the other leaders."), "no_reason", "reason")
    first, second = sorted([one.pk, other.pk])
    try:
        with transaction.atomic():
            return Apart.objects.create(
                group=group, one_id=first, other_id=second, reason=reason.strip()[:LONGEST], by=by
            )
    except IntegrityError:
        raise Refusal(_("They are kept apart already."), "already", "other") from None


@transaction.atomic
def end_apart(*, pair: Apart, by: User) -> None:
    """They may be in one room again. What was written stays on the record. Raises Refusal (not_theirs)."""
    if not groups_led(by).filter(pk=pair.group_id).exists():
        raise Refusal(_("Only the leaders of this group can do that."), "not_theirs")
    Apart.objects.filter(pk=pair.pk, ended_at=None).update(ended_at=timezone.now())
