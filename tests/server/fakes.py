"""A GitHub in memory, of our own making: it keeps check runs, reviews and pull requests, and nothing else."""

import gzip
import io
import tarfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.edges.protocols import (
    Annotation,
    ChangedFile,
    CheckOutput,
    CheckRun,
    Conclusion,
    Gone,
    InlineComment,
    PullRequestState,
)


def tar_gz(files: Mapping[str, bytes], top: str = "owner-repo-sha") -> bytes:
    """The files as GitHub would send them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(f"{top}/{path}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue())


@dataclass
class FakeRepository:
    """One repository; every protocol of it in one object."""

    archives: dict[str, bytes] = field(default_factory=dict)
    states: dict[int, PullRequestState] = field(default_factory=dict)
    runs: dict[int, CheckRun] = field(default_factory=dict)
    outputs: dict[int, CheckOutput] = field(default_factory=dict)
    history: list[tuple[int, str]] = field(default_factory=list)
    notes: dict[int, list[Annotation]] = field(default_factory=dict)
    reviews: list[tuple[int, str, str]] = field(default_factory=list)
    unlisted: set[int] = field(default_factory=set)
    interrupt: Callable[[str], None] = lambda what: None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def checks(self) -> "FakeRepository":
        return self

    @property
    def pulls(self) -> "FakeRepository":
        return self

    @property
    def snapshots(self) -> "FakeRepository":
        return self

    def find(self, head_sha: str, external_id: str) -> CheckRun | None:
        return next(reversed(self.all(head_sha, external_id)), None)

    def all(self, head_sha: str, external_id: str) -> list[CheckRun]:
        self.interrupt("find")
        with self.lock:
            listed = [run for run in self.runs.values() if run.id not in self.unlisted]
        return [run for run in listed if (run.head_sha, run.external_id) == (head_sha, external_id)]

    def create(self, head_sha: str, external_id: str, output: CheckOutput) -> CheckRun:
        self.interrupt("create")
        with self.lock:
            run = CheckRun(len(self.runs) + 1, head_sha, external_id, "queued", None)
            self._set(run, output)
        self.interrupt("created")
        return run

    def start(self, check_run_id: int, output: CheckOutput) -> None:
        self.interrupt("start")
        self._set(replace(self.runs[check_run_id], status="in_progress"), output)

    def annotations(self, check_run_id: int) -> Sequence[Annotation]:
        return list(self.notes.get(check_run_id, []))

    def annotate(self, check_run_id: int, output: CheckOutput, annotations: Sequence[Annotation]) -> None:
        self.interrupt("annotate")
        assert len(annotations) <= 50
        self.notes.setdefault(check_run_id, []).extend(annotations)

    def complete(self, check_run_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        self.interrupt("complete")
        self._set(replace(self.runs[check_run_id], status="completed", conclusion=conclusion), output)
        self.interrupt("completed")

    def state(self, number: int) -> PullRequestState:
        self.interrupt("state")
        return self.states[number]

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        return []

    def review_bodies(self, number: int) -> Sequence[str]:
        return [body for on, _, body in self.reviews if on == number]

    def create_review(self, number: int, head_sha: str, body: str, comments: Sequence[InlineComment]) -> None:
        self.interrupt("review")
        self.reviews.append((number, head_sha, body))

    def archive(self, sha: str) -> io.BytesIO:
        self.interrupt("archive")
        return io.BytesIO(self.archives[sha])

    def conclusions(self) -> dict[str, list[str | None]]:
        """Every check run's conclusion (None: not completed), oldest first, by head SHA."""
        result: dict[str, list[str | None]] = {}
        for run in self.runs.values():
            result.setdefault(run.head_sha, []).append(run.conclusion)
        return result

    def _set(self, run: CheckRun, output: CheckOutput) -> None:
        with self.lock:
            self.runs[run.id] = run
            self.outputs[run.id] = output
            self.history.append((run.id, run.conclusion or run.status))


@dataclass
class FakeHost:
    """GitHub with the repositories that an installation may act on."""

    repositories: dict[tuple[int, int], FakeRepository] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)

    def repository(self, installation_id: int, repository_id: int) -> FakeRepository:
        self.asked.append((installation_id, repository_id))
        try:
            return self.repositories[installation_id, repository_id]
        except KeyError:
            raise Gone("GET /repositories: 404") from None
