"""What a repository's owners settle is honoured, said in the verdict, and refused in one line when it is wrong."""

import json
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from checks.cli import app
from checks.configuration import Configuration, configuration_of, read_configuration
from checks.finding import RungName, Severity
from checks.loaders import load
from checks.report.configuration import configuration_schema
from checks.review import Terms, review
from checks.tree import SourceTree, TreeError, Unread, WhyUnread
from checks.verdict import Status, Verdict
from tests.example_support import EXAMPLES

TODAY = date(2026, 11, 20)
PATH = ".github/referee.yml"
RULE = "file-structure/extra-file"


def tree(files: Mapping[str, str] | None = None) -> SourceTree:
    clean = load(str(EXAMPLES / "experiment"))
    return SourceTree({**clean.files, **{path: text.encode() for path, text in (files or {}).items()}})


def judged(configuration: Configuration | None = None, files: Mapping[str, str] | None = None) -> Verdict:
    terms = Terms(configuration=configuration or Configuration(), today=TODAY)
    return review(tree(files), required={RungName.STATIC}, terms=terms)


def settings(text: str) -> Configuration:
    return read_configuration(PATH, text.encode())


def status(verdict: Verdict, criterion: str) -> Status:
    return next(each.status for each in verdict.criteria if each.id == criterion)


def fingerprint() -> str:
    (finding,) = [finding for finding in judged(None, {"src/more.py": "X = 1\n"}).findings if finding.rule == RULE]
    return finding.fingerprint


def test_waiver_lets_one_finding_pass_and_names_who_and_why() -> None:
    entry = f"waivers:\n  - fingerprint: {fingerprint()}\n    reason: agreed in review\n    by: alice\n    until: "
    verdict = judged(settings(entry + "2026-11-20\n"), {"src/more.py": "X = 1\n"})
    assert verdict.ready
    assert status(verdict, "file-structure") is Status.WAIVED
    waiver = next(finding.waiver for finding in verdict.findings if finding.rule == RULE)
    assert waiver is not None
    assert (waiver.by, waiver.reason, waiver.until) == ("alice", "agreed in review", "2026-11-20")
    late = judged(settings(entry + "2026-11-19\n"), {"src/more.py": "X = 1\n"})
    assert not late.ready
    assert [each.what for each in late.adjustments] == ["waiver expired on 2026-11-19"]


def test_waiver_that_matches_nothing_is_said() -> None:
    verdict = judged(settings("waivers: [{fingerprint: 0123456789abcdef, reason: long gone}]"))
    assert [each.what for each in verdict.adjustments] == ["waiver matches no finding"]


def test_severity_is_changed_and_said() -> None:
    verdict = judged(settings(f"severities: {{{RULE}: advisory}}"), {"src/more.py": "X = 1\n"})
    assert verdict.ready
    assert [finding.severity for finding in verdict.findings if finding.rule == RULE] == [Severity.ADVISORY]
    assert [(each.subject, each.what) for each in verdict.adjustments] == [(RULE, "advisory instead of blocking")]


def test_rule_that_is_off_does_not_leave_a_plain_pass() -> None:
    verdict = judged(settings(f"rules_off: {{{RULE}: we keep helpers}}"), {"src/more.py": "X = 1\n"})
    assert verdict.ready
    assert status(verdict, "file-structure") is Status.WAIVED
    assert f"rule {RULE}" in next(each.detail for each in verdict.criteria if each.id == "file-structure")
    assert [(each.subject, each.reason) for each in verdict.adjustments] == [(RULE, "we keep helpers")]


def test_extra_files_and_run_folder_are_allowed() -> None:
    allowed = settings("extra_files: ['src/mo*.py']\nprofile: experiment\n")
    assert judged(allowed, {"src/more.py": "X = 1\n"}).ready
    assert not judged(allowed, {"src/less.py": "X = 1\n"}).ready
    moved = settings("run_folder: config/experiments\nprofile: experiment\n")
    files = {path.replace("config/runs/", "config/experiments/"): data for path, data in tree().files.items()}
    verdict = review(SourceTree(files), terms=Terms(configuration=moved))
    assert not [finding for finding in verdict.findings if finding.criterion == "file-structure" and finding.blocks]


def test_research_context_is_read_where_it_is_said_to_be() -> None:
    plan = '{"research_session": {"iterations": [{"experiment_runs": [{"run_id": "proposed-never-written"}]}]}}'
    files = {"docs/plan.json": plan}
    told = judged(settings("research_context: docs/plan.json"), files)
    assert "configuration-files/designed-run-missing" in {finding.rule for finding in told.findings if finding.blocks}
    assert judged(None, files).ready
    with pytest.raises(TreeError, match=r"notes/plan\.md, which is not in the tree"):
        judged(settings("research_context: notes/plan.md"))


WRONG: list[tuple[str, str]] = [
    ("profil: base", "1: unknown key `profil`; did you mean `profile`?"),
    (
        "waivers:\n- fingerprint: 0123456789abcdef\n  reson: none",
        "3: unknown key `waivers.0.reson`; did you mean `reas",
    ),
    ("waivers:\n- fingerprint: 0123456789abcdef", "`waivers.0.reason`: field required"),
    ("severities:\n  hydra/not-usd: advisory", "2: `severities`: no rule is called `hydra/not-usd`; did you mean `hyd"),
    ("rules_off:\n  hydra/not-used:", "2: `rules_off.hydra/not-used`: input should be a valid string"),
    ("severities:\n  hydra/not-used: mild", "2: `severities.hydra/not-used`: input should be 'blocking' or 'advisory'"),
    ("profile: airas", "1: `profile`: input should be 'auto', 'base' or 'experiment'"),
    ("profile: base\nprofile: base", "2: `profile` stands twice; the first is on line 1"),
    ("- profile", "1: it must hold keys such as `profile: experiment`"),
    ("profile: [", "parsing"),
    ("a: &a [1]\nb: [*a, *a]\nwaivers: " + "[" * 500, "nested more than 100 deep"),
    ("run_folder: ../other", "1: `run_folder`"),
    ("waivers:\n- {fingerprint: 0123456789abcdef, reason: why, until: 2020-13-45}", "2: `waivers.0.until`"),
    ("extra_files: ['" + "*a" * 200 + "']", "1: `extra_files.0`: string should have at most 200 characters"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text[:24].replace("\n", " ") for text, _ in WRONG])
def test_wrong_configuration_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(TreeError) as refused:
        settings(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(f"{PATH}:")


def test_two_or_unread_configurations_are_refused() -> None:
    with pytest.raises(TreeError, match="keep one of them"):
        configuration_of(SourceTree.of({PATH: "", ".github/referee.yaml": ""}))
    with pytest.raises(TreeError, match="a symbolic link"):
        configuration_of(SourceTree.of({PATH: Unread(WhyUnread.LINK, "a symbolic link")}))


def test_a_glob_cannot_take_the_engine_down() -> None:
    hostile = settings(f"extra_files: ['{'*a' * 99}']")
    assert not judged(hostile, {f"src/{'a' * 200}.py": "X = 1\n"}).ready


@pytest.mark.parametrize("text", ["{}", "profile: base\nwaivers: []", "extra_files: [a]\nrun_folder: config/x"])
def test_schema_takes_what_the_reader_takes(text: str) -> None:
    jsonschema.validate(yaml.safe_load(text), configuration_schema())
    assert isinstance(settings(text), Configuration)


def test_schema_refuses_unknown_keys() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"profil": "base"}, configuration_schema())


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=folder, check=True)


def command(*words: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(app, ["review", *words, "--format", "json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else {"error": done.output}


def test_base_marks_what_was_there_and_its_configuration_counts(tmp_path: Path) -> None:
    for path, data in tree({"src/old.py": "X = 1\n", PATH: "extra_files: [src/free.py]\n"}).files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    for name in ("new.py", "free.py"):
        (tmp_path / "src" / name).write_text("Y = 2\n")
    (tmp_path / PATH).write_text("extra_files: ['**']\n")
    status, document = command(str(tmp_path), "--base", "HEAD", "--require", "static")
    marked = {each["path"]: each["on_base"] for each in document["findings"] if each["rule"] == RULE}
    assert status == 1
    assert marked == {"src/old.py": True, "src/new.py": False}
    assert document["subject"]["base_sha"]
    status, document = command(str(tmp_path), "--require", "static")
    assert status == 0
    status, document = command(str(tmp_path), "--base", "no-such-branch")
    assert (status, "no-such-branch" in document["error"]) == (2, True)


def test_configuration_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text("profile: base\n")
    status, document = command(str(EXAMPLES / "base"), "--config", str(tmp_path / "mine.yml"), "--require", "static")
    assert (status, document["profile"]) == (0, "base")
    status, document = command(str(EXAMPLES / "base"), "--config", str(tmp_path / "none.yml"))
    assert (status, "none.yml" in document["error"]) == (2, True)
