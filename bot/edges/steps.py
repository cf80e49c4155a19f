"""What a workflow is to the engine that runs it: a plain function that does its work in remembered steps."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from bot.edges.protocols import Gone, HostError
from checks.tree import TreeError

T = TypeVar("T")

Argument = Mapping[str, object]
"""A workflow's argument: what JSON can hold."""


class StepFailed(Exception):  # noqa: N818 - an outcome, not a mistake
    """A step gave up.

    Args:
        step: the step's name.
        reason: what to tell a person; holds no secret and no text of an unknown exception.
        gone: whether GitHub said that what the step was about is not there any more.
    """

    def __init__(self, step: str, reason: str, *, gone: bool = False) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
        self.gone = gone


class Step(Protocol):
    """Runs one step of a workflow."""

    def __call__(self, name: str, function: Callable[..., T], /, *arguments: object) -> T:
        """Call the function and remember its result, which JSON can hold; after a restart, return what is remembered.

        The function may run more than once, so it looks for its own marker before it writes anything outside.

        Raises:
            StepFailed: it failed for good, or more often than the engine repeats it.
        """


class Workflow(Protocol):
    """A workflow: takes the runner of its steps and its argument; returns one word for how it ended."""

    def __call__(self, step: Step, argument: Argument, /) -> str:
        """Run it, or go on where it stopped."""


def public_reason(error: Exception) -> str:
    """What a pull request may be told about an error: the message of our own kinds, else only its kind."""
    if isinstance(error, HostError | TreeError):
        return " ".join(str(error).split())[:500]
    return f"an unexpected {type(error).__name__}; the server's log has the details"


def is_gone(error: Exception) -> bool:
    """Whether GitHub said that the repository, pull request or permission is not there any more."""
    return isinstance(error, Gone)
