"""What Referee writes to a pull request and reads back from it, as plain data in GitHub's terms."""

from dataclasses import dataclass
from typing import Literal

CHECK_NAME = "referee / verdict"
"""Name of the check run, which a branch protection requires."""

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
