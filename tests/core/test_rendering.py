"""The check run's text: what it says, that it fits, and that nothing in it comes alive."""

import json
import re

import pytest
from hypothesis import given, settings

from bot.core.comments import elsewhere, mentioned, posted, review
from bot.core.published import CheckOutput
from bot.core.rendering import OUTPUT_BYTES, broken, cancelled, progress, queued, verdict_output
from checks.finding import Finding, Waiver
from checks.report.blocks import headline
from checks.verdict import Verdict
from tests.core.gfm import seen
from tests.core.hostile import hostile
from tests.server.publish_verdicts import finding, verdict

BASE = "https://github.com/octo/experiment/blob/" + "a" * 40
RANGES = {"src/train.py": [[1, 10]]}


def document(output: CheckOutput) -> dict[str, object]:
    """The JSON that the text carries."""
    block = re.search(r"^(`{3,})json\n(.*?)\n\1$", output.text, re.MULTILINE | re.DOTALL)
    assert block
    read: dict[str, object] = json.loads(block[2])
    return read


def output(wanted: Verdict) -> CheckOutput:
    return verdict_output(wanted, elsewhere(wanted.findings, RANGES), BASE)


def test_summary_shows_criteria_rungs_and_what_the_diff_does_not() -> None:
    made = output(verdict(finding(), finding("src/main.py", 9), finding("README.md", None, blocking=False)))
    assert made.title == "Not ready: 2 blocking findings, 1 advisory finding"
    assert "| ❌ | 6 | WandB integration | fail" in made.summary
    assert "| ✅ | static | answered | 1.2 | 9 files |" in made.summary
    assert "1 finding on lines of this diff" in made.summary
    assert f"[`src/main.py:9`]({BASE}/src/main.py#L9)" in made.summary
    assert f"[`README.md`]({BASE}/README.md)" in made.summary
    assert "src/train.py" not in made.summary


def test_text_shows_evidence_and_fix_and_ends_with_the_document() -> None:
    wanted = verdict(finding())
    made = output(wanted)
    assert "```\njson.dump(results, out)\n```" in made.text
    assert "**Fix:** Log it with wandb." in made.text
    assert document(made) == json.loads(json.dumps(wanted.document()))
    assert list(document(made))[2:4] == ["is_code_ready", "code_issue"]


def test_ready_verdict_says_so() -> None:
    made = output(verdict())
    assert made.title == "Ready"
    assert document(made)["is_code_ready"] is True


def test_waived_finding_is_marked_and_does_not_block() -> None:
    waived = finding().model_copy(update={"waiver": Waiver(by="alice", reason="known")})
    assert "🟡 Waived" in output(verdict(waived)).text
    assert headline(verdict(waived)).startswith("Ready")


def large(number: int, message: str = "A fault. ") -> list[Finding]:
    return [finding("src/é.py", n, message=f"{message * 20}{n}", text="x = '🎉'\n" * 50) for n in range(1, number + 1)]


@pytest.mark.parametrize("number", [1, 30, 60, 100, 1000])
def test_output_fits_and_stays_whole_markdown_and_json(number: int) -> None:
    wanted = verdict(*large(number))
    made = output(wanted)
    for part in (made.summary, made.text):
        assert len(part.encode()) <= OUTPUT_BYTES
        assert seen(part).comments == []
    told = document(made)
    assert told["is_code_ready"] is False
    assert str(told["code_issue"])[:40] == wanted.issue[:40]
    findings = told["findings"]
    assert isinstance(findings, list)
    if number >= 100:
        truncated = told["truncated"]
        assert isinstance(truncated, dict)
        assert truncated["findings_omitted"] == number - len(findings) > 0
        assert "not shown here" in made.text
    assert ("not shown here" in made.summary) == (number == 1000)


def test_reduced_document_keeps_the_weightiest_findings() -> None:
    wanted = verdict(*large(300), *[finding("b.py", 1, message="minor", blocking=False)] * 5)
    findings = document(output(wanted))["findings"]
    assert isinstance(findings, list)
    assert {one["severity"] for one in findings} == {"blocking"}


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, hostile)
def test_hostile_finding_shows_and_does_nothing(path: str, message: str, quote: str) -> None:
    wanted = verdict(finding(path or "x", 3, message=message, rule=path or "x", text=quote))
    made = output(wanted)
    posted_ = review(wanted, "review:1:2:abc", {path or "x": [[1, 5]]}, set(), BASE, "https://github.com/c/1")
    listed = review(wanted, "review:1:2:abc", {}, set(), BASE, "https://github.com/c/1")
    assert posted_
    assert listed
    for text in (made.summary, made.text, posted_.body, listed.body, posted_.comments[0].body):
        shown = seen(text)
        assert all(link.startswith((BASE, "https://github.com/c/1")) for link in shown.links)
        assert not {"img", "script", "h1", "h2", "blockquote", "input"} & set(shown.tags)
        assert re.search(r"(?i)@[a-z0-9]", shown.words) is None
        assert not any("review:42:3:x" in comment for comment in shown.comments)
    assert document(made)["profile"] == "experiment"


@given(hostile)
def test_hostile_reason_and_detail_do_nothing(text: str) -> None:
    for made in (progress(text, text), broken(text), cancelled(text)):
        shown = seen(made.summary)
        assert shown.links == shown.comments == []
        assert set(shown.tags) <= {"p", "code"}
        assert len(made.title) <= 120


def test_waiting_check_run_says_so() -> None:
    assert queued().title == "Waiting to start"
    assert "static" in progress("static").summary


def test_findings_on_one_line_share_a_comment() -> None:
    wanted = verdict(finding(line=3), finding(line=3, end_line=5, message="Other."), finding(line=7))
    made = review(wanted, "id", RANGES, set(), BASE, "")
    assert made
    assert [(c.start_line, c.line) for c in made.comments] == [(3, 5), (None, 7)]
    assert "Other." in made.comments[0].body
    assert made.comments[0].body.count("**Fix:**") == 2


def test_exact_fix_is_offered_as_a_suggestion_only_for_exactly_its_lines() -> None:
    whole = verdict(finding(line=3, replacement="wandb.log(results)"))
    made = review(whole, "id", RANGES, set(), BASE, "")
    assert made
    assert "```suggestion\nwandb.log(results)\n```" in made.comments[0].body
    cut = verdict(finding(line=9, end_line=12, replacement="wandb.log(results)"))
    partly = review(cut, "id", RANGES, set(), BASE, "")
    assert partly
    assert (partly.comments[0].start_line, partly.comments[0].line) == (9, 10)
    assert "suggestion" not in partly.comments[0].body


def test_review_knows_itself_and_its_findings_again() -> None:
    wanted = verdict(finding(), finding("src/main.py", 9))
    made = review(wanted, "review:1:2:abc", RANGES, set(), BASE, "")
    assert made
    assert posted([made.body], "review:1:2:abc")
    assert not posted([made.body], "review:1:2:abd")
    assert mentioned([made.body]) == {one.fingerprint for one in wanted.findings}
    assert review(wanted, "review:1:2:abd", RANGES, mentioned([made.body]), BASE, "") is None


def test_review_has_bounds_on_comments_and_findings() -> None:
    many = verdict(*[finding("src/train.py", n, message=f"Fault {n}.") for n in range(1, 500)])
    made = review(many, "id", {"src/train.py": [[1, 1000]]}, set(), BASE, "")
    assert made
    assert len(made.comments) == 40
    assert "299 more findings in the check run" in made.body
    assert len(made.body) <= 65_536
