"""The durable engine, DBOS Transact, behind the few words that Referee needs of it."""

import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID, WorkflowStatus
from sqlalchemy.exc import SQLAlchemyError

from bot.edges.protocols import HostError, RateLimited, Unavailable
from bot.edges.steps import Argument, StepFailed, Workflow, is_gone, public_reason
from bot.edges.storage import DurableConnection, StoreError, reason
from checks.tree import TreeError

VERSION = "1"
"""The workflows' version, raised by hand: work in flight under another one waits for a process that has it."""

DRAIN_POLL_SECONDS = 0.05
"""Time between two looks at what still runs, while draining."""

T = TypeVar("T")

_only = threading.Lock()
_log = logging.getLogger(__name__)


class RunState(StrEnum):
    """Where a workflow stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELLED = "cancelled"


CRASHED = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
"""The engine's own word for a workflow that it gave up."""

MOST_CRASHES = 10
"""Ends of the process during one workflow after which it is given up."""

FORGOTTEN_AT_ONCE = 200
"""Workflows deleted in one transaction, so that webhooks need not wait long for it."""

_STATES = {
    "DELAYED": RunState.WAITING,
    "ENQUEUED": RunState.WAITING,
    "PENDING": RunState.RUNNING,
    "SUCCESS": RunState.FINISHED,
    "CANCELLED": RunState.CANCELLED,
    CRASHED: RunState.CRASHED,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One workflow as the engine knows it.

    Args:
        id: its identifier.
        state: where it stands.
        argument: what it was started with.
        outcome: the word that it returned, once finished.
        started_at: when it was queued, seconds since 1970.
    """

    id: str
    state: RunState
    argument: Argument
    outcome: str | None
    started_at: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether it will not do anything more."""
        return self.state not in (RunState.WAITING, RunState.RUNNING)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was stopped before its end."""
        return self.state is RunState.CANCELLED

    @property
    def is_crashed(self) -> bool:
        """Whether it was given up because the process ended during every attempt at it."""
        return self.state is RunState.CRASHED


@dataclass(frozen=True, slots=True)
class Queue:
    """Where workflows wait for their turn.

    Args:
        name: the queue's name.
        at_once: how many run at once in this process.
        at_once_per_key: how many with the same key run at once in all processes; None for no such limit.
    """

    name: str
    at_once: int
    at_once_per_key: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a step is repeated.

    Args:
        unavailable: attempts while GitHub gives no usable answer; with a doubling pause, 10 are 17 minutes.
        unexpected: attempts at anything else that failed.
        first_pause: seconds before the second attempt.
        longest_pause: most seconds waited because GitHub asks to; its limits are lifted every hour.
        poll: seconds between two looks into a queue.
    """

    unavailable: int = 10
    unexpected: int = 3
    first_pause: float = 1.0
    longest_pause: float = 3700.0
    poll: float = 0.25


class WorkflowFailed(Exception):  # noqa: N818 - an outcome, not a mistake
    """A workflow ended by an exception; the message is fit for a record."""


class ShuttingDown(BaseException):
    """The process ends: the step that was running is repeated after the restart.

    It passes every handler of exceptions, so that nothing is recorded.
    """


class Engine:
    """Runs registered workflows; one a process at a time. Every method blocks; call from a worker thread.

    Args:
        database_url: where workflows are kept.
        executor_id: this replica's name.
        patience: how often a step is repeated.
    """

    def __init__(self, database_url: str, executor_id: str, patience: Patience | None = None) -> None:
        self._url = database_url
        self._executor_id = executor_id
        self._patience = patience or Patience()
        self._workflows: dict[str, tuple[Workflow, Queue]] = {}
        self._entries: dict[str, Callable[[str], str]] = {}
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self.launched = False
        self.closing = threading.Event()

    def register(self, name: str, workflow: Workflow, queue: Queue) -> None:
        """Make a workflow known, before ``launch``."""
        self._workflows[name] = (workflow, queue)

    def launch(self) -> None:
        """Open the database, go on with what an earlier life of this replica left, and take new work.

        Raises:
            StoreError: the engine's part of the database cannot be used.
        """
        if not _only.acquire(blocking=False):
            raise RuntimeError("an engine is running in this process already, and DBOS allows one")
        engines_log = logging.getLogger("dbos")
        engines_log.addFilter(_unsaid)
        try:
            self._launch()
        except SQLAlchemyError as error:
            self.destroy()
            raise StoreError(f"the database does not let the durable engine start: {reason(error)}") from None
        except BaseException:
            self.destroy()
            raise
        finally:
            engines_log.removeFilter(_unsaid)
        self.launched = True

    def _launch(self) -> None:
        logging.getLogger("dbos").addHandler(logging.NullHandler())
        DBOS(config=self._config())
        for name, (workflow, _) in self._workflows.items():
            self._entries[name] = DBOS.workflow(name=name, max_recovery_attempts=MOST_CRASHES)(
                self._entry(name, workflow)
            )
        DBOS.launch()
        for queue in {queue for _, queue in self._workflows.values()}:
            DBOS.register_queue(
                queue.name,
                worker_concurrency=queue.at_once,
                partition_concurrency=queue.at_once_per_key,
                polling_interval_sec=self._patience.poll,
            )

    def destroy(self, drain_seconds: int = 0) -> None:
        """Take no new work, give running steps that long to end, and let go of the rest: a restart resumes it."""
        self.launched = False
        self.closing.set()
        end = time.monotonic() + drain_seconds
        while self._busy() and time.monotonic() < end:
            time.sleep(DRAIN_POLL_SECONDS)
        DBOS.destroy(destroy_registry=True)
        _only.release()

    def _busy(self) -> bool:
        with self._lock:
            return bool(self._running)

    def start(self, name: str, run_id: str, argument: Argument, key: str | None = None) -> None:
        """Queue a workflow; nothing happens when the id is taken."""
        _, queue = self._workflows[name]
        with SetWorkflowID(run_id), SetEnqueueOptions(queue_partition_key=key if queue.at_once_per_key else None):
            DBOS.enqueue_workflow(queue.name, self._entries[name], json.dumps(argument))

    def cancel(self, run_ids: Iterable[str]) -> None:
        """Let these do nothing more once their running step has ended."""
        DBOS.cancel_workflows(list(run_ids))

    def status(self, run_id: str) -> Run | None:
        """One workflow, or None."""
        return next(iter(self.runs(run_id, exact=True)), None)

    def runs(self, prefix: str, *, exact: bool = False) -> list[Run]:
        """The workflows whose id starts with ``prefix``, oldest first."""
        found = DBOS.list_workflows(workflow_ids=[prefix]) if exact else DBOS.list_workflows(workflow_id_prefix=prefix)
        return [_run(status) for status in found]

    def broken(self, name: str, age_seconds: float) -> list[Run]:
        """The workflows of one name, started within that time, that ended without a word, oldest first."""
        found = DBOS.list_workflows(name=name, status=["ERROR", CRASHED], start_time=_ago(age_seconds))
        return [_run(status) for status in found]

    def forget(self, age_seconds: float) -> int:
        """Delete what is kept of workflows that are over and were started longer ago; how many there were."""
        over = ["SUCCESS", "ERROR", "CANCELLED", CRASHED]
        count = 0
        while not self.closing.is_set():
            old = DBOS.list_workflows(
                status=over,
                end_time=_ago(age_seconds),
                limit=FORGOTTEN_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            DBOS.delete_workflows([status.workflow_id for status in old])
            count += len(old)
            if len(old) < FORGOTTEN_AT_ONCE:
                break
        return count

    def wait_until_away(self, run_ids: Iterable[str]) -> None:
        """Return when no step of these workflows is running in this process."""
        wanted = set(run_ids)
        while True:
            with self._lock:
                if not wanted & self._running:
                    return
            if self.closing.wait(self._patience.poll):
                raise ShuttingDown

    def _config(self) -> DBOSConfig:
        config = DBOSConfig(
            name="referee",
            system_database_url=self._url,
            application_version=VERSION,
            executor_id=self._executor_id,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
        )
        if self._url.startswith("sqlite"):
            config["sys_db_pool_size"] = 2
            config["db_engine_kwargs"] = {"connect_args": {"factory": DurableConnection}}
        return config

    def _entry(self, name: str, workflow: Workflow) -> Callable[[str], str]:
        def entry(argument: str) -> str:
            self._stop_when_closing()
            run_id = DBOS.workflow_id or ""
            with self._lock:
                self._running.add(run_id)
            try:
                return workflow(self._step, json.loads(argument))
            except Exception as error:
                _log.exception("workflow failed", extra={"workflow": name, "run": run_id})
                raise WorkflowFailed(public_reason(error)) from error
            finally:
                with self._lock:
                    self._running.discard(run_id)

        return entry

    def _step(self, name: str, function: Callable[..., T], /, *arguments: object) -> T:
        self._stop_when_closing()

        def attempt() -> str:
            for number in itertools.count(1):
                try:
                    return json.dumps({"value": function(*arguments)})
                except Exception as error:
                    last = number >= self._attempts(error)
                    self._report(name, number, error)
                    if last:
                        return json.dumps({"error": public_reason(error), "gone": is_gone(error)})
                    self._pause(number, error)
            raise AssertionError

        outcome = json.loads(DBOS.run_step({"name": name}, attempt))
        if "error" in outcome:
            raise StepFailed(name, outcome["error"], gone=outcome["gone"])
        result: T = outcome["value"]
        return result

    def _report(self, name: str, number: int, error: Exception) -> None:
        extra = {"step": name, "run": DBOS.workflow_id, "attempt": number}
        expected = isinstance(error, HostError | TreeError)
        _log.warning("step failed: %s", error, extra=extra, exc_info=None if expected else error)

    def _stop_when_closing(self) -> None:
        if self.closing.is_set():
            raise ShuttingDown

    def _attempts(self, error: Exception) -> int:
        if isinstance(error, Unavailable):
            return self._patience.unavailable
        return 1 if isinstance(error, HostError | TreeError) else self._patience.unexpected

    def _pause(self, number: int, error: Exception) -> None:
        seconds = self._patience.first_pause * 2 ** (number - 1)
        if isinstance(error, RateLimited):
            seconds = max(seconds, min(error.seconds, self._patience.longest_pause))
        if self.closing.wait(seconds):
            raise ShuttingDown from error


def _unsaid(_: logging.LogRecord) -> bool:
    # What keeps the engine from starting is raised, and said once by whoever starts it.
    return False


def _ago(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()


def _run(status: WorkflowStatus) -> Run:
    state = _STATES.get(status.status, RunState.FAILED)
    given = status.input["args"][0] if status.input else "{}"
    outcome = status.output if state is RunState.FINISHED else None
    return Run(status.workflow_id, state, json.loads(given), outcome, (status.created_at or 0) / 1000)
