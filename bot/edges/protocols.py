"""What the workflows need of GitHub, as small protocols; tests and the real client both satisfy them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Literal, Protocol

Conclusion = Literal["success", "failure", "cancelled"]
AnnotationLevel = Literal["failure", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation of a check run, in GitHub's terms."""

    path: str
    start_line: int
    end_line: int
    level: AnnotationLevel
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """The text of a check run; each part already within GitHub's limits."""

    title: str
    summary: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run of ours as GitHub holds it."""

    id: int
    head_sha: str
    external_id: str
    status: str
    conclusion: str | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a pull request's diff; ``patch`` is None for big or binary files."""

    path: str
    status: str
    patch: str | None


@dataclass(frozen=True, slots=True)
class InlineComment:
    """One review comment on the new side of the diff."""

    path: str
    line: int
    start_line: int | None
    body: str


@dataclass(frozen=True, slots=True)
class PullRequestState:
    """What a pull request looks like now."""

    number: int
    state: str
    draft: bool
    head_sha: str
    base_sha: str


class CheckRuns(Protocol):
    """Check runs of one repository. Every method blocks; call from a worker thread."""

    def find(self, head_sha: str, external_id: str) -> CheckRun | None:
        """Our own check run with this external id on this commit, or None."""

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
