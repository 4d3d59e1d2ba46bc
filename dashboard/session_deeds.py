"""What somebody can do about a session: the one or two things that come now, and all the others in a menu."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Can, allows
from clinical.queries import Stage
from scheduling.models import Session


@dataclass(frozen=True, slots=True, eq=False)
class Deed:
    """A page that does something with a session. is_apart: it changes the session itself, and stands apart in the menu."""

    page: str
    icon: str
    label: str | Promise
    address: str = ""
    is_apart: bool = False

    def of(self, session: Session) -> "Deed":
        """The same, of this session."""
        return Deed(self.page, self.icon, self.label, reverse(self.page, args=[session.uid]), self.is_apart)


ROOM = Deed("rooms:room", "door-enter", _("Open the room"))
ROLL_CALL = Deed("clinical:roll_call", "checkbox", _("Roll-call"))
NOTES = Deed("clinical:notes", "notes", _("Notes"))
AGENDA = Deed("rooms:plan_session", "list-check", _("Agenda"))
OBSERVE = Deed("clinical:observe", "chart-dots", _("How was the group?"))
HANDOUTS = Deed("rooms:handouts_of_session", "file-text", _("Handouts"))
MESSAGES = Deed("dashboard:session_messages", "mail", _("Messages"))
VISITOR = Deed("scheduling:visitor", "user-plus", _("Add a visitor"))
MOVE = Deed("scheduling:move", "calendar-time", _("Move"), is_apart=True)
CHANGE = Deed("scheduling:change_session", "pencil", _("Change"), is_apart=True)
CANCEL = Deed("scheduling:cancel", "calendar-cancel", _("Cancel"), is_apart=True)

# What comes now, the first of it as the main button. Whoever may do none of it finds everything in the menu.
NOW = {
    Stage.CANCELLED: (),
    Stage.COMING: (ROOM, AGENDA),
    Stage.NOW: (ROOM, ROLL_CALL),
    Stage.ROLL_CALL: (ROLL_CALL, ROOM),
    Stage.NOTES: (NOTES, ROOM),
    Stage.DONE: (NOTES, ROOM),
}
MENU = (AGENDA, ROLL_CALL, NOTES, OBSERVE, HANDOUTS, MESSAGES, VISITOR, MOVE, CHANGE, CANCEL)


@dataclass(frozen=True, slots=True)
class Deeds:
    """Buttons (main: the first of them is the main one), and what is in the menu."""

    buttons: tuple[Deed, ...]
    more: tuple[Deed, ...]
    main: bool


def deeds_of(user, session: Session, stage: Stage, *, documents: bool, room_open: bool) -> Deeds:
    """What the person can do about a session they see. documents: whether they may document it; room_open: whether its door is
    open to them. No query."""
    possible = _possible(user, stage, documents=documents, room_open=room_open)
    buttons = [deed for deed in NOW[stage] if deed in possible]
    more = [deed for deed in MENU if deed in possible and deed not in buttons]
    if len(more) == 1:  # a menu of one is a button
        buttons, more = [*buttons, *more], []
    # An agenda may be planned and what is documented may be read: neither is owed.
    main = bool(buttons) and buttons[0] in (ROOM, ROLL_CALL, NOTES) and stage != Stage.DONE
    return Deeds(tuple(d.of(session) for d in buttons), tuple(d.of(session) for d in more), main)


def _possible(user, stage: Stage, *, documents: bool, room_open: bool) -> set[Deed]:
    is_on, begun = stage != Stage.CANCELLED, stage not in (Stage.CANCELLED, Stage.COMING)
    coming, leads = stage == Stage.COMING, documents and allows(user, Can.LEAD_ROOM)
    found = {
        ROOM: room_open,
        AGENDA: coming and leads,
        ROLL_CALL: begun and documents and allows(user, Can.TAKE_ATTENDANCE),
        NOTES: begun and documents and allows(user, Can.WRITE_NOTES),
        OBSERVE: begun and documents and allows(user, Can.LEAD_WORKSPACE),
        HANDOUTS: is_on and allows(user, Can.LEAD_ROOM),
        MESSAGES: allows(user, Can.SEE_DELIVERIES),
        VISITOR: coming and allows(user, Can.MANAGE_MEMBERS),
        MOVE: coming and allows(user, Can.MANAGE_SCHEDULE),
        CHANGE: coming and allows(user, Can.MANAGE_SCHEDULE),
        CANCEL: coming and allows(user, Can.MANAGE_SCHEDULE),
    }
    return {deed for deed, may in found.items() if may}
