"""`referee` at a terminal: exit statuses, one clear line when there is no review, formats, the rules' pages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent / "examples"
CLEAN = str(EXAMPLES / "experiment")


def referee(*arguments: str, cwd: Path | None = None, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, without a terminal."""
    command = [sys.executable, "-m", "bot", *arguments]
    pipe = subprocess.PIPE if stdout is None else stdout
    return subprocess.run(command, cwd=cwd, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False, timeout=120)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """An experiment that lacks almost everything."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("mode: full\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "status", "headline"),
    [((), 3, "UNDECIDED"), (("--require", "static"), 0, "READY"), (("--require", "trial,static"), 3, "UNDECIDED")],
)
def test_exit_status_of_a_clean_experiment(arguments: tuple[str, ...], status: int, headline: str) -> None:
    done = referee("review", CLEAN, *arguments)
    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout.startswith(f"{headline}  experiment repository")
    assert ("--require static" in done.stdout) is (status == 3)


def test_exit_status_of_a_faulty_experiment(faulty: Path) -> None:
    done = referee("review", str(faulty), "--require", "static")
    assert done.returncode == 1
    assert done.stdout.startswith("NOT READY  experiment repository")
    assert "file-structure/missing-file" in done.stdout


@pytest.mark.parametrize("name", ["json", "verdict"])
def test_json_formats_are_json_and_can_go_to_a_file(faulty: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "out.json"
    done = referee("review", str(faulty), "--format", name, "--output", str(target))
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(target.read_text("utf-8"))["is_code_ready"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "nowhere"),
        ((".",), "no profile fits"),
        ((CLEAN, "--rungs", "trial"), "trial"),
        ((CLEAN, "--output", "no/such/folder/x"), "cannot write no/such/folder/x"),
        ((f"{CLEAN}/pyproject.toml",), ".tar.gz"),
    ],
)
def test_what_cannot_be_reviewed_is_said_in_one_line(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = referee("review", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("referee: ")
    assert words in line


def test_a_full_disk_is_no_verdict() -> None:
    with Path("/dev/full").open("w") as full:
        done = referee("review", CLEAN, "--require", "static", stdout=full.fileno())
    assert done.returncode == 2
    assert done.stderr == "referee: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("option", ["--rungs", "--require", "--format", "--profile"])
def test_a_wrong_choice_names_the_option_and_the_choices(option: str) -> None:
    done = referee("review", CLEAN, option, "wrong")
    assert done.returncode == 2
    assert f"Invalid value for '{option}': 'wrong'" in done.stderr


def test_rules_are_listed_described_and_guessed_at() -> None:
    listed = referee("rules").stdout
    assert "hydra/invalid-yaml" in listed
    page = referee("rules", "hydra/invalid-yaml").stdout
    assert all(title in page for title in ("What it finds", "Why it matters", "How to fix", "What it cannot see"))
    missing = referee("rules", "hydra/invalid-yml")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "did you mean hydra/invalid-yaml?" in missing.stderr
