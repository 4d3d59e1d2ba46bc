"""Handouts: made for a group or one session, opened for all in its room at a page, kept whiteboards among them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from groups.models import Group
from rooms.deeds import By, deed
from rooms.drawings import clean_drawing
from rooms.models import Handout, HandoutShown, Participant, Room
from rooms.pages import pages_of
from rooms.services.chat import all_agreed
from rooms.services.passes import STAYS_OPEN, policy_of
from rooms.wire import LEADERS
from scheduling.models import Session

LONGEST_TITLE, LONGEST_TEXT, MOST_PAGES = 120, 40_000, 60


@transaction.atomic
def make_handout(
    *, by: User, title: str, text: str, group: Group | None = None, session: Session | None = None
) -> Handout:
    """Make a handout for every session of a group, or for one session. text: pages, divided by a line of three dashes.

    Raises Refusal (no_title, no_text, too_long).
    """
    handout = Handout(group=group, session=session, made_by=by, **_checked(title, text))
    handout.save()
    _tell_rooms(handout)
    return handout


@transaction.atomic
def change_handout(*, handout: Handout, title: str, text: str) -> Handout:
    """Word it anew; a kept whiteboard's title alone. Raises Refusal (withdrawn, no_title, no_text, too_long)."""
    locked = Handout.objects.select_for_update(no_key=True).get(pk=handout.pk)
    if locked.withdrawn_at:
        raise Refusal(_("This handout was withdrawn."), "withdrawn")
    values = _checked(title, text, drawn=bool(locked.drawing))
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(values))
    _tell_rooms(locked)
    return locked


@transaction.atomic
def withdraw_handout(*, handout: Handout) -> None:
    """Take it back: it can't be opened any more, and where it is open it is closed. What it said stays on the record."""
    locked = Handout.objects.select_for_update(no_key=True).get(pk=handout.pk)
    if locked.withdrawn_at:
        return
    locked.withdrawn_at = timezone.now()
    locked.save(update_fields=["withdrawn_at"])
    _tell_rooms(locked)


def _checked(title: str, text: str, *, drawn: bool = False) -> dict:
    title, text = " ".join(title.split()), text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not title:
        raise Refusal(_("Give it a title."), "no_title", "title")
    if len(title) > LONGEST_TITLE:
        raise Refusal(_("The title is too long."), "too_long", "title")
    if drawn:
        return {"title": title}
    pages = len(pages_of(text))
    if not pages:
        raise Refusal(_("Write what it says."), "no_text", "text")
    if len(text) > LONGEST_TEXT or pages > MOST_PAGES:
        raise Refusal(_("That is too long for one handout. Make two of it."), "too_long", "text")
    return {"title": title, "text": text}


def _tell_rooms(handout: Handout) -> None:
    """The rooms where it may be opened at this moment: there its leaders hear of it, and everybody when it is gone."""
    rooms = Room.objects.running().filter(session__ends_at__gt=timezone.now() - STAYS_OPEN)
    theirs = {"session": handout.session_id} if handout.session_id else {"session__group": handout.group_id}
    for room in rooms.filter(**theirs).order_by("pk"):
        with deed(room, None, over_too=True) as doing:
            if handout.withdrawn_at is None:
                doing.tell("handout.shelf", on_shelf(handout), to=LEADERS)
                continue
            if doing.room.handouts_shown.filter(handout=handout, closed_at=None).update(closed_at=doing.now):
                doing.tell("handout.close", {})
            doing.tell("handout.gone", {"id": str(handout.uid)})


def open_handout(*, by: Participant, handout: Handout, page: int = 1) -> HandoutShown:
    """Open it for all at a page; one that was open is closed. Raises Refusal (over, not_a_leader, no_handout)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        found = Handout.objects.of_session(doing.room.session).filter(pk=handout.pk).first()
        if found is None:
            raise Refusal(_("There is no such handout here."), "no_handout")
        doing.room.handouts_shown.filter(closed_at=None).update(closed_at=doing.now)
        page = min(max(page, 1), page_count(found))
        shown = HandoutShown.objects.create(room=doing.room, handout=found, page=page, opened_at=doing.now)
        doing.tell("handout.open", as_told(shown))
    return shown


def turn_page(*, by: Participant, page: int) -> None:
    """Go to a page of what is open; whoever follows goes with it. Raises Refusal (over, not_a_leader, nothing_open)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        shown = doing.room.handouts_shown.filter(closed_at=None).select_related("handout").first()
        if shown is None:
            raise Refusal(_("No handout is open."), "nothing_open")
        page = min(max(page, 1), page_count(shown.handout))
        if page != shown.page:
            shown.page = page
            shown.save(update_fields=["page"])
            doing.tell("handout.page", {"id": str(shown.handout.uid), "page": page})


def close_handout(*, by: Participant) -> None:
    """Close what is open; everybody can still read it for themselves. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        if doing.room.handouts_shown.filter(closed_at=None).update(closed_at=doing.now):
            doing.tell("handout.close", {})


def read_handout(*, by: Participant, uid) -> Handout:
    """A handout as somebody in the room may read it: leaders those of their session, others what was opened in it.

    Raises Refusal (no_handout).
    """
    found = Handout.objects.of_session(by.room.session).filter(uid=uid)
    if not by.is_leader:
        found = found.filter(shown_in__room=by.room_id)
    handout = found.first()
    if handout is None:
        raise Refusal(_("There is no such handout here."), "no_handout")
    return handout


def keep_drawing(*, by: Participant, title: str, svg: str) -> Handout:
    """Keep a whiteboard as a handout of the session, where the program keeps them and everybody has agreed.

    svg: as our whiteboard writes it; it is read and written anew. Raises Refusal (over, not_a_leader, not_kept, no_title,
    too_long, not_a_drawing).
    """
    drawing, values = clean_drawing(svg), _checked(title, "", drawn=True)
    with deed(by.room_id, by, By.LEADER) as doing:
        program = doing.room.session.group.program_id
        if not (policy_of(program).board_keeps and all_agreed(doing.room)):
            raise Refusal(_("Whiteboards are not kept here."), "not_kept")
        handout = Handout.objects.create(session=doing.room.session, drawing=drawing, made_by=doing.by.user, **values)
        doing.tell("handout.shelf", on_shelf(handout), to=LEADERS)
    return handout


def page_count(handout: Handout) -> int:
    """How many pages it has; a drawing has one."""
    return max(1, len(pages_of(handout.text)))


def on_shelf(handout: Handout) -> dict:
    """A handout as leaders see it among those they can open."""
    return {
        "id": str(handout.uid),
        "title": handout.title,
        "pages": page_count(handout),
        "drawn": bool(handout.drawing),
    }


def as_told(shown: HandoutShown) -> dict:
    """What is open, as everybody is told of it."""
    return on_shelf(shown.handout) | {"page": shown.page}
