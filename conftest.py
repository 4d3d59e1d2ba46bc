"""Fixtures of the whole house: the cast and their week, on the real Postgres.

Alice leads the group and is Pat's and Quinn's primary clinician; Bob supervises her; Charlie is a clinician of the same program
who knows none of them. Pat and Quinn are patients in one group; Robin is a patient of Charlie's. The clock stands at Monday,
2 March 2026, 8:00 in Los Angeles, an hour before the group meets; the clock change comes on the 8th.
"""

import datetime as dt
import zoneinfo

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone
from hypothesis import HealthCheck, settings
from whitenoise.middleware import WhiteNoiseMiddleware

from tests.emptied import after_a_test
from tests.factories import House, build_house
from tests.standing import Standing

# How fast the machine is just now decides no test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
MONDAY_8 = dt.datetime(2026, 3, 2, 8, 0, tzinfo=PACIFIC)
standing = Standing(MONDAY_8)


def _turn(item) -> int:
    """Rooms first: they take longest on their worker, and time counts in them, so that only quick tests run beside. Pages in a
    browser last, app by app on either worker. (`script/test` keeps this order.)"""
    mark = item.get_closest_marker("xdist_group")
    group = mark.args[0] if mark else ""
    return 0 if group == "live" else 2 if group.startswith("browser") else 1


def pytest_collection_modifyitems(items) -> None:
    """In which order they run. Within a turn it stays as it was found."""
    items.sort(key=_turn)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item) -> None:
    """Before anything of a test touches the database."""
    standing.prepare(item)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit empty the tables afterwards; sealed tables allow that in this database only."""
    with django_db_blocker.unblock():
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET iop.may_truncate = 'on'")
            cursor.execute("SET iop.may_truncate = 'on'")
        call_command("createcachetable", verbosity=0)
        cache.clear()  # what tests of a run before counted (`--reuse-db`): the clock stands, so it would never run out
    standing.unblock = django_db_blocker.unblock
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", after_a_test)
        yield
    with django_db_blocker.unblock():
        standing.end()
    standing.unblock = None


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once():
    """WhiteNoise looks through all static files for every new client; during one run they stay the same."""
    found: dict = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def add(self) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture
def clock():
    """The clock, standing at Monday 8:00; move it with `clock.move_to(...)` or `clock.shift(...)`."""
    with time_machine.travel(MONDAY_8, tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(db, clock) -> House:
    """The cast and their week."""
    if (made := standing.copy()) is None:
        return build_house()
    if timezone.now() != MONDAY_8:
        pytest.fail(
            "The cast is made on Monday at 8:00: move the clock after asking for it, or build a house of your own."
        )
    return made


@pytest.fixture
def committed_house(transactional_db, clock) -> House:
    """The same, committed, for tests with several connections."""
    return build_house()
