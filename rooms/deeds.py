"""What every deed in a room shares: the room's lock, whoever does it looked at again under it, and the telling."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import wire
from rooms.models import Participant, Room
from rooms.wire import ALL, News, Numbered


class By(Enum):
    """Who may do a deed."""

    LEADER = "a leader who is in"
    ANYBODY_IN = "anybody who is in"
    ANYBODY = "anybody with a ticket, at the door too"


@dataclass(slots=True)
class Deed:
    """A deed in course: the room as locked, who does it (None: the house itself), the moment, and what will be told."""

    room: Room
    by: Participant | None
    now: object
    news: list[News] = field(default_factory=list)

    def tell(self, kind: str, data: Mapping[str, object] | None = None, *, to: tuple[str, ...] = ALL) -> None:
        """Tell it when the deed is committed."""
        self.news.append(News(kind, data or {}, to))


@contextmanager
def deed(
    room: Room | int, by: Participant | None, who: By = By.ANYBODY_IN, *, over_too: bool = False
) -> Iterator[Deed]:
    """Do something in a room, and tell it in the order of the deeds. One transaction.

    The room's row is locked, and whoever does it is read again under the lock. over_too: may be done once the session is over.
    Raises Refusal (over, removed, not_in, not_a_leader).
    """
    room_id = room if isinstance(room, int) else room.pk
    with transaction.atomic():
        locked = (
            Room.objects.select_for_update(no_key=True, of=("self",)).select_related("session__group").get(pk=room_id)
        )
        if locked.is_over and not over_too:
            raise Refusal(_("This session is over."), "over")
        if by is not None:
            by = Participant.objects.select_related("user", "patient").get(pk=by.pk, room=locked)
            require(by, who)
        doing = Deed(locked, by, timezone.now())
        yield doing
        if doing.news:
            first = locked.seq + 1
            locked.seq += len(doing.news)
            locked.save(update_fields=["seq"])
            told = [Numbered(locked.pk, first + n, one) for n, one in enumerate(doing.news)]
            transaction.on_commit(lambda: wire.send(told))


def require(by: Participant, who: By) -> None:
    """Raises Refusal (removed, not_in, not_a_leader) unless this person may do such a deed now."""
    if by.state == Participant.State.REMOVED:
        raise Refusal(
            _("You are no longer in this session. Call the clinic if you think that is a mistake."), "removed"
        )
    if who is not By.ANYBODY and not by.is_in:
        raise Refusal(_("A leader lets you in first."), "not_in")
    if who is By.LEADER and not by.is_leader:
        raise Refusal(_("Only the leaders of this session can do that."), "not_a_leader")
