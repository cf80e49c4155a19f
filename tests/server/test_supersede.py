"""A push or a close stops what is under way for older commits, and their check runs end as cancelled."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from bot.core.subject import Subject
from bot.edges.protocols import Unavailable
from checks.verdict import Verdict
from tests.server.harness import SHAS, Running, pull_request, ready_verdict, referee, until

FIRST, SECOND, THIRD = SHAS


class HeldJudge:
    """A judge that holds a commit until it is let go."""

    def __init__(self) -> None:
        self.begun: dict[str, threading.Event] = {sha: threading.Event() for sha in SHAS}
        self.free: dict[str, threading.Event] = {sha: threading.Event() for sha in SHAS}

    def __call__(self, archive: IO[bytes], subject: Subject) -> Verdict:
        self.begun[subject.head_sha].set()
        assert self.free[subject.head_sha].wait(30)
        return ready_verdict(archive, subject)

    def begins(self, sha: str) -> None:
        assert self.begun[sha].wait(30)


@pytest.fixture
def judge() -> HeldJudge:
    return HeldJudge()


@pytest.fixture
def running(tmp_path: Path, judge: HeldJudge) -> Iterator[Running]:
    with referee(tmp_path, judge=judge, parallel_reviews_per_repository=2) as running:
        yield running
        for event in judge.free.values():
            event.set()


def test_a_push_supersedes_the_review_of_the_older_commit(running: Running, judge: HeldJudge) -> None:
    running.send(pull_request("opened", FIRST))
    judge.begins(FIRST)
    running.head(SECOND)
    running.send(pull_request("synchronize", SECOND))
    judge.begins(SECOND)
    for event in judge.free.values():
        event.set()
    running.quiet()
    assert running.repository.conclusions() == {FIRST: ["cancelled"], SECOND: ["success"]}
    assert {sha for _, sha, _ in running.repository.reviews} <= {SECOND}


def test_a_close_cancels_and_a_reopening_reviews_the_same_commit_again(running: Running, judge: HeldJudge) -> None:
    running.send(pull_request("opened", FIRST))
    judge.begins(FIRST)
    running.head(FIRST, state="closed")
    running.send(pull_request("closed", FIRST))
    until(lambda: any(run.id.startswith("supersede") for run in running.server.engine.runs("")))
    judge.free[FIRST].set()
    running.quiet()
    assert running.repository.conclusions() == {FIRST: ["cancelled"]}
    running.head(FIRST)
    running.send(pull_request("reopened", FIRST))
    running.quiet()
    assert running.repository.conclusions() == {FIRST: ["cancelled", "success"]}


def test_a_reopening_while_the_closed_ones_step_still_runs_ends_with_a_verdict(
    running: Running, judge: HeldJudge
) -> None:
    running.send(pull_request("opened", FIRST))
    judge.begins(FIRST)
    running.head(FIRST, state="closed")
    running.send(pull_request("closed", FIRST))
    until(lambda: any(run.state == "cancelled" for run in running.server.engine.runs("review:")))
    judge.begun[FIRST].clear()
    running.head(FIRST)
    running.send(pull_request("reopened", FIRST))
    judge.begins(FIRST)
    judge.free[FIRST].set()
    running.quiet()
    assert running.repository.conclusions()[FIRST][-1] == "success"
    assert None not in running.repository.conclusions()[FIRST]


def test_a_review_that_waits_for_its_turn_is_cancelled_without_a_check_run(running: Running, judge: HeldJudge) -> None:
    for number, sha in enumerate((FIRST, SECOND, THIRD), start=1):
        running.head(sha, number)
        running.send(pull_request("opened", sha, number))
    judge.begins(FIRST)
    judge.begins(SECOND)
    running.head(THIRD, 3, state="closed")
    running.send(pull_request("closed", THIRD, 3))
    until(lambda: running.server.deliveries.states().popitem()[1][0] == "done")
    until(lambda: all(run.is_over for run in running.server.engine.runs("supersede:")))
    for event in judge.free.values():
        event.set()
    running.quiet()
    assert running.repository.conclusions() == {FIRST: ["success"], SECOND: ["success"]}


def test_a_late_close_stops_nothing_of_a_pull_request_that_is_open_again(running: Running, judge: HeldJudge) -> None:
    running.send(pull_request("reopened", FIRST))
    judge.begins(FIRST)
    running.send(pull_request("closed", FIRST))
    until(lambda: len(running.server.engine.runs("supersede:")) == 1)
    until(lambda: all(run.is_over for run in running.server.engine.runs("supersede:")))
    judge.free[FIRST].set()
    running.quiet()
    assert running.repository.conclusions() == {FIRST: ["success"]}


def test_late_news_of_an_older_push_stops_nothing_of_the_present_head(running: Running, judge: HeldJudge) -> None:
    running.head(THIRD)
    running.send(pull_request("synchronize", THIRD))
    judge.begins(THIRD)
    running.send(pull_request("synchronize", SECOND))
    judge.begins(SECOND)
    for event in judge.free.values():
        event.set()
    running.quiet()
    assert running.repository.conclusions() == {THIRD: ["success"], SECOND: ["cancelled"]}


def test_another_pull_request_whose_number_begins_alike_is_left_alone(running: Running, judge: HeldJudge) -> None:
    running.head(SECOND, 10)
    running.send(pull_request("opened", SECOND, 10))
    judge.begins(SECOND)
    running.head(FIRST, 1, state="closed")
    running.send(pull_request("closed", FIRST, 1))
    until(lambda: len(running.server.engine.runs("supersede:")) == 1)
    judge.free[SECOND].set()
    running.quiet()
    assert running.repository.conclusions() == {SECOND: ["success"]}


def test_a_push_supersedes_even_while_github_does_not_say_what_the_head_is(tmp_path: Path, judge: HeldJudge) -> None:
    with referee(tmp_path, judge=judge, parallel_reviews_per_repository=2) as running:
        running.send(pull_request("opened", FIRST))
        judge.begins(FIRST)
        running.head(SECOND)
        silent = threading.Event()
        silent.set()

        def interrupt(what: str) -> None:
            if what == "state" and silent.is_set():
                raise Unavailable("GET /pulls/1: 502")

        running.repository.interrupt = interrupt
        running.send(pull_request("synchronize", SECOND))
        judge.begins(SECOND)
        until(lambda: any(run.state == "cancelled" for run in running.server.engine.runs("review:")))
        silent.clear()
        for event in judge.free.values():
            event.set()
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["cancelled"], SECOND: ["success"]}


def test_the_check_run_ends_cancelled_though_it_was_being_created_as_the_push_came(tmp_path: Path) -> None:
    creating, go = threading.Event(), threading.Event()

    with referee(tmp_path, parallel_reviews_per_repository=2) as running:

        def interrupt(what: str) -> None:
            if what == "create" and not creating.is_set():
                creating.set()
                assert go.wait(30)

        running.repository.interrupt = interrupt
        running.send(pull_request("opened", FIRST))
        assert creating.wait(30)
        running.head(SECOND)
        running.send(pull_request("synchronize", SECOND))
        until(lambda: any(run.state == "cancelled" for run in running.server.engine.runs("review:")))
        time.sleep(0.2)
        go.set()
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["cancelled"], SECOND: ["success"]}
