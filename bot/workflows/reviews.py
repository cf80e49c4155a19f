"""What handlers may ask for: start the review of a commit, supersede the reviews of a pull request."""

import time
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

RETRIED_FOR = 3 * 24 * 3600.0
"""Seconds from its start for which work that ended without a word is started anew."""

RETRY_PAUSE = 3600.0
"""Seconds between the start of a second attempt and a third; doubled before every further one, so there are seven."""


class Run(Protocol):
    """A workflow as the engine knows it."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def started_at(self) -> float:
        """When it was queued, seconds since 1970."""

    @property
    def argument(self) -> Argument:
        """What it was started with."""

    @property
    def outcome(self) -> str | None:
        """The word that it returned, once finished."""

    @property
    def is_over(self) -> bool:
        """Whether it will not do anything more."""

    @property
    def is_cancelled(self) -> bool:
        """Whether it was stopped before its end."""

    @property
    def is_crashed(self) -> bool:
        """Whether it was given up because the process ended during every attempt at it."""


class Launcher(Protocol):
    """What starting and stopping needs of the engine."""

    def start(self, name: str, run_id: str, argument: Argument, key: str | None = None) -> None:
        """Queue a workflow; nothing happens when the id is taken."""

    def runs(self, prefix: str) -> Sequence[Run]:
        """The workflows whose id starts with ``prefix``, oldest first."""

    def broken(self, name: str, age_seconds: float) -> Sequence[Run]:
        """The workflows of one name, started within that time, that ended without a word, oldest first."""

    def forget(self, age_seconds: float) -> int:
        """Delete what is kept of workflows that are over and were started longer ago; how many there were."""

    def cancel(self, run_ids: Iterable[str]) -> None:
        """Let these do nothing more once their running step has ended."""

    def wait_until_away(self, run_ids: Iterable[str]) -> None:
        """Return when no step of these workflows is running in this process."""


def attempt(run_id: str) -> int:
    """Which attempt at the same work a workflow's identifier names, counted from 1."""
    return int(run_id.partition("~")[2] or 1)


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
        number = 1 + max((attempt(run.id) for run in earlier), default=0)
        run_id = f"{subject.review_id}~{number}"
        self._launcher.start(REVIEW, run_id, asdict(subject), key=str(subject.repository_id))

    def supersede(self, subject: Subject, cause: str, *, closed: bool) -> None:
        """Stop the reviews of the pull request's other commits.

        Args:
            subject: the pull request and its head as the event said.
            cause: the delivery's GUID; one cause supersedes once.
            closed: whether no commit of it is to be reviewed any more.
        """
        argument = {**asdict(subject), "closed": closed}
        self._launcher.start(SUPERSEDE, f"supersede:{subject.pull_request_key}:{cause}", argument)

    def retry(self) -> int:
        """Start anew what ended without a word, as when GitHub did not answer for longer than a step waits.

        Each is started once more, unless that was done already: the next attempt's name is derived from the last one's.

        Returns:
            How many were looked at.
        """
        broken = [(name, run) for name in (REVIEW, SUPERSEDE) for run in self._launcher.broken(name, RETRIED_FOR)]
        for name, run in broken:
            key = str(run.argument["repository_id"]) if name == REVIEW else None
            number = attempt(run.id)
            if time.time() - run.started_at < RETRY_PAUSE * (2 ** (number - 1) - 1):
                continue
            argument = {**run.argument, "retried": True, "crashed": run.is_crashed or bool(run.argument.get("crashed"))}
            self._launcher.start(name, f"{run.id.partition('~')[0]}~{number + 1}", argument, key=key)
        return len(broken)

    def forget(self, age_seconds: float) -> int:
        """Delete what is kept of reviews that are over and older than that; how many there were."""
        return self._launcher.forget(age_seconds)
