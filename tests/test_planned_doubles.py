"""A mock that the experiment's own design asks for is left to a reader's judgement."""

import pytest

from checks.context import Context
from checks.finding import Severity
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

RULE = rule("complete-implementation/placeholder-text")
CODE = "class MockPolicy:\n    def act(self, x):\n        return 2 * x\n\n\nMockPolicy()\n"


def severity(run: str) -> Severity | None:
    """How the mock is judged beside a run configuration."""
    files = {"src/train.py": CODE.encode(), "config/runs/a.yaml": run.encode()}
    (hit,) = RULE.check(Context(tree=SourceTree(files=files), profile=PROFILES["experiment"]))
    return hit.severity or RULE.severity


@pytest.mark.parametrize("run", ["prefer_mock_policy: false\n", "# a local/mock policy may serve\n", "a: MockPolicy\n"])
def test_is_advisory_where_a_run_speaks_of_it(run: str) -> None:
    assert severity(run) is Severity.ADVISORY


@pytest.mark.parametrize("run", ["policy: planner\n", "mock_data: true\n", "# mockpolicy\n"])
def test_blocks_where_no_run_does(run: str) -> None:
    assert severity(run) is Severity.BLOCKING
