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


def forbidden_skips(reporter: pytest.TerminalReporter) -> list[str]:
    """Why tests were skipped where ``REFEREE_NO_SKIPS`` forbids it; ``REFEREE_MAY_SKIP`` is part of one good reason."""
    if not os.environ.get("REFEREE_NO_SKIPS"):
        return []
    allowed = os.environ.get("REFEREE_MAY_SKIP") or "\0"
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    return [reason for reason in reasons if allowed not in reason]


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say which skips fail the run, as ``pytest_sessionfinish`` makes them do."""
    yield
    for reason in forbidden_skips(terminalreporter):
        terminalreporter.write_line(f"a skip is a failure here (REFEREE_NO_SKIPS): {reason}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under ``REFEREE_NO_SKIPS`` a run with a skipped test fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and forbidden_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
