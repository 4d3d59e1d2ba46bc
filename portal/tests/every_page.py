"""Every page a person in care can come to, for tests that walk them all. A new route of the portal is walked, or fails here.

The rows are those of the access list (`tests.test_access.build_world`, `tests.examples`), where each address has its example.
"""

import datetime as dt
import time
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.urls import reverse
from django.utils import timezone

from accounts.access import every_view
from rooms.models import Participant, Room
from scheduling.models import OpenHours
from scheduling.services import free_times
from tests.examples.rooms import own
from tests.test_access import _kwargs, _parameters, build_world

# Not pages: what is only posted to, fragments, and ways that lead on at once.
NO_PAGES = {
    "portal:room_ask",
    "portal:accept_offer",
    "portal:decline_offer",
    "portal:number",
    "portal:browsers",
    "portal:join_appointment",
    *(f"portal:journal_{deed}" for deed in ("keys", "entries", "entry", "delete", "keep", "share", "unshare")),
    "portal:message_file",
    "portal:library_recording",
    "portal:homework_save",
    "portal:boards",  # of one board, straight to it
    "portal:board_news",
    "portal:ask_seat",
    "portal:take_back_seat",
    "portal:record_withheld",
}
FRAGMENTS = {"portal:room_check"}
# In a browser the live room needs its own process (rooms/tests); as a page it is here.
ROOM = "portal:room"
ACCOUNT = ("/account/password/change/", "/account/2fa/", "/account/2fa/totp/activate/", "/account/logout/")
SIGNED_OUT = ("/account/login/", "/account/password/reset/", "/account/password/reset/done/", "/account/signup/")


@dataclass(frozen=True, slots=True)
class Page:
    """One address, and its route's name for file names and messages."""

    name: str
    url: str


@pytest.fixture
def world(house, clock, settings):
    """The house after Tuesday's sessions, with an example of everything."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "555 0100"
    return build_world(house, clock)


@pytest.fixture
def committed_world(committed_house, clock, settings):
    """The same, committed, for a browser."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "555 0100"
    return build_world(committed_house, clock)


def portal_pages(house, sessions, *, fragments: bool = False) -> list[Page]:
    """Every page of the portal, with Pat's examples."""
    found = []
    for _route, name, pattern in every_view():
        if not name.startswith("portal:") or name in NO_PAGES or (name in FRAGMENTS and not fragments):
            continue
        kwargs = _kwargs(name, _parameters(pattern), "own", house, sessions)
        asks = f"?at={quote(_free_time(house))}" if name == "portal:pick" else ""
        found.append(Page(name.partition(":")[2], reverse(name, kwargs=kwargs) + asks))
    return found


def _free_time(house) -> str:
    """A time that can be picked, as its page is asked for it."""
    hours = OpenHours.objects.filter(provider=house.alice)
    first = timezone.localdate() + dt.timedelta(days=2)
    free = free_times(patient=house.pat, hours=hours, first=first, last=first + dt.timedelta(days=14))
    return free[0].starts_at.isoformat()


def make_ready(page: Page, house, sessions) -> None:
    """What a page needs that another one rules out: at the door of the room one has not knocked, in it one is let in."""
    mine = Participant.objects.filter(pk=own(sessions["own"], house.pat).pk)
    mine.update(state="preparing" if page.name == "door" else "in")
    Room.objects.filter(participants__in=mine).update(check_opened_at=timezone.now())


def as_just_signed_in(client) -> None:
    """Pages on how one signs in ask again who one is, unless that was a moment ago."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session.save()


def account_pages() -> list[Page]:
    """Pages of one's own account, as somebody in care sees them."""
    return [Page("account-" + url.strip("/").split("/", 1)[1].replace("/", "-"), url) for url in ACCOUNT]
