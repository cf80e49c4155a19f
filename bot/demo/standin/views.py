"""What the pages show, worked out from the state; the templates only lay it out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.demo.standin.merging import SATISFYING, MergeState, latest_run, merge_state
from bot.demo.standin.patch import ChangedFile, Row, rows_of
from bot.demo.standin.state import Annotation, CheckRun, Commit, Pull, Repository, Review, ReviewComment, World

CONTEXT_ROWS = 4
"""Lines of the diff that a comment in the conversation is shown with, before its own."""


@dataclass(frozen=True, slots=True)
class RepositoryPage:
    """A repository at one commit."""

    commit: Commit
    files: Sequence[str]
    readme: str
    pulls: Sequence[Pull]


def repository_page(repo: Repository, commit: Commit | None = None) -> RepositoryPage:
    """The files, the README and the pull requests."""
    at = commit or repo.commits[repo.branches[repo.default_branch]]
    readme = at.files.get("README.md", b"").decode("utf-8", "replace")
    return RepositoryPage(at, list(at.files), readme, list(repo.pulls.values()))


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the checks box.

    Args:
        state: ``success``, ``failure``, ``waiting`` or ``other``, for its colour.
        said: its title, or what it is waiting for.
    """

    name: str
    state: str
    said: str
    required: bool
    run: CheckRun | None


def state_of(run: CheckRun | None) -> str:
    """How a check run is coloured."""
    if run is None or run.status != "completed":
        return "waiting"
    if run.conclusion in SATISFYING:
        return "success" if run.conclusion == "success" else "other"
    return "failure" if run.conclusion in {"failure", "timed_out", "action_required"} else "other"


def check_lines(repo: Repository, pull: Pull) -> list[CheckLine]:
    """The required checks, those that never came included, then all others on the head commit."""
    sha = repo.head_sha(pull)
    required = repo.required.get(pull.base, ())
    runs = [(latest_run(repo, sha, one), one.context, True) for one in required]
    shown = {run.id for run, _, _ in runs if run}
    newest = {run.name: run for run in repo.checks.values() if run.head_sha == sha and run.id not in shown}
    runs += [(run, name, False) for name, run in newest.items() if name not in {one.context for one in required}]
    return [CheckLine(name, state_of(run), _said(run), is_required, run) for run, name, is_required in runs]


def _said(run: CheckRun | None) -> str:
    if run is None:
        return "Expected: waiting for its first report"
    if run.status != "completed":
        return run.title or run.status.replace("_", " ")
    return run.title or run.conclusion or ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Comments under one place of the diff, with the lines around it."""

    path: str
    lines: str
    rows: Sequence[Row]
    comments: Sequence[ReviewComment]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review in the conversation."""

    review: Review
    threads: Sequence[Thread]


@dataclass(frozen=True, slots=True)
class PullPage:
    """A pull request."""

    pull: Pull
    head: Commit
    commits: Sequence[Commit]
    changes: Sequence[ChangedFile]
    reviews: Sequence[ReviewView]
    checks: Sequence[CheckLine]
    merge: MergeState
    additions: int
    deletions: int
    live: bool
    files: Sequence["FileView"] = field(default=())


def pull_page(_: World, repo: Repository, pull: Pull) -> PullPage:
    """Everything on a pull request's page."""
    changes = repo.changes(pull)
    checks = check_lines(repo, pull)
    return PullPage(
        pull=pull,
        head=repo.commits[repo.head_sha(pull)],
        commits=[repo.commits[sha] for sha in repo.own_commits(pull)[::-1]],
        changes=changes,
        reviews=[ReviewView(review, [_thread(one) for one in review.comments]) for review in pull.reviews],
        checks=checks,
        merge=merge_state(repo, pull),
        additions=sum(change.additions for change in changes),
        deletions=sum(change.deletions for change in changes),
        live=pull.state == "open" and any(check.state == "waiting" for check in checks),
    )


def _thread(one: ReviewComment) -> Thread:
    rows = list(rows_of(one.diff_hunk))
    first = one.start_line or one.line
    wanted = max(CONTEXT_ROWS, one.line - first + 1)
    lines = f"Lines {first} to {one.line}" if first != one.line else f"Line {one.line}"
    return Thread(one.path, lines, [row for row in rows if row.kind != "hunk"][-wanted:], [one])


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the diff with the comments that stand under it."""

    row: Row
    comments: Sequence[ReviewComment]


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of the diff."""

    change: ChangedFile
    rows: Sequence[FileRow]


def files_page(world: World, repo: Repository, pull: Pull) -> PullPage:
    """The pull request's page with its diff."""
    page = pull_page(world, repo, pull)
    sha = repo.head_sha(pull)
    comments = [one for review in pull.reviews for one in review.comments if one.commit_id == sha]
    views = []
    for change in page.changes:
        here = {
            (one.position): [c for c in comments if c.path == change.path and c.position == one.position]
            for one in comments
            if one.path == change.path
        }
        views.append(FileView(change, [FileRow(row, here.get(row.position, [])) for row in rows_of(change.patch)]))
    return PullPage(**{name: getattr(page, name) for name in PullPage.__slots__ if name != "files"}, files=views)


@dataclass(frozen=True, slots=True)
class AnnotationView:
    """An annotation with the lines it is about."""

    annotation: Annotation
    quoted: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class RunPage:
    """A check run."""

    run: CheckRun
    state: str
    files: Sequence[tuple[str, Sequence[AnnotationView]]]
    pulls: Sequence[Pull]
    app_name: str
    live: bool


def run_page(world: World, repo: Repository, run: CheckRun) -> RunPage:
    """Everything on a check run's page; annotations by file."""
    by_path: dict[str, list[AnnotationView]] = {}
    commit = repo.commits[run.head_sha]
    for one in run.annotations:
        by_path.setdefault(one.path, []).append(AnnotationView(one, _quoted(commit, one)))
    pulls = [pull for pull in repo.pulls.values() if run.head_sha in pull.shas]
    live = run.status != "completed"
    return RunPage(run, state_of(run), list(by_path.items()), pulls, world.config.app.name, live)


def _quoted(commit: Commit, one: Annotation) -> list[tuple[int, str]]:
    lines = commit.files.get(one.path, b"").decode("utf-8", "replace").split("\n")
    last = min(one.end_line, one.start_line + 9, len(lines))
    return [(number, lines[number - 1]) for number in range(one.start_line, last + 1)]
