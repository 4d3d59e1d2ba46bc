"""What somebody says of their own presence: stepped away for a moment, and back."""

from rooms.deeds import By, deed
from rooms.models import Participant, Spell


def step_away(*, by: Participant) -> None:
    """Step away for a moment; the others see it. Twice changes nothing. Raises Refusal (over, removed, not_in)."""
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        _spell, began = Spell.objects.get_or_create(
            participant=doing.by, kind=Spell.Kind.AWAY, ended_at=None, defaults={"began_at": doing.now}
        )
        if began:
            doing.tell("people.changed", {"key": doing.by.key, "away": True})


def come_back(*, by: Participant) -> None:
    """Be back. Twice changes nothing. Raises Refusal (over, removed, not_in)."""
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        away = Spell.objects.filter(participant=doing.by, kind=Spell.Kind.AWAY, ended_at=None)
        if away.update(ended_at=doing.now):
            doing.tell("people.changed", {"key": doing.by.key, "away": False})
