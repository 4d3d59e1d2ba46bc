"""Handouts, over the socket."""

import uuid

from django.utils.translation import gettext as _
from pydantic import Field

from core.errors import Refusal
from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Handout, Participant, Room
from rooms.pages import pages_of
from rooms.services import handouts


class Which(Asked):
    """Which handout."""

    id: uuid.UUID


class AtPage(Which):
    """A handout, at a page."""

    page: int = Field(default=1, ge=1, le=1000)


class Page(Asked):
    """A page."""

    page: int = Field(ge=1, le=1000)


@command("handout.open", By.LEADER, AtPage)
def open_one(by: Participant, asked: AtPage) -> None:
    found = Handout.objects.of_session(by.room.session).filter(uid=asked.id).first()
    if found is None:
        raise Refusal(_("There is no such handout here."), "no_handout")
    handouts.open_handout(by=by, handout=found, page=asked.page)


@command("handout.turn", By.LEADER, Page)
def turn(by: Participant, asked: Page) -> None:
    handouts.turn_page(by=by, page=asked.page)


@command("handout.close", By.LEADER)
def close(by: Participant) -> None:
    handouts.close_handout(by=by)


@command("handout.read", By.ANYBODY_IN, Which)
def read(by: Participant, asked: Which) -> dict:
    """Its pages, for whoever asked: they go over the wire only to those who read them."""
    found = handouts.read_handout(by=by, uid=asked.id)
    return {"id": str(found.uid), "title": found.title, "pages": pages_of(found.text), "drawing": found.drawing}


@part("handouts")
def in_room(room: Room, viewer: Participant) -> dict:
    """What is open and at which page, what was opened so far; for leaders what they can open. Two queries at most."""
    shown = list(
        room.handouts_shown.filter(handout__withdrawn_at=None).select_related("handout").order_by("opened_at", "pk")
    )
    now = next((one for one in shown if one.closed_at is None), None)
    found = {
        "open": handouts.as_told(now) if now else None,
        "shown": list({one.handout_id: handouts.on_shelf(one.handout) for one in shown}.values()),
    }
    if viewer.is_leader:
        found["shelf"] = [handouts.on_shelf(one) for one in Handout.objects.of_session(room.session)]
    return found
