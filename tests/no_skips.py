"""pytest plugin: a run that skipped a test has failed. What can't run here is said, never passed over."""

import pytest


def pytest_terminal_summary(terminalreporter) -> None:
    for report in terminalreporter.getreports("skipped"):
        terminalreporter.write_line(f"SKIPPED, so the run fails: {report.nodeid}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.OK and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
