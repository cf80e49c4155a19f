"""What hostile input must not do to the engine, row by row of the threat model, and the tests that show it.

``SHOWN`` maps each row and item to its tests; a row that names a test which does not exist fails.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.context import Context
from checks.loaders import load
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.report import FORMATS
from checks.rung import Material
from checks.static.rung import StaticRung
from checks.tree import SourceTree
from tests.example_support import EXAMPLES, lay_out

TESTS = Path(__file__).parent
EXPERIMENT = dict(load(str(EXAMPLES / "experiment")).files)
ARCHIVE, HOSTILE, RUNG = "test_loaders_archive.py", "test_static_hostile_input.py", "test_static_rung.py"
NO_FILE = f"{ARCHIVE}::test_what_is_no_plain_file_inside_the_tree_is_recorded_and_not_read"
REFUSED = f"{ARCHIVE}::test_a_damaged_or_hostile_archive_is_refused_in_one_clear_line"
ODD = f"{HOSTILE}::test_odd_python_is_judged_by_every_rule"
NOT_PYTHON = f"{HOSTILE}::test_a_file_that_is_not_python_blocks"
CONFIGURATION = f"{HOSTILE}::test_hostile_configuration_blocks"
REVISION = "test_loaders_git.py::test_what_is_no_commit_is_refused_in_one_clear_line"
HERE = "test_threats.py::"

SHOWN: dict[tuple[int, str], tuple[str, ...]] = {
    (9, "outside paths, links, devices, pipes"): (NO_FILE,),
    (9, "sparse"): (f"{ARCHIVE}::test_a_sparse_file_is_recorded_and_not_read", REFUSED),
    (9, "bomb, number of entries"): (REFUSED, f"{ARCHIVE}::test_caps_on_compressed_and_unpacked_bytes"),
    (9, "one large file"): (f"{ARCHIVE}::test_a_file_of_17_mb_is_recorded_with_its_size",),
    (9, "any damage"): ("test_fuzz.py::test_damaged_archive_gives_a_tree_or_a_clear_error",),
    (10, "parentheses"): (
        NOT_PYTHON,
        f"{RUNG}::test_a_file_that_kills_the_child_is_withheld_and_blocks_and_the_rest_is_judged",
    ),
    (10, "sums, lines, chains"): (ODD, "test_rules_on_odd_shapes.py::test_odd_code_gets_an_answer"),
    (10, "time and memory of every rule"): (
        "test_adversaries.py::test_every_rule_ends_within_the_limits",
        "test_adversaries.py::test_every_rule_answers_on_code_in_code",
        f"{RUNG}::test_a_rule_that_misbehaves_leaves_its_criterion_open_and_the_others_judged",
    ),
    (11, "codecs, NUL"): (NOT_PYTHON,),
    (11, "surrogates, bidi, homoglyphs, line ends, empty"): (
        ODD,
        f"{RUNG}::test_text_that_is_not_valid_unicode_becomes_so",
    ),
    (11, "any slip or damage"): (
        "test_fuzz.py::test_every_rule_answers_within_the_files",
        "test_fuzz.py::test_slips_are_judged_written_in_every_format_and_mended",
    ),
    (12, "modules of the tree"): (
        f"{HOSTILE}::test_nothing_of_the_tree_is_ever_imported",
        f"{HERE}test_the_command_imports_nothing_of_the_folder_that_it_is_started_in",
    ),
    (13, "YAML and TOML"): (CONFIGURATION, "test_configuration.py::test_wrong_configuration_is_refused_in_one_line"),
    (13, "keys that stand twice"): ("test_threats.py::test_a_key_that_stands_twice_blocks",),
    (13, "large YAML"): ("test_adversaries.py::test_every_rule_ends_within_the_limits",),
    (14, "environment"): (
        "test_hydra_compose.py::test_environment_never_reaches_an_outcome",
        f"{RUNG}::test_the_child_has_an_empty_environment_directory_and_group",
        f"{HERE}test_no_variable_of_the_environment_reaches_a_finding",
    ),
    (14, "search path"): ("test_hydra_compose.py::test_search_path_out_of_the_tree_is_never_read",),
    (15, "revisions"): (REVISION, f"{HERE}test_a_base_that_looks_like_an_option_or_a_command_is_refused"),
    (15, "names of files"): (
        f"{HOSTILE}::test_names_that_are_not_plain_text_come_out_as_valid_json",
        f"{HERE}test_no_format_passes_on_the_control_characters_of_a_name",
    ),
    (17, "patterns"): ("test_configuration.py::test_a_glob_cannot_take_the_engine_down",),
}  # fmt: skip


@pytest.mark.parametrize("named", sorted({test for tests in SHOWN.values() for test in tests}))
def test_every_named_test_exists(named: str) -> None:
    file, _, name = named.partition("::")
    body = ast.parse((TESTS / file).read_text(encoding="utf-8")).body
    assert name in {each.name for each in body if isinstance(each, ast.FunctionDef)}


def test_every_row_is_shown() -> None:
    assert {row for row, _ in SHOWN} == {*range(9, 16), 17}


def run(arguments: list[str], cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True, check=False, timeout=120
    )


def test_the_command_imports_nothing_of_the_folder_that_it_is_started_in(tmp_path: Path) -> None:
    root, canary = lay_out("experiment", tmp_path), tmp_path / "canary"
    spring = f"open({str(canary)!r}, 'a').write(__file__)\n"
    for name in ("sitecustomize.py", "conftest.py", "ast.py", "yaml.py", "hydra/__init__.py", "checks/__init__.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(spring)
    (root / "trap.pth").write_text(f"import sys; {spring}")
    referee = "from checks.cli import app; app()"
    arguments = [sys.executable, "-I", "-c", referee, "review", ".", "--format", "json"]
    done = run(arguments, root, {"PYTHONPATH": str(root)})
    assert done.stdout.startswith("{"), done.stderr
    assert not canary.exists()
    run([sys.executable, "-c", "import yaml"], root, {"PYTHONPATH": str(root)})
    assert canary.exists(), "the trap itself does not work, so this test would prove nothing"


@pytest.mark.parametrize(
    ("path", "added"),
    [("config/config.yaml", "\nmode: full\n"), ("pyproject.toml", "\n[project]\nname = 'a'\n")],
)
def test_a_key_that_stands_twice_blocks(path: str, added: str) -> None:
    tree = SourceTree(EXPERIMENT | {path: EXPERIMENT[path] + added.encode()})
    findings = StaticRung().run(Material(tree, PROFILES["experiment"])).findings
    assert any(finding.path == path and finding.blocks for finding in findings)


def test_no_variable_of_the_environment_reaches_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    canary = "canary-5f1c"
    monkeypatch.setenv("REFEREE_TEST_SECRET", canary)
    secret = "${oc.env:REFEREE_TEST_SECRET}"
    config = EXPERIMENT["config/config.yaml"].decode().replace("example-lab", secret).replace("maximize", secret)
    files = EXPERIMENT | {
        "config/config.yaml": f"{config}\nsecret: {secret}\nlist: [{secret}]\n".encode(),
        "config/runs/proposed-gated-mlp-digits.yaml": f"run_id: {secret}\noptuna: {secret}\nseed: {secret}\n".encode(),
    }
    context = Context(SourceTree(files), PROFILES["experiment"])
    findings = [finding for rule in rules_for("experiment") for finding in rule.findings(context)]
    assert findings
    assert canary not in repr(findings)
    assert canary not in StaticRung().run(Material(SourceTree(files), PROFILES["experiment"])).model_dump_json()


@pytest.mark.parametrize(
    "revision", ["--upload-pack=touch canary", "-x", "$(touch canary)", "a\ntouch canary", 'z";echo x;#']
)
def test_a_base_that_looks_like_an_option_or_a_command_is_refused(tmp_path: Path, revision: str) -> None:
    root = lay_out("experiment", tmp_path)
    run(["git", "init", "-q"], root)
    referee = "from checks.cli import app; app()"
    done = run([sys.executable, "-I", "-c", referee, "review", ".", f"--base={revision}"], root)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (root / "canary").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_passes_on_the_control_characters_of_a_name(tmp_path: Path, name: str) -> None:
    root = lay_out("experiment", tmp_path)
    for odd in (
        "::error::owned\n::stop.py",
        "\x1b]0;title\x07.py",
        "--upload-pack=x.py",
        'zzz";echo${IFS}x;#.py',
        "\u202egpj.py",
    ):
        (root / "src" / odd).write_text("x = 1\n")
    referee = "from checks.cli import app; app()"
    done = run([sys.executable, "-I", "-c", referee, "review", ".", "--format", name], root)
    assert done.returncode in {0, 1, 3}
    assert not any(each in done.stdout for each in ("\x1b]", "\x07", "\n::stop", "\u202e"))
