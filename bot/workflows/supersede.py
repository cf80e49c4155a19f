"""Stops the reviews that a push or a close made pointless, and concludes their check runs as cancelled."""

from collections.abc import Mapping
from dataclasses import fields

from bot.core.subject import Subject
from bot.edges.protocols import Host
from bot.edges.steps import Argument, Step, StepFailed
from bot.workflows import publish
from bot.workflows.reviews import Launcher, is_settled


def subject_from(argument: Argument) -> Subject:
    """The subject that a workflow was started with."""
    return Subject(**{field.name: argument[field.name] for field in fields(Subject)})  # type: ignore[arg-type]


class Superseder:
    """The workflow.

    Which commits are still wanted is what GitHub says now, and what the event said in case GitHub's answer lags: so
    an event that comes late or twice stops nothing that is needed.
    """

    def __init__(self, host: Host, launcher: Launcher) -> None:
        self._host = host
        self._launcher = launcher

    def __call__(self, step: Step, argument: Argument, /) -> str:
        """Cancel, wait until the running step of each has ended, then conclude the check runs."""
        subject, closed = subject_from(argument), bool(argument["closed"])
        wanted = [] if closed else [subject.head_sha]
        try:
            wanted += step("ask for the pull request's head", self._live_head, argument)
        except StepFailed as failure:
            if failure.gone:
                wanted = []
        reason = "The pull request was closed." if closed else f"A newer commit is under review: {subject.head_sha}."
        # Found and recorded before the first is cancelled: after a restart none could be told from those of long ago.
        stopped: list[Argument] = step("find older reviews", self._pointless, argument, wanted)
        step("cancel older reviews", self._cancel, [str(run["id"]) for run in stopped])
        step("wait for the running steps", self._wait, [str(run["id"]) for run in stopped])
        for run in stopped:
            self._tell(step, run, reason)
        return f"stopped {len(stopped)}"

    def _tell(self, step: Step, run: Argument, reason: str) -> None:
        try:
            step(f"conclude {run['head_sha']}", self._conclude, run, reason)
        except StepFailed as failure:
            if not failure.gone:
                raise

    def _live_head(self, argument: Argument) -> list[str]:
        subject = subject_from(argument)
        now = self._host.repository(subject.installation_id, subject.repository_id).pulls.state(subject.pull_number)
        return [now.head_sha] if now.state == "open" else []

    def _pointless(self, argument: Argument, wanted: list[str]) -> list[Mapping[str, object]]:
        runs = self._launcher.runs(f"{subject_from(argument).pull_request_key}:")
        # What an attempt of this before has cancelled may still have an open check run.
        left = [run for run in runs if not run.is_over or (argument.get("retried") and run.is_cancelled)]
        return [{**run.argument, "id": run.id} for run in left if run.argument["head_sha"] not in wanted]

    def _cancel(self, run_ids: list[str]) -> None:
        self._launcher.cancel(run_ids)

    def _wait(self, run_ids: list[str]) -> None:
        self._launcher.wait_until_away(run_ids)

    def _conclude(self, run: Argument, reason: str) -> None:
        subject = subject_from(run)
        if is_settled(self._launcher.runs(subject.review_id)):
            return  # it was reopened meanwhile, and the later review concludes the check run
        repository = self._host.repository(subject.installation_id, subject.repository_id)
        publish.conclude_cancelled(repository, subject, reason)
