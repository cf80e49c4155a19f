"""Large and tangled repositories: every rule comes to an end within its time and memory, and none stops."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.rung import Material
from checks.static.rung import StaticRung
from checks.tree import SourceTree
from checks.verdict import RungStatus
from tests.adversaries import KINDS, adversary

SCALE = 0.05
"""Of the size that an attacker would send, so that the suite stays quick; exponential costs show all the same."""
SECONDS = 30
SMALL = [kind for kind in KINDS if kind.startswith(("nested-", "doubling-inside-"))]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in SMALL])
def test_every_rule_ends_within_the_limits(kind: str) -> None:
    result = StaticRung().run(Material(SourceTree(adversary(kind, SCALE)), PROFILES["experiment"]))
    assert result.report.status is RungStatus.ANSWERED
    assert [why for why in result.undecided.values() if "stopped with" in why or "gave no answer" in why] == []
    assert result.report.seconds < SECONDS


@pytest.mark.parametrize("kind", SMALL)
def test_every_rule_answers_on_code_in_code(kind: str) -> None:
    context = Context(SourceTree(adversary(kind, SCALE)), PROFILES["experiment"])
    assert [finding for rule in rules_for("experiment") for finding in rule.findings(context)]
