"""What a program allows in its rooms."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Program, User
from core.errors import Refusal
from rooms import media
from rooms.models import Keeps, RoomPolicy
from rooms.services.agreements import in_force


@transaction.atomic
def set_policy(*, program: Program, by: User, agreed: bool = False, **rules) -> RoomPolicy:
    """Set a program's rules of rooms (fields of RoomPolicy). Rooms that are open keep what carries their sound and pictures.

    agreed: whoever sets them has seen to it that the agreement in force says what is kept; keeping more than before needs it.
    What is not set up carries nobody's sound and pictures. Raises Refusal (not_set_up, no_agreement, not_agreed, wrong).
    """
    Program.objects.select_for_update().get(pk=program.pk)
    policy = RoomPolicy.objects.filter(program=program).first() or RoomPolicy(program=program)
    before, carried_by = _kept(policy), policy.backend
    for name, value in rules.items():
        setattr(policy, name, value)
    if policy.backend != carried_by and policy.backend not in media.configured():
        raise Refusal(
            _(
                "That is not set up in this installation, so rooms would have no sound and pictures. Ask whoever runs it."
            ),
            "not_set_up",
            "backend",
        )
    if _kept(policy) - before:
        if in_force(program.pk) is None:
            raise Refusal(
                _("Words are kept only where an agreement in force says so. Write one first."), "no_agreement", "agreed"
            )
        if not agreed:
            raise Refusal(
                _("Confirm that the agreement in force tells people what is kept: they signed that one."),
                "not_agreed",
                "agreed",
            )
    try:
        policy.full_clean(exclude=["program"])
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise Refusal(" ".join(error.message_dict[field]), "wrong", field) from None
    policy.save()
    return policy


def _kept(policy: RoomPolicy) -> set[str]:
    """What is kept of what people write."""
    kept = {"chat": policy.chat_keeps == Keeps.TEXT, "polls": policy.poll_keeps, "boards": policy.board_keeps}
    return {what for what, is_kept in kept.items() if is_kept}


def kept_words(policy: RoomPolicy) -> list[str]:
    """What is kept, as sentences for those who come in; none when nothing is."""
    said = {
        "chat": _("What is written in the chat is kept."),
        "polls": _("Answers to polls are kept."),
        "boards": _("Drawings on the shared board are kept as handouts."),
    }
    kept = _kept(policy)
    return [words for what, words in said.items() if what in kept]
