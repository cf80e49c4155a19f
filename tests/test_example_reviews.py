"""The engine finds nothing in the example repositories, in any style; the command says so by its exit status."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.cli import app
from checks.finding import RungName
from checks.loaders import load
from checks.review import review
from tests.example_support import lay_out

TREES = [
    ("experiment", None),
    ("experiment", "in_process"),
    ("experiment", "composed"),
    ("base", None),
    ("base", "workers"),
    ("base", "coroutines"),
]


@pytest.mark.parametrize(("name", "style"), TREES)
def test_nothing_is_found(tmp_path: Path, name: str, style: str | None) -> None:
    tree = load(str(lay_out(name, tmp_path, style)))
    verdict = review(tree, required=[RungName.STATIC])
    assert verdict.profile == name
    assert [(finding.rule, finding.place, finding.message) for finding in verdict.findings] == []
    assert (verdict.ready, verdict.issue, verdict.exit_status) == (True, "", 0)


@pytest.mark.parametrize("name", ["experiment", "base"])
@pytest.mark.parametrize(("options", "status"), [([], 3), (["--require", "static"], 0)])
def test_command_says_so(tmp_path: Path, name: str, options: list[str], status: int) -> None:
    done = CliRunner().invoke(app, ["review", str(lay_out(name, tmp_path)), *options])
    assert done.exit_code == status, done.output
    assert ("not assessed" in done.output) is (status == 3)
