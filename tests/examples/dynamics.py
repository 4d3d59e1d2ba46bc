"""The leaders' workspace: both groups observed, and each leader with a note of their own."""

from django.utils import timezone

from clinical.models import GroupObservation, PsychotherapyNote


def make(house, sessions) -> None:
    """Both sessions."""
    for side, leader in (("own", house.alice), ("other", house.charlie)):
        GroupObservation.objects.create(session=sessions[side], climate=3, written_by=leader, text="Warm, some silence")
        PsychotherapyNote.objects.create(author=leader, about_on=timezone.localdate(), text="My own thoughts")


def uids(patient, session, leader) -> dict:
    """Of the session's group and its leader."""
    return {
        "clinical:workspace": session.group.uid,
        "clinical:observe": session.uid,
        "clinical:private_note": PsychotherapyNote.objects.get(author=leader).uid,
    }
