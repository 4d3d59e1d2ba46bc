"""What the pages of the schedule share. A form that comes back with errors answers 422."""

from django.shortcuts import get_object_or_404

from groups.models import Group
from scheduling.models import Session, Slot


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
