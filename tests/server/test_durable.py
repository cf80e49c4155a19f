"""The engine: steps are remembered, repeated by kind of error, drained and resumed; on SQLite and on Postgres."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.edges.durable import Engine, Patience, Queue, RunState
from bot.edges.protocols import Gone, RateLimited, Refused, Unavailable
from bot.edges.steps import Argument, Step, StepFailed, Workflow
from bot.edges.storage import Database
from checks.tree import TreeError
from tests.server.harness import until

QUICK = Patience(unavailable=4, unexpected=2, first_pause=0.01, longest_pause=0.02, poll=0.05)
QUEUE = Queue("work", at_once=4, at_once_per_key=1)


@contextlib.contextmanager
def engine(url: str, workflow: Workflow, queue: Queue = QUEUE, drain: int = 5) -> Iterator[Engine]:
    """A launched engine that knows one workflow."""
    database = Database(url)
    running = Engine(database.url, "one", QUICK)
    running.register("work", workflow, queue)
    running.launch()
    try:
        yield running
    finally:
        running.destroy(drain)
        database.close()


def over(running: Engine, run_id: str) -> bool:
    run = running.status(run_id)
    return run is not None and run.is_over


def outcome(url: str, workflow: Workflow) -> tuple[RunState, str | None]:
    """How one run of the workflow ends."""
    with engine(url, workflow) as running:
        running.start("work", "it", {}, key="k")
        until(lambda: over(running, "it"))
        run = running.status("it")
        assert run is not None
        return run.state, run.outcome


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/referee.db"


def test_an_id_that_is_taken_starts_nothing_and_the_first_argument_wins(database_url: str) -> None:
    seen: list[object] = []

    def workflow(step: Step, argument: Argument) -> str:
        seen.append(argument["n"])
        return "done"

    with engine(database_url, workflow) as running:
        for n in range(5):
            running.start("work", "same", {"n": n}, key="k")
        until(lambda: over(running, "same"))
        running.start("work", "same", {"n": 9}, key="k")
        running.start("work", "other", {"n": "o"}, key="k")
        until(lambda: over(running, "other"))
        assert seen == [0, "o"]
        assert [(run.id, run.outcome) for run in running.runs("sam")] == [("same", "done")]
        assert running.status("nothing") is None


def test_a_drained_workflow_goes_on_after_its_last_finished_step(database_url: str) -> None:
    calls: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go.wait(30)
        calls.append("slow")
        return "remembered \ud800 \0"

    def workflow(step: Step, argument: Argument) -> str:
        step("first", lambda: calls.append("first"))
        value = step("slow", slow)
        step("last", lambda: calls.append("last"))
        return value.encode("ascii", "backslashreplace").decode()

    with engine(database_url, workflow) as running:
        running.start("work", "it", {}, key="k")
        assert begun.wait(30)
        threading.Timer(0.3, go.set).start()
    assert calls == ["first", "slow"]
    with engine(database_url, workflow) as running:
        until(lambda: over(running, "it"))
        run = running.status("it")
        assert run is not None
        assert run.outcome == "remembered \\ud800 \x00"
    assert calls == ["first", "slow", "last"]


@pytest.mark.parametrize(
    ("error", "attempts", "said"),
    [
        (Unavailable("GET: 502"), 4, "GET: 502"),
        (RateLimited("GET: 429", 0.01), 4, "GET: 429"),
        (RateLimited("GET: 429", 1e9), 4, "GET: 429"),
        (Refused("POST: 422"), 1, "POST: 422"),
        (Gone("GET: 404"), 1, "GET: 404"),
        (TreeError("no profile fits"), 1, "no profile fits"),
        (KeyError("hunter2"), 2, "KeyError"),
        (OSError(28, "No space left on hunter2"), 2, "OSError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_step_is_repeated_as_its_error_deserves_and_its_end_is_told(
    url: str, error: Exception, attempts: int, said: str
) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise error

    def workflow(step: Step, argument: Argument) -> str:
        try:
            step("fails", fail)
        except StepFailed as failure:
            return f"gone: {failure.gone}, {failure.reason}"
        return "no failure"

    state, told = outcome(url, workflow)
    assert state is RunState.FINISHED
    assert told is not None
    assert told.startswith(f"gone: {isinstance(error, Gone)}, ")
    assert said in told
    assert "hunter2" not in told
    assert len(calls) == attempts


def test_a_workflow_that_raises_ends_as_failed(url: str) -> None:
    def workflow(step: Step, argument: Argument) -> str:
        raise ZeroDivisionError("as told")

    assert outcome(url, workflow) == (RunState.FAILED, None)


def test_a_cancelled_workflow_stops_after_its_running_step(database_url: str) -> None:
    calls: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert go.wait(30)
        calls.append("slow")

    def workflow(step: Step, argument: Argument) -> str:
        step("slow", slow)
        step("last", lambda: calls.append("last"))
        return "done"

    with engine(database_url, workflow) as running:
        running.start("work", "it", {}, key="k")
        running.start("work", "waits", {}, key="k")
        assert begun.wait(30)
        running.cancel(["it", "waits"])
        threading.Timer(0.2, go.set).start()
        running.wait_until_away(["it", "waits"])
        assert calls == ["slow"]
        assert {run.state for run in running.runs("")} == {RunState.CANCELLED}
    assert calls == ["slow"]


def test_one_key_runs_one_at_a_time_and_another_beside_it(database_url: str) -> None:
    now: list[str] = []
    most: dict[str, int] = {}
    lock = threading.Lock()

    def work(key: str) -> None:
        with lock:
            now.append(key)
            most[key] = max(most.get(key, 0), now.count(key))
            most["all"] = max(most.get("all", 0), len(now))
        time.sleep(0.2)
        with lock:
            now.remove(key)

    def workflow(step: Step, argument: Argument) -> str:
        step("work", work, argument["key"])
        return "done"

    with engine(database_url, workflow) as running:
        for key in ("a", "b"):
            for n in range(4):
                running.start("work", f"{key}{n}", {"key": key}, key=key)
        until(lambda: len(running.runs("")) == 8 and all(run.is_over for run in running.runs("")))
    assert most == {"a": 1, "b": 1, "all": 2}


def test_a_second_engine_in_one_process_is_refused(url: str) -> None:
    def workflow(step: Step, argument: Argument) -> str:
        return "done"

    with engine(url, workflow), pytest.raises(RuntimeError, match="already"):
        Engine(url, "two").launch()


def test_what_is_over_and_old_is_forgotten_and_the_rest_kept(database_url: str) -> None:
    go = threading.Event()

    def workflow(step: Step, argument: Argument) -> str:
        if argument["wait"]:
            assert go.wait(30)
        return "done"

    with engine(database_url, workflow) as running:
        running.start("work", "over", {"wait": False}, key="a")
        running.start("work", "under way", {"wait": True}, key="b")
        until(lambda: over(running, "over"))
        assert running.forget(3600) == 0
        assert running.forget(-60) == 1
        assert [run.id for run in running.runs("")] == ["under way"]
        go.set()


def test_what_ended_without_a_word_is_listed_for_as_long_as_asked(database_url: str) -> None:
    def workflow(step: Step, argument: Argument) -> str:
        if argument["fails"]:
            raise StepFailed("write", "502")
        return "done"

    with engine(database_url, workflow) as running:
        for name, fails in (("good", False), ("bad", True)):
            running.start("work", name, {"fails": fails}, key=name)
        until(lambda: all(run.is_over for run in running.runs("")))
        assert [(run.id, run.is_crashed) for run in running.broken("work", 3600)] == [("bad", False)]
        assert running.broken("other", 3600) == []
        assert running.broken("work", -60) == []
