"""Follow-ups: one open for each."""

from clinical.models import FollowUp
from clinical.services.followups import open_follow_up


def make(house, sessions) -> None:
    """Both were quiet."""
    for side, episode, clinician in (
        ("own", house.pat_episode, house.alice),
        ("other", house.robin_episode, house.charlie),
    ):
        open_follow_up(
            episode=episode, session=sessions[side], reason="quiet", by=clinician, words="Quieter than usual"
        )


def uids(patient, session, leader) -> dict:
    """Of the patient's task."""
    return {
        "clinical:open_follow_up": session.uid,
        "clinical:add_follow_up": patient.uid,
        "clinical:follow_up": FollowUp.objects.get(patient=patient).uid,
    }
