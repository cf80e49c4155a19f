"""What the workflows need of GitHub, as small protocols; tests and the real client both satisfy them."""

from collections.abc import Sequence
from typing import IO, Protocol

from bot.core.published import (
    CHECK_NAME,
    Annotation,
    AnnotationLevel,
    ChangedFile,
    CheckOutput,
    CheckRun,
    Conclusion,
    InlineComment,
    PullRequestState,
)

__all__ = [
    "CHECK_NAME",
    "Annotation",
    "AnnotationLevel",
    "ChangedFile",
    "CheckOutput",
    "CheckRun",
    "CheckRuns",
    "Conclusion",
    "Gone",
    "Host",
    "HostError",
    "InlineComment",
    "PullRequestState",
    "PullRequests",
    "RateLimited",
    "Refused",
    "Repository",
    "Snapshots",
    "Unavailable",
]


class HostError(Exception):
    """GitHub did not do what was asked; the message says what was asked and how it answered."""


class Gone(HostError):  # noqa: N818 - a state, not a mistake
    """The repository, pull request, installation or permission is not there any more (403, 404, 410): stop."""


class Unavailable(HostError):  # noqa: N818
    """No usable answer (5xx, timeout, broken connection, refused credentials): try again later.

    The request may have been carried out all the same.
    """


class RateLimited(Unavailable):
    """GitHub asks to wait longer than the client is willing to; nothing was carried out.

    Args:
        message: what was asked and how GitHub answered.
        seconds: how long GitHub asks to wait.
    """

    def __init__(self, message: str, seconds: float = 60.0) -> None:
        super().__init__(message, seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"{self.args[0]} (asked to wait {self.seconds:.0f} s)"


class Refused(HostError):  # noqa: N818
    """GitHub understood the request and will not do it (400, 406, 409, 413, 422): repeating it changes nothing."""


class CheckRuns(Protocol):
    """Check runs of one repository. Every method blocks; call from a worker thread."""

    def find(self, head_sha: str, external_id: str) -> CheckRun | None:
        """Our own newest check run with this external id on this commit, or None."""

    def all(self, head_sha: str, external_id: str) -> Sequence[CheckRun]:
        """Every check run of ours with this external id on this commit, oldest first."""

    def create(self, head_sha: str, external_id: str, output: CheckOutput) -> CheckRun:
        """A new check run, queued."""

    def start(self, check_run_id: int, output: CheckOutput) -> None:
        """Set it in progress with this output."""

    def annotations(self, check_run_id: int) -> Sequence[Annotation]:
        """The annotations that GitHub already holds for it, all pages."""

    def annotate(self, check_run_id: int, output: CheckOutput, annotations: Sequence[Annotation]) -> None:
        """Append at most 50 annotations."""

    def complete(self, check_run_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        """Conclude it."""


class PullRequests(Protocol):
    """Pull requests of one repository."""

    def state(self, number: int) -> PullRequestState:
        """How the pull request is now."""

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """The files of its diff, all pages."""

    def review_bodies(self, number: int) -> Sequence[str]:
        """Bodies of the reviews that this App has posted on it."""

    def create_review(self, number: int, head_sha: str, body: str, comments: Sequence[InlineComment]) -> None:
        """One review, event COMMENT, with inline comments on the new side."""


class Snapshots(Protocol):
    """Contents of one repository."""

    def archive(self, sha: str) -> IO[bytes]:
        """The tree at a full SHA as a .tar.gz stream, read as it arrives; the caller closes it."""


class Repository(Protocol):
    """One repository, reached with a token of its installation."""

    @property
    def checks(self) -> CheckRuns:
        """Its check runs."""

    @property
    def pulls(self) -> PullRequests:
        """Its pull requests."""

    @property
    def snapshots(self) -> Snapshots:
        """Its contents."""


class Host(Protocol):
    """GitHub, as the App sees it."""

    def repository(self, installation_id: int, repository_id: int) -> Repository:
        """A repository by GitHub's number, through the installation that may act on it."""
