"""The plugin that fails a run in which a test was skipped."""

import subprocess
import sys

import pytest

from iop.env import BASE_DIR


def run(tmp_path, content: str, *arguments: str) -> subprocess.CompletedProcess:
    (tmp_path / "test_it.py").write_text(f"import pytest\n{content}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:django", "-c", tmp_path / "pytest.ini", *arguments]
    return subprocess.run([*command, tmp_path / "test_it.py"], cwd=BASE_DIR, capture_output=True, text=True, timeout=60)


SKIPS = "def test_a(): pass\ndef test_b(): pytest.skip('no browser')"


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_skipped_test_fails_the_run(tmp_path, workers):
    result = run(tmp_path, SKIPS, "-p", "tests.no_skips", *workers)
    assert result.returncode == 1
    assert "SKIPPED, so the run fails" in result.stdout and "test_b" in result.stdout


def test_a_skipped_module_fails_the_run(tmp_path):
    content = "pytest.importorskip('no_such_module')\ndef test_a(): pass"
    assert run(tmp_path, content, "-p", "tests.no_skips").returncode != 0


def test_without_the_plugin_it_would_pass(tmp_path):
    """Negative control."""
    assert run(tmp_path, SKIPS).returncode == 0


def test_a_run_without_skips_passes(tmp_path):
    assert run(tmp_path, "def test_a(): pass", "-p", "tests.no_skips").returncode == 0
