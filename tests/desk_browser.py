"""Shared by the tests of staff's pages in a real browser."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings as django_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.desk import browser_of
from tests.factories import House, build_house


@pytest.fixture(scope="module")
def chrome():
    """One browser for a file."""
    with chromium() as found:
        yield found


@pytest.fixture
def held(transactional_db, live_server, settings) -> House:
    """The cast behind a server, admitted eight days ago: the Monday since then is over and nothing of it is recorded."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    with time_machine.travel(timezone.now() - dt.timedelta(days=8), tick=False):
        return build_house()


def open_as(chrome: Browser, server, user, **context) -> tuple[Page, list[str]]:
    """A page of somebody signed in, and what its console complains about from now on."""
    opened = chrome.new_context(base_url=server.url, reduced_motion="reduce", **context)
    name = django_settings.SESSION_COOKIE_NAME
    opened.add_cookies([{"name": name, "value": browser_of(user).cookies[name].value, "url": server.url}])
    page = opened.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    return page, complaints
