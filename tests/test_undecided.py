"""What the files alone do not show leaves its criterion open; it never passes unseen."""

from pathlib import Path

from checks.finding import RungName
from checks.loaders import load
from checks.review import review
from checks.tree import SourceTree
from checks.verdict import Status, Verdict

EXAMPLE = Path(__file__).resolve().parent / "examples" / "experiment"


def reviewed(**changed: tuple[str, str]) -> Verdict:
    """The clean example with one text in each named file of ``src`` replaced, under the static rung's word alone."""
    tree = load(str(EXAMPLE))
    files = dict(tree.files)
    for name, (old, new) in changed.items():
        path = f"src/{name}.py"
        assert old in files[path].decode()
        files[path] = files[path].decode().replace(old, new).encode()
    return review(SourceTree(files, tree.unread), required=[RungName.STATIC])


def statuses(files: dict[str, bytes]) -> tuple[Verdict, dict[str, Status]]:
    verdict = review(SourceTree(files), required=[RungName.STATIC])
    return verdict, {criterion.id: criterion.status for criterion in verdict.criteria}


def test_a_criterion_does_not_pass_without_the_code_that_it_is_about() -> None:
    files = {path: data for path, data in load(str(EXAMPLE)).files.items() if path != "src/train.py"}
    verdict, status = statuses(files)
    assert {"wandb", "modes", "hydra", "data-pipeline"} <= {c for c in status if status[c] is Status.NOT_ASSESSED}
    assert status["file-structure"] is Status.FAIL
    assert status["evaluation-independence"] is Status.PASS
    assert "src/train.py cannot be looked into" in verdict.issue


def test_nothing_is_said_to_be_absent_from_code_that_cannot_be_read() -> None:
    files = dict(load(str(EXAMPLE)).files)
    for path in ("src/main.py", "src/train.py", "src/evaluate.py"):
        files[path] += b"\ndef broken(:\n"
    verdict, status = statuses(files)
    assert {finding.rule for finding in verdict.findings if finding.blocks} == {
        "complete-implementation/does-not-parse"
    }
    assert status["modes"] is Status.NOT_ASSESSED


def test_a_configuration_folder_that_only_running_shows_leaves_hydra_open() -> None:
    assert reviewed().exit_status == 0
    verdict = reviewed(main=('config_path="../config"', "config_path=__import__('os').environ['FOLDER']"))
    (hydra,) = [criterion for criterion in verdict.criteria if criterion.id == "hydra"]
    assert hydra.status is Status.NOT_ASSESSED
    assert "uv run python -m src.main" in hydra.detail
    assert verdict.exit_status == 3
