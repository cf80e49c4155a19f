"""The static rung when its child misbehaves: what is still judged, and that nothing of it can pass."""

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from checks.finding import RungName
from checks.profiles import PROFILES
from checks.rung import Material
from checks.static.limits import ChildLimits
from checks.static.rung import StaticRung
from checks.tree import SourceTree
from checks.verdict import RungResult, RungStatus, Status, decide
from tests.hostile_rules import KILLER

PROFILE = PROFILES["experiment"]
TREE = SourceTree.of({"src/train.py": "x = 1\n", KILLER: "y = 2\n", "config/config.yaml": "a: 1\n"})
LIMITS = ChildLimits(step_seconds=3, memory_bytes=512 * 1024 * 1024)


def run(registry: str, limits: ChildLimits = LIMITS, tree: SourceTree = TREE) -> RungResult:
    rung = StaticRung(limits, f"tests.hostile_rules:{registry}")
    return rung.run(Material(tree, PROFILE))


def messages(result: RungResult, rule: str) -> list[str]:
    return [finding.message for finding in result.findings if finding.rule == rule]


def status(result: RungResult, criterion: str) -> Status:
    verdict = decide(PROFILE, [result], {RungName.STATIC})
    return next(one.status for one in verdict.criteria if one.id == criterion)


def by_rules(result: RungResult) -> list[str]:
    """The criteria that a rule left open, rather than a file that is missing from the small tree."""
    return [criterion for criterion, reason in result.undecided.items() if "rule " in reason]


@pytest.mark.parametrize(
    ("registry", "reason"),
    [
        ("raises", r"rule m/hostile stopped with ValueError: a wrong turn \\udce9"),
        ("elsewhere", "stopped with ValueError: it names a path that the tree does not hold"),
        ("recurses", "stopped with RecursionError"),
        ("eats", "stopped with MemoryError"),
        ("big_file", "stopped with OSError: .* File too large"),
        ("hangs", "gave no answer: it took longer than 3 s"),
        ("exits", "gave no answer: it ended with status 0"),
        ("crashes", "gave no answer: it crashed"),
    ],
)
def test_a_rule_that_misbehaves_leaves_its_criterion_open_and_the_others_judged(registry: str, reason: str) -> None:
    result = run(registry)
    assert result.report.status is RungStatus.ANSWERED
    assert by_rules(result) == ["file-structure"]
    assert re.search(reason, result.undecided["file-structure"])
    assert messages(result, "z/quiet") == ["found"]
    assert status(result, "file-structure") is Status.NOT_ASSESSED
    assert status(result, "wandb") is Status.PASS
    assert status(result, "evaluation-independence") is Status.NOT_ASSESSED, "the tree has no src/evaluate.py"


@pytest.mark.parametrize(
    ("registry", "how"),
    [
        ("file_hangs", "it took longer than 3 s"),
        ("file_eats", "it ran out of memory or stack"),
        ("file_recurses", "it ran out of memory or stack"),
        ("file_exits", "it ended with status 0"),
        ("file_crashes", "it crashed"),
        ("dies_late", "it ended with status 1"),
    ],
)
def test_a_file_that_kills_the_child_is_withheld_and_blocks_and_the_rest_is_judged(registry: str, how: str) -> None:
    result = run(registry)
    assert result.report.status is RungStatus.ANSWERED
    assert by_rules(result) == []
    (death,) = [finding for finding in result.findings if finding.path == KILLER]
    assert how in death.message
    assert death.blocks
    assert messages(result, "z/quiet") == ["found"]
    assert KILLER in result.report.detail


@pytest.mark.parametrize("profile", PROFILES)
def test_the_real_rules_speak_for_a_file_that_killed_the_child(profile: str) -> None:
    rung = StaticRung(LIMITS, "tests.hostile_rules:real_rules_and_a_killer")
    result = rung.run(Material(TREE, PROFILES[profile]))
    assert result.report.status is RungStatus.ANSWERED
    (death,) = [finding for finding in result.findings if finding.rule == "complete-implementation/cannot-be-analysed"]
    assert (death.path, death.blocks) == (KILLER, True)


def test_a_killed_file_that_no_rule_speaks_for_is_no_answer() -> None:
    result = run("silent_about_deaths")
    assert result.report.status is RungStatus.INCOMPLETE
    assert status(result, "wandb") is Status.NOT_ASSESSED
    assert KILLER in result.report.detail


def test_a_child_that_dies_again_and_again_is_given_up() -> None:
    result = run("many_deaths", replace(LIMITS, restarts=3))
    assert result.report.status is RungStatus.INCOMPLETE
    assert len(re.findall("gave no answer", result.undecided["file-structure"])) == 4
    assert status(result, "wandb") is Status.NOT_ASSESSED


@pytest.mark.parametrize("registry", ["does_not_exist", "none"])
def test_no_rules_are_no_answer(registry: str) -> None:
    result = run(registry)
    assert result.report.status is RungStatus.INCOMPLETE
    assert status(result, "wandb") is Status.NOT_ASSESSED
    assert result.report.detail


def test_too_little_memory_to_start_is_no_answer() -> None:
    result = run("none", replace(LIMITS, memory_bytes=8 * 1024 * 1024))
    assert result.report.status is RungStatus.INCOMPLETE
    assert "gave up" in result.report.detail


def test_the_time_for_the_whole_analysis_ends_it() -> None:
    result = run("hangs", replace(LIMITS, total_seconds=2))
    assert result.report.status is RungStatus.INCOMPLETE
    assert result.report.seconds < 60


def test_too_much_output_is_no_answer_of_that_rule() -> None:
    result = run("floods", replace(LIMITS, output_bytes=100_000))
    assert "more than 100,000 bytes" in result.undecided["file-structure"]
    assert messages(result, "z/quiet") == ["found"]


def test_of_too_many_findings_the_blocking_ones_are_kept_and_the_rest_counted() -> None:
    result = run("floods")
    kept = messages(result, "m/hostile")
    assert len(kept) == 200
    assert any(message.startswith("number 999 ") for message in kept)
    assert max(map(len, kept)) < 10_000
    assert "800 further findings" in result.report.detail


def test_what_a_rule_prints_is_not_taken_for_an_answer() -> None:
    result = run("prints")
    assert result.report.status is RungStatus.ANSWERED
    assert messages(result, "z/quiet") == ["found"]


def test_text_that_is_not_valid_unicode_becomes_so() -> None:
    result = run("surrogate")
    assert messages(result, "m/hostile") == ["half a pair: \\ud800"]
    assert result.model_dump_json().encode("utf-8")


def test_the_child_has_an_empty_environment_directory_and_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFEREE_CANARY", "secret")
    said = " ".join(messages(run("surroundings"), "m/hostile"))
    assert "REFEREE_CANARY" not in said
    assert "environment ['LANG', 'LC_CTYPE', 'TMPDIR']" in said or "environment ['LANG', 'TMPDIR']" in said
    assert "directory []" in said
    assert "group True" in said


def test_nothing_that_the_child_started_outlives_it() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    (said,) = messages(run("grandchild"), "m/hostile")
    waited_until = time.monotonic() + 30
    while lives(int(said.split()[1])):
        assert time.monotonic() < waited_until
        time.sleep(0.05)


def lives(process: int) -> bool:
    """Whether a process runs, and is not just waiting for its parent to notice that it is dead."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_progress_names_files_and_rules_and_an_error_in_it_ends_the_child() -> None:
    told: list[str] = []
    StaticRung(LIMITS, "tests.hostile_rules:prints").run(
        Material(TREE, PROFILE, progress=lambda rung, words: told.append(f"{rung}: {words}"))
    )
    assert "static: reading src/train.py" in told
    assert "static: rule z/quiet" in told

    def broken(_rung: RungName, _words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StaticRung(LIMITS, "tests.hostile_rules:hangs").run(Material(TREE, PROFILE, progress=broken))


def test_a_large_tree_does_not_block_the_pipes_nor_grow_this_process() -> None:
    big = SourceTree({f"data/{number}.json": os.urandom(1024 * 1024) for number in range(48)} | dict(TREE.files))
    before = resident()
    result = run("prints", replace(LIMITS, memory_bytes=1024 * 1024 * 1024), big)
    assert result.report.status is RungStatus.ANSWERED
    assert resident() - before < 24 * 1024 * 1024


def resident() -> int:
    """Bytes of memory that this process holds."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
