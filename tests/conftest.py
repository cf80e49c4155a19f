"""What all tests share: a skip is allowed on a user's machine and a failure where everything must run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Under ``REFEREE_NO_SKIPS`` say that a skip fails the run, as ``pytest_sessionfinish`` makes it do."""
    yield
    if os.environ.get("REFEREE_NO_SKIPS") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("skipped tests are failures here: REFEREE_NO_SKIPS is set", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under ``REFEREE_NO_SKIPS`` a run with a skipped test fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REFEREE_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
