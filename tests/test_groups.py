"""Tests that must not run beside each other don't: a pytest that pytest-xdist is deaf to lets browsers and killed servers loose
on each other without a word."""

import os
import subprocess
import sys

MARKED = """
import os
from pathlib import Path
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("n", range(8))
def test_that_says_where_it_runs(n):
    (Path(__file__).parent / f"{os.environ['PYTEST_XDIST_WORKER']}-{n}").touch()

@pytest.mark.parametrize("n", range(8))
def test_beside_them(n):
    pass
"""


def test_a_group_stays_on_one_worker(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_marked.py").write_text(MARKED)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-q", "-p", "no:django", tmp_path]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=tmp_path, env=ours, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [path.name.split("-") for path in tmp_path.glob("gw*-*")]
    assert len(ran) == 8 and len({worker for worker, _n in ran}) == 1, ran
