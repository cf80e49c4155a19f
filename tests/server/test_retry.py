"""GitHub does not answer for longer than a step waits: the work is started anew, and nothing stays open."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from bot.core.subject import Subject
from bot.edges.durable import Run, RunState
from bot.edges.protocols import Gone, PullRequestState, Unavailable
from bot.edges.steps import Argument
from bot.workflows.review import Reviewer
from bot.workflows.reviews import REVIEW, Reviews
from bot.workflows.supersede import Superseder
from tests.server.fakes import FakeHost
from tests.server.harness import SHAS, fake_host, pull_request, ready_verdict, referee, until
from tests.server.publish_fake import KilledError, Steps

FIRST, SECOND, _ = SHAS
SUBJECT = Subject(11, 22, "octo/experiment", 1, FIRST, "0" * 40)


@dataclass
class Launched:
    """An engine that only keeps what it is told."""

    kept: dict[str, Run] = field(default_factory=dict)
    killed_after_cancel: bool = False

    def start(self, name: str, run_id: str, argument: Argument, key: str | None = None) -> None:
        self.kept.setdefault(run_id, Run(run_id, RunState.WAITING, argument, None))

    def end(self, run_id: str, state: RunState, outcome: str | None = None) -> None:
        self.kept[run_id] = Run(run_id, state, self.kept[run_id].argument, outcome)

    def runs(self, prefix: str) -> list[Run]:
        return [run for run in self.kept.values() if run.id.startswith(prefix)]

    def broken(self, name: str, age_seconds: float) -> Sequence[Run]:
        states = (RunState.FAILED, RunState.CRASHED)
        return [run for run in self.runs(name) if run.state in states]

    def forget(self, age_seconds: float) -> int:
        count, self.kept = len(self.kept), {}
        return count

    def cancel(self, run_ids: Iterable[str]) -> None:
        for run_id in run_ids:
            self.end(run_id, RunState.CANCELLED)
        if self.killed_after_cancel:
            self.killed_after_cancel = False
            raise KilledError

    def wait_until_away(self, run_ids: Iterable[str]) -> None:
        pass


def down(host: FakeHost, *where: str) -> threading.Event:
    """GitHub gives no answer to these calls until the event is set."""
    up = threading.Event()

    def interrupt(what: str) -> None:
        if what in where and not up.is_set():
            raise Unavailable("502")

    host.repositories[11, 22].interrupt = interrupt
    return up


@pytest.mark.parametrize("where", ["find", "start", "complete"])
def test_a_review_that_github_outlasted_is_done_after_a_restart(tmp_path: Path, where: str) -> None:
    host = fake_host()
    up = down(host, where, "complete")
    with referee(tmp_path, host) as running:
        running.send(pull_request("opened"))
        running.quiet()
        assert host.repositories[11, 22].conclusions() in ({}, {FIRST: [None]})
    up.set()
    with referee(tmp_path, host) as running:
        until(lambda: host.repositories[11, 22].conclusions() == {FIRST: ["success"]})
        running.quiet()
    with referee(tmp_path, host) as running:
        running.quiet()
        assert len(running.server.engine.runs("review:")) == 2


def test_a_stopped_review_that_github_outlasted_is_told_after_a_restart(tmp_path: Path) -> None:
    host = fake_host()
    up = down(host, "complete")
    begun, go = threading.Event(), threading.Event()

    def judge(*given: object) -> object:
        begun.set()
        assert go.wait(30)
        return ready_verdict(*given)  # type: ignore[arg-type]

    with referee(tmp_path, host, judge) as running:  # type: ignore[arg-type]
        running.send(pull_request("opened"))
        assert begun.wait(30)
        running.head(FIRST, state="closed")
        running.send(pull_request("closed"))
        until(lambda: any(run.state == "cancelled" for run in running.server.engine.runs("review:")))
        go.set()
        running.quiet()
        assert running.repository.conclusions() == {FIRST: [None]}
    up.set()
    with referee(tmp_path, host):
        until(lambda: host.repositories[11, 22].conclusions() == {FIRST: ["cancelled"]})


def test_killed_between_cancelling_and_noting_it_the_check_run_is_still_concluded() -> None:
    host, launched, steps = fake_host(), Launched(killed_after_cancel=True), Steps()
    repository = host.repositories[11, 22]
    Reviews(launched).start(SUBJECT)
    repository.create(FIRST, SUBJECT.review_id, None)  # type: ignore[arg-type]
    argument = {**asdict(SUBJECT), "head_sha": SECOND, "closed": True}
    repository.states[1] = PullRequestState(1, "closed", False, FIRST, "0" * 40)
    stop = Superseder(host, launched)
    with pytest.raises(KilledError):
        stop(steps, argument)
    assert stop(steps, argument) == "stopped 1"
    assert repository.conclusions() == {FIRST: ["cancelled"]}


def test_a_review_that_took_the_process_down_every_time_ends_as_a_failure() -> None:
    host, launched = fake_host(), Launched()
    reviews = Reviews(launched)
    reviews.start(SUBJECT)
    launched.end(f"{SUBJECT.review_id}~1", RunState.CRASHED)
    for state in (RunState.FAILED, RunState.WAITING):
        assert reviews.retry() > 0
        launched.end(list(launched.kept)[-1], state)
    last = launched.runs(SUBJECT.review_id)[-1]
    assert last.id.endswith("~3")

    def judge(*_: object) -> None:
        raise AssertionError("it is not tried again")

    assert Reviewer(host, judge, "https://github.com")(Steps(), last.argument) == "no verdict"  # type: ignore[arg-type]
    assert host.repositories[11, 22].conclusions() == {FIRST: ["failure"]}


@pytest.mark.parametrize(("attempts", "hours"), [(2, 1), (3, 3), (4, 7), (7, 63)])
def test_every_further_attempt_waits_longer(attempts: int, hours: int) -> None:
    for seconds, more in ((-60, 0), (60, 1)):
        launched = Launched()
        run_id = f"{SUBJECT.review_id}~{attempts}"
        started_at = time.time() - 3600 * hours - seconds
        launched.kept[run_id] = Run(run_id, RunState.FAILED, asdict(SUBJECT), None, started_at)
        Reviews(launched).retry()
        assert len(launched.kept) == 1 + more


def test_a_permission_that_comes_back_after_the_check_run_was_opened_ends_in_a_verdict(tmp_path: Path) -> None:
    host = fake_host()
    repository = host.repositories[11, 22]
    gone = [True]

    def interrupt(what: str) -> None:
        if gone and what in {"start", "complete"}:
            raise Gone("403 This installation has been suspended")

    repository.interrupt = interrupt
    with referee(tmp_path, host) as running:
        running.send(pull_request("opened"))
        running.quiet()
        assert None in repository.conclusions()[FIRST]
    gone.clear()
    with referee(tmp_path, host):
        until(lambda: {*repository.conclusions()[FIRST]} == {"success"})


def test_a_new_attempt_never_takes_a_name_that_is_in_use() -> None:
    launched = Launched()
    reviews = Reviews(launched)
    for _ in range(2):
        reviews.start(SUBJECT)
        launched.end(list(launched.kept)[-1], RunState.FINISHED, "no verdict")
    del launched.kept[f"{SUBJECT.review_id}~1"]
    reviews.start(SUBJECT)
    assert list(launched.kept) == [f"{SUBJECT.review_id}~2", f"{SUBJECT.review_id}~3"]
    assert launched.kept[f"{SUBJECT.review_id}~3"].id.startswith(REVIEW)
