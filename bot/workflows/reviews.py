"""What handlers may ask for: start the review of a commit, supersede the reviews of a pull request."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Literal, Protocol

from bot.core.subject import Subject
from bot.edges.steps import Argument

REVIEW = "review"
"""Name of the workflow that reviews one commit of a pull request."""

SUPERSEDE = "supersede"
"""Name of the workflow that stops the reviews which a push or a close made pointless."""

PUBLISHED: Literal["published"] = "published"
"""How a review ends whose verdict is on GitHub; every other end lets the same commit be reviewed again."""


class Run(Protocol):
    """A workflow as the engine knows it."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def argument(self) -> Argument:
        """What it was started with."""

    @property
    def outcome(self) -> str | None:
        """The word that it returned, once finished."""

    @property
    def is_over(self) -> bool:
        """Whether it will not do anything more."""


class Launcher(Protocol):
    """What starting and stopping needs of the engine."""

    def start(self, name: str, run_id: str, argument: Argument, key: str | None = None) -> None:
        """Queue a workflow; nothing happens when the id is taken."""

    def runs(self, prefix: str) -> Sequence[Run]:
        """The workflows whose id starts with ``prefix``, oldest first."""

    def cancel(self, run_ids: Iterable[str]) -> None:
        """Let these do nothing more once their running step has ended."""

    def wait_until_away(self, run_ids: Iterable[str]) -> None:
        """Return when no step of these workflows is running in this process."""


def is_settled(runs: Iterable[Run]) -> bool:
    """Whether one of a commit's reviews has published its verdict or is going to."""
    return any(not run.is_over or run.outcome == PUBLISHED for run in runs)


class Reviews:
    """Starts and supersedes reviews, each once however often it is asked for."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher

    def start(self, subject: Subject) -> None:
        """Review a commit, unless its verdict is published or on its way."""
        earlier = self._launcher.runs(subject.review_id)
        if is_settled(earlier):
            return
        run_id = f"{subject.review_id}~{len(earlier) + 1}"
        argument = {**asdict(subject), "again": bool(earlier)}
        self._launcher.start(REVIEW, run_id, argument, key=str(subject.repository_id))

    def supersede(self, subject: Subject, cause: str, *, closed: bool) -> None:
        """Stop the reviews of the pull request's other commits.

        Args:
            subject: the pull request and its head as the event said.
            cause: the delivery's GUID; one cause supersedes once.
            closed: whether no commit of it is to be reviewed any more.
        """
        argument = {**asdict(subject), "closed": closed}
        self._launcher.start(SUPERSEDE, f"supersede:{subject.pull_request_key}:{cause}", argument)
