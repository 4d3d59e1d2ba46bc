"""`script/bench` starts: its settings are the house's with few changes, and every bench is there. What it measures is free."""

import os
import subprocess
import sys

import pytest

from bench.__main__ import BENCHES
from iop.env import BASE_DIR

STARTED = "import django, importlib, sys; django.setup(); print(callable(importlib.import_module(sys.argv[1]).run))"


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_starts(name):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    command = [sys.executable, "-c", STARTED, f"bench.{name}"]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr
