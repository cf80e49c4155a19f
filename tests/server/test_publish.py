"""What a pull request shows after a verdict was published, also when the process died on the way or was too late."""

import dataclasses

import pytest

from bot.core.published import ChangedFile, PullRequestState
from bot.workflows.publish import conclude_cancelled, conclude_error, open_check, publish_verdict, show_progress
from checks.finding import Finding
from checks.verdict import Verdict
from tests.server.publish_fake import HEAD, SUBJECT, FakeGitHub, KilledError, Steps
from tests.server.publish_verdicts import finding, verdict

TRAIN = ChangedFile("src/train.py", "modified", "@@ -1,4 +1,5 @@\n a\n b\n+c\n d\n e")


def publish(github: FakeGitHub, wanted: Verdict, steps: Steps | None = None) -> str:
    steps = steps or Steps()
    check_run_id = steps("open", open_check, github, SUBJECT)
    return publish_verdict(steps, github, SUBJECT, check_run_id, wanted, pauses=(0, 0, 0))


def many(number: int) -> list[Finding]:
    return [finding(line=1 + index, message=f"Fault {index}.") for index in range(number)]


def test_failing_verdict_is_annotated_reviewed_and_concluded_in_that_order() -> None:
    github = FakeGitHub([TRAIN])
    assert publish(github, verdict(finding(), finding("src/main.py", 9))) == "failure"
    assert github.writes == ["create", "annotate", "review", "failure"]
    assert [(a.path, a.start_line, a.level) for a in github.held[1]] == [
        ("src/main.py", 9, "failure"),
        ("src/train.py", 3, "failure"),
    ]
    ((body, comments),) = github.reviews
    assert [(comment.path, comment.line) for comment in comments] == [("src/train.py", 3)]
    assert "src/main.py:9" in body
    assert "src/main.py:9" in github.outputs[1].summary
    assert "src/train.py:3" not in github.outputs[1].summary


def test_ready_verdict_without_findings_stays_quiet() -> None:
    github = FakeGitHub([TRAIN])
    assert publish(github, verdict()) == "success"
    assert github.writes == ["create", "success"]


def test_advisory_findings_warn_and_do_not_block() -> None:
    github = FakeGitHub([TRAIN])
    assert publish(github, verdict(finding(blocking=False))) == "success"
    assert [annotation.level for annotation in github.held[1]] == ["warning"]


def test_annotations_go_fifty_at_a_time() -> None:
    github = FakeGitHub([TRAIN])
    publish(github, verdict(*many(120)))
    assert github.writes.count("annotate") == 3
    assert len(github.held[1]) == 120


@pytest.mark.parametrize("kill_after", range(1, 7))
def test_kill_after_any_write_then_restart_shows_everything_once(kill_after: int) -> None:
    github, steps, wanted = FakeGitHub([TRAIN], kill_after=kill_after), Steps(), verdict(*many(120))
    with pytest.raises(KilledError):
        publish(github, wanted, steps)
    publish(github, wanted, steps)
    assert [run.conclusion for run in github.runs.values()] == ["failure"]
    assert len(github.held[1]) == len({annotation.message for annotation in github.held[1]}) == 120
    assert len(github.reviews) == 1


def test_two_publications_of_one_verdict_show_everything_once() -> None:
    github, wanted = FakeGitHub([TRAIN]), verdict(finding())
    publish(github, wanted)
    publish_verdict(Steps(), github, SUBJECT, 1, wanted)
    assert github.writes == ["create", "annotate", "review", "failure"]


def test_findings_of_an_earlier_review_are_not_repeated() -> None:
    github, wanted = FakeGitHub([TRAIN]), verdict(finding())
    publish(github, wanted)
    github.head_sha = "c" * 40
    later = dataclasses.replace(SUBJECT, head_sha=github.head_sha)
    publish_verdict(Steps(), github, later, open_check(github, later), wanted)
    assert len(github.reviews) == 1
    assert [run.conclusion for run in github.runs.values()] == ["failure", "failure"]


def test_new_finding_of_a_later_push_is_the_only_one_in_its_review() -> None:
    github = FakeGitHub([TRAIN])
    publish(github, verdict(finding()))
    github.head_sha = "c" * 40
    later = dataclasses.replace(SUBJECT, head_sha=github.head_sha)
    publish_verdict(Steps(), github, later, open_check(github, later), verdict(finding(), finding(line=4)))
    assert [(comment.line) for comment in github.reviews[1][1]] == [4]
    assert "1 finding of an earlier review still there" in github.reviews[1][0]


@pytest.mark.parametrize("change", [{"head_sha": "c" * 40}, {"state_word": "closed"}])
def test_superseded_work_writes_nothing_but_cancelled(change: dict[str, str]) -> None:
    github = dataclasses.replace(FakeGitHub([TRAIN]), **change)  # type: ignore[arg-type]
    assert publish(github, verdict(finding())) == "cancelled"
    assert github.writes == ["create", "cancelled"]


@pytest.mark.parametrize(("late", "conclusion"), [(2, "failure"), (9, "cancelled")])
def test_a_push_that_github_shows_late_is_not_taken_for_a_newer_one(late: int, conclusion: str) -> None:
    class Lagging(FakeGitHub):
        looks = 0

        def state(self, number: int) -> PullRequestState:
            self.looks += 1
            before = dataclasses.replace(super().state(number), head_sha="b" * 40)
            return before if self.looks <= late else super().state(number)

    assert publish(Lagging([TRAIN]), verdict(finding())) == conclusion


@pytest.mark.parametrize("moment", ["annotate", "review"])
def test_push_during_publication_leaves_no_verdict_on_the_old_commit(moment: str) -> None:
    github = FakeGitHub([TRAIN])

    def push(what: str) -> None:
        if what == moment:
            github.head_sha = "c" * 40

    github.on_write = push
    assert publish(github, verdict(finding())) == "cancelled"
    assert [run.conclusion for run in github.runs.values()] == ["cancelled"]
    assert len(github.reviews) == (moment == "review")


def test_when_inline_comments_are_refused_the_review_lists_all() -> None:
    github = FakeGitHub([TRAIN], refuse_inline=True)
    publish(github, verdict(finding()))
    ((body, comments),) = github.reviews
    assert comments == []
    assert "src/train.py:3" in body


def test_refused_annotations_and_reviews_do_not_keep_the_verdict_back() -> None:
    github = FakeGitHub([TRAIN], refuse_annotations=True, refuse_reviews=True)
    assert publish(github, verdict(finding())) == "failure"
    assert github.writes == ["create", "failure"]
    assert "src/train.py:3" in github.outputs[1].text


def test_diff_too_large_for_github_still_gets_its_verdict() -> None:
    github = FakeGitHub([TRAIN], diff_too_large=True)
    assert publish(github, verdict(finding())) == "failure"
    assert "src/train.py:3" in github.reviews[0][0]


def test_ten_thousand_findings_fit_and_say_what_is_missing() -> None:
    github = FakeGitHub([TRAIN])
    assert publish(github, verdict(*many(10_000))) == "failure"
    output = github.outputs[1]
    assert "not shown here" in output.summary
    assert "not shown here" in output.text
    assert len(github.held[1]) == 500
    assert "in the check run" in github.reviews[0][0]


def test_check_run_that_vanished_is_made_anew() -> None:
    github, wanted = FakeGitHub([TRAIN]), verdict()
    check_run_id = open_check(github, SUBJECT)
    github.runs.clear()
    publish_verdict(Steps(), github, SUBJECT, check_run_id, wanted)
    assert [(run.head_sha, run.conclusion) for run in github.runs.values()] == [(HEAD, "success")]


def test_check_run_says_which_rung_is_under_way() -> None:
    github = FakeGitHub()
    check_run_id = open_check(github, SUBJECT)
    assert (github.runs[1].status, open_check(github, SUBJECT)) == ("queued", check_run_id)
    show_progress(github, check_run_id, "static", "3 of 9 files")
    assert github.runs[1].status == "in_progress"
    assert "static" in github.outputs[1].title
    assert "3 of 9 files" in github.outputs[1].summary


def test_error_concludes_failure_with_its_reason_and_never_over_a_verdict() -> None:
    github = FakeGitHub()
    check_run_id = open_check(github, SUBJECT)
    conclude_error(github, SUBJECT, check_run_id, "The archive was refused.")
    assert github.runs[1].conclusion == "failure"
    assert "The archive was refused" in github.outputs[1].summary
    conclude_cancelled(github, SUBJECT, "too late")
    assert github.runs[1].conclusion == "failure"


def test_cancelling_needs_a_check_run() -> None:
    github = FakeGitHub()
    conclude_cancelled(github, SUBJECT, "closed")
    assert github.writes == []
    open_check(github, SUBJECT)
    conclude_cancelled(github, SUBJECT, "closed")
    assert github.runs[1].conclusion == "cancelled"


def test_a_check_run_that_is_not_listed_yet_is_cancelled_all_the_same() -> None:
    github = FakeGitHub(state_word="closed", unlisted={1})
    assert publish(github, verdict()) == "cancelled"
    assert github.runs[1].conclusion == "cancelled"


def test_a_check_run_cancelled_for_an_earlier_review_meanwhile_gets_a_successor() -> None:
    github = FakeGitHub([TRAIN])

    def cancelled_by_another(what: str) -> None:
        if what == "review":
            github.runs[1] = dataclasses.replace(github.runs[1], status="completed", conclusion="cancelled")

    github.on_write = cancelled_by_another
    steps = Steps()
    for _ in range(2):
        assert publish(github, verdict(finding()), steps) == "failure"
    assert [run.conclusion for run in github.runs.values()] == ["cancelled", "failure"]


def test_a_check_run_created_without_an_answer_does_not_stay_open() -> None:
    github = FakeGitHub([TRAIN], unlisted={1})
    open_check(github, SUBJECT)
    steps = Steps()
    steps("open", open_check, github, SUBJECT)
    github.unlisted.clear()
    assert publish(github, verdict(finding()), steps) == "failure"
    assert [run.conclusion for run in github.runs.values()] == ["failure", "failure"]
