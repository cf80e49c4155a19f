"""The composite action and the pre-commit hook give authors the answer of the pull request's check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.example_support import EXAMPLES

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / ".github" / "actions" / "review"
REFEREE = Path(sys.executable).with_name("referee")


def test_action_satisfies_the_published_schema() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", ACTION / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_input_is_put_into_a_script() -> None:
    for step in yaml.safe_load((ACTION / "action.yml").read_text())["runs"]["steps"]:
        assert "${{" not in step["run"]


def run(folder: Path, tree: str, **inputs: str) -> tuple[int, str, dict[str, str]]:
    env = {"TREE": tree, "PROFILE": "auto", "BASE": "", "REQUIRE": "static", "CONFIG": "", **inputs}
    env |= {"PATH": os.environ["PATH"], "REFEREE": str(REFEREE), "RUNNER_TEMP": str(folder)}
    env |= {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    done = subprocess.run(
        ["bash", ACTION / "review.sh"], env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    lines = (folder / "output").read_text().splitlines()
    return done.returncode, done.stdout + done.stderr, dict(line.split("=", 1) for line in lines)


def test_clean_tree_is_ready_with_summary_and_sarif(tmp_path: Path) -> None:
    status, log, outputs = run(tmp_path, str(EXAMPLES / "experiment"))
    assert (status, outputs["ready"]) == (0, "true")
    assert "::notice title=referee::Ready" in log
    assert (tmp_path / "summary").read_text().startswith("## Ready")
    assert Path(outputs["sarif"]).is_file()


def test_faulty_tree_fails_with_annotations(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "config").mkdir(parents=True)
    (tree / "config/config.yaml").write_text("run: [")
    status, log, outputs = run(tmp_path, str(tree))
    assert (status, outputs["ready"]) == (1, "false")
    assert "::error title=hydra/invalid-yaml,file=config/config.yaml,line=1" in log


@pytest.mark.parametrize("hostile", ["$(touch owned)", "--output=owned", "; touch owned", "`touch owned`"])
def test_hostile_input_is_a_path_and_nothing_else(tmp_path: Path, hostile: str) -> None:
    status, log, outputs = run(tmp_path, hostile)
    assert (status, outputs) == (2, {"ready": "false"})
    assert "does not exist" in log
    assert not list(ROOT.glob("owned"))


def test_hooks_run_the_command_that_the_readme_names(tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in hooks} == {"referee", "referee-fix"}
    for hook in hooks:
        words = [str(REFEREE) if word == "referee" else word for word in hook["entry"].split()]
        done = subprocess.run(words, cwd=EXAMPLES / "base", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        empty = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (empty.returncode, "no profile fits" in empty.stderr) == (2, True)
