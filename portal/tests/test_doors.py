"""What holds for every patient page: whose it is, what it never shows, what it is called."""

import datetime as dt
import re

import pytest

from accounts.access import Can, every_view, stamp_of
from clinical.models import Status
from clinical.services import RollCallRow, take_attendance
from portal.tests.helpers import text

pytestmark = pytest.mark.django_db
PAGES = [
    *("/my/", "/my/week/", "/my/hours/", "/my/details/"),
    *("/my/start/", "/my/start/devices/", "/my/start/pages/listening/", "/my/papers/"),
    *("/my/day/", "/my/days/", "/my/milestones/"),
    "/my/more/",
    *("/my/library/", "/my/homework/"),
    *("/my/month/", "/my/seats/", "/my/goals/", "/my/circle/"),
    *("/my/record/", "/my/record/notes/", "/my/record/plans/", "/my/record/answers/", "/my/record/looked/"),
    *("/my/record/corrections/", "/my/record/corrections/new/"),
]


@pytest.fixture
def everything(house, clock):
    """Pat and Quinn attended Monday together."""
    clock.shift(dt.timedelta(hours=3))
    rows = [RollCallRow(p.pk, Status.PRESENT, 75, 3) for p in (house.pat, house.quinn)]
    take_attendance(session=house.session, rows=rows, by=house.alice)


@pytest.mark.parametrize("url", PAGES)
def test_peers_are_never_shown(client, house, everything, url):
    client.force_login(house.pat.user)
    page = text(client.get(url))
    assert "Quinn" not in page and "Quill" not in page and str(house.quinn.uid) not in page
    assert house.quinn.user.email not in page


@pytest.mark.parametrize("url", PAGES)
def test_staff_and_strangers_are_kept_out(client, house, url):
    assert client.get(url).status_code == 302
    client.force_login(house.alice)
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("url", PAGES)
def test_no_style_attribute_and_no_inline_script(client, house, everything, url):
    client.force_login(house.pat.user)
    page = client.get(url).content.decode()
    assert " style=" not in page and not re.search(r"\son\w+=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize("url", PAGES)
def test_the_title_is_neutral(client, house, url):
    client.force_login(house.pat.user)
    title = re.search(r"<title>(.*?)</title>", client.get(url).content.decode()).group(1)
    assert title.endswith("· My schedule")
    assert not re.search(r"pat|group|recovery|iop|program|therapy", title, re.I)


def test_no_address_names_what_this_is():
    routes = [route for route, name, _pattern in every_view() if name.startswith("portal:")]
    assert len(routes) == 84
    assert not any(re.search("group|recovery|iop", route) for route in routes)


def test_every_view_is_stamped():
    stamps = {stamp_of(p.callback) for _route, name, p in every_view() if name.startswith("portal:")}
    assert stamps == {Can.USE_PORTAL}
