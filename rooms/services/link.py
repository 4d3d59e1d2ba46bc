"""The address at which a group meets in another program. Its leaders give it; members get it in the room, and nowhere else."""

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from groups.models import Group
from rooms.deeds import deed
from rooms.models import Backend, Room
from rooms.services.apart import groups_led
from rooms.services.passes import policy_of

_well_formed = URLValidator(schemes=["https"])


class Use(StrEnum):
    """What becomes of a group's link."""

    MEETS = "meets"  # its program meets in another program
    WOULD = "would"  # nothing is said of that: a group with a link meets there, one without here
    NOT_USED = "not_used"  # its program meets here


def use_of(group: Group) -> Use:
    """What a link of this group is good for, as its program's rules stand. One query."""
    policy = policy_of(group.program_id)
    if policy.backend == Backend.LINK:
        return Use.MEETS
    return Use.WOULD if policy.pk is None else Use.NOT_USED


@transaction.atomic
def set_link(*, group: Group, by: User, link: str) -> Group:
    """Say where the group meets in another program; "": nowhere. Whoever is in a session of it gets the link at once.

    Raises Refusal (not_theirs, no_address).
    """
    if not groups_led(by).filter(pk=group.pk).exists():
        raise Refusal(_("Only the leaders of this group can do that."), "not_theirs")
    link = link.strip()
    if link:
        try:
            _well_formed(link)
        except ValidationError:
            raise Refusal(
                _("That is no address of a meeting. Copy the whole link; it begins with https://"), "no_address", "link"
            ) from None
    locked = Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    if locked.meeting_url != link:
        locked.meeting_url = link
        locked.save(update_fields=["meeting_url"])
        for room in Room.objects.running().filter(session__group=locked, backend=Backend.LINK):
            with deed(room, None) as doing:
                doing.tell("media.link")
    return locked
