"""What the pages of the schedule share. A form that comes back with errors answers 422."""

from collections.abc import Iterable

from django.contrib import messages
from django.shortcuts import get_object_or_404

from groups.models import Group
from scheduling.models import Session, Slot
from scheduling.services.licences import licence_warning


def visible_session(request, uid) -> Session:
    """The session, or 404 when the reader may not know of it."""
    return get_object_or_404(Session.objects.visible_to(request.user).select_related("group__program"), uid=uid)


def visible_group(request, uid) -> Group:
    """The group, or 404 when the reader may not know of it."""
    return get_object_or_404(Group.objects.visible_to(request.user).select_related("program"), uid=uid)


def visible_slot(request, uid) -> Slot:
    """The weekly slot of a group the reader may know of, or 404."""
    slots = Slot.objects.filter(group__in=Group.objects.visible_to(request.user))
    return get_object_or_404(slots.select_related("group__program", "lead", "co", "followed_by"), uid=uid)


def form_status(request) -> int:
    """The status of a page with a form: 422 when what was sent came back."""
    return 422 if request.method == "POST" else 200


def warn_of_licences(request, of: Group | Iterable[Session]) -> None:
    """Say which states nobody who leads the group's coming sessions (or these) is licensed in. It stops nothing."""
    if warning := licence_warning(of):
        messages.warning(request, warning)
