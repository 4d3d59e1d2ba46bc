"""Nothing is lost, leaves twice or is silently uncertain, whoever is killed meanwhile. See `messaging.tests.chaos`."""

import json
import subprocess
import sys

import pytest
from django.db import connection

from core.tests.processes import environment
from iop.env import BASE_DIR, database_url

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.django_db]

BOUND = ("--seconds", "110")  # on a quiet machine it takes twenty
NEITHER = ("--postgres", "0", "--redis", "0")


def chaos(tmp_path, *options: str) -> dict:
    """What a run counted."""
    command = [
        sys.executable,
        "-m",
        "messaging.tests.chaos",
        "--source",
        database_url(connection.settings_dict),
        *options,
    ]
    ran = subprocess.run(command, env=environment(tmp_path), cwd=BASE_DIR, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr[-4000:]
    print(ran.stdout)
    return json.loads(ran.stdout.splitlines()[-1])


def test_whoever_is_killed_nothing_is_lost_or_doubled(tmp_path):
    count = chaos(tmp_path, "--deliveries", "2000", "--kills", "60", "--postgres", "3", "--redis", "3", *BOUND)
    assert (count["worker_kills"], count["postgres_kills"], count["redis_kills"]) == (60, 3, 4)
    assert count["planned"] >= 2000
    assert {name: count[name] for name in ("lost", "twice", "silent", "of_cancelled")} == {
        "lost": 0,
        "twice": 0,
        "silent": 0,
        "of_cancelled": 0,
    }
    assert all(count["taken"][channel] > 100 for channel in ("email", "sms", "in_app"))
    assert "email unknown" not in count["states"]  # it can be asked
    assert count["states"]["- skipped"] > 100  # of cancelled sessions
    assert count["woken_after_redis"]


def test_marking_before_sending_loses_some(tmp_path):
    """The negative control."""
    count = chaos(tmp_path, "--deliveries", "300", "--kills", "30", "--pause", "0.1", *NEITHER, *BOUND, "--mark-first")
    assert count["lost"] > 0
