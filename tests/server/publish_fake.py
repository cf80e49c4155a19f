"""GitHub as the publishing workflow sees it, held in memory; refuses what GitHub refuses."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, TypeVar

from bot.core.placement import hunks
from bot.core.published import (
    Annotation,
    ChangedFile,
    CheckOutput,
    CheckRun,
    Conclusion,
    InlineComment,
    PullRequestState,
)
from bot.core.subject import Subject
from bot.edges.protocols import Gone, Refused

T = TypeVar("T")
HEAD = "a" * 40
SUBJECT = Subject(7, 42, "octo/experiment", 3, HEAD, "b" * 40)


class KilledError(Exception):
    """The process died here."""


@dataclass
class FakeGitHub:
    """One repository with one pull request; also the host. ``kill_after`` ends the process after that many writes."""

    files: list[ChangedFile] = field(default_factory=list)
    head_sha: str = HEAD
    state_word: str = "open"
    runs: dict[int, CheckRun] = field(default_factory=dict)
    outputs: dict[int, CheckOutput] = field(default_factory=dict)
    held: dict[int, list[Annotation]] = field(default_factory=dict)
    reviews: list[tuple[str, list[InlineComment]]] = field(default_factory=list)
    unlisted: set[int] = field(default_factory=set)
    writes: list[str] = field(default_factory=list)
    kill_after: int | None = None
    refuse_inline: bool = False
    refuse_annotations: bool = False
    refuse_reviews: bool = False
    diff_too_large: bool = False
    on_write: Callable[[str], None] = lambda _: None

    def repository(self, installation_id: int, repository_id: int) -> "FakeGitHub":
        if (installation_id, repository_id) != (SUBJECT.installation_id, SUBJECT.repository_id):
            raise Gone("no such repository in this installation")
        return self

    @property
    def checks(self) -> "FakeGitHub":
        return self

    @property
    def pulls(self) -> "FakeGitHub":
        return self

    @property
    def snapshots(self) -> "FakeGitHub":
        return self

    def archive(self, sha: str) -> IO[bytes]:
        return io.BytesIO(sha.encode())

    def find(self, head_sha: str, external_id: str) -> CheckRun | None:
        return next(reversed(self.all(head_sha, external_id)), None)

    def all(self, head_sha: str, external_id: str) -> list[CheckRun]:
        listed = [run for run in self.runs.values() if run.id not in self.unlisted]
        return [r for r in listed if (r.head_sha, r.external_id) == (head_sha, external_id)]

    def create(self, head_sha: str, external_id: str, output: CheckOutput) -> CheckRun:
        run = CheckRun(len(self.runs) + 1, head_sha, external_id, "queued", None, "https://github.com/c/1")
        self.runs[run.id], self.outputs[run.id], self.held[run.id] = run, output, []
        self._wrote("create")
        return run

    def start(self, check_run_id: int, output: CheckOutput) -> None:
        self._update(check_run_id, output, status="in_progress")
        self._wrote("start")

    def annotations(self, check_run_id: int) -> Sequence[Annotation]:
        return self.held[check_run_id]

    def annotate(self, check_run_id: int, output: CheckOutput, annotations: Sequence[Annotation]) -> None:
        if len(annotations) > 50 or self.refuse_annotations:
            raise Refused("more than 50 annotations")
        self._update(check_run_id, output)
        self.held[check_run_id] += annotations
        self._wrote("annotate")

    def complete(self, check_run_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        self._update(check_run_id, output, status="completed", conclusion=conclusion)
        self._wrote(conclusion)

    def state(self, number: int) -> PullRequestState:
        return PullRequestState(number, self.state_word, False, self.head_sha, SUBJECT.base_sha)

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        if self.diff_too_large:
            raise Refused("406 the diff exceeded the maximum number of files (300)")
        return self.files

    def review_bodies(self, number: int) -> Sequence[str]:
        return [body for body, _ in self.reviews]

    def create_review(self, number: int, head_sha: str, body: str, comments: Sequence[InlineComment]) -> None:
        if self.refuse_reviews:
            raise Refused("422 the conversation is locked")
        shown = {file.path: hunks(file.patch or "") for file in self.files}
        for comment in comments:
            lines = [comment.line, comment.start_line or comment.line]
            inside = any(all(a <= line <= b for line in lines) for a, b in shown.get(comment.path, []))
            if self.refuse_inline or not inside:
                raise Refused("422 line must be part of the diff")
        self.reviews.append((body, list(comments)))
        self._wrote("review")

    def _update(self, check_run_id: int, output: CheckOutput, **changes: str) -> None:
        if check_run_id not in self.runs:
            raise Gone("404 no such check run")
        for part in (output.summary, output.text):
            if len(part) > 65_535:
                raise Refused("422 output is too long")
        self.runs[check_run_id] = replace(self.runs[check_run_id], **changes)  # type: ignore[arg-type]
        self.outputs[check_run_id] = output

    def _wrote(self, what: str) -> None:
        self.writes.append(what)
        self.on_write(what)
        if self.kill_after is not None and len(self.writes) == self.kill_after:
            raise KilledError


@dataclass
class Steps:
    """Durable steps in memory: what is recorded survives a killed process and is not run again."""

    recorded: dict[str, object] = field(default_factory=dict)

    def __call__(self, name: str, function: Callable[..., T], /, *args: object) -> T:
        if name not in self.recorded:
            self.recorded[name] = function(*args)
        return self.recorded[name]  # type: ignore[return-value]
