"""A leader's quick impressions during a session, 0-4: a hint beside the rating in the note, and never that rating."""

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, deed
from rooms.models import Participant, QuickRating, Room
from rooms.wire import LEADERS


def rate(*, by: Participant, participant: Participant, scale: QuickRating.Scale, value: int) -> QuickRating:
    """Rate somebody in care, 0-4; the newest counts. Raises Refusal (over, not_a_leader, not_a_member, out_of_range)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        one = Participant.objects.get(pk=participant.pk, room=doing.room)
        if one.patient_id is None:
            raise Refusal(_("Only those in care are rated."), "not_a_member")
        if value not in range(5):
            raise Refusal(_("Choose 0 to 4."), "out_of_range", "value")
        made = QuickRating.objects.create(participant=one, scale=scale, value=value, by=doing.by.user, at=doing.now)
        doing.tell("rating", {"key": one.key, "scale": scale, "value": value}, to=LEADERS)
        return made


def latest_of(room: Room) -> dict[str, dict[str, int]]:
    """The newest rating of each person (key) on each scale; what was not rated is not there. One query."""
    found: dict[str, dict[str, int]] = {}
    rows = (
        QuickRating.objects.filter(participant__room=room)
        .order_by("participant_id", "scale", "-at", "-pk")
        .distinct("participant_id", "scale")
    )
    for key, scale, value in rows.values_list("participant__key", "scale", "value"):
        found.setdefault(key, {})[scale] = value
    return found
