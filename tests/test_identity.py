"""A finding keeps its fingerprint when its code is moved or formatted anew, and not when it says something else."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

WRITTEN = """
import json, wandb


def finish(metrics, path):
    with open(path, 'w') as f:
        json.dump({'accuracy': metrics['accuracy'], "loss": metrics["loss"]}, f)
"""
MOVED = '"""Trains."""\n\nimport os\n' + WRITTEN.replace(
    "def finish", "def other():\n    return os.sep\n\n\ndef finish"
)
FORMATTED = """
import json
import wandb


def finish(metrics, path):
    with open(path, "w") as f:
        json.dump(
            {
                "accuracy": metrics["accuracy"],
                "loss": metrics["loss"],
            },
            f,
        )
"""
INDENTED = WRITTEN.replace("    with", "    if path:\n      with").replace("        json", "          json")
COMMENTED = WRITTEN.replace("    with open", "    # the results\n    with open")
CHANGED = WRITTEN.replace('"loss": metrics["loss"]', '"f1": metrics["f1"]')


def prints(text: str, path: str = "src/train.py", identifier: str = "wandb/json-dump-in-train") -> list[str]:
    context = Context(SourceTree.of({path: text}), PROFILES["experiment"])
    return [finding.fingerprint for finding in rule(identifier).findings(context)]


@pytest.mark.parametrize(
    "text", [MOVED, FORMATTED, INDENTED, COMMENTED], ids=["moved", "formatted", "in-if", "comment"]
)
def test_survives(text: str) -> None:
    assert len(prints(WRITTEN)) == 1
    assert prints(text) == prints(WRITTEN)


def test_other_code_is_another_finding() -> None:
    assert set(prints(CHANGED)).isdisjoint(prints(WRITTEN))


def test_the_same_code_twice_is_two_findings() -> None:
    twice = prints(WRITTEN + WRITTEN.partition("wandb\n")[2].replace("finish", "again"))
    assert len(set(twice)) == 2
    assert prints(WRITTEN)[0] in twice


def test_yaml_survives_quotes_spaces_and_moving() -> None:
    before = "run_id: a\noptuna:\n  search_space:\n    lr: {type: uniform, low: 1, high: 0}\n"
    after = "# the run\nrun_id: a\n\noptuna:\n    search_space:\n        lr: {type: 'uniform', low: 1,  high: 0}\n"
    found = prints(before, "config/runs/a.yaml", "configuration-files/search-space-invalid")
    assert found
    assert prints(after, "config/runs/a.yaml", "configuration-files/search-space-invalid") == found
