"""Everything the stand-in remembers. Only its event loop touches it, so nothing here locks."""

import itertools
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.demo.standin.config import Config, Webhook
from bot.demo.standin.objects import commit_id, tree_id
from bot.demo.standin.patch import ChangedFile, changed_files


def now() -> datetime:
    """The time, in UTC and whole seconds, as GitHub's answers have it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit with its whole tree."""

    sha: str
    tree_sha: str
    parents: tuple[str, ...]
    files: Mapping[str, bytes]
    message: str
    author: str
    date: datetime


@dataclass(slots=True)
class Annotation:
    """One annotation of a check run."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(slots=True)
class CheckRun:
    """One check run; only the App that made it may change it."""

    id: int
    suite_id: int
    name: str
    head_sha: str
    app_id: int
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """A comment under a line of the diff."""

    id: int
    review_id: int
    author: str
    body: str
    path: str
    line: int
    side: str
    start_line: int | None
    start_side: str | None
    commit_id: str
    position: int
    diff_hunk: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted review."""

    id: int
    author: str
    body: str
    state: str
    commit_id: str
    comments: tuple[ReviewComment, ...]
    submitted_at: datetime


@dataclass(slots=True)
class Pull:
    """A pull request between two branches of one repository."""

    id: int
    number: int
    title: str
    body: str
    author: str
    base: str
    head: str
    created_at: datetime
    state: str = "open"
    draft: bool = False
    merged_by: str | None = None
    merge_commit: str | None = None
    closed_at: datetime | None = None
    final_head_sha: str | None = None
    final_base_sha: str | None = None
    reviews: list[Review] = field(default_factory=list)
    shas: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A check that a branch demands; ``app_id`` None accepts any App."""

    context: str
    app_id: int | None


@dataclass(slots=True)
class Repository:
    """One repository with its history."""

    id: int
    owner: str
    name: str
    private: bool
    created_at: datetime
    default_branch: str = "main"
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    required: dict[str, tuple[RequiredCheck, ...]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    def commit(
        self, branch: str, files: Mapping[str, bytes], message: str, author: str, also: str | None = None
    ) -> Commit:
        """Add a commit with exactly these files on top of a branch, which is made if it is not there.

        Args:
            also: second parent, for a merge.
        """
        parents = tuple(sha for sha in (self.branches.get(branch), also) if sha)
        date = now()
        tree = tree_id(files)
        sha = commit_id(tree, parents, f"{author} <{author}@users.noreply.invalid>", date, message)
        commit = Commit(sha, tree, parents, dict(sorted(files.items())), message, author, date)
        self.commits[sha] = commit
        self.branches[branch] = sha
        return commit

    def resolve(self, ref: str) -> Commit | None:
        """The commit that a full SHA, a branch or ``heads/<branch>`` names."""
        name = ref.removeprefix("refs/").removeprefix("heads/")
        return self.commits.get(self.branches.get(name, ref))

    def ancestors(self, sha: str) -> Iterator[str]:
        """The commit and all before it, nearest first."""
        queue, seen = [sha], set[str]()
        while queue:
            one = queue.pop(0)
            if one not in seen and one in self.commits:
                seen.add(one)
                yield one
                queue.extend(self.commits[one].parents)

    def head_sha(self, pull: Pull) -> str:
        """The tip of the pull request; after it was closed, the tip at that time."""
        return pull.final_head_sha or self.branches[pull.head]

    def base_sha(self, pull: Pull) -> str:
        """The tip of its base branch; after it was closed, the tip at that time."""
        return pull.final_base_sha or self.branches[pull.base]

    def merge_base(self, pull: Pull) -> Commit:
        """The newest commit that both sides share, against which the diff is made."""
        ours = set(self.ancestors(self.base_sha(pull)))
        return self.commits[next(sha for sha in self.ancestors(self.head_sha(pull)) if sha in ours)]

    def changes(self, pull: Pull, sha: str | None = None) -> list[ChangedFile]:
        """The pull request's diff at a commit of it; by default at its head."""
        head = self.commits[sha or self.head_sha(pull)]
        return changed_files(self.merge_base(pull).files, head.files)

    def own_commits(self, pull: Pull) -> list[str]:
        """The commits of the head that the base lacks, newest first."""
        ours = set(self.ancestors(self.base_sha(pull)))
        return [sha for sha in self.ancestors(self.head_sha(pull)) if sha not in ours]


@dataclass(frozen=True, slots=True)
class Installation:
    """The App on one account. ``repositories`` None means all of the account's."""

    id: int
    account: str
    created_at: datetime
    repositories: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An installation token with what it was narrowed to."""

    value: str
    installation: Installation
    permissions: Mapping[str, str]
    repositories: frozenset[int] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver one event.

    Args:
        guid: ``X-GitHub-Delivery``; a redelivery keeps it.
        status_code: the receiver's answer; 0 where there was none.
        seconds: how long the receiver took.
    """

    id: int
    guid: str
    event: str
    payload: Mapping[str, object]
    headers: Mapping[str, str]
    delivered_at: datetime
    redelivery: bool
    seconds: float
    status: str
    status_code: int
    response_headers: Mapping[str, str]
    response_body: str


class World:
    """All state of one stand-in."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.webhook: Webhook | None = config.app.webhook
        self.started_at = now()
        self.repositories: dict[int, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.archive_tickets: dict[str, tuple[int, str]] = {}
        self.deliveries: dict[int, Delivery] = {}
        self._numbers = itertools.count(5001)

    def number(self) -> int:
        """A number that nothing else here has."""
        return next(self._numbers)

    def find(self, owner: str, name: str) -> Repository | None:
        """A repository by name; case does not count, as on GitHub."""
        wanted = f"{owner}/{name}".casefold()
        return next((one for one in self.repositories.values() if one.full_name.casefold() == wanted), None)

    def installation_of(self, account: str) -> Installation | None:
        """The App's installation on an account."""
        return next((one for one in self.installations.values() if one.account == account), None)

    def covers(self, installation: Installation, repository: Repository) -> bool:
        """Whether an installation may act on a repository."""
        chosen = installation.repositories
        return installation.account == repository.owner and (chosen is None or repository.id in chosen)

    def mint(
        self, installation: Installation, permissions: Mapping[str, str], repositories: frozenset[int] | None
    ) -> Token:
        """A new installation token."""
        expires = now() + timedelta(seconds=self.config.token_seconds)
        token = Token(f"ghs_{secrets.token_hex(18)}", installation, permissions, repositories, expires)
        self.tokens[token.value] = token
        return token
