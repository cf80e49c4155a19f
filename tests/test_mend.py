"""Exact mends change the lines they name and nothing else, and a second review shows the findings gone."""

import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.cli import app
from checks.context import Context
from checks.finding import Finding, Fix, RungName, Severity, Waiver
from checks.loaders import load
from checks.mend import mended, write
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree, TreeError
from tests.example_support import EXAMPLES

FAULTY_PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11"

[project.dependencies]
hydra-core = "^1.3"
wandb = "^0.16"
"""


def finding(line: int, text: str | None, end_line: int | None = None, **changes: object) -> Finding:
    fields: dict[str, object] = {
        "rule": "hydra/invalid-yaml",
        "criterion": "hydra",
        "rung": RungName.STATIC,
        "severity": Severity.BLOCKING,
        "path": "a.py",
        "line": line,
        "end_line": end_line or line,
        "message": "m",
        "fix": Fix(summary="s", replacement=text),
        "fingerprint": "0" * 16,
    }
    return Finding.model_validate(fields | changes)


def result(before: bytes, *findings: Finding) -> bytes:
    changed, _ = mended(SourceTree.of({"a.py": before}), findings)
    return changed.get("a.py", before)


CASES: list[tuple[str, bytes, tuple[Finding, ...], bytes]] = [
    ("one line", b"a\nb\nc\n", (finding(2, "B"),), b"a\nB\nc\n"),
    ("more lines than before", b"a\nb\nc\n", (finding(2, "B\nBB"),), b"a\nB\nBB\nc\n"),
    ("fewer", b"a\nb\nc\nd\n", (finding(2, "B", 3),), b"a\nB\nd\n"),
    ("lines that go", b"a\nb\nc\n", (finding(2, "", 3),), b"a\n"),
    ("two places", b"a\nb\nc\n", (finding(1, "A\nA"), finding(3, "C")), b"A\nA\nb\nC\n"),
    ("the first of two that overlap", b"a\nb\nc\n", (finding(1, "A", 2), finding(2, "B")), b"A\nc\n"),
    ("carriage returns", b"a\r\nb\r\n", (finding(1, "A\nA"),), b"A\r\nA\r\nb\r\n"),
    ("no final newline", b"a\nb", (finding(2, "B"),), b"a\nB"),
    ("byte order mark", b"\xef\xbb\xbfa\nb\n", (finding(1, "A"),), b"\xef\xbb\xbfA\nb\n"),
    ("form feed is no line end", b"a\x0cb\nc\n", (finding(2, "C"),), b"a\x0cb\nC\n"),
    ("a line that is not there", b"a\n", (finding(7, "B"),), b"a\n"),
    ("lone carriage return", b"a\rb\nc\n", (finding(2, "B"),), b"a\rb\nc\n"),
    ("not UTF-8", b"a\n\xff\n", (finding(1, "A"),), b"a\n\xff\n"),
    ("no exact text", b"a\n", (finding(1, None),), b"a\n"),
    ("accepted", b"a\n", (finding(1, "A", waiver=Waiver(by="x", reason="y")),), b"a\n"),
]


@pytest.mark.parametrize(("before", "findings", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_only_the_named_lines_change(before: bytes, findings: tuple[Finding, ...], after: bytes) -> None:
    assert result(before, *findings) == after


def checkout(folder: Path, files: Mapping[str, str]) -> Path:
    for path, data in {**load(str(EXAMPLES / "experiment")).files, **{k: v.encode() for k, v in files.items()}}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def review(folder: Path, *options: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["review", str(folder), "--require", "static", "--format", "github", *options])
    return done.exit_code, done.stdout, done.stderr


def test_fix_mends_the_checkout_and_a_second_review_finds_it_gone(tmp_path: Path) -> None:
    folder = checkout(tmp_path, {"pyproject.toml": FAULTY_PROJECT})
    (folder / "pyproject.toml").chmod(0o640)
    before = contents(folder)
    assert "complete-implementation/pyproject-rejected" in review(folder)[1]
    assert contents(folder) == before
    _, after, said = review(folder, "--fix")
    assert "mended pyproject.toml:10 (complete-implementation/pyproject-rejected)" in said
    assert "pyproject-rejected" not in after
    changed = {path for path, data in contents(folder).items() if before.get(path) != data}
    assert changed == {"pyproject.toml"}
    assert stat.S_IMODE((folder / "pyproject.toml").stat().st_mode) == 0o640
    assert '"hydra-core>=1.3,<2"' in (folder / "pyproject.toml").read_text()
    again = contents(folder)
    assert review(folder, "--fix")[2] == ""
    assert contents(folder) == again


def test_fix_needs_a_directory(tmp_path: Path) -> None:
    status, _, said = review(tmp_path / "x.tar.gz", "--fix")
    assert (status, "name a checkout" in said) == (2, True)


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("new\n")
    with pytest.raises(TreeError, match="changed while it was reviewed"):
        write(tmp_path, SourceTree.of({"a.py": "old\n"}), {"a.py": b"mended\n"})
    assert (tmp_path / "a.py").read_text() == "new\n"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_that_took_the_place_is_not_followed(tmp_path: Path, kind: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.py").write_text("old\n")
    if kind == "file":
        (root / "src").mkdir()
        (root / "src/a.py").symlink_to(outside / "a.py")
    else:
        (root / "src").symlink_to(outside)
    with pytest.raises(TreeError, match="not a regular file"):
        write(root, SourceTree.of({"src/a.py": "old\n"}), {"src/a.py": b"mended\n"})
    assert (outside / "a.py").read_text() == "old\n"


def test_other_formats_can_be_written_as_well(tmp_path: Path) -> None:
    status, _, _ = review(EXAMPLES / "experiment", "--also", f"html={tmp_path / 'v.html'}", "--also", "nonsense")
    assert status == 2
    review(EXAMPLES / "experiment", "--also", f"html={tmp_path / 'v.html'}", "--also", f"json={tmp_path / 'v.json'}")
    assert (tmp_path / "v.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "v.json").read_text().startswith("{")


EVALUATIONS = {
    "positionals": "import argparse\nimport json\n\n\ndef main():\n    p = argparse.ArgumentParser()\n"
    "    p.add_argument('results_dir')\n    # the runs\n    p.add_argument('run_ids', help='a list')\n"
    "    a = p.parse_args()\n    print(open(a.results_dir + '/x').name, json.loads(a.run_ids))\n\n\nmain()\n",
    "options and a default": "import argparse, json, sys as system\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--results-dir', required=True)\nparser.add_argument('-r', '--run_ids', type=str)\n"
    "parser.add_argument('--seed', type=int, default=3)\n"
    "args: argparse.Namespace = parser.parse_args()\n"
    "print(args.results_dir + '/x', json.loads(args.run_ids))\n",
    "argv by name": "from argparse import ArgumentParser\nfrom sys import argv\nimport json\n"
    "parser = ArgumentParser()\n"
    "parser.add_argument('--run_ids')\nparser.add_argument('--results_dir')\nargs = parser.parse_args()\n"
    "pairs = 1\nprint(args.results_dir + '/x', json.loads(args.run_ids), *argv[9:])\n",
}


@pytest.mark.parametrize("text", EVALUATIONS.values(), ids=EVALUATIONS)
def test_the_mended_evaluation_takes_its_documented_arguments(tmp_path: Path, text: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "x").write_text("")
    (tmp_path / "src/evaluate.py").write_text(text)
    words = [sys.executable, "-m", "src.evaluate", f"results_dir={tmp_path}", 'run_ids=["run-1", "run-2"]']
    tree = load(str(tmp_path))
    context = Context(tree, PROFILES["experiment"])
    findings = rule("evaluation-independence/command-not-accepted").findings(context)
    changed, _ = mended(tree, findings)
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode != 0
    write(tmp_path, tree, changed)
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/x ['run-1', 'run-2']\n"


PROJECT = '[project]\nname = "a"\nversion = "1"\ndependencies = [\n    "numpy>=1",  # arrays\n'
RULES: dict[str, dict[str, tuple[str, str | None]]] = {
    "configuration-files/run-id-mismatch": {
        "config/runs/a.yaml": ("x: 1\nrun_id: 'b'  # ours\n", "x: 1\nrun_id: a  # ours\n")
    },
    "complete-implementation/undeclared-import": {
        "pyproject.toml": (
            PROJECT + '    "torch"\n]\n',
            PROJECT + '    "torch",\n    "scipy",\n    "wandb",\n]\n',
        ),
        "src/a.py": ("import scipy\nimport wandb\n", None),
    },
}


@pytest.mark.parametrize("identifier", RULES)
def test_mends_of_one_rule(identifier: str) -> None:
    files = RULES[identifier]
    tree = SourceTree.of({path: before for path, (before, _) in files.items()})
    changed, _ = mended(tree, rule(identifier).findings(Context(tree, PROFILES["experiment"])))
    assert {path: data.decode() for path, data in changed.items()} == {
        path: after for path, (_, after) in files.items() if after is not None
    }


@pytest.mark.parametrize(
    ("written", "mended_to"),
    [("[]", '["wandb"]'), ('["torch"]', '["torch", "wandb"]'), ('["torch",]', '["torch", "wandb"]')],
)
def test_dependency_is_added_to_a_list_on_one_line(written: str, mended_to: str) -> None:
    head = '[project]\nname = "a"\nversion = "1"\ndependencies = '
    tree = SourceTree.of({"pyproject.toml": f"{head}{written}\n", "src/a.py": "import wandb\n"})
    findings = rule("complete-implementation/undeclared-import").findings(Context(tree, PROFILES["experiment"]))
    changed, _ = mended(tree, findings)
    assert changed["pyproject.toml"].decode() == f"{head}{mended_to}\n"
