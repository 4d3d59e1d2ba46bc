"""Exercises that bring somebody back to here and now, shown to all or to one. That one was shown is not stored, so it is news and
never in the picture: it is for this moment, and an exercise that came up minutes later would startle."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refusal
from rooms import wire
from rooms.deeds import By, deed
from rooms.models import Participant
from rooms.wire import ALL


class Exercise(models.TextChoices):
    """Our own texts, in `templates/rooms/panels/_grounding.html`."""

    SENSES = "senses", gettext_lazy("Five senses")
    BOX = "box", gettext_lazy("Box breathing")
    FEET = "feet", gettext_lazy("Feet on the floor")


def show(*, by: Participant, exercise: str, participant: Participant | None = None) -> None:
    """Show an exercise to everybody, or to one person alone. Raises Refusal (over, not_a_leader, no_exercise, not_here,
    reconnecting: Redis, which would carry it, is away)."""
    wire.need_redis(_("It could not be shown just now. Say it aloud, or try again."))
    with deed(by.room_id, by, By.LEADER) as doing:
        if exercise not in Exercise.values:
            raise Refusal(_("There is no such exercise."), "no_exercise")
        to = ALL
        if participant is not None:
            one = Participant.objects.get(pk=participant.pk, room=doing.room)
            if not one.is_in:
                raise Refusal(_("They are not in the room."), "not_here")
            to = (one.key,)
        doing.tell("ground", {"exercise": exercise, "from": doing.by.shown, "all": participant is None}, to=to)
