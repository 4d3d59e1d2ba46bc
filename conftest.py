"""Fixtures of the whole house: the cast and their week, on the real Postgres.

Alice leads the group and is Pat's and Quinn's primary clinician; Bob supervises her; Charlie is a clinician of the same program
who knows none of them. Pat and Quinn are patients in one group; Robin is a patient of Charlie's. The clock stands at Monday,
2 March 2026, 8:00 in Los Angeles, an hour before the group meets; the clock change comes on the 8th.
"""

import datetime as dt
import zoneinfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from tests.factories import House, build_house

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
MONDAY_8 = dt.datetime(2026, 3, 2, 8, 0, tzinfo=PACIFIC)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit empty the tables afterwards; sealed tables allow that in this database only."""
    with django_db_blocker.unblock():
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET iop.may_truncate = 'on'")
            cursor.execute("SET iop.may_truncate = 'on'")
        call_command("createcachetable", verbosity=0)


@pytest.fixture
def clock():
    """The clock, standing at Monday 8:00; move it with `clock.move_to(...)` or `clock.shift(...)`."""
    with time_machine.travel(MONDAY_8, tick=False) as traveller:
        yield traveller


@pytest.fixture
def house(db, clock) -> House:
    """The cast and their week."""
    return build_house()


@pytest.fixture
def committed_house(transactional_db, clock) -> House:
    """The same, committed, for tests with several connections."""
    return build_house()
