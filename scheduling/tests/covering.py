"""What the tests of cover share: somebody who could cover, and a week off."""

import datetime as dt

from accounts.services import set_staff_profile
from groups.models import Kind
from groups.services import qualify
from scheduling.models import CoverRequest, Session, TimeOff
from scheduling.services import take_time_off
from tests.factories import make_staff

NEXT_MONDAY = dt.datetime(2026, 3, 9, 7, tzinfo=dt.UTC)  # its midnight in Los Angeles, the night after the clock change
DAY = dt.timedelta(days=1)


def make_able(user, *states: str, kinds=tuple(Kind)):
    """Somebody licensed in these states (CA) and qualified for these kinds (all)."""
    licences = tuple({"state": state, "kind": "LMFT", "number": "X"} for state in states or ("CA",))
    set_staff_profile(user=user, credential="LMFT", supervisor=user.staff_profile.supervisor, licences=licences)
    qualify(user=user, kinds=kinds)
    return user


def able_staff(house, first: str, *states: str, **fields):
    """A new clinician of the program who could cover."""
    return make_able(make_staff(house.program, first=first), *states, **fields)


def second_session(house) -> Session:
    """The group's session of Monday, 9 March."""
    return Session.objects.filter(slot=house.slot).order_by("starts_at")[1]


def a_day_off(house, user=None, days: int = 1) -> TimeOff:
    """Alice (or `user`) is away from Monday, 9 March."""
    user = user or house.alice
    return take_time_off(user=user, starts_at=NEXT_MONDAY, ends_at=NEXT_MONDAY + days * DAY, by=user)


def request_of(session, part: str = "lead") -> CoverRequest:
    """The session's last request for cover."""
    return CoverRequest.objects.filter(session=session, part=part).latest("pk")
